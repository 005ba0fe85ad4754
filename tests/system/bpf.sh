# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the ledgers of the BPF programs. Attach the programs, and count the exits of the
# ground-truth payloads, first without the module and then together with it. Compare the counts with
# those of perf, too. Check that the times
# of a vCPU add up to the wall-clock time, and check intervals in which a VM is stopped, halted, or
# ends. Also run out of slots, end VMs, and detach the programs.
# Usage: bpf.sh [shadow] (shadow: also run the payloads under shadow paging)
counter=bpf
. "$(dirname "$0")/lib.sh"
# shellcheck source=intervals.sh
. /share/intervals.sh

# attach NAME [OPTION]...: Attach the BPF programs.
attach()
{
	attach_name=$1
	shift
	succeeds "$attach_name" vmtoll attach --bpf "$@"
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
	echo voluntary >/sys/kernel/debug/sched/preempt
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
		vmtoll attach --bpf >/dev/null
		sleep 1
		at_least bpf-nested-$try-vmrun 10 "$(guest_exits VMRUN)"
		same bpf-nested-$try-vmmcall 0 "$(guest_exits VMMCALL)"
		vmtoll detach >/dev/null
	done
	kill $nested_vm
	wait $nested_vm 2>/dev/null
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

[ "$arch" = intel ] || attach_while_nested
[ "$arch" = intel ] || end_preempted

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
