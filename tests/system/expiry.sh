# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that the ledgers of an ended VM are kept for five minutes. Run this test with `lab exec
# --icount`: the clock of an idle machine then advances as fast as the emulator can.
. "$(dirname "$0")/lib.sh"

# Run a VM, wait until vmtoll reports that it has ended, and set $vm to the pid of its process.
run_vm()
{
	/truth/truth loop cpuid 100 >/dev/null &
	vm=$!
	wait $vm
	wait_for 5 has_ended $vm
}

# has_ended PID: Return true if vmtoll reports that the VM of process PID has ended.
has_ended()
{
	vmtoll stat -p "$1" | grep -q 'the VM has ended'
}

kept()
{
	/truth/truth ended list | grep -c ''
}

# ago PID: Print how many seconds ago the VM ended.
ago()
{
	echo $(($(vmtoll stat -p "$1" --json | json_number ended_ago_ns) / 1000000000))
}

lab load
run_vm
first=$vm
sleep 60
run_vm
second=$vm
same expiry-both-kept 2 "$(kept)"
sleep 230
at_least expiry-age 290 "$(ago $first)"
at_least expiry-age-of-the-second 230 "$(ago $second)"
sleep 15
fails expiry-first 2 "no VM of process $first" vmtoll stat -p $first
fails expiry-first-audit 2 "no VM of process.*or it ended more than five minutes ago" vmtoll audit -p $first
at_least expiry-second-is-kept 100 "$(exits_of $second)"
same expiry-one-kept 1 "$(kept)"
sleep 60
fails expiry-second 2 "no VM of process $second" vmtoll stat -p $second
same expiry-none-kept 0 "$(kept)"
matches expiry-departed "2 vCPUs" "$(vmtoll stat)"
succeeds expiry-unload lab unload
finish expiry
