# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test a TSC that goes backwards, and one that the kernel marks as unstable. In AHEAD_KO, the TSC
# of CPU 0 is 2^40 cycles ahead. Each move of a vCPU to CPU 0 may therefore add 2^40 cycles to a
# time. No time may be negative or near 2^64, which is the result of a negative difference.
# Usage: clock.sh AHEAD_KO UNSTABLE_KO
. "$(dirname "$0")/lib.sh"

ahead=$1 unstable=$2
moves=10

# pin CPU PID: Move all threads of a process to this CPU.
pin()
{
	for task in /proc/"$2"/task/*; do taskset -p -c "$1" "${task##*/}" >/dev/null 2>&1; done
}

# load CPU: Load the module on this CPU, which is the first CPU whose TSC the module reads.
load()
{
	lines=$(log_lines)
	taskset -c "$1" insmod "$ahead" leaves=1
}

# vm_start CPU CASE: Start a VM on this CPU. It causes exits until vm_stop() is called.
vm_start()
{
	taskset -c "$1" /truth/truth loop "$2" 1000000000 >/dev/null &
	vm=$!
	wait_for 10 vmtoll stat -p $vm
}

vm_stop()
{
	kill $vm
	wait $vm 2>/dev/null
	wait_for 10 no_live_vm
}

# Print how many of nine outputs contain the warning: text, JSON and CSV of three verbs.
warnings()
{
	for verb in list stat audit; do
		vmtoll $verb | tr -s '\n ' ' ' | grep -o 'the TSC of the host is unreliable'
		vmtoll $verb --json | grep '"tsc_unreliable": true'
		vmtoll $verb --csv | awk -F , '
			NR == 1 { for (i = 1; i <= NF; i++) if ($i == "tsc_unreliable") n = i }
			NR == 2 && $n == 1'
	done | wc -l
}

# is_warned: Return true if the module has set the flag in the host page.
is_warned()
{
	vmtoll list --json | grep -q '"tsc_unreliable": true'
}

backwards_is_logged()
{
	log_since "$lines" | grep -q 'vmtoll: the TSC went backwards on a vCPU'
}

unstable_is_logged()
{
	log_since "$lines" | grep -q 'vmtoll: the kernel has marked the TSC as unstable'
}

# is_plausible NAME FILE: Check that no time of this JSON is negative or has more than 16 digits. A
# difference that wrapped has 19 digits or more.
is_plausible()
{
	grep -oE '"[a-z0-9_]+_(tsc|ns)": (-|[0-9]{17})[0-9]*' "$2" |
		grep -vE '"(clock_ns|residual_tsc|residual_ns)"' >/tmp/wrong
	same "$1" '' "$(head -n 3 /tmp/wrong)"
}

# notice NAME CASE: Move a VM from CPU 0 to CPU 1. The probes must notice that the TSC went
# backwards. The worker does not notice it, because it only runs on CPU 1.
notice()
{
	load 1
	vm_start 0 "$2"
	sleep 1
	same "$1-nothing-before-move" 0 "$(warnings)"
	pin 1 $vm
	succeeds "$1-warned" wait_for 5 is_warned
	succeeds "$1-logged" wait_for 5 backwards_is_logged
	same "$1-every-output" 9 "$(warnings)"
	vmtoll stat --json -p $vm >/tmp/live.json
	is_plausible "$1-live" /tmp/live.json
	# A wrapped difference would make the sum negative, which is printed as 0.
	at_least "$1-guest-time" 1 "$(json_number guest_ns </tmp/live.json)"
	vm_stop
	succeeds "$1-audit" vmtoll audit
	rmmod vmtoll
}

# The worker compares the TSCs of the CPUs that it runs on, even if no vCPU moves.
notice_in_worker()
{
	load 0
	vm_start 1 hypercall
	succeeds worker-warned wait_for 5 is_warned
	succeeds worker-logged wait_for 5 backwards_is_logged
	vm_stop
	rmmod vmtoll
}

# move_vm NAME CASE: Move a VM between the CPUs while it runs, and read its times after each move.
move_vm()
{
	vm_start 0 "$2"
	: >/tmp/live.json
	for i in $(seq $moves); do
		pin $((i % 2)) $vm
		sleep 0.1
		vmtoll stat --json -p $vm >>/tmp/live.json
	done
	same "$1-readings" $moves "$(grep -c '"source"' /tmp/live.json)"
	is_plausible "$1-live" /tmp/live.json
	vm_stop
	vmtoll stat --json >/tmp/departed.json
	is_plausible "$1-departed" /tmp/departed.json
}

# Start a guest on CPU 0, and move it to CPU 1, where the TSC is behind the start of its ledgers.
# The guest then reads its own times.
move_guest()
{
	cat >/tmp/guest.sh <<-'END'
	echo started
	sleep 3
	for i in 1 2 3 4 5; do vmtoll stat --json; sleep 0.2; done
	END
	taskset -c 0 lab guest --fast /tmp/guest.sh >/tmp/guest.json 2>&1 &
	guest=$!
	wait_for 60 grep -q started /tmp/guest.json || sed 's/^/# /' /tmp/guest.json
	for pid in $(vmtoll list --json | sed -nE 's/.*"pid": ([0-9]+).*/\1/p'); do pin 1 "$pid"; done
	wait $guest
	same guest-readings 5 "$(grep -c '"source"' /tmp/guest.json)"
	is_plausible guest-times /tmp/guest.json
}

# Mark the TSC as unstable while everything runs on CPU 1, so that the TSC never goes backwards.
become_unstable()
{
	load 1
	vm_start 1 hypercall
	sleep 1
	same stable-warnings 0 "$(warnings)"
	succeeds unstable-load insmod "$unstable"
	succeeds unstable-warned wait_for 5 is_warned
	succeeds unstable-logged wait_for 5 unstable_is_logged
	# Each reason is logged once.
	pin 0 $vm
	sleep 1
	pin 1 $vm
	succeeds unstable-backwards-logged wait_for 5 backwards_is_logged
	same unstable-logged-once 1 "$(log_since "$lines" | grep -c 'marked the TSC as unstable')"
	vm_stop
	rmmod unstable
	rmmod vmtoll
}

lab kvm >/dev/null
echo 2 >/sys/devices/virtual/workqueue/cpumask # the worker only runs on CPU 1
load 1
move_vm vmm out
move_vm halt hlt-pending
move_guest
succeeds audit-after-moves vmtoll audit
rmmod vmtoll
notice exit hypercall
notice_in_worker

# If the kernel is preemptible, and the vCPU is in the guest, its thread moves after the VM exit
# and before KVM calls kvm_exit. The time in the guest is then negative.
echo full >/sys/kernel/debug/sched/preempt
notice guest rdtsc
load 1
move_vm kvm hypercall
rmmod vmtoll
become_unstable
finish clock
