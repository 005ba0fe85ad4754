# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test loading and unloading the module while VMs run, or attaching and detaching the BPF
# programs.
. "$(dirname "$0")/lib.sh"

if [ "$counter" = bpf ]; then cycles=$(amount 60 4); else cycles=$(amount 500 10); fi

cycle()
{
	if [ "$counter" = bpf ]; then
		start_counting && snooze 50 && stop_counting
	else
		insmod /lab/vmtoll.ko && snooze 50 && rmmod vmtoll
	fi
}

busy_start 2
cycle
before=$(free_kb) done=0
while [ $done -lt "$cycles" ] && cycle; do done=$((done + 1)); done
same load-cycles "$cycles" $done
# If the module leaked its ledgers, each cycle would lose 16 KiB per vCPU.
memory_left load-memory $((32 * cycles + 4096)) "$before"
start_counting
succeeds load-seen wait_for 10 all_seen
succeeds load-audit-running vmtoll audit
busy_end load
settled load
stop_counting
finish load
