# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the scripts here share. They run as root inside a machine of the lab and print one line a
# check: "ok NAME", "not ok NAME: what was seen", "skip NAME: reason".

if grep -q vmx /proc/cpuinfo; then
	arch=intel vendor=kvm_intel paging=kvm_intel.ept
else
	arch=amd vendor=kvm_amd paging=kvm_amd.npt
fi
export arch vendor paging

# The machine's name begins that of each check.
# shellcheck source=/dev/null
. /lab/config
# shellcheck disable=SC2154  # of the configuration
machine=$config_name

# Of KVM; see paging_mode. truth() names its lines by it.
mode=nested

failures=0

ok()
{
	echo "ok $machine-$1"
}

not_ok()
{
	echo "not ok $machine-$1: $2"
	failures=$((failures + 1))
}

# same NAME EXPECTED GOT
same()
{
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected '$2', got '$3'"; fi
}

# more NAME MINIMUM GOT
more()
{
	if [ "${3:-0}" -ge "$2" ]; then ok "$1"; else not_ok "$1" "expected $2 or more, got '$3'"; fi
}

# holds NAME PATTERN TEXT: the text has the (extended) pattern somewhere
holds()
{
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then ok "$1"; else not_ok "$1" "no /$2/ in: $3"; fi
}

# try NAME COMMAND...: ok when it succeeds
try()
{
	try_name=$1
	shift
	if try_out=$("$@" 2>&1); then ok "$try_name"; else not_ok "$try_name" "status $?: $try_out"; fi
}

# fails NAME STATUS PATTERN COMMAND...: ok when it ends with that status and says PATTERN
fails()
{
	fails_name=$1 fails_status=$2 fails_pattern=$3
	shift 3
	fails_got=0
	fails_out=$("$@" 2>&1) || fails_got=$?
	same "$fails_name-status" "$fails_status" "$fails_got"
	holds "$fails_name-message" "$fails_pattern" "$fails_out"
}

# wait_for SECONDS COMMAND...: polls until the command succeeds
wait_for()
{
	wait_left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || return 1
		sleep 0.1
	done
}

no_live_vm()
{
	! vmtoll list --json | grep -q '"pid"'
}

# Free memory in KiB, what lies on the CPUs' own lists with it: since 6.7 these may hold an eighth of a zone. (Since
# 6.17 there is an nr_free_pages_blocks, too, which is part of nr_free_pages.)
free_kb()
{
	awk '$1 == "nr_free_pages" || $1 == "count:" { n += $2 } END { print n * 4 }' /proc/zoneinfo
}

# The first number of that name in a JSON text.
json()
{
	sed 's/[,{]/\n/g' | sed -n "s/^ *\"$1\" *: *\([0-9]*\).*/\1/p" | head -n 1
}

# truth VERB...: the lines of /truth/truth ("ok CASE ...", "not ok CASE ...", "skip CASE ...", comments, a last
# line), named for the machine and $mode; no line at all, or a status without a failed line, is a failure
truth()
{
	truth_status=0
	/truth/truth "$@" >/tmp/truth.out 2>/tmp/truth.err || truth_status=$?
	sed -E "s/^(ok|not ok|skip) ([^ ]+)/\1 $machine-$mode-\2/; s/^[0-9]+ passed, .*/# &/" /tmp/truth.out
	grep -q '^not ok' /tmp/truth.out && failures=$((failures + 1))
	if [ $truth_status -gt 1 ] || ! grep -Eq '^(ok|not ok|skip) ' /tmp/truth.out; then
		not_ok "$mode-truth-$1" "status $truth_status: $(cat /tmp/truth.err)"
	fi
}

# paging_mode nested|shadow: loads KVM anew in that mode
paging_mode()
{
	mode=$1
	if [ "$mode" = nested ]; then mode_value=1 mode_read=Y; else mode_value=0 mode_read=N; fi
	holds "$mode-parameter" "=$mode_read" "$(lab kvm "$paging=$mode_value")"
}

# How many messages the kernel has written, to look at those that follow.
messages()
{
	dmesg | wc -l
}

# messages_since COUNT
messages_since()
{
	dmesg | tail -n +$(($1 + 1))
}

# What the kernel said before us is the machine's own affair.
messages_before=$(messages)

# finish NAME: the kernel said nothing bad; the script's exit status
finish()
{
	if splat=$(lab splats "$messages_before"); then ok "$1-no-splat"; else
		not_ok "$1-no-splat" "$splat"
	fi
	[ $failures -eq 0 ]
}
