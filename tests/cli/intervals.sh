#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll stat -I`: intervals as text, JSON and CSV, with and without a command, until Ctrl-C,
# and with VMs that start and end.
# Usage: intervals.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# sum COLUMN NAME: Print the sum of a column of the CSV file $work/out over all rows with this
# name.
sum()
{
	awk -F, -v wanted="$1" -v name="$2" '
	NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
	$column["name"] == name { sum += $column[wanted] }
	END { print sum + 0 }' "$work/out"
}

options()
{
	check 2 'not within' stat -I 9 --source "$fixture"
	check 2 'requires -I' stat -n 3 --source "$fixture"
	check 2 'requires -I' stat -I 100 -n 3 --source "$fixture" -- true
	check 2 'cannot be combined' stat -I 100 -r 2 --source "$fixture" -- true
	check 2 'cannot be combined' stat -I 100 --latency --source "$fixture"
	check 2 'requires a live source' stat -I 100 --source "file:$golden/host-amd.json"
	check 2 'cannot write' stat -I 20 -n 2 -o /dev/full --source "$fixture"
	check 2 'cannot open' stat -I 20 -n 2 -o "$work/none/file" --source "$fixture"
}

# Print three intervals in each format. If an interval ends late because the host is busy, the next
# interval is shorter, so check only their sum.
formats()
{
	check 0 'audit: KVM counted 0 exits' stat -I 50 -n 3 --source "$fixture"
	same text 3 "$(grep -c ' total ' "$work/out")"
	same heads 1 "$(grep -c '^scope: 2 VMs, 3 vCPUs$' "$work/out")"
	check 0 '' stat -I 50 -n 3 --json --source "$fixture"
	same lines 3 "$(wc -l <"$work/out")"
	same objects 3 "$(grep -c '^{ "schema": "vmtoll.stat/1", .* }$' "$work/out")"
	elapsed=$(sed -n '3s/.*"elapsed_ns": \([0-9]*\).*/\1/p' "$work/out")
	at_least elapsed 140000000 "$elapsed"
	same elapsed-is-the-sum "$elapsed" \
		"$(awk -F '"interval_ns": ' '{ sum += $2 } END { printf "%d", sum }' "$work/out")"
	check 0 '' stat -I 50 -n 3 --csv --source "$fixture"
	same header 1 "$(grep -c '^time,pid,vcpu,' "$work/out")"
	same rows-of-lost 3 "$(grep -c ',(lost),' "$work/out")"
	elapsed=$(sum elapsed_ns '(lost)')
	same elapsed-is-the-sum-of-the-intervals "$(awk -F, '
		NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
		$column["name"] == "(lost)" { elapsed += $column["interval_ns"]; sum += elapsed }
		END { printf "%d", sum }' "$work/out")" "$elapsed"
}

# The exits of all intervals must add up to the exits during the command. vmtoll must exit with
# the command's status.
command()
{
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='"$0" run "$1"; sleep 0.12; "$0" run "$1"; sleep 0.12; "$0" run "$1"; exit 3'
	check 3 '' stat -I 100 --csv -o - --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
	same exits 300 "$(sum exits CPUID)"
	at_least intervals 2 "$(grep -c ',(lost),' "$work/out")"
	check 3 'vCPU gone meanwhile' stat -I 100 --source "$fixture" -- sh -c "$run" "$make" "$fixture_file"
	silent out
	check 0 '' stat -I 60000 --csv -o - --source "$fixture" -- "$make" run "$fixture_file"
	same part-of-an-interval 100 "$(sum exits CPUID)"
	check 127 '' stat -I 100 --source "$fixture" -- nosuch-command
}

# start ARGUMENT...: Start `vmtoll stat` in the background and set $pid. Empty the output file
# first. Otherwise, the file would contain the output of the previous run until vmtoll has
# started.
start()
{
	: >"$work/out"
	"$vmtoll" stat "$@" --source "$fixture" >"$work/out" 2>"$work/err" &
	pid=$!
}

# A signal must end the measurement, and vmtoll must still print the figures up to this time.
signals()
{
	for signal in INT TERM; do
		start -I 100
		until grep -q ' total ' "$work/out"; do sleep 0.05; done
		kill -$signal $pid
		wait $pid
		same status-after-$signal 0 $?
		at_least intervals-before-$signal 2 "$(grep -c ' total ' "$work/out")"
		succeeds audit-after-$signal grep -q '^audit: ' "$work/out"
	done
	# If vmtoll is killed by SIGKILL, a regular output file must contain all complete
	# intervals.
	"$vmtoll" stat -I 50 --csv -o "$work/file" --source "$fixture" &
	pid=$!
	until [ "$(grep -c '(lost)' "$work/file" 2>/dev/null)" -ge 3 ]; do sleep 0.05; done
	kill -KILL $pid
	wait $pid 2>/dev/null
	at_least intervals-before-KILL 3 "$(grep -c '(lost)' "$work/file")"
}

# End VM 812. Stop $pid during this time, because the end of the VM changes several pages of the
# fixture, and $pid must not read the fixture between two of these changes.
end_unseen()
{
	kill -STOP "$pid"
	"$make" end "$fixture_file"
	kill -CONT "$pid"
}

# The measurement must end when all selected VMs have ended. It must continue if only one of them
# ends, or if a new VM starts.
vms()
{
	"$make" timed "$fixture_file"
	start -I 100 -p 812
	until grep -q ' total ' "$work/out"; do sleep 0.05; done
	end_unseen
	wait $pid
	same status-after-the-end 0 $?
	succeeds end-is-printed grep -q 'the VM ended after 250ms of this interval' "$work/out"
	"$make" timed "$fixture_file"
	start -I 100 -p 812,901 -n 5 --csv
	until grep -q '(lost)' "$work/out"; do sleep 0.05; done
	end_unseen
	wait $pid
	same the-other-vm-is-still-measured 5 "$(grep -c '(lost)' "$work/out")"
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	check 0 '' stat -I 60000 --csv -o - --source "$fixture" -- sh -c '"$0" start "$1" && "$0" tick "$1"' "$make" "$fixture_file"
	# For VM v, tick() adds 1000 * v exits to each vCPU.
	same exits-with-a-new-vm $((1000 * (1 + 2 * 2 + 3 + 2 * 4 + 5 + 2 * 6 + 7))) "$(sum exits NPF)"
}

run_groups options formats command signals vms
