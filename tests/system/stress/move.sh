# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test vCPU threads that are moved from CPU to CPU. Then test a CPU that goes offline and online
# while the vCPUs run.
. "$(dirname "$0")/lib.sh"

rounds=$(amount 100 6)
last=$(($(cpus) - 1))

# pin CPUS: Pin all threads of all VMs to these CPUs.
pin()
{
	for pid in $busy; do
		for task in /proc/"$pid"/task/*; do taskset -p -c "$1" "${task##*/}" >/dev/null; done
	done
}

start_counting
busy_start 2
wait_for 10 all_seen
i=0
while [ $i -lt "$rounds" ]; do
	pin $((i % (last + 1)))
	snooze 100
	i=$((i + 1))
done
pin "0-$last"
i=0
while [ $i -lt "$rounds" ] && [ "$last" -gt 0 ]; do
	echo 0 >/sys/devices/system/cpu/cpu"$last"/online || break
	snooze 100
	echo 1 >/sys/devices/system/cpu/cpu"$last"/online || break
	snooze 100
	i=$((i + 1))
done
if [ "$last" -gt 0 ]; then same move-hotplug "$rounds" $i; else skip move-hotplug "this machine has one CPU"; fi
succeeds move-audit-running vmtoll audit
busy_end move
settled move
stop_counting
finish move
