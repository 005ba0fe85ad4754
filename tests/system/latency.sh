# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that vmtoll never disables interrupts for a long time: while vCPUs start, while they are
# idle, and while they end. The TSC of this machine must count instructions, at 1 GHz. Each of the
# VMs (default: 2) has 1,000 vCPUs.
# Usage: latency.sh LATENCY.KO [VMS]
. "$(dirname "$0")/lib.sh"

vms=${2:-2} vcpus=1000
parameters=/sys/module/latency/parameters
# The limit in nanoseconds; see tests/latency/latency.c. The TSC counts instructions at 1 GHz, so
# this is also the limit in instructions.
limit=50000

begin_phase()
{
	echo 0 >$parameters/longest
	echo 0 >$parameters/over
	echo 0 >$parameters/freeing
}

# phase NAME: Store three figures of this phase in the variable NAME: the longest time with
# interrupts disabled, how often this time exceeded the limit, and how often the kernel exceeded
# the limit while it freed pages. The first two figures do not include the last one. Then begin the
# next phase.
phase()
{
	eval "$1='$(cat $parameters/longest $parameters/over $parameters/freeing | paste -s -d ' ' -)'"
	begin_phase
}

# pause SECONDS: Keep the CPU busy for this time. With an idle CPU, the test would take much
# longer, because the emulator would then handle each expiry of the timer in real time.
pause()
{
	while :; do :; done &
	spinner=$!
	sleep "$1"
	kill $spinner
	wait $spinner 2>/dev/null
}

# Return true if all vCPUs are idle. Abort the test if the program has exited.
is_idle()
{
	kill -0 "$program" || exit 2
	grep -q idle /tmp/idle
}

# measure WITH VMS: Run this number of VMs, and store the figures of each phase in variables that
# begin with WITH. Store the number of vCPUs that vmtoll counts in $counted. The worker of vmtoll
# runs four times per second, so it runs at least twice in each phase.
measure()
{
	rm -f /tmp/input
	mkfifo /tmp/input
	begin_phase
	/truth/truth idle -v "$2" -c $vcpus </tmp/input >/tmp/idle &
	exec 3>/tmp/input
	program=$!
	wait_for 200 is_idle || exit 2
	phase "$1_start"
	counted=$(vmtoll list --json 2>/dev/null | grep -o '"vcpus": *[0-9]*' |
		awk '{ n += $2 } END { print n + 0 }')
	begin_phase
	pause 0.6
	phase "$1_idle"
	exec 3>&-
	wait $program
	phase "$1_ending"
	pause 0.6
	phase "$1_ended"
}

# report TEXT LONGEST OVER FREEING
report()
{
	echo "# $machine: $1: interrupts disabled for at most $2 ns, $3 times for more than $limit ns;" \
		"not included: $4 times while the kernel freed pages"
}

# check PHASE: Check that interrupts are not disabled for longer than the limit with vmtoll.
check()
{
	eval "set -- $1 \"\$without_$1\" \"\$with_$1\""
	succeeds "latency-$1" [ "${3%% *}" -le $limit ]
	# shellcheck disable=SC2086 # three numbers each
	report "$1 without vmtoll" $2
	# shellcheck disable=SC2086
	report "$1 with vmtoll" $3
}

insmod "$1"
measure without "$vms"
lab load max_vcpus_per_vmm=16384
measure with "$vms"
same latency-vcpus $((vms * vcpus)) "$counted"
for name in start idle ending ended; do
	check $name
done
lab unload
rmmod latency
finish latency
