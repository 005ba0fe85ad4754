# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run payloads with known exits on a kernel with kCFI, while perf also has probes on the
# tracepoints that vmtoll.ko uses. A tracepoint with only one probe calls it directly, and kCFI
# does not check direct calls. A tracepoint with several probes calls them indirectly.
#
# The kernel must report no wrong prototype. Then load a module in which the prototype of each
# probe is wrong. The kernel must report each of these probes.
# Usage: cfi.sh WRONG_KO
. "$(dirname "$0")/lib.sh"

# The tracepoints that vmtoll.ko uses, and its probes for the machine's vendor.
events=kvm:kvm_exit,kvm:kvm_entry,kvm:kvm_fpu,kvm:kvm_vcpu_wakeup
# shellcheck disable=SC2154  # set by lib.sh
if [ "$arch" = intel ]; then exit_probe=probe_exit_vmx; else exit_probe=probe_exit_svm; fi

# Add perf's probes to the tracepoints, until perf_stop() is called. perf counts while a command
# runs.
perf_start()
{
	rm -f /tmp/perf-pid
	# shellcheck disable=SC2016  # expanded by the shell that perf starts
	perf stat -x , -a -e $events -o /tmp/perf.csv -- \
		sh -c 'echo $$ >/tmp/perf-pid; exec sleep 100000' &
	perf=$!
	wait_for 30 test -s /tmp/perf-pid
}

perf_stop()
{
	kill "$(cat /tmp/perf-pid)"
	wait $perf
}

# perf_count EVENT: Print how often perf's probe was called.
perf_count()
{
	awk -F , -v event="kvm:$1" '$3 == event { print $1 }' /tmp/perf.csv
}

# Run the ground-truth tests while perf counts, and check that perf's probes were called.
beside_perf()
{
	perf_start
	truth run
	truth native
	perf_stop
	at_least "$mode-perf-exits" 10000 "$(perf_count kvm_exit)"
	at_least "$mode-perf-entries" 10000 "$(perf_count kvm_entry)"
	at_least "$mode-perf-fpu" 1000 "$(perf_count kvm_fpu)"
	at_least "$mode-perf-wakeups" 100 "$(perf_count kvm_vcpu_wakeup)"
	succeeds "$mode-audit" vmtoll audit
}

# few_exits MODULE_KO: Load this module, and cause a few exits while perf counts.
few_exits()
{
	insmod "$1"
	perf_start
	/truth/truth loop hlt-sleep 3 >/dev/null
	perf_stop
	rmmod vmtoll
}

# reported PROBE: Check that the kernel has reported this probe.
reported()
{
	matches "wrong-$1-reported" "CFI failure at __traceiter_kvm_[a-z_]+\+.* \(target: $1\+" "$splats"
}

# The kernel reports each call of a wrong probe, which takes long. If vmtoll.ko has a wrong probe,
# stop after a few exits.
few_exits /lab/vmtoll.ko
finish cfi-few-exits || exit 1

for mode in nested shadow; do
	paging_mode $mode
	load_with_leaves
	beside_perf
	lab unload
done
finish cfi

few_exits "$1"
splats=$(lab splats 2>/dev/null)
same wrong-status 1 $?
for probe in $exit_probe probe_entry probe_fpu probe_wakeup; do
	reported "$probe"
done
[ $failures -eq 0 ]
