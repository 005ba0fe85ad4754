# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the lifecycle of the module: rejected parameters, the order of loading the module and
# KVM, VMs that run while the module attaches and detaches, the max_vcpus limit, and the kernel
# log.
# Usage: lifecycle.sh [bpf] (bpf: only run the tests that also apply to the BPF programs, and count
# with these programs)
counter=${1-module}
. "$(dirname "$0")/lib.sh"

# These lists determine how often the module is loaded: $rounds while a VM runs, and $loads while
# the module's parameters change. On kernels with debugging options, each load takes several
# seconds.
# shellcheck disable=SC2154  # set by /lab/config
if [ -n "$config_flavour" ]; then
	rounds='1 2' loads='1 2 3'
else
	rounds='1 2 3 4 5' loads='1 2 3 4 5 6 7 8'
fi

loaded()
{
	[ -d "/sys/module/$1" ]
}

attached()
{
	vmtoll list
}

# vm_start PAYLOAD: Start a VM that causes exits continuously until vm_stop() is called.
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
	[ "$(vmtoll stat -p "$vm" --json | json_number exits)" -gt 0 ]
}

# The module must report an unreliable TSC if and only if the kernel reports that this CPU's TSC
# may change its rate or stop.
tsc()
{
	reliable=$(grep -w constant_tsc /proc/cpuinfo | grep -cw nonstop_tsc)
	if [ "$reliable" -gt 0 ]; then notes=0; else notes=1; fi
	before=$(log_lines)
	lab load
	same tsc-note $notes "$(vmtoll list | grep -c 'the TSC of the host is unreliable')"
	same tsc-log $notes "$(log_since "$before" | grep -c 'vmtoll: .*times may be wrong')"
	lab unload
}

refusals()
{
	fails refuse-dialect 125 "dialect=foo: unknown" lab load dialect=foo
	fails refuse-max_vcpus 125 "max_vcpus=0: out of range" lab load max_vcpus=0
	fails refuse-max_vcpus_per_vmm 125 "max_vcpus_per_vmm=0: out of range" \
		lab load max_vcpus_per_vmm=0
	fails refuse-leaves 125 "leaves=maybe: not a boolean" lab load leaves=maybe
	fails refuse-log_every 125 "log_every=often: not a number" lab load log_every=often
	if loaded vmtoll; then not_ok refuse-loads-nothing "vmtoll is loaded"; else ok refuse-loads-nothing; fi
}

# Load vmtoll.ko before KVM. vmtoll.ko must attach when KVM is loaded, and it must not prevent
# KVM from being unloaded.
orders()
{
	rmmod "$vendor" && rmmod kvm
	succeeds load-before-kvm load_with_leaves
	fails no-kvm 2 "KVM" vmtoll stat
	succeeds kvm-after lab kvm
	succeeds attached-to-kvm-loaded-later attached
	succeeds native-on-two-cpus /truth/truth native
	succeeds count-after-kvm-loaded vmtoll stat -- /truth/truth loop cpuid 100
	succeeds unload-vendor rmmod "$vendor"
	succeeds unload-kvm rmmod kvm
	matches kvm-gone "KVM" "$(vmtoll list 2>&1)"
	succeeds kvm-again lab kvm
	vmtoll stat --json -o /tmp/again.json -- /truth/truth loop cpuid 1000 >/dev/null
	at_least count-after-kvm-again 1000 "$(json_number exits </tmp/again.json)"
	succeeds audit-after-reloads vmtoll audit
	succeeds unload lab unload
}

# Attach and detach several times while a VM runs.
attach_running()
{
	vm_start cpuid
	sleep 1
	for round in $rounds; do
		start_counting
		succeeds "attach-running-$round" wait_for 5 vm_has_exits
		succeeds "audit-running-$round" vmtoll audit
		# Exits that occurred before the module attached must not be counted as emulated
		# or recovered.
		same "nothing-explained-$round" "0 0" "$(vmtoll audit --json |
			json_number emulated) $(vmtoll audit --json | json_number recovered)"
		succeeds "detach-running-$round" stop_counting
	done
	start_counting
	wait_for 5 vm_has_exits
	vm_stop
	wait_for 5 no_live_vm
	succeeds audit-after-the-vm-ended vmtoll audit
	stop_counting
}

# Move the vCPU threads between CPUs, and take a CPU offline, while a VM runs.
moving()
{
	start_counting
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
	succeeds audit-after-moves vmtoll audit
	same lost-after-moves 0 "$(vmtoll stat -p "$vm" --json | json_number lost)"
	kill -STOP "$vm"
	sleep 0.3
	succeeds audit-stopped vmtoll audit
	kill -CONT "$vm"
	vm_stop
	stop_counting
}

# exits_by NAME: Print the number of exits of $vm whose reason matches NAME. NAME is an extended
# regular expression, because Intel and AMD use different names for the same reason.
exits_by()
{
	vmtoll stat -p "$vm" --csv | awk -F , -v name="^($1)\$" '$5 ~ name { n = $7 } END { print n + 0 }'
}

# Print the number of triple faults of the guest.
shutdowns()
{
	exits_by 'SHUTDOWN|TRIPLE_FAULT'
}

many_shutdowns()
{
	[ "$(shutdowns)" -ge 20 ]
}

# Run a guest that resets itself repeatedly (tests/guests/reset.S). vmtoll must report one VM
# with one vCPU, and must count 100 CPUID exits for each start.
reset()
{
	start_counting
	qemu-system-x86_64 -M microvm -accel kvm -cpu host -m 16 -nodefaults -no-user-config -display none \
		-bios /truth/reset.rom </dev/null >/tmp/qemu.out 2>&1 &
	vm=$!
	if wait_for 60 many_shutdowns; then ok reset-counts-on; else
		not_ok reset-counts-on "$(vmtoll stat -p "$vm" --csv; cat /tmp/qemu.out)"
	fi
	kill -STOP "$vm"
	sleep 0.3
	starts=$(shutdowns)
	cpuids=$(exits_by CPUID)
	if [ "$cpuids" -ge $((starts * 100)) ] && [ "$cpuids" -le $((starts * 100 + 100)) ]; then ok reset-exact; else
		not_ok reset-exact "$starts resets and $cpuids CPUID exits; expected 100 per reset"
	fi
	succeeds reset-audit vmtoll audit
	same reset-one-vcpu 1 "$(vmtoll list --json | json_number vcpus)"
	kill -CONT "$vm"
	vm_stop
	stop_counting
}

# Start a second VM while another VM uses the only ledger. Check that vmtoll reports the second
# VM as not counted.
uncounted()
{
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	other=$!
	sleep 1
	matches uncounted-list "not counted: 1 VM" "$(vmtoll list)"
	matches uncounted-list-pid "^ *- +$other " "$(vmtoll list)"
	fails uncounted-stat 2 "process $other is not counted" vmtoll stat -p $other
	fails uncounted-audit 2 "process $other is not counted" vmtoll audit -p $other
	fails uncounted-of-three 2 "process $other is not counted" \
		vmtoll stat -p "$vm,$other,$$" -- true
	matches uncounted-no-vm "no VM of process $$" "$fails_output"
	same uncounted-lines 2 "$(printf '%s\n' "$fails_output" | wc -l)"
	# The module logs this line at most once per minute.
	within uncounted-is-logged-once 1 "$(log_since "$lost_begin" | grep -c 'no ledger is left')" \
		$((1 + ($(seconds) - lost_second) / 60))
	kill $other
	wait $other 2>/dev/null
}

# Print the time since the boot in seconds.
seconds()
{
	cut -d . -f 1 /proc/uptime
}

# Run more vCPUs than max_vcpus allows. The exits of the excess vCPUs must be reported as lost.
lost()
{
	lost_begin=$(log_lines) lost_second=$(seconds)
	lab load max_vcpus=1
	vm_start cpuid
	wait_for 5 vm_has_exits
	/truth/truth loop cpuid 500 >/dev/null
	out=$(vmtoll audit 2>&1)
	same lost-audit-fails 1 $?
	matches lost-is-reported "lost" "$out"
	at_least lost-is-counted 500 "$(vmtoll stat --json | json_number lost)"
	uncounted
	vm_stop
	lab unload
}

# logged [NAME=VALUE]...: Load the module with these parameters, and print what it logs about a VM
# with 20,000 exits.
logged()
{
	lab load "$@"
	before=$(log_lines)
	/truth/truth loop cpuid 20000 >/dev/null
	sleep 0.5
	log_since "$before" | grep 'vm 1:'
	lab unload
}

log()
{
	matches log-rows "vm 1: 0x[0-9a-f]+ [cC][pP][uU][iI][dD]: [0-9]+ exits" "$(logged log_every=1000)"
	same log-off "" "$(logged)"
}

# all_vms N: Return true if vmtoll lists N VMs.
all_vms()
{
	[ "$(vmtoll list --json | grep -c '"pid"')" -eq "$1" ]
}

# Run 12 VMs that are due each time the module checks them. The module may log ten VMs in each
# period of five seconds. A period begins with the first line after the end of the last period.
# Expect two complete periods at least.
log_limited()
{
	lab load
	vms=
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		/truth/truth busy 120 >/dev/null 2>&1 &
		vms="$vms $!"
	done
	succeeds log-limited-vms wait_for 60 all_vms 12
	before=$(log_lines)
	echo 10 >/sys/module/vmtoll/parameters/log_every
	sleep 12
	echo 0 >/sys/module/vmtoll/parameters/log_every
	# shellcheck disable=SC2086  # a list of pids
	kill $vms
	# shellcheck disable=SC2086  # a list of pids
	wait $vms 2>/dev/null
	log_since "$before" | sed -nE 's/^\[ *([0-9.]+)\] vmtoll: vm ([0-9]+)( \(pid|:).*/\1 \3 \2/p' >/tmp/log
	# shellcheck disable=SC2046  # a list of words
	set -- $(awk '$2 == "(pid" { if (!n++) first = $1; last = $1 } $2 == ":" { rows++ }
		END { print n + 0, rows + 0, 10 * (1 + int((last - first) / 4.9)) }' /tmp/log)
	within log-limited 20 "$1" "$3"
	same log-limited-in-turn 12 "$(awk '$2 == "(pid" { print $3 }' /tmp/log | sort -u | wc -l)"
	# Each VM has at least five kinds of exits, and its rows are logged without a limit.
	at_least log-limited-rows $(($1 * 5)) "$2"
	lab unload
}

# Change parameters continuously while a VM runs and while the module is loaded and unloaded.
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
	for _ in $loads; do
		lab load
		sleep 0.5
		lab unload
	done
	lab load
	wait_for 20 vm_has_exits
	succeeds parameters-audit vmtoll audit
	touch /tmp/parameters-done
	wait $writer
	vm_stop
	lab unload
}

if [ "$counter" = bpf ]; then
	attach_running
	moving
	reset
	finish lifecycle-bpf
	exit
fi
refusals
tsc
orders
attach_running
moving
reset
lost
log
log_limited
parameters
finish lifecycle
