# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test VMMs that are killed while a vCPU handles an exit.
. "$(dirname "$0")/lib.sh"

rounds=$(amount 300 20)

start_counting
reader_start
i=0 killed=0
while [ $i -lt "$rounds" ]; do
	/truth/truth busy >/dev/null 2>&1 &
	vm=$!
	snooze 150
	kill -KILL $vm && killed=$((killed + 1))
	wait $vm 2>/dev/null
	i=$((i + 1))
done
same kill-killed "$rounds" $killed
reader_end kill
settled kill
# A VM that is killed before its first exit has no ledger, so the test requires only a quarter
# of the VMs to have one.
at_least kill-departed $((rounds / 4)) "$(vmtoll stat | sed -n 's/.*[^0-9]\([0-9][0-9]*\) vCPUs.*/\1/p' | head -n 1)"
stop_counting
finish kill
