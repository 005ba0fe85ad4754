# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the ledgers of ended VMs while several readers read them: their number, their order, the
# reuse of their slots, and that no memory is lost. `truth ended` starts and ends the VMs.
. "$(dirname "$0")/lib.sh"

# Read the ledgers of the VMs in a loop, as users do. If an audit finds that the counts do not
# balance, write the process ID of the VM to /tmp/unbalanced.
read_ended()
{
	while [ ! -e /tmp/over ]; do
		vmtoll list
		pid=$(/truth/truth ended list | sed -n 's/.* pid \([0-9]*\) .*/\1/p' | tail -n 1)
		vmtoll stat ${pid:+-p "$pid"}
		# The audit exits with status 2 if the ledgers have been removed in the meantime.
		vmtoll audit ${pid:+-p "$pid"}
		[ $? -ne 1 ] || echo "$pid" >>/tmp/unbalanced
		sleep 0.2
	done >/dev/null 2>&1
}

# Print the memory of the slab allocator in KiB. The allocator keeps empty slabs of vCPUs and
# threads for later use: up to several MiB after the large VM of `truth ended`.
slab_kb()
{
	awk '$1 == "Slab:" { print $2 }' /proc/meminfo
}

# Run some VMs before the measurement, so that KVM allocates its caches. Otherwise, the caches
# would count as lost memory. For the same reason, attach the BPF programs once.
/truth/truth recreate 20 >/dev/null
[ "$counter" = module ] || { start_counting && stop_counting && sleep 1; }
before=$(free_kb) slab=$(slab_kb)
# In total, `truth ended` needs more than 120 slots. With 120 slots, slots must therefore be
# reused.
if [ "$counter" = bpf ]; then vmtoll attach --bpf --vcpus=120 >/dev/null; else lab load max_vcpus=120; fi
rm -f /tmp/unbalanced
touch /tmp/unbalanced
reader_start
read_ended &
lister=$!
truth ended
touch /tmp/over
wait $lister
reader_end ended
settled ended
same ended-audits '' "$(cat /tmp/unbalanced)"
succeeds ended-unload stop_counting
# If the module leaked the ledgers of all VMs of `truth ended`, 6.5 MiB would be lost. Ledgers do
# not come from the slab allocator, so ignore its growth. Other changes in free memory are smaller
# than the limit.
memory_left ended-memory $((3072 + $(slab_kb) - slab)) "$before"
finish ended
