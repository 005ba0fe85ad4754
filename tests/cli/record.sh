#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll record`:
# - its options
# - recordings that end with a command or with a signal
# - the signal that writes an interval at once
# - rotation
# - recordings that are continued, and recordings that are damaged
# Usage: record.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

recording=$work/recording

# sql STATEMENT: Execute the SQL statement on the recording, and print its result.
sql()
{
	sqlite3 -readonly "$recording" "$1"
}

# wait_for STATEMENT: Wait until the statement returns 1, for at most 20 seconds.
wait_for()
{
	for _ in $(seq 200); do
		[ "$(sql "$1" 2>/dev/null)" != 1 ] || return 0
		sleep 0.1
	done
	return 1
}

options()
{
	check 2 '-o: name the file' record --source "$fixture"
	check 2 'not within' record -o "$recording" -I 9 --source "$fixture"
	check 2 'not a size' record -o "$recording" --max-size 5X --source "$fixture"
	check 2 'less than 1M' record -o "$recording" --max-size 1000K --source "$fixture"
	check 2 'not a duration' record -o "$recording" --rotate never --source "$fixture"
	check 2 'requires a live source' record -o "$recording" --source "file:$golden/host-amd.json"
	check 2 'No such file' record -o "$work/none/file" --source "$fixture" -- true
	check 127 "nosuchcommand" record -o "$recording" --source "$fixture" -- nosuchcommand
	check 2 'no VM of process 7' record -o "$recording" -p 7 --source "$fixture" -- true
	echo text >"$work/text"
	check 2 'not a recording' record -o "$work/text" --source "$fixture" -- true
	same text-is-kept text "$(cat "$work/text")"
	# Check that record refuses a pipe. If it replaced special files, root could replace
	# /dev/null by a recording.
	mkfifo "$work/pipe"
	check 2 'pipe: it is not a regular file' record -o "$work/pipe" --source "$fixture" -- true
	same pipe-is-kept 0 "$(test -p "$work/pipe"; echo $?)"
	check 2 'Is a directory' record -o "$work" --source "$fixture" -- true
	check 0 'recorded 1 interval in' record -o "$recording" -I 3600000 --source "$fixture" -- true
	# Damage the recording. Overwrite it after the first page, which contains the header of
	# the file. The first table begins in the next page.
	dd if=/dev/zero of="$recording" bs=4096 seek=1 count=20 conv=notrunc 2>/dev/null
	check 2 'damaged' record -o "$recording" --source "$fixture" -- true
	lacks intact
	rm -f "$recording"
}

# The command calls tick() of fixture_make.c three times. Each call adds exits with four reasons to
# every vCPU of VM v: 1000 * v, 100 * v, 50 * v and 300 * v exits. VMs 2, 4 and 6 have two vCPUs
# each. VM 7 starts before the third call.
while_command()
{
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='"$0" tick "$1"; sleep 0.15; "$0" tick "$1"; "$0" start "$1"; sleep 0.15; "$0" tick "$1"; exit 3'
	check 3 'recorded ' record -o "$recording" -I 100 --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
	same log '' "$(ls "$recording-wal" 2>/dev/null)"
	units=$((3 * (1 + 2 * 2 + 3 + 2 * 4 + 5 + 2 * 6) + 7))
	same exits "$((1450 * units))" "$(sql 'SELECT sum(exits) FROM books')"
	same exits-of-rows "$((1450 * units))" "$(sql 'SELECT sum(exits) FROM ledger_rows')"
	same exits-of-npf "$((1000 * units))" "$(sql "SELECT sum(exits) FROM reason_intervals WHERE reason = 'NPF'")"
	same kvm-tsc "$((units * (1000 * 40000 + 100 * 20000 + 50 * 8000 + 300 * 6000)))" \
		"$(sql 'SELECT sum(kvm_tsc) FROM ledger_rows')"
	same vmm-tsc "$((units * 100 * 80000))" "$(sql 'SELECT sum(vmm_tsc) FROM books')"
	# Each tick adds 20 ms of waiting to the first vCPU of a VM, 40 ms to the second, and
	# 1.5 ms * v of polling to each vCPU of VM v.
	same ready-tsc "$((3 * 40000000 * (6 + 3 * 2) + 40000000))" "$(sql 'SELECT sum(ready_tsc) FROM books')"
	same polled-tsc "$((3000000 * units))" "$(sql 'SELECT sum(polled_tsc) FROM books')"
	same balanced 0 "$(sql 'SELECT count(*) FROM books WHERE guest_tsc + kvm_tsc + vmm_tsc + halt_tsc + ready_tsc <> wall_tsc')"
	same in-the-guest "$(sql 'SELECT sum(guest_tsc) FROM books')" \
		"$(sql 'SELECT sum(wall_tsc - kvm_tsc - vmm_tsc - halt_tsc - ready_tsc) FROM books')"
	same histogram "$((1450 * units))" \
		"$(sql 'SELECT sum(value) FROM ledger_rows, json_each(histogram)')"
	same vms 7 "$(sql 'SELECT count(*) FROM vms')"
	same started "2006 1" "$(sql "SELECT pid || ' ' || (started_ns > 0) FROM vms WHERE number = 7")"
	same events 'start vm-start stop' "$(sql "SELECT kind FROM events WHERE kind <> 'clock' ORDER BY id" | paste -s -d ' ' -)"
	same application 1986884716 "$(sql 'PRAGMA application_id')"
	same version 2 "$(sql 'PRAGMA user_version')"
	same intact ok "$(sql 'PRAGMA integrity_check')"
}

# The summary must contain the size of the file. While vmtoll records, SQLite's log is several
# times as large as the file.
summary()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	check 0 '' record -o "$recording" -I 10 --vcpus --source "$fixture" -- sh -c '
		i=0; while [ $i -lt 60 ]; do "$0" tick "$1"; i=$((i + 1)); done' "$make" "$fixture_file"
	same size "$(stat -c %s "$recording" | awk '{ printf "%.1f MiB\n", $1 / 1048576 }')" \
		"$(sed -n 's/.*(\([0-9.]* MiB\))$/\1/p' "$work/err")"
}

# With -p, only the selected VM is recorded. With --vcpus, each vCPU is recorded separately.
selection()
{
	"$make" fleet "$fixture_file"
	check 0 '' record -o "$work/one" -p 2003 --vcpus --source "$fixture" -- "$make" tick "$fixture_file"
	same vcpus '2003 0 5800,2003 1 5800' "$(sqlite3 "$work/one" \
		"SELECT pid || ' ' || vcpu || ' ' || sum(exits) FROM vm_intervals GROUP BY vm, vcpu" | paste -s -d , -)"
}

# start OPTION...: Start a recording in the background, and wait for its first interval.
start()
{
	"$vmtoll" record -o "$recording" --source "$fixture" "$@" 2>"$work/err" &
	pid=$!
	wait_for 'SELECT count(*) FROM events'
}

# stop SIGNAL: End the recording with this signal, and set status to its exit status.
stop()
{
	kill -s "$1" "$pid"
	wait "$pid"
	status=$?
}

# record_ticks OPTION...: Record three intervals. In each, tick() is called once.
record_ticks()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	start -I 3600000 "$@"
	for interval in 1 2 3; do
		"$make" tick "$fixture_file"
		kill -s USR1 "$pid"
		wait_for "SELECT count(*) = $interval FROM intervals"
	done
	stop TERM
}

# After SIGUSR1, the last interval must be in the recording's file and not only in its
# write-ahead log, so that the file can be copied without the log.
signals()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	start -I 3600000
	"$make" tick "$fixture_file"
	kill -s USR1 "$pid"
	succeeds flushed wait_for 'SELECT count(*) FROM intervals'
	sleep 0.2
	cp "$recording" "$work/copy"
	same copy "$((1450 * 33))" "$(sqlite3 "$work/copy" 'SELECT sum(exits) FROM books')"
	"$make" tick "$fixture_file"
	stop TERM
	same status-of-term 0 "$status"
	same exits "$((1450 * 66))" "$(sql 'SELECT sum(exits) FROM books')"
	same stop 'stopped by signal TERM' "$(sql "SELECT text FROM events WHERE kind = 'stop'")"
	# Continue the recording. It must not contain the exits that occurred between the two
	# runs, and the VMs must keep their numbers.
	"$make" tick "$fixture_file"
	check 0 '' record -o "$recording" --source "$fixture" -- "$make" tick "$fixture_file"
	same continued "$((1450 * 99))" "$(sql 'SELECT sum(exits) FROM books')"
	same vms 6 "$(sql 'SELECT count(*) FROM vms')"
	same hosts 1 "$(sql 'SELECT count(*) FROM hosts')"
}

# If vmtoll is killed, the recording must contain all intervals that were written before.
killed()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	start -I 50
	"$make" tick "$fixture_file"
	succeeds recorded wait_for "SELECT sum(exits) = $((1450 * 33)) FROM books"
	stop KILL 2>/dev/null
	same status 137 "$status"
	same exits "$((1450 * 33))" "$(sql 'SELECT sum(exits) FROM books')"
	same intact ok "$(sql 'PRAGMA integrity_check')"
}

# Remove and restore the source, as if the module were unloaded and loaded again.
gone()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	start -I 50
	mv "$fixture_file" "$fixture_file.away"
	succeeds gone wait_for "SELECT count(*) FROM events WHERE kind = 'gone'"
	mv "$fixture_file.away" "$fixture_file"
	"$make" tick "$fixture_file"
	succeeds back wait_for "SELECT sum(exits) = $((1450 * 33)) FROM books"
	stop INT
	succeeds warning grep -q 'warning: .* trying again' "$work/err"
}

# If the file cannot grow any more, vmtoll must print a warning at once, while the measured
# command is still running. The command of this test exits with status 0 when it finds the
# warning.
full_disk()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	: >"$work/err"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='for _ in $(seq 400); do "$0" tick "$1"; ! grep -q "no longer recorded" "$2" || exit 0; sleep 0.05; done; exit 5'
	# shellcheck disable=SC2094 # the command waits for the warning in the file
	(
		ulimit -f 200
		exec "$vmtoll" record -o "$recording" -I 10 --source "$fixture" -- \
			sh -c "$run" "$make" "$fixture_file" "$work/err" 2>"$work/err"
	)
	ended status 2 $? 'the file is intact and ends with the previous interval'
	same intact ok "$(sql 'PRAGMA integrity_check')"
	at_least intervals 1 "$(sql 'SELECT count(*) FROM intervals')"
}

# With -p, the recording ends when the VM has ended.
vm_ends()
{
	rm -f "$recording"
	"$make" timed "$fixture_file"
	start -I 50 -p 812
	"$make" end "$fixture_file"
	wait "$pid"
	same status 0 $?
	same stop 'all selected VMs ended' "$(sql "SELECT text FROM events WHERE kind = 'stop'")"
	same vm-stop 1 "$(sql "SELECT count(*) FROM events WHERE kind = 'vm-stop'")"
}

# Check the sums of a whole recording and of its parts. The intervals lie in the past, and each is
# one second long.
history()
{
	record_ticks
	sqlite3 "$recording" "
		DELETE FROM intervals WHERE id NOT IN (SELECT interval FROM books GROUP BY 1 HAVING sum(exits));
		UPDATE intervals SET end_ns = (SELECT 1700000000 + count(*) FROM intervals AS i
			WHERE i.id <= intervals.id) * 1000000000;
		UPDATE intervals SET start_ns = end_ns - 1000000000;
		UPDATE vms SET name = 'web', uuid = '' WHERE pid IN (2001, 2003)"
	check 0 'VM exits in the recording' stat --source "record:$recording"
	check 0 '3 intervals from 2023-11-14' stat --source "record:$recording"
	check 0 '' stat --json --source "record:$recording"
	same exits "$((1450 * 99))" "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
	for range in '--from @1700000002' '--to @1700000001' '--from -1s' '--from @1700000001 --to -1s'; do
		# shellcheck disable=SC2086 # several arguments
		check 0 '' stat --json --source "record:$recording" $range
		same "exits$range" "$((1450 * 33))" "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
	done
	check 0 "$(printf '%s' '47,850')" stat --source "record:$recording@@1700000001..@1700000002"
	check 0 'scope: VMs of processes 2001 and 2003' stat --source "record:$recording" -p web
	check 0 '' stat --json --source "record:$recording" --vm web
	same exits-of-web "$((1450 * 3 * (2 * 2 + 2 * 4)))" "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
	check 2 "no VM in the recording has the name" stat --source "record:$recording" -p none
	check 2 'contains no interval in this range; it begins at 2023-11-14' stat --source "record:$recording" --from today
	check 2 'is not a time such as' stat --source "record:$recording" --from tomorrow
	check 2 'require a recording' stat --source "$fixture" --from -2h
	check 2 'requires a live source' stat -I 100 --source "record:$recording"
	check 2 'requires a live source' list --source "record:$recording"
	check 0 'audit: balanced' audit --source "record:$recording"
	same lines 6 "$(grep -c 'balanced$' "$work/out" | awk '{ print $1 - 1 }')"
	check 0 'NPF' compare "record:$recording@..@1700000001" "record:$recording@@1700000001.."
	matches sides '33,000 +66,000 +2.00x' "$(grep '^NPF ' "$work/out")"
	# In each interval, the vCPUs wait for 240 ms. The first side consists of one interval, and
	# the second side of two. The output contains one audit for each side, which counts only
	# the exits of that side.
	matches waiting '^waiting for a CPU +240ms +480ms +2.00x' "$(cat "$work/out")"
	same audits '47,850 95,700' "$(sed -n 's/.*KVM counted \([0-9,]*\) exits.*/\1/p' "$work/out" | paste -s -d ' ' -)"
	"$vmtoll" compare --json "record:$recording@..@1700000001" "record:$recording@@1700000001.." >"$work/compare.json"
	same phases '480000000 960000000' "$(sed -n 's/^ *"ready_tsc": \([0-9]*\),*$/\1/p' "$work/compare.json" | paste -s -d ' ' -)"
	check 0 '' compare --csv "$work/compare.json"
	same waiting-in-csv 240000000,480000000 "$(grep ',total,total,' "$work/out" | cut -d , -f 40,41)"
	same waiting-of-rows '' "$(grep ',reason,NPF,' "$work/out" | cut -d , -f 38-41 | tr -d ,)"
	check 0 '' compare --json "$work/compare.json"
	succeeds read-back diff "$work/compare.json" "$work/out"
	check 2 'needs a path' stat --source record:
	check 2 'No such file' stat --source "record:$work/none"
	check 2 'Is a directory' stat --source "record:$work"
	check 2 'not a recording' stat --source "record:$golden/host-amd.json"
	# Read a recording in a read-only directory, where SQLite cannot create its auxiliary
	# files.
	mkdir "$work/locked" && cp "$recording" "$work/locked/file" && chmod 555 "$work/locked"
	check 0 '' stat --source "record:$work/locked/file"
}

# Check the reports of a whole recording and of its parts. Text, JSON and CSV must contain the
# same figures.
reports()
{
	record_ticks --vcpus
	check 0 'VMs by toll' report "$recording"
	same total '143,550' "$(awk '$1 == "total" { print $2 }' "$work/out")"
	same worst '2005' "$(awk '/^ *pid/ { getline; print $1 }' "$work/out")"
	check 0 'audit: KVM counted 143,550 exits' report "$recording"
	check 0 '"schema": "vmtoll.report/1"' report --json "$recording"
	same exits-of-json "$((1450 * 99))" "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
	same vms-of-json 6 "$(grep -c '^      "vcpus":' "$work/out")"
	check 0 '' report --csv --bins 3 "$recording"
	same exits-of-csv "$((1450 * 99))" "$(awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		{ sum += $column["exits"] } END { print sum }' "$work/out")"
	check 0 '' report --csv -p 2003 --vcpu 1 --bins 1 "$recording"
	same exits-of-a-vcpu "$((1450 * 3 * 4))" "$(tail -n 1 "$work/out" | cut -d , -f 6)"
	# In JSON, the figures of each vCPU must equal those of a report with --vcpu.
	check 0 '"vcpu_list"' report --json --bins 1 -p 2003 "$recording"
	same vcpus-of-json "5800 5800" "$(sed -n '/"vcpu_list"/,$s/^          "exits": \([0-9]*\),*$/\1/p' "$work/out" |
		awk -v each=3 '{ print $1 / each }' | paste -s -d ' ' -)"
	for vcpu in 0 1; do
		check 0 '' report --json --vcpu $vcpu -p 2003 "$recording"
		same exits-of-vcpu-$vcpu-in-json 17400 "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
		check 0 '' report --csv --vcpu $vcpu -p 2003 --bins 1 "$recording"
		same exits-of-vcpu-$vcpu-in-csv 17400 "$(tail -n 1 "$work/out" | cut -d , -f 6)"
		check 0 '' report --vcpu $vcpu -p 2003 "$recording"
		same exits-of-vcpu-$vcpu-in-text 17,400 "$(awk '$1 == "total" { print $2 }' "$work/out")"
	done
	# Remove a twentieth of the time of one VM.
	sqlite3 "$recording" ".backup $work/changed"
	sqlite3 "$work/changed" 'UPDATE books SET guest_tsc = guest_tsc - wall_tsc / 20
		WHERE vm = (SELECT id FROM vms WHERE pid = 2003)'
	COLUMNS=200 "$vmtoll" report "$work/changed" >"$work/out"
	same residual 'warning: the times of process 2003 do not add up to the wall-clock time: the residual is 5.0%' \
		"$(grep '^warning: the times of' "$work/out")"
	check 0 '' report --json "$work/changed"
	same large-residuals '12 false 3 true' "$(grep -o '"large_residual": [a-z]*' "$work/out" | sort | uniq -c |
		awk '{ print $1, $3 }' | paste -s -d ' ' -)"
	check 2 'no figures of vCPU 7 in this range; vCPUs are recorded only with vmtoll record --vcpus' report --vcpu 7 "$recording"
	check 2 'name the recording' report
	check 2 'only one recording' report "$recording" "$recording"
	check 2 'contains no interval in this range' report --from 2020-01-01 --to '2020-01-01 12:00' "$recording"
	check 2 '--from: the time is empty' report --from '' "$recording"
	check 2 "--to: '2026-02-30' is not a time" stat --source "record:$recording" --to 2026-02-30
	# If the parts are shorter than a second, the times must contain milliseconds.
	cp "$recording" "$work/changed"
	sqlite3 "$work/changed" 'UPDATE intervals SET end_ns = 1700000000000000000 + 250000000 *
		(SELECT count(*) FROM intervals AS i WHERE i.id <= intervals.id);
		UPDATE intervals SET start_ns = end_ns - 250000000'
	"$vmtoll" report --bins 3 "$work/changed" >"$work/out"
	same distinct-times 3 "$(awk '/^from/ { on = 1; next } !NF { on = 0 } on { print $1, $2 }' "$work/out" | sort -u | grep -c '[.][0-9][0-9][0-9]$')"
	check 2 'cannot write' report -o /dev/full "$recording"
}

# Check that vmtoll searches a recording for the selected VMs and vCPUs. A message must name each
# VM that the recording does not contain. The message must not contain advice for running VMs,
# which would be misleading here.
selections()
{
	for command in "stat --source record:$recording" "audit --source record:$recording" "top -b --source record:$recording"; do
		# shellcheck disable=SC2086 # split into arguments
		check 2 'the recording contains no exits of a VM of process 99' $command -p 99,2003,98
		same "messages-of-${command%% *}" 2 "$(grep -c 'no exits of a VM of process 9[89] (vmtoll report prints its VMs)' "$work/err")"
	done
	check 2 "contains no VM of process 99" report -p 99,2003 --vm none "$recording"
	same messages-of-report 1 "$(grep -c "contains no VM with the name, UUID or ID 'none'$" "$work/err")"
	for vcpu in 0 1; do
		check 0 "scope: VM of process 2003, vCPU $vcpu" stat --vcpu $vcpu -p 2003 --source "record:$recording"
		same exits-of-vcpu-$vcpu 17,400 "$(awk '$1 == "total" { print $2 }' "$work/out")"
		check 0 '' audit --csv --vcpu $vcpu --source "record:$recording"
		same lines-of-vcpu-$vcpu $((3 + 3 * (1 - vcpu))) "$(grep -c ",$vcpu,.*balanced" "$work/out")"
	done
	check 2 'the recording contains no vCPU 2 of the VMs' stat --vcpu 2 --source "record:$recording"
	sqlite3 "$recording" ".backup $work/sums" && sqlite3 "$work/sums" 'UPDATE books SET vcpu = -1 WHERE vcpu = 0;
		DELETE FROM books WHERE vcpu > 0; UPDATE ledger_rows SET vcpu = -1 WHERE vcpu = 0; DELETE FROM ledger_rows WHERE vcpu > 0'
	check 2 'the vCPUs are not recorded separately' stat --vcpu 0 --source "record:$work/sums"
}

# Every verb must be able to read a recording of version 1, which contains neither the time in the
# guest nor the waiting time. A recording of a newer version must be refused with a message of one
# line.
other_versions()
{
	old=$work/version-1
	sqlite3 "$old" <"$golden/recording-1.sql" >"$work/out"
	exits=$(sqlite3 -readonly "$old" 'SELECT sum(exits) FROM books')
	same version 1 "$(sqlite3 -readonly "$old" 'PRAGMA user_version')"
	for reader in "stat --json --source record:$old" "report --json $old"; do
		# shellcheck disable=SC2086 # several arguments
		check 0 '' $reader
		same "exits-of-${reader%% *}" "$exits" "$(sed -n 's/^  "exits": \([0-9]*\),*$/\1/p' "$work/out")"
		same "unknown-in-${reader%% *}" '' "$(grep -E '"(guest|ready|polled|residual)_ns"' "$work/out")"
	done
	check 0 'it is part of the other' stat --source "record:$old"
	check 0 'audit: balanced' audit --source "record:$old"
	check 0 '' report --csv --bins 1 "$old"
	same unknown-in-csv '' "$(sed 1d "$work/out" | cut -d , -f 14-17 | tr -d ',\n')"
	check 0 '' top --csv --source "record:$old"
	same unknown-in-top '' "$(sed 1d "$work/out" | rev | cut -d , -f 2-6 | tr -d ',\n')"
	check 0 'ratio' compare "record:$old" "record:$old"
	lacks 'waiting for a CPU'
	sqlite3 "$old" 'PRAGMA user_version = 99'
	for reader in "stat --source record:$old" "report $old" "audit --source record:$old" "top -b --source record:$old" \
		"compare record:$old record:$old" "record -o $old --source $fixture -- true"; do
		# shellcheck disable=SC2086 # several arguments
		check 2 'has version 99 of the schema, but this vmtoll reads only versions up to 2; read it with the vmtoll that wrote it' $reader
		same "lines-of-${reader%% *}" 1 "$(grep -c '' "$work/err")"
	done
}

# refuses TEXT STATEMENT: Apply the SQL statement to a copy of the recording. Check that each
# verb that reads this copy fails with a message that contains TEXT.
refuses()
{
	sqlite3 "$recording" ".backup $work/changed"
	sqlite3 "$work/changed" "PRAGMA ignore_check_constraints = ON; $2"
	for reader in "stat --source record:$work/changed" "report $work/changed" "top -b --source record:$work/changed"; do
		# shellcheck disable=SC2086 # several arguments
		timeout 20 "$vmtoll" $reader >"$work/out" 2>"$work/err"
		ended "${reader%% *}-$1" 2 $? "$1"
	done
}

# A recording with values that vmtoll never writes is refused with a message that names the value.
absurd_values()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	check 0 '' record -o "$recording" -I 50 --source "$fixture" -- "$make" tick "$fixture_file"
	refuses 'the column wall_tsc is too small' 'UPDATE books SET wall_tsc = -1'
	refuses 'the column exits is not an integer' "UPDATE ledger_rows SET exits = 'many'"
	refuses 'the column vm is too large' 'UPDATE books SET vm = 4294967296 WHERE vm = 1'
	refuses 'the column tsc_khz is too large' 'UPDATE hosts SET tsc_khz = 1 << 40'
	refuses "the column isa is not the name of an instruction set" "UPDATE hosts SET isa = 'arm'"
	refuses 'an interval ends before it begins' 'UPDATE intervals SET start_ns = end_ns + 1'
	refuses 'a histogram is invalid' "UPDATE ledger_rows SET histogram = '{\"26\":1}'"
	refuses 'a row has no exit reason' 'UPDATE ledger_rows SET reason = 1000 WHERE reason = 1'
	refuses 'its table vms is missing' 'DROP TABLE vms'
	refuses 'its table vms is missing' "DROP TABLE vms; CREATE VIEW vms AS WITH RECURSIVE n(id) AS
		(SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT id, 1 AS pid, NULL AS started_ns, NULL AS ended_ns,
		'' AS name, '' AS uuid, '' AS manager_id FROM n"
	refuses 'its table hosts is not that of the schema' 'ALTER TABLE hosts RENAME COLUMN isa TO arch'
	for column in isa name tsc_khz; do
		refuses "the column $column is not a" "CREATE TABLE copy AS SELECT * FROM sqlite_master WHERE name = 'hosts';
			PRAGMA writable_schema = ON;
			UPDATE sqlite_master SET sql = replace(sql, ' NOT NULL', '') WHERE name = 'hosts';
			PRAGMA writable_schema = RESET; UPDATE hosts SET $column = NULL;
			PRAGMA writable_schema = ON;
			UPDATE sqlite_master SET sql = (SELECT sql FROM copy) WHERE name = 'hosts'"
	done
}

# If a ledger changes while vmtoll reads it, vmtoll must read it again. The recording must contain
# all exits, and the audit of each interval must balance.
concurrent_changes()
{
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='for _ in $(seq 300); do "$0" tick "$1"; done'
	check 0 '' record -o "$recording" -I 10 --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
	same exits "$((1450 * 33 * 300))" "$(sql 'SELECT sum(exits) FROM books')"
	same audits '' "$(sql "SELECT text FROM events WHERE kind IN ('audit', 'gap')")"
}

# rotated STATEMENT: Print the sum of the results of a statement on all files of the recording.
rotated()
{
	for file in "$recording" "$recording".2*; do
		[ "${file%-[ws][ah][lm]}" != "$file" ] || sqlite3 -readonly "$file" "$1" 2>/dev/null
	done | awk '{ sum += $1 } END { print sum }'
}

# tick_and_wait NUMBER: Add exits, and wait until they are recorded, for at most 20 seconds. On a
# busy host, this may take several intervals.
tick_and_wait()
{
	"$make" tick "$fixture_file"
	for _ in $(seq 200); do
		[ "$(rotated 'SELECT coalesce(sum(exits), 0) FROM books')" != $((1450 * 33 * $1)) ] || return 0
		sleep 0.1
	done
	not_ok "tick-$1" "recorded: $(rotated 'SELECT coalesce(sum(exits), 0) FROM books'), $(cat "$work/err")"
}

rotation()
{
	rm -f "$recording" "$recording".2*
	"$make" fleet "$fixture_file"
	start -I 100 --rotate 1s || not_ok started "$(cat "$work/err")"
	for i in 1 2 3; do
		tick_and_wait $i
		sleep 1.1
	done
	stop TERM
	same status 0 "$status"
	at_least files 3 "$(rotated 'SELECT 1')"
	same exits "$((1450 * 99))" "$(rotated 'SELECT coalesce(sum(exits), 0) FROM books')"
	same gaps 0 "$(rotated "SELECT count(*) FROM events WHERE kind IN ('gap', 'gone', 'audit', 'lost')")"
}

# If the clock repeats an hour or was set back, a file with the same time in its name may already
# exist. The recording must continue and must not overwrite any file.
rotation_repeats()
{
	rm -f "$recording" "$recording".2*
	"$make" fleet "$fixture_file"
	now=$(date +%s)
	for second in $(seq 0 20); do
		echo other >"$recording.$(date -d "@$((now + second))" +%Y%m%d-%H%M%S)"
	done
	start -I 100 --rotate 1s || not_ok started "$(cat "$work/err")"
	tick_and_wait 1
	sleep 2.2
	stop TERM
	same status 0 "$status"
	at_least numbered-files 1 "$(find "$work" -name 'recording.2*-2' | wc -l)"
	same other-files 21 "$(grep -lx other "$recording".2* | wc -l)"
	same exits "$((1450 * 33))" "$(rotated 'SELECT coalesce(sum(exits), 0) FROM books')"
}

command -v sqlite3 >/dev/null || {
	echo "skip record: sqlite3 is not installed"
	exit 77
}
"$vmtoll" record --help >"$work/help" 2>&1 || {
	echo "skip record: vmtoll was built without SQLite"
	exit 77
}
run_groups options while_command summary selection signals killed gone full_disk vm_ends history reports other_versions selections absurd_values concurrent_changes rotation rotation_repeats
