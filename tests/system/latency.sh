# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that vmtoll never disables interrupts for a long time: while 2,000 vCPUs start, while they
# are idle, and while they end. The TSC of this machine must count instructions, at 1 GHz.
# Usage: latency.sh LATENCY.KO [VMS]
. "$(dirname "$0")/lib.sh"

vms=${2:-2} vcpus=1000
longest=/sys/module/latency/parameters/longest
# The limit in nanoseconds. The TSC counts instructions at 1 GHz, so this is also the limit in
# instructions.
limit=50000
started=0 idle=0 ending=0 ended=0

# phase NAME: Set the variable NAME to the longest time with interrupts disabled in this phase.
# Then begin the next phase.
phase()
{
	eval "$1=$(cat $longest)"
	echo 0 >$longest
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

# measure VMS: Run this number of VMs. For each phase, store the longest time with interrupts
# disabled in $started, $idle, $ending or $ended. Store the number of vCPUs that vmtoll counts
# in $counted. The worker of vmtoll runs four times per second, so it runs at least twice in
# each phase.
measure()
{
	rm -f /tmp/input
	mkfifo /tmp/input
	echo 0 >$longest
	/truth/truth idle -v "$1" -c $vcpus </tmp/input >/tmp/idle &
	exec 3>/tmp/input
	program=$!
	wait_for 200 is_idle || exit 2
	phase started
	counted=$(vmtoll list --json 2>/dev/null | grep -o '"vcpus": *[0-9]*' |
		awk '{ n += $2 } END { print n + 0 }')
	echo 0 >$longest
	pause 0.6
	phase idle
	exec 3>&-
	wait $program
	phase ending
	pause 0.6
	phase ended
}

# compare NAME WITHOUT WITH: Check that WITH, the longest time with vmtoll, does not exceed the
# limit. If the time WITHOUT vmtoll already exceeds the limit, that time is the limit.
compare()
{
	most=$(($2 > limit ? $2 : limit))
	succeeds "latency-$1" [ "$3" -le "$most" ]
	echo "# $machine: $1: interrupts disabled for $2 ns without vmtoll, $3 ns with vmtoll"
}

insmod "$1"
measure "$vms"
started_without=$started idle_without=$idle ending_without=$ending ended_without=$ended
lab load max_vcpus_per_vmm=16384
measure "$vms"
same latency-vcpus $((vms * vcpus)) "$counted"
compare start "$started_without" "$started"
compare idle "$idle_without" "$idle"
compare ending "$ending_without" "$ending"
compare ended "$ended_without" "$ended"
lab unload
rmmod latency
finish latency
