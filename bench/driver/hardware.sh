#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run the loops on the local host's KVM, without and with vmtoll.ko, and print the cost of an
# exit in TSC cycles. script/bench --hardware runs this script.
# Usage: hardware.sh TRUTH MODULE LOOPS [ROUNDS PASSES ITERATIONS]
#	TRUTH	the program `truth`
#	MODULE	the built vmtoll.ko
#	LOOPS	the table of loops
#
# In each round, a figure is the smallest value of many passes. There are ROUNDS rounds (default:
# five). The script prints the spread of each figure between the rounds. If this spread exceeds
# 2 % of the cost of an exit, the script marks the figure as too noisy to quote. The script loads
# and unloads the module in each round. If the module is already loaded when the script starts, the
# script leaves it loaded and measures nothing.
set -eu

truth=$1 module=$2 loops=$3
rounds=${4:-5} passes=${5:-200} iterations=${6:-100}
noise_percent=2

die()
{
	echo "bench: --hardware: $*" >&2
	exit 2
}

[ "$(id -u)" -eq 0 ] || die "must run as root to load vmtoll.ko"
[ -c /dev/kvm ] || die "this host has no /dev/kvm: load kvm_intel or kvm_amd, or measure in the lab (script/bench)"
[ -x "$truth" ] || die "$truth does not exist: run script/build"
[ -e "$module" ] || die "$module does not exist: run script/build"
[ ! -d /sys/module/vmtoll ] || die "vmtoll is loaded: unload it (rmmod vmtoll), because the loops run without it first"

work=$(mktemp -d)
trap 'rmmod vmtoll 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# round TOOL: run each loop once and append its line "TOOL LOOP CYCLES" to $work/all. CYCLES is
# the number of cycles per exit.
round()
{
	while IFS="$(printf '\t')" read -r paging loop tools arguments _; do
		[ "$paging-$tools" = nested-all ] || continue
		# shellcheck disable=SC2086  # a list of arguments
		"$truth" cost -n "$iterations" -p "$passes" $arguments >"$work/cost" || die "the loop $loop failed with status $?"
		awk -v tool="$1" -v loop="$loop" '{ print tool, loop, $10 / $8 }' "$work/cost" >>"$work/all"
	done <"$loops"
	[ -s "$work/all" ] || die "no loop in $loops"
}

i=0
while [ $i -lt "$rounds" ]; do
	i=$((i + 1))
	echo "bench: round $i of $rounds" >&2
	round none
	insmod "$module" || die "cannot load vmtoll.ko: see dmesg"
	round vmtoll
	rmmod vmtoll
done

awk -v noise=$noise_percent '
	{
		key = $2
		if (!(key in seen)) { seen[key] = 1; order[++n] = key }
		if (!(($1, key) in least) || $3 < least[$1, key]) least[$1, key] = $3
		if ($3 > most[$1, key]) most[$1, key] = $3
	}
	function spread(tool, key) { return most[tool, key] - least[tool, key] }
	END {
		printf "%-12s %10s %8s %8s\n", "loop", "cycles", "vmtoll", "spread"
		for (i = 1; i <= n; i++) {
			key = order[i]; none = least["none", key]
			s = spread("none", key); v = spread("vmtoll", key); if (v > s) s = v
			printf "%-12s %10.0f %+8.0f %8.0f%s\n", key, none, least["vmtoll", key] - none, s,
				(s * 100 > none * noise) ? "  too noisy to quote" : ""
		}
	}' "$work/all"
where="TSC cycles per exit on $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1), kernel $(uname -r)"
! grep -q '^flags.* hypervisor' /proc/cpuinfo || where="$where; this host is itself a virtual machine, so these are not cycles of hardware"
echo "$where"
