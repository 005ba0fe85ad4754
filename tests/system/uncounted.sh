# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the cost of vCPUs without a ledger. The TSC of this machine must count instructions.
. "$(dirname "$0")/lib.sh"

# The maximum number of instructions that vmtoll adds to an exit of a vCPU without a ledger. On
# Linux 7.2, it is higher: tracepoints no longer disable preemption, so each of the four probes
# does. The tracepoints themselves also take more (two empty probes: 37 instructions, not 34).
limit=150
[ "$machine" != amd-7.2 ] || limit=170

# cost ARGUMENT...: Run `truth cost`, and print the number of instructions per exit, rounded down.
cost()
{
	/truth/truth cost -n 100 -p 10 "$@" | sed 's/.* least \([0-9]*\).*/\1/'
}

# alternating VMS: Print the number of instructions per exit if the vCPUs of VMS VMs alternate on
# one CPU at each exit.
alternating()
{
	/truth/truth alternate -n 100 -p 10 -v "$1" out | sed 's/.* least \([0-9]*\).*/\1/'
}

# compare NAME WITHOUT WITH: Check that the cost with vmtoll exceeds the cost without vmtoll by no
# more than the limit.
compare()
{
	within "uncounted-$1" 0 $(($3 - $2)) $limit
	echo "# $machine: $1: $(($3 - $2)) instructions per exit added"
}

# Start a VM that stays idle in user space and takes the only ledger.
take_ledger()
{
	rm -f /tmp/input
	mkfifo /tmp/input
	/truth/truth idle </tmp/input >/tmp/idle &
	owner=$!
	exec 3>/tmp/input
	wait_for 20 grep -q idle /tmp/idle
	same uncounted-owner 1 "$(vmtoll list --json | json_number vcpus)"
}

# Return true if the VM of process $vm has a ledger.
is_counted()
{
	vmtoll stat -p "$vm"
}

one=$(cost hypercall) out=$(cost out) crowd=$(cost -v 256 hypercall)
two=$(alternating 2) eight=$(alternating 8)
lab load max_vcpus=1
take_ledger
compare one "$one" "$(cost hypercall)"
compare out "$out" "$(cost out)"
compare two "$two" "$(alternating 2)"
compare eight "$eight" "$(alternating 8)"
# The module has a hash table for vCPUs without a ledger. Run as many of these vCPUs as the table
# has entries. Some of them get no entry, because of collisions.
compare crowd "$crowd" "$(cost -v 256 hypercall)"
# Fill the whole table with idle vCPUs.
rm -f /tmp/full
mkfifo /tmp/full
/truth/truth idle -c 1024 </tmp/full >/tmp/filled 3>&- &
filler=$!
exec 4>/tmp/full
wait_for 60 grep -q idle /tmp/filled
compare full "$out" "$(cost out)"
compare full-two "$two" "$(alternating 2)"
compare full-eight "$eight" "$(alternating 8)"
exec 4>&-
wait $filler
# When a ledger becomes free, the vCPU without a ledger must get it soon.
/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 3>&- &
vm=$!
sleep 0.6
fails uncounted-waits 2 "process $vm is not counted" vmtoll stat -p $vm
exec 3>&-
wait $owner
succeeds uncounted-is-adopted wait_for 5 is_counted
lost=$(vmtoll stat --json | json_number lost)
sleep 0.6
same uncounted-lost-ends "$lost" "$(vmtoll stat --json | json_number lost)"
kill $vm
wait $vm 2>/dev/null
lab unload
finish uncounted
