# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test failing memory allocations. First, the module is loaded repeatedly, and each time a
# different allocation fails. Then all allocations for a new vCPU fail. The kernel must be able
# to inject failures (CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC).
. "$(dirname "$0")/lib.sh"

if [ "$counter" = bpf ]; then
	skip memory 'the maps of the BPF programs are allocated when the programs are attached'
	exit 0
fi
if [ ! -d /sys/kernel/debug/failslab ] || [ ! -d /sys/kernel/debug/fail_page_alloc ]; then
	skip memory "this kernel cannot inject failures (no /sys/kernel/debug/failslab)"
	exit 0
fi

# Print the names of the module's functions whose allocations failed, as found in the kernel's
# stack traces.
places()
{
	log_since "$log_lines_before" | grep -A 30 'FAULT_INJECTION: forcing a failure' |
		grep -o '[a-z_]*+0x[0-9a-f/x]* \[vmtoll\]' | sort -u
}

for injector in failslab fail_page_alloc; do
	echo N >/sys/kernel/debug/$injector/ignore-gfp-wait
	echo 2 >/sys/kernel/debug/$injector/verbose
done
echo 0 >/sys/kernel/debug/fail_page_alloc/min-order
succeeds memory-load /truth/truth failing load /lab/vmtoll.ko
# shellcheck disable=SC2154  # set by succeeds()
echo "# $succeeds_output"
places | sed 's/^/# failed in /'
# Loading the module allocates memory for the workers, the directory, the slots, the bitmap, a
# page, the device and the probes. Allocations must have failed in at least five functions.
at_least memory-places 5 "$(places | wc -l)"
# Let finish() skip the expected stack traces. Otherwise it would mistake their "Call Trace" for
# a fault.
log_lines_before=$(log_lines)
lab load
succeeds memory-adopt /truth/truth failing adopt
echo "# $succeeds_output"
wait_for 10 no_live_vm
fails memory-audit 1 lost vmtoll audit
lab unload
finish memory
