# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The ground truth under both paging modes: payloads with known exits, the guest's leaves in every
# dialect, CPUID as without the module, and perf's count of the same exits.
. "$(dirname "$0")/lib.sh"

# The exits of one payload by perf and by the ledger: each looks at the same process.
perf_agrees()
{
	perf stat -x , -e kvm:kvm_exit -o /tmp/perf.csv \
		vmtoll stat --json -o /tmp/stat.json -- /truth/truth loop "$1" 1000 >/dev/null
	same "$mode-perf-$1" "$(awk -F , '/kvm_exit/ { print $1 }' /tmp/perf.csv)" \
		"$(json exits </tmp/stat.json)"
}

leaves()
{
	lab unload
	/truth/truth cpuid-dump /tmp/without
	lab load
	/truth/truth cpuid-dump /tmp/with
	try "$mode-cpuid-unchanged" cmp /tmp/without /tmp/with
	more "$mode-cpuid-leaves" 100 "$(wc -l </tmp/without)"
	truth native
	truth faulting
	truth isolation
}

# On both vendors: what KVM answers by itself differs.
switching()
{
	lab unload
	/truth/truth cpuid-dump all /tmp/all
	lab load
	mkdir -p /tmp/cgroup
	mount -t cgroup2 cgroup /tmp/cgroup
	truth switching /tmp/all /tmp/cgroup
}

# Each dialect is asked for more than a quarter of a million numbers.
dialects()
{
	for dialect in combined split split-swapped reversed off; do
		lab unload
		lab load dialect=$dialect
		truth classic $dialect
	done
}

for mode in nested shadow; do
	paging_mode $mode
	lab load
	truth run
	try "$mode-audit" vmtoll audit
	perf_agrees cpuid
	perf_agrees touch
	leaves
	# The paging mode is nothing to them: once will do.
	[ "$mode" != nested ] || { switching; dialects; }
	lab unload
done
finish truth
