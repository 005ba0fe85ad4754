# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test readers that are killed at random times while VMs are created and destroyed.
. "$(dirname "$0")/lib.sh"

readers=$(amount 300 20)

start_counting
busy_start 1
wait_for 10 all_seen
before=$(free_kb)
(while [ ! -e /tmp/over ]; do /truth/truth recreate 5; done >/dev/null 2>&1) &
vms=$!
i=0 killed=0
while [ $i -lt "$readers" ]; do
	/truth/truth read >/dev/null 2>&1 &
	reader=$!
	snooze 100
	kill -KILL $reader && killed=$((killed + 1))
	wait $reader 2>/dev/null
	i=$((i + 1))
done
touch /tmp/over
wait $vms
same readers-killed "$readers" $killed
busy_end readers
settled readers
# If a mapping leaked its pages, each reader would reduce free memory by at least the size of one
# ledger.
memory_left readers-memory $((8 * readers + 4096)) "$before"
# Readers that have exited must not hold a reference to the module.
succeeds readers-unload stop_counting
finish readers
