# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the ground-truth tests in both paging modes. They check payloads that cause a known number
# of exits, the guest's leaves in every dialect, and perf's count of the same exits. They also
# check that all other CPUID leaves are the same as without the module. With nested paging, they
# check that the times of a vCPU add up to the wall-clock time, and they check intervals in which
# a VM is stopped, halted, or ends.
. "$(dirname "$0")/lib.sh"
# shellcheck source=intervals.sh
. /share/intervals.sh

leaves()
{
	lab unload
	/truth/truth cpuid-dump /tmp/without
	load_with_leaves
	/truth/truth cpuid-dump /tmp/with
	succeeds "$mode-cpuid-unchanged" cmp /tmp/without /tmp/with
	at_least "$mode-cpuid-leaves" 100 "$(wc -l </tmp/without)"
	truth native
	truth faulting
	truth defined
	truth isolation
}

# Run this test on machines of both vendors, because KVM answers CPUID differently on Intel and
# AMD.
switching()
{
	lab unload
	/truth/truth cpuid-dump all /tmp/all
	lab load
	mkdir -p /tmp/cgroup
	mount -t cgroup2 cgroup /tmp/cgroup
	truth switching /tmp/all /tmp/cgroup
}

# Test each dialect of the classic leaves.
dialects()
{
	for dialect in combined split split-swapped reversed off; do
		lab unload
		lab load leaves=1 dialect=$dialect
		truth classic $dialect
	done
}

for mode in nested shadow; do
	paging_mode $mode
	load_with_leaves
	truth run
	succeeds "$mode-audit" vmtoll audit
	perf_agrees cpuid
	perf_agrees touch
	leaves
	# These tests do not depend on the paging mode, so one mode is enough.
	[ "$mode" != nested ] || { truth books -s 3; intervals; switching; dialects; }
	lab unload
done
finish truth
