# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs inside a machine: the loops of one paging mode with some tools.
# Usage: run.sh MACHINE PAGING PASSES TOOLS [LOOP] (tools with commas; the loop: this one alone)
#
# Prints, with tabs: "measured MACHINE PAGING TOOL LOOP EXITS LEAST ALL", the figures an iteration's (see `truth cost`; ALL is 0 where there is none);
# "snapshot MACHINE EXITS ROWS" (in a guest),
# "skipped MACHINE TOOL REASON". Anything else is an error on standard error and in the status.

# shellcheck source=tools.sh
. /share/tools.sh

machine=$1 paging=$2 passes=$3 tools=$(echo "$4" | tr , ' ') only=${5-}

# iterations: of the shorter pass. A timer tick comes every 400,000 instructions in Bochs, every 4,000,000 in the lab's QEMU:
# a pass that is longer has one in it always.
case $machine in
amd) parameter=kvm_amd.npt iterations=100 ;;
intel) parameter=kvm_intel.ept iterations=16 ;;
esac

fail()
{
	echo "bench: $*" >&2
	exit 1
}

# The tool's programs are there, or a line says why it is left out.
available()
{
	case $1 in
	trace-cmd | bpftrace) why=$(has_copied "$1") ;;
	libbpf) why=$(has_copied minimal) ;;
	bcc-kvmexit) why=$(has_copied kvmexit-bpfcc) ;;
	*) : ;;
	esac || {
		printf 'skipped\t%s\t%s\t%s\n' "$machine" "$1" "$why"
		return 1
	}
}

# Loops that tell something about vmtoll alone are run with it and without any tool.
loops_for()
{
	awk -F '\t' -v paging="$paging" -v tool="$1" -v only="$only" '
		$1 != paging || (only != "" && only != $2) { next }
		$3 == "all" || tool == "none" || tool == "vmtoll" { print $2 }
	' /share/loops | paste -s -d , -
}

# A figure of ours that is missing is an error; another tool that does not work here is left out, with its words.
no_figures()
{
	case $1 in
	none | floor* | vmtoll*)
		cat /tmp/complaints >&2
		fail "$machine, $paging paging: the loops with $1: $2"
		;;
	esac
	printf 'skipped\t%s\t%s\t%s: %s\n' "$machine" "$1" "$2" "$(tail -n 1 /tmp/complaints | tr '\t' ' ' | tr -d '[:cntrl:]' | cut -c 1-100)"
}

measure()
{
	wanted=$(loops_for "$1")
	: >/tmp/measured
	"tool_$(echo "$1" | tr - _)" sh /share/loops.sh "$passes" "$iterations" "$paging" "$wanted" >/tmp/measured 2>/tmp/complaints || {
		no_figures "$1" "status $?"
		return 0
	}
	if [ "$(grep -c '^cost' /tmp/measured)" -ne "$(echo "$wanted" | tr , '\n' | wc -l)" ]; then
		no_figures "$1" "not all loops gave figures"
		return 0
	fi
	awk -v machine="$machine" -v paging="$paging" -v tool="$1" -v OFS='\t' '
		$1 == "cost" { print "measured", machine, paging, tool, $2, $8, $10, $12 }
	' /tmp/measured
}

# The first loops in a machine were one instruction off now and then: KVM patches its code for the kinds of VMs
# that there were. So all kinds are there once before anything is measured.
warm_up()
{
	sh /share/loops.sh 1 "$iterations" "$paging" "$(loops_for none)" >/dev/null 2>/tmp/complaints && return
	cat /tmp/complaints >&2
	fail "$machine, $paging paging: the loops"
}

[ "$paging" = nested ] || lab kvm "$parameter=0" >/dev/null || fail "no shadow paging"
warm_up
for tool in $tools; do
	! available "$tool" || measure "$tool"
done

# How many exits a guest's reading takes: once, with vmtoll's own measurements.
snapshot()
{
	lab load || fail "the module"
	lab guest --fast /share/guest.sh >/tmp/snapshot || fail "the guest: status $?: $(cat /tmp/snapshot)"
	lab unload || fail "the module"
	awk -v machine="$machine" -v OFS='\t' '
		$1 == "snapshot" && $2 > 0 { print $1, machine, $2, $3; seen = 1 }
		END { exit !seen }
	' /tmp/snapshot || fail "the guest read no snapshot: $(cat /tmp/snapshot)"
}

case $paging-$tools-$only in
nested-*vmtoll*-) snapshot ;;
esac
