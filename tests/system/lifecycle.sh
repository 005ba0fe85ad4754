# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The module's life: what it refuses, in which order it and KVM come and go, VMs that run while it
# is attached and detached, what it may not count, and who may read it.
. "$(dirname "$0")/lib.sh"

loaded()
{
	[ -d "/sys/module/$1" ]
}

attached()
{
	vmtoll list
}

# A VM that exits all the time, until vm_stop.
vm_start()
{
	/truth/truth loop "$1" 1000000000 >/dev/null 2>&1 &
	vm=$!
}

vm_stop()
{
	kill "$vm" 2>/dev/null
	wait "$vm" 2>/dev/null
}

vm_has_exits()
{
	[ "$(vmtoll stat -p "$vm" --json | json exits)" -gt 0 ]
}

refusals()
{
	fails refuse-dialect 125 "dialect=foo: unknown" lab load dialect=foo
	fails refuse-max_vcpus 125 "max_vcpus=0: out of range" lab load max_vcpus=0
	fails refuse-leaves 125 "leaves=maybe: not a boolean" lab load leaves=maybe
	fails refuse-log_every 125 "log_every=often: not a number" lab load log_every=often
	if loaded vmtoll; then not_ok refuse-loads-nothing "vmtoll is loaded"; else ok refuse-loads-nothing; fi
}

# Loaded before KVM, it waits for it; and KVM goes under it as if it were not there.
orders()
{
	rmmod "$vendor" && rmmod kvm
	try load-before-kvm lab load
	fails no-kvm 2 "KVM" vmtoll stat
	try kvm-after lab kvm
	try attached-to-kvm-that-came-later attached
	try native-on-two-cpus /truth/truth native
	try count-after-kvm-came vmtoll stat -- /truth/truth loop cpuid 100
	try unload-vendor rmmod "$vendor"
	try unload-kvm rmmod kvm
	holds kvm-gone "KVM" "$(vmtoll list 2>&1)"
	try kvm-again lab kvm
	vmtoll stat --json -o /tmp/again.json -- /truth/truth loop cpuid 1000 >/dev/null
	more count-after-kvm-again 1000 "$(json exits </tmp/again.json)"
	try audit-after-reloads vmtoll audit
	try unload lab unload
}

# Attached in the middle of a VM's life, again and again.
midlife()
{
	vm_start cpuid
	sleep 1
	for round in 1 2 3 4 5; do
		lab load
		try "attach-running-$round" wait_for 5 vm_has_exits
		try "audit-running-$round" vmtoll audit
		# What was before vmtoll was there needs no explanation.
		same "nothing-explained-$round" "0 0" "$(vmtoll audit --json |
			json emulated) $(vmtoll audit --json | json recovered)"
		try "detach-running-$round" lab unload
	done
	lab load
	wait_for 5 vm_has_exits
	vm_stop
	wait_for 5 no_live_vm
	try audit-after-the-vm-ended vmtoll audit
	lab unload
}

# Threads that move and CPUs that go, under a running VM.
moving()
{
	lab load
	vm_start hypercall
	wait_for 5 vm_has_exits
	for cpu in 1 0 1 0 1; do
		for task in /proc/"$vm"/task/*; do
			taskset -p -c $cpu "${task##*/}" >/dev/null
		done
		sleep 0.2
	done
	for task in /proc/"$vm"/task/*; do taskset -p -c 0,1 "${task##*/}" >/dev/null; done
	for round in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu1/online
		sleep 0.2
		echo 1 >/sys/devices/system/cpu/cpu1/online
		sleep 0.2
	done
	try audit-after-moves vmtoll audit
	same lost-after-moves 0 "$(vmtoll stat -p "$vm" --json | json lost)"
	kill -STOP "$vm"
	sleep 0.3
	try audit-stopped vmtoll audit
	kill -CONT "$vm"
	vm_stop
	lab unload
}

# exits_by NAME: of $vm; the name is an extended pattern, as vendors differ
exits_by()
{
	vmtoll stat -p "$vm" --csv | awk -F , -v name="^($1)\$" '$5 ~ name { n = $7 } END { print n + 0 }'
}

# How often its guest ended by a triple fault.
shutdowns()
{
	exits_by 'SHUTDOWN|TRIPLE_FAULT'
}

shut_down_often()
{
	[ "$(shutdowns)" -ge 20 ]
}

# A guest that resets itself again and again stays one VM, one vCPU; and each start's 100 CPUID are counted (reset.S).
reset()
{
	lab load
	qemu-system-x86_64 -M microvm -accel kvm -cpu host -m 16 -nodefaults -no-user-config -display none \
		-bios /truth/reset.rom </dev/null >/tmp/qemu.out 2>&1 &
	vm=$!
	if wait_for 60 shut_down_often; then ok reset-counts-on; else
		not_ok reset-counts-on "$(vmtoll stat -p "$vm" --csv; cat /tmp/qemu.out)"
	fi
	kill -STOP "$vm"
	sleep 0.3
	starts=$(shutdowns)
	cpuids=$(exits_by CPUID)
	if [ "$cpuids" -ge $((starts * 100)) ] && [ "$cpuids" -le $((starts * 100 + 100)) ]; then ok reset-exact; else
		not_ok reset-exact "$starts resets and $cpuids CPUID exits, 100 a start"
	fi
	try reset-audit vmtoll audit
	same reset-one-vcpu 1 "$(vmtoll list --json | json vcpus)"
	kill -CONT "$vm"
	vm_stop
	lab unload
}

# More vCPUs than it may count: the exits of the others are lost, and said to be.
lost()
{
	lab load max_vcpus=1
	vm_start cpuid
	wait_for 5 vm_has_exits
	/truth/truth loop cpuid 500 >/dev/null
	out=$(vmtoll audit 2>&1)
	same lost-audit-fails 1 $?
	holds lost-is-told "lost" "$out"
	more lost-is-counted 500 "$(vmtoll stat --json | json lost)"
	vm_stop
	lab unload
}

# What the kernel's log has of VMs after a run of 20,000 exits.
logged()
{
	lab load "$@"
	before=$(messages)
	/truth/truth loop cpuid 20000 >/dev/null
	sleep 0.5
	messages_since "$before" | grep 'vm 1:'
	lab unload
}

log()
{
	holds log-rows "vm 1: 0x[0-9a-f]+ [cC][pP][uU][iI][dD]: [0-9]+ exits" "$(logged log_every=1000)"
	same log-off "" "$(logged)"
}

# Parameters that change all the time, under a running VM and under the module's own end.
parameters()
{
	(
		while [ ! -e /tmp/parameters-done ]; do
			for value in 1 0; do
				echo $value >/sys/module/vmtoll/parameters/log_every
			done
			for value in split off combined; do
				echo $value >/sys/module/vmtoll/parameters/dialect
			done
		done 2>/dev/null
	) &
	writer=$!
	vm_start cpuid
	for _ in 1 2 3 4 5 6 7 8; do
		lab load
		sleep 0.5
		lab unload
	done
	lab load
	wait_for 20 vm_has_exits
	try parameters-audit vmtoll audit
	touch /tmp/parameters-done
	wait $writer
	vm_stop
	lab unload
}

refusals
orders
midlife
moving
reset
lost
log
parameters
finish lifecycle
