# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The module comes and goes under VMs that run.
. "$(dirname "$0")/lib.sh"

cycles=$(amount 500 25)

cycle()
{
	insmod /lab/vmtoll.ko && snooze 50 && rmmod vmtoll
}

busy_start 2
cycle
before=$(free_kb) done=0
while [ $done -lt "$cycles" ] && cycle; do done=$((done + 1)); done
same load-cycles "$cycles" $done
# A ledger that stays each time would be 16 KiB a vCPU.
memory_left load-memory $((32 * cycles + 4096)) "$before"
lab load
try load-seen wait_for 10 all_seen
try load-audit-running vmtoll audit
busy_end load
settled load
lab unload
finish load
