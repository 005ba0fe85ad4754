# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test a VM whose VMM is stopped and resumed at arbitrary times.
. "$(dirname "$0")/lib.sh"

rounds=$(amount 50 4)

start_counting
busy_start 2
wait_for 10 all_seen
# shellcheck disable=SC2086  # pids
set -- $busy
i=0 stood=0 went=0
while [ $i -lt "$rounds" ]; do
	kill -STOP "$1"
	usleep 50000
	first=$(exits_of "$1")
	snooze 300
	[ "$(exits_of "$1")" != "$first" ] || stood=$((stood + 1))
	[ $i -gt 0 ] || succeeds pause-audit-paused vmtoll audit
	kill -CONT "$1"
	usleep 200000
	[ "$(exits_of "$1")" -le "$first" ] || went=$((went + 1))
	i=$((i + 1))
done
same pause-stood-still "$rounds" $stood
same pause-went-on "$rounds" $went
busy_end pause
settled pause
stop_counting
finish pause
