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
	same histogram "$((1450 * units))" \
		"$(sql 'SELECT sum(value) FROM ledger_rows, json_each(histogram)')"
	same vms 7 "$(sql 'SELECT count(*) FROM vms')"
	same started "2006 1" "$(sql "SELECT pid || ' ' || (started_ns > 0) FROM vms WHERE number = 7")"
	same events 'start vm-start stop' "$(sql "SELECT kind FROM events WHERE kind <> 'clock' ORDER BY id" | paste -s -d ' ' -)"
	same application 1986884716 "$(sql 'PRAGMA application_id')"
	same version 1 "$(sql 'PRAGMA user_version')"
	same intact ok "$(sql 'PRAGMA integrity_check')"
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
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='for _ in 1 2 3; do "$0" tick "$1"; sleep 0.25; done'
	check 0 '' record -o "$recording" -I 50 --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
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
	check 2 'needs a path' stat --source record:
	check 2 'No such file' stat --source "record:$work/none"
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
	rm -f "$recording"
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='for _ in 1 2 3; do "$0" tick "$1"; sleep 0.25; done'
	check 0 '' record -o "$recording" -I 50 --vcpus --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
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
	# The vCPUs in JSON have the figures that --vcpu selects.
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
	check 2 'no figures of the selected VMs' report --vm none "$recording"
	check 2 'recorded only with vmtoll record --vcpus' report --vcpu 7 "$recording"
	check 2 'name the recording' report
	check 2 'only one recording' report "$recording" "$recording"
	check 2 'contains no interval in this range' report --from 2020-01-01 --to '2020-01-01 12:00' "$recording"
	check 2 'cannot write' report -o /dev/full "$recording"
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
	refuses "the column isa is neither 'vmx' nor 'svm'" "UPDATE hosts SET isa = 'arm'"
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

# A ledger that is read while it changes is read again. The recording contains all exits, and the
# audit of each interval is balanced.
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

# If the clock repeats an hour, or was set back, a file with the same time may exist already. The
# recording continues, and no file is overwritten.
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
run_groups options while_command selection signals killed gone vm_ends history reports absurd_values concurrent_changes rotation rotation_repeats
