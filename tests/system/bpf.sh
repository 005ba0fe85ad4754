# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the ledgers of the BPF programs. Attach the programs, and count the exits of the
# ground-truth payloads, first without the module and then together with it. Compare the counts
# with those of perf, too. Check that the times of a vCPU add up to the wall-clock time, and check
# intervals in which a VM is stopped, halted, or ends. Also run out of slots, end VMs, and detach
# the programs.
# Usage: bpf.sh [shadow | untyped]
#	shadow: also run the payloads under shadow paging
#	untyped: do all this with the programs for processes without CAP_SYS_ADMIN (bpf/access.h)
counter=bpf
. "$(dirname "$0")/lib.sh"
# shellcheck source=intervals.sh
. /share/intervals.sh

# This command runs another one without CAP_SYS_ADMIN. vmtoll attach then uses other programs.
without_admin='/usr/bin/setpriv --bounding-set -sys_admin'
attach_as=
[ "${1-}" != untyped ] || attach_as=$without_admin
mount -t bpf -o mode=0700 bpf /sys/fs/bpf

# attach NAME [OPTION]...: Attach the BPF programs.
attach()
{
	attach_name=$1
	shift
	# shellcheck disable=SC2086  # a command and its arguments, or nothing
	succeeds "$attach_name" $attach_as vmtoll attach --bpf "$@"
}

# vcpus NAME COUNT: Check the number of vCPUs that `vmtoll status` prints for the BPF programs.
vcpus()
{
	matches "$1" "^BPF: active, $2 vCPU" "$(vmtoll status)"
}

# stat_number KEY: Print a number that `vmtoll stat` reads from the BPF ledgers.
stat_number()
{
	vmtoll stat --source bpf --json | json_number "$1"
}

payloads()
{
	truth run -s bpf
	succeeds "$mode-audit" vmtoll audit
	perf_agrees cpuid
	perf_agrees touch
}

# guest_exits REASON: Print the exits with this reason that were not caused by a nested guest.
guest_exits()
{
	vmtoll stat --source bpf --csv | awk -F , -v reason="$1" \
		'$5 == reason && !$6 { n += $7 } END { print n + 0 }'
}

# End many VMs at the same time on a preemptible kernel. The kernel may then preempt the program
# that detects the end of a vCPU. Do this several times, because a missed end is rare.
end_preempted()
{
	preemption=$(sed -n 's/.*(\(.*\)).*/\1/p' /sys/kernel/debug/sched/preempt)
	if ! echo full >/sys/kernel/debug/sched/preempt; then
		skip bpf-preempted 'this kernel cannot change its preemption model'
		return
	fi
	for round in 1 2 3; do
		attach bpf-preempted-attach-$round
		vms=
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
			vms="$vms $!"
		done
		wait_for 20 all_counted
		# shellcheck disable=SC2086  # pids
		kill -KILL $vms
		wait
		sleep 1
		vcpus bpf-preempted-$round 0
		succeeds bpf-preempted-audit-$round vmtoll audit
		vmtoll detach >/dev/null
	done
	echo "$preemption" >/sys/kernel/debug/sched/preempt
}

# without PROGRAM...: Detach some of the BPF programs. The kernel detaches a program shortly after
# its pin has been removed.
without()
{
	for program; do rm /sys/fs/bpf/vmtoll/"$program"; done
	sleep 0.5
}

# Print the number of VMs that are live according to the BPF ledgers.
live()
{
	vmtoll list --source bpf --json | grep -c '"pid"'
}

# Print the number of vCPUs that have departed according to the BPF ledgers.
departed()
{
	vmtoll audit --json | awk '/"vcpus": [0-9]/ { n = $2 + 0 } /"departed": true/ { print n }'
}

# vm_start NUMBER: Start VMs of different processes, and add their processes to $vms.
vm_start()
{
	for _ in $(seq "$1"); do
		/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
		vms="$vms $!"
		wait_for 10 vmtoll stat -p $! || return
	done
}

vm_stop()
{
	# shellcheck disable=SC2086  # pids
	kill -KILL $vms
	# shellcheck disable=SC2086  # pids
	wait $vms 2>/dev/null
	vms=
}

# Detach programs that detect the end of a vCPU, so that ends are missed. Either of two programs is
# enough to detect an end. If both miss it, a new vCPU at the same address must get a new ledger.
miss_ends()
{
	vms=
	attach bpf-missed-attach-1
	without on_destroy
	/truth/truth recreate 3 >/dev/null
	same bpf-missed-by-kprobe 0 "$(live)"
	vmtoll detach >/dev/null

	# on_destroyed retires the vCPUs. If it is detached, on_create does so later.
	attach bpf-missed-attach-2
	without on_destroyed
	vm_start 3
	vm_stop
	vm_start 1
	same bpf-missed-by-fexit 1 "$(live)"
	vm_stop
	vmtoll detach >/dev/null

	attach bpf-missed-attach-3
	without on_destroy on_destroyed
	/truth/truth recreate 20 >/dev/null
	at_least bpf-missed-reused 10 "$(departed)"
	same bpf-missed-by-both 20 $(($(live) + $(departed)))
	succeeds bpf-missed-audit vmtoll audit
	vmtoll detach >/dev/null

	# on_create has not run for these vCPUs either. The first VM has two vCPUs. The second VM
	# may get the addresses of the first VM and of only one of its vCPUs.
	attach bpf-missed-attach-4
	without on_destroy on_destroyed on_create
	/truth/truth loop two-vcpus 1000 >/dev/null
	for try in 1 2 3 4 5; do
		if vm_start 1; then ok bpf-missed-by-all-$try; else
			not_ok bpf-missed-by-all-$try "process $vms is not counted: $(vmtoll list)"
		fi
		vm_stop
	done
	succeeds bpf-missed-audit-all vmtoll audit
	vmtoll detach >/dev/null
}

# Return true if 20 vCPUs have a ledger.
all_counted()
{
	vmtoll status | grep -q '^BPF: active, 20 vCPU'
}

# Attach the programs 6 times while a nested guest runs. The first event of a vCPU that the
# programs see is then often one of the nested guest. Only the nested guest executes VMMCALL, so
# the programs must not record a VMMCALL of the guest itself.
attach_while_nested()
{
	/truth/truth loop nested 1000000000 >/dev/null 2>&1 &
	nested_vm=$!
	sleep 1
	for try in 1 2 3 4 5 6; do
		attach bpf-nested-$try-attach
		sleep 1
		at_least bpf-nested-$try-vmrun 10 "$(guest_exits VMRUN)"
		same bpf-nested-$try-vmmcall 0 "$(guest_exits VMMCALL)"
		vmtoll detach >/dev/null
	done
	kill $nested_vm
	wait $nested_vm 2>/dev/null
}

# Count known exits with the programs for processes without CAP_SYS_ADMIN.
untyped()
{
	mode=untyped
	attach_as=$without_admin
	attach bpf-attach-untyped
	matches bpf-untyped 'CAP_SYS_ADMIN is missing' "$succeeds_output"
	truth run -s bpf cpuid out hlt hlt-pending touch nested two-vcpus
	truth books -s 3
	succeeds bpf-untyped-recreate /truth/truth recreate 20
	vcpus bpf-untyped-ended 0
	succeeds bpf-untyped-audit vmtoll audit
	vmtoll detach >/dev/null
	attach_as=
	mode=nested
}

fails bpf-status-before 1 'BPF: not attached' vmtoll status
attach bpf-attach
matches bpf-attach-again 'already attached' "$(vmtoll attach --bpf)"
vcpus bpf-status 0
payloads
matches bpf-ready '"ready_ns":' "$(vmtoll stat --source bpf --json)"
truth books -s 3
intervals

# Count with the module and with BPF at the same time. Both must count exactly the known exits.
lab load
mode=both
truth run -s ledger cpuid out touch nested two-vcpus
truth run -s bpf cpuid out touch nested two-vcpus
before=$(stat_number exits)
vmtoll stat -o /tmp/kmod.json --json -- /truth/truth loop cpuid 1000 >/dev/null
at_least bpf-beside-the-module 1000 "$(json_number exits </tmp/kmod.json)"
same bpf-agrees "$(json_number exits </tmp/kmod.json)" $(($(stat_number exits) - before))
lab unload
mode=nested

# When a VM has ended, its vCPU is no longer live, but its exits stay in the sum.
before=$(stat_number exits)
succeeds bpf-recreate /truth/truth recreate 20
vcpus bpf-ended 0
at_least bpf-ended-exits $((before + 20)) "$(stat_number exits)"
succeeds bpf-ended-audit vmtoll audit
succeeds bpf-detach vmtoll detach
fails bpf-status-after 1 'BPF: not attached' vmtoll status
matches bpf-detach-again 'Nothing was attached' "$(vmtoll detach)"

# If there is only one slot for two vCPUs, the exits of one vCPU are lost. They must be counted
# as lost.
attach bpf-attach-small --vcpus=1
/truth/truth loop two-vcpus 1000 >/tmp/loop
all=$(awk '{ n += $7 } END { print n }' /tmp/loop)
lost=$(stat_number lost)
at_least bpf-lost 1000 "$lost"
same bpf-lost-and-counted "$all" $(($(stat_number exits) + lost))
vmtoll detach >/dev/null

# If a VM or a vCPU cannot be added to its map, the exits of the vCPU are lost. The vCPU must not
# use up a slot.
attach bpf-attach-full --vcpus=1
for map in vms slot_by_vcpu; do
	before=$(stat_number exits) before_lost=$(stat_number lost)
	/truth/truth fill $map >/tmp/fill
	at_least bpf-full-$map 1 "$(awk '$1 == "added" { print $2 }' /tmp/fill)"
	/truth/truth loop cpuid 1000 >/dev/null
	at_least bpf-full-$map-lost $((before_lost + 1000)) "$(stat_number lost)"
	same bpf-full-$map-exits "$before" "$(stat_number exits)"
	/truth/truth fill $map empty >/dev/null
	/truth/truth loop cpuid 1000 >/dev/null
	at_least bpf-full-$map-slot $((before + 1000)) "$(stat_number exits)"
done
vmtoll detach >/dev/null

[ -n "$attach_as" ] || untyped
[ "$arch" = intel ] || attach_while_nested
[ "$arch" = intel ] || end_preempted
miss_ends

# The flags of the CPU select the vendor module. Exchange the flags in /proc/cpuinfo: the module of
# this machine is then the wrong one, although it is loaded.
sed 's/ svm / other /; s/ vmx / svm /; s/ other / vmx /' /proc/cpuinfo >/tmp/cpuinfo
mount --bind /tmp/cpuinfo /proc/cpuinfo
if [ "$arch" = intel ]; then wrong=kvm_amd; else wrong=kvm_intel; fi
fails bpf-other-vendor 2 "KVM is not loaded: load $wrong first" vmtoll attach --bpf
umount /proc/cpuinfo

# The BPF programs are detached now, so paging_mode() must be able to unload KVM.
if [ "${1-}" = shadow ]; then
	paging_mode shadow
	attach bpf-attach-shadow
	payloads
	vmtoll detach >/dev/null
fi
finish bpf
