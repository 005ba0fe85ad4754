# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Tests of intervals in which a VM is stopped, is halted, or ends. truth.sh sources this file and
# calls the tests while vmtoll.ko is loaded.

# The file with the last result of interval_of().
measured=/tmp/interval.json

# interval_of NAME CMD...: Measure the VM $vm while CMD runs, and check the times with
# check_interval().
interval_of()
{
	interval_name=$1
	shift
	vmtoll stat -p "$vm" --json -o $measured -- "$@"
	check_interval "$interval_name" 1 $measured
}

start_vm()
{
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	vm=$!
	wait_for 10 vmtoll stat -p "$vm" -o /dev/null
}

stopped()
{
	start_vm
	kill -STOP "$vm"
	sleep 5
	interval_of interval-continued sh -c "kill -CONT $vm; sleep 1"
	at_least interval-continued-exits 1 "$(json_number exits <$measured)"
	kill -STOP "$vm"
	sleep 0.5
	# The table and the audit must count the open exit in the same way.
	out=$(vmtoll stat -p "$vm")
	same interval-stopped-total "$(printf '%s\n' "$out" | sed -n 's/^total *\([0-9,]*\) .*/\1/p')" \
		"$(printf '%s\n' "$out" | sed -n 's/.* the ledger \([0-9,]*\) .*/\1/p')"
	interval_of interval-stopped sleep 2
	# shellcheck disable=SC2154  # set by check_interval()
	within interval-stopped-vmm $((wall * 9 / 10)) "$(json_number vmm_ns <$measured)" "$vcpu"
	same interval-stopped-exits 0 "$(json_number exits <$measured)"
	kill -CONT "$vm"
}

# End the VM $vm during an interval.
ended()
{
	out=$(vmtoll stat -p "$vm" -- sh -c "sleep 1; kill $vm; sleep 1" 2>&1)
	same interval-end-status 0 $?
	matches interval-end-text "the VM ended after [1-9][.0-9]*s" "$out"
	matches interval-end-audit "balanced" "$out"
	wait "$vm" 2>/dev/null
	matches ended-stat "the VM has ended, .* ago" "$(vmtoll stat -p "$vm" 2>&1)"
	at_least ended-exits 1 "$(exits_of "$vm")"
	matches ended-audit "the VM has ended, .* ago" "$(vmtoll audit -p "$vm" 2>&1)"
	succeeds ended-audit-balances vmtoll audit -p "$vm"
	fails ended-is-not-measured 2 "has ended" vmtoll stat -p "$vm" -- true
	start_vm
	out=$(vmtoll stat -r 3 -p "$vm" -- sh -c "sleep 0.5; kill $vm; sleep 0.5" 2>&1)
	matches ended-run-is-marked "run 1: the VM ended after" "$out"
	wait "$vm" 2>/dev/null
}

# Return true if the VM $vm has been halted for at least a second.
has_halted()
{
	[ "$(vmtoll stat -p "$vm" --json | json_number halt_ns)" -ge 1000000000 ]
}

# Run a guest whose firmware contains only HLT instructions. QEMU interrupts KVM_RUN now and then.
# On a slow machine, the vCPU therefore also spends much time in QEMU and waiting for a CPU.
halted()
{
	head -c 65536 /dev/zero | tr '\0' '\364' >/tmp/halt.rom
	qemu-system-x86_64 -M microvm -accel kvm -cpu host -m 16 -nodefaults -no-user-config -display none \
		-bios /tmp/halt.rom </dev/null >/tmp/qemu.out 2>&1 &
	vm=$!
	succeeds interval-halted-begins wait_for 60 has_halted
	interval_of interval-halted sleep 2
	within interval-halted-halt $((wall / 2)) "$(json_number halt_ns <$measured)" "$vcpu"
	within interval-halted-kvm 0 "$(json_number kvm_ns <$measured)" $((wall / 10))
	kill "$vm"
	wait "$vm" 2>/dev/null
}

# Kill a stopped VM while all VMs are measured. The time from the VM's last exit until its end
# must be counted.
ended_among_all()
{
	start_vm
	kill -STOP "$vm"
	sleep 0.5
	vmtoll stat --json -o $measured -- sh -c "sleep 2; kill -KILL $vm; sleep 1"
	within ended-among-all-vmm 1900000000 "$(json_number vmm_ns <$measured)" 3000000000
	same ended-among-all-departed 1 "$(json_number departed <$measured)"
	succeeds ended-among-all-is-known not grep -q untimed $measured
	wait "$vm" 2>/dev/null
}

# kvm_exits FILE...: Each FILE contains the output of `truth loop` for one VM. Print the number
# of exits of all these VMs together, as counted by KVM itself.
kvm_exits()
{
	cat "$@" | awk '{ sum += $7 } END { print sum }'
}

has_ended()
{
	vmtoll stat -p "$1" 2>&1 | grep -q "has ended"
}

# Measure two VMs together while a third VM runs. First use two VMs that have ended after a
# known number of exits, and then two VMs that are running.
several()
{
	start_vm
	other=$vm
	/truth/truth loop cpuid 1000 >/tmp/first &
	first=$!
	/truth/truth loop cpuid 2500 >/tmp/second &
	vm=$!
	wait $first $vm
	wait_for 10 has_ended $first
	wait_for 10 has_ended $vm
	at_least several-known-exits 3500 "$(kvm_exits /tmp/first /tmp/second)"
	same several-exits "$(kvm_exits /tmp/first /tmp/second)" "$(exits_of $vm,$first)"
	start_vm
	first=$vm
	start_vm
	vmtoll stat -p "$vm" -p "$first" --json -o $measured -- sleep 1
	wall=$(json_number wall_ns <$measured)
	within several-vcpu $((wall * 18 / 10)) "$(json_number vcpu_ns <$measured)" $((wall * 22 / 10 + 400000000))
	kill -STOP "$first" "$vm"
	sleep 0.5
	same several-sum $(($(exits_of "$first") + $(exits_of "$vm"))) "$(exits_of "$first,$vm")"
	kill -CONT "$first" "$vm"
	out=$(vmtoll stat -p "$vm,$first" -- sh -c "sleep 1; kill $first; sleep 1" 2>&1)
	matches several-heading "VMs of processes $first \(truth\) and $vm \(truth\), 2 vCPUs" "$out"
	matches several-end "the VM of process $first ended after [1-9][.0-9]*s" "$out"
	matches several-audit "balanced" "$out"
	fails several-is-not-measured 2 "the VM of process $first has ended" \
		vmtoll stat -p "$first,$$,$vm" -- true
	# shellcheck disable=SC2154 # fails() sets the variable
	matches several-no-vm "no VM of process $$" "$fails_output"
	kill "$vm" "$other"
	wait "$first" "$vm" "$other" 2>/dev/null
}

intervals()
{
	stopped
	ended
	ended_among_all
	several
	halted
}
