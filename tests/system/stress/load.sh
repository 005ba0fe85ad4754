# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test loading and unloading the module while VMs run.
. "$(dirname "$0")/lib.sh"

cycles=$(amount 500 10)

cycle()
{
	insmod /lab/vmtoll.ko && snooze 50 && rmmod vmtoll
}

busy_start 2
cycle
before=$(free_kb) done=0
while [ $done -lt "$cycles" ] && cycle; do done=$((done + 1)); done
same load-cycles "$cycles" $done
# If the module leaked its ledgers, each cycle would lose 16 KiB per vCPU.
memory_left load-memory $((32 * cycles + 4096)) "$before"
lab load
succeeds load-seen wait_for 10 all_seen
succeeds load-audit-running vmtoll audit
busy_end load
settled load
lab unload
finish load
