# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Allocations that fail: each of loading in turn, and all those of a new vCPU. Needs a kernel that can inject
# them (CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC).
. "$(dirname "$0")/lib.sh"

if [ ! -d /sys/kernel/debug/failslab ] || [ ! -d /sys/kernel/debug/fail_page_alloc ]; then
	echo "skip $machine-memory: this kernel injects no failures (no /sys/kernel/debug/failslab)"
	exit 0
fi

# Where in the module the failures were, by the kernel's stack traces.
places()
{
	messages_since "$messages_before" | grep -A 30 'FAULT_INJECTION: forcing a failure' |
		grep -o '[a-z_]*+0x[0-9a-f/x]* \[vmtoll\]' | sort -u
}

for injector in failslab fail_page_alloc; do
	echo N >/sys/kernel/debug/$injector/ignore-gfp-wait
	echo 2 >/sys/kernel/debug/$injector/verbose
done
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
try memory-load /truth/truth failing load /lab/vmtoll.ko
echo "# $try_out"
places | sed 's/^/# failed in /'
# Workers, directory, slots, bitmap, a page, the device, the probes.
more memory-places 5 "$(places | wc -l)"
# What follows does not look at the traces, which have "Call Trace" in them.
messages_before=$(messages)
lab load
try memory-adopt /truth/truth failing adopt
echo "# $try_out"
wait_for 10 no_live_vm
fails memory-audit 1 lost vmtoll audit
lab unload
finish memory
