# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions shared by the system tests. These scripts run as root inside a machine of the lab. In
# the machine, the folder tests/system is available as /share.

# shellcheck source=check.sh
. /share/check.sh

if grep -q vmx /proc/cpuinfo; then
	arch=intel vendor=kvm_intel paging=kvm_intel.ept
else
	arch=amd vendor=kvm_amd paging=kvm_amd.npt
fi
export arch vendor paging

# Every check's name starts with the name of the machine.
# shellcheck source=/dev/null
. /lab/config
# shellcheck disable=SC2154  # set by /lab/config
machine=$config_name
check_prefix=$machine-

# What counts: `module`, or `bpf` for the BPF programs. The programs in /truth read the ledgers of
# this counter. A test may set the variable before it sources this file.
counter=${counter-module}
export TRUTH_LEDGERS="$counter"

start_counting()
{
	if [ "$counter" = bpf ]; then vmtoll attach --bpf >/dev/null; else lab load; fi
}

stop_counting()
{
	if [ "$counter" = bpf ]; then vmtoll detach --bpf >/dev/null; else lab unload; fi
}

# The current paging mode of KVM, set by paging_mode(). truth() adds this mode to the names of
# its results.
mode=nested

# Return true if vmtoll lists no VM.
no_live_vm()
{
	! vmtoll list --json | grep -q '"pid"'
}

# Print the free memory in KiB. Include pages on the free lists of the CPUs: since Linux 6.7, these
# lists may hold up to one eighth of a zone. Do not include the counter nr_free_pages_blocks, which
# was added in Linux 6.17, because nr_free_pages already includes its pages.
free_kb()
{
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

# truth VERB...: Run /truth/truth and print its output. The program prints the results "ok CASE
# ...", "not ok CASE ..." and "skip CASE ...", comments, and a summary. This function adds the
# machine and $mode to the name of each result. It reports an additional failure if the program
# printed no result or exited with a status above 1.
truth()
{
	truth_status=0
	/truth/truth "$@" >/tmp/truth.out 2>/tmp/truth.err || truth_status=$?
	sed -E "s/^(ok|not ok|skip) ([^ ]+)/\1 $machine-$mode-\2/; s/^[0-9]+ passed, .*/# &/" \
		/tmp/truth.out
	grep -q '^not ok' /tmp/truth.out && failures=$((failures + 1))
	if [ $truth_status -gt 1 ] || ! grep -Eq '^(ok|not ok|skip) ' /tmp/truth.out; then
		not_ok "$mode-truth-$1" "status $truth_status: $(cat /tmp/truth.err)"
	fi
}

# perf_agrees PAYLOAD: Run PAYLOAD, and compare the number of exits that perf counts with the
# number in the ledger.
perf_agrees()
{
	perf stat -x , -e kvm:kvm_exit -o /tmp/perf.csv \
		vmtoll stat --json -o /tmp/stat.json -- /truth/truth loop "$1" 1000 >/dev/null
	same "$mode-perf-$1" "$(awk -F , '/kvm_exit/ { print $1 }' /tmp/perf.csv)" \
		"$(json_number exits </tmp/stat.json)"
}

# Load vmtoll.ko and turn on the CPUID leaves of guests, which are off by default.
load_with_leaves()
{
	lab load leaves=1
}

# paging_mode nested|shadow: Reload KVM in this paging mode.
paging_mode()
{
	mode=$1
	if [ "$mode" = nested ]; then mode_value=1 mode_read=Y; else mode_value=0 mode_read=N; fi
	matches "$mode-parameter" "=$mode_read" "$(lab kvm "$paging=$mode_value")"
}

# Print the number of lines in the kernel log.
log_lines()
{
	dmesg | wc -l
}

# log_since COUNT: Print the kernel log without its first COUNT lines.
log_since()
{
	dmesg | tail -n +$(($1 + 1))
}

# exits_of PIDS: Print the number of exits of these VMs. PIDS is a list separated by commas.
exits_of()
{
	vmtoll stat -p "$1" --json | json_number exits
}

# guest_results NAME STATUS FILE: Print the results of a script that a guest has run. FILE contains
# the output of the script, and STATUS is its exit status.
guest_results()
{
	same "$1-status" 0 "$2"
	[ "$2" -eq 0 ] || tail -n 3 "$3" | sed 's/^/# /'
	grep -E '^(ok|not ok) ' "$3" | sed -E "s/^(ok|not ok) /\1 $check_prefix$1-/"
	at_least "$1-results" 2 "$(grep -c '^ok ' "$3")"
	! grep -q '^not ok' "$3" || {
		failures=$((failures + 1))
		sed 's/^/# /' "$3"
	}
}

# The number of lines in the kernel log before the test began. finish() skips them.
log_lines_before=$(log_lines)

# finish NAME: Check that the kernel logged no fault, and return the test's exit status.
finish()
{
	if splats=$(lab splats "$log_lines_before"); then
		ok "$1-no-splat"
	else
		not_ok "$1-no-splat" "$splats"
	fi
	[ $failures -eq 0 ]
}
