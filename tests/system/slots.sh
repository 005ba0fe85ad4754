# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that no user of the host can use up the slots or the memory of other users. Check the limit
# per VMM, the slots of vCPUs that have ended, and the cgroup to which the memory is charged.
. "$(dirname "$0")/lib.sh"

# idle_start COMMAND...: Run the command, which starts `truth idle`, and wait until its vCPUs are
# idle. The vCPUs exit when file descriptor 3 is closed.
idle_start()
{
	rm -f /tmp/input
	mkfifo /tmp/input
	"$@" </tmp/input >/tmp/idle &
	idle=$!
	exec 3>/tmp/input
	wait_for 60 grep -q idle /tmp/idle
}

idle_stop()
{
	exec 3>&-
	wait $idle
}

# Print the number of vCPUs that vmtoll counts.
counted()
{
	vmtoll list --json | grep -o '"vcpus": *[0-9]*' | awk '{ n += $2 } END { print n + 0 }'
}

# Return true if the log names the limit per VMM. The worker of the module logs this line, so it
# may appear a little later.
limit_is_logged()
{
	log_since "$before" | grep -q 'max_vcpus_per_vmm above 4'
}

# Start a VMM with as many vCPUs as there are slots. The limit per VMM must leave a slot for
# another VMM.
limit()
{
	lab load max_vcpus=8 max_vcpus_per_vmm=4
	before=$(log_lines)
	idle_start /truth/truth idle -v 2 -c 4
	same slots-limit 4 "$(counted)"
	succeeds slots-limit-is-logged wait_for 5 limit_is_logged
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 3>&- &
	other=$!
	succeeds slots-other-vmm wait_for 5 vmtoll stat -p $other
	kill $other
	wait $other 2>/dev/null
	idle_stop
	lab unload
}

# The limit per VMM must stay the same after the first VM of the VMM has ended.
limit_stays()
{
	lab load max_vcpus=8 max_vcpus_per_vmm=4
	idle_start /truth/truth idle -v 2 -c 2 -r 2
	same slots-limit-stays 4 "$(counted)"
	idle_stop
	lab unload
}

# A process keeps O_PATH descriptors to the files of ended vCPUs. The slots of these vCPUs must
# become free while the process is still running.
pinned()
{
	lab load max_vcpus=8
	idle_start /truth/truth idle -v 2 -c 4 -o 1
	same slots-pinned-live 8 "$(counted)"
	exec 3>&-
	wait_for 20 grep -q destroyed /tmp/idle
	succeeds slots-pinned-ended wait_for 5 no_live_vm
	succeeds slots-pinned-process kill -0 $idle
	matches slots-pinned-departed "8 vCPUs" "$(vmtoll stat)"
	kill $idle
	wait $idle 2>/dev/null
	lab unload
}

# charged: Print the kernel memory in KiB that is charged to the cgroup of a VMM with 256 vCPUs.
charged()
{
	mkdir -p /tmp/cgroup/vmm
	# shellcheck disable=SC2016  # $$ is the process ID of the inner shell
	idle_start sh -c 'echo $$ >/tmp/cgroup/vmm/cgroup.procs; exec /truth/truth idle -c 256'
	echo $(($(awk '$1 == "kernel" { print $2 }' /tmp/cgroup/vmm/memory.stat) / 1024))
	idle_stop
	rmdir /tmp/cgroup/vmm
}

accounting()
{
	mkdir -p /tmp/cgroup
	mount -t cgroup2 cgroup /tmp/cgroup
	echo +memory >/tmp/cgroup/cgroup.subtree_control
	without=$(charged)
	lab load
	with=$(charged)
	# Each ledger takes 16 KiB. Accept 15 KiB per ledger, because the memory that KVM itself
	# uses may differ between the two measurements.
	at_least slots-memory-is-charged $((256 * 15)) $((with - without))
	lab unload
	umount /tmp/cgroup
}

limit
limit_stays
pinned
accounting
finish slots
