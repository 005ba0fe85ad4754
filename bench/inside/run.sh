# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the loops of one paging mode under the given tools. Runs inside a machine.
# Usage: run.sh MACHINE PAGING PASSES TOOLS [LOOP]
#	TOOLS	names, separated by commas
#	LOOP	run this loop only
#
# Prints tab-separated lines of three kinds:
#	measured MACHINE PAGING TOOL LOOP EXITS LEAST ALL
#		The three figures per iteration that `truth cost` prints. ALL is 0 if long passes
#		were not measured.
#	snapshot MACHINE EXITS ROWS
#		A guest needed EXITS exits to read a snapshot with ROWS rows.
#	skipped MACHINE TOOL REASON
#		The tool does not work in this machine.
# Any other problem ends the script with a message on standard error and a non-zero status.

# shellcheck source=tools.sh
. /share/tools.sh

machine=$1 paging=$2 passes=$3 tools=$(echo "$4" | tr , ' ') only=${5-}

# iterations: the number of iterations of a short pass. A timer tick occurs every 400,000
# instructions in Bochs and every 4,000,000 in the lab's QEMU, so a pass must be shorter than
# this.
case $machine in
amd) parameter=kvm_amd.npt iterations=100 ;;
intel) parameter=kvm_intel.ept iterations=16 ;;
esac

# fail MESSAGE...
fail()
{
	echo "bench: $*" >&2
	exit 1
}

# available TOOL: return true if the tool's programs exist. If not, print a "skipped" line.
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

# loops_for TOOL: print the loops to run under TOOL, separated by commas. Some loops are relevant
# only for vmtoll. They run under vmtoll and without a tool, but not under other tools.
loops_for()
{
	awk -F '\t' -v paging="$paging" -v tool="$1" -v only="$only" '
		$1 != paging || (only != "" && only != $2) { next }
		$3 == "all" || tool == "none" || tool == "vmtoll" { print $2 }
	' /share/loops | paste -s -d , -
}

# no_figures TOOL PROBLEM: handle a tool whose loops printed no figures. Fail if TOOL is "none",
# or if it is a variant of vmtoll or of floor. Report any other tool as skipped, and give PROBLEM
# and the last line of the tool's messages as the reason.
no_figures()
{
	case $1 in
	none | floor* | vmtoll*)
		cat /tmp/complaints >&2
		fail "$machine, $paging paging: cannot measure the loops with $1: $2"
		;;
	esac
	printf 'skipped\t%s\t%s\t%s: %s\n' "$machine" "$1" "$2" "$(tail -n 1 /tmp/complaints | tr '\t' ' ' | tr -d '[:cntrl:]' | cut -c 1-100)"
}

# measure TOOL
measure()
{
	wanted=$(loops_for "$1")
	: >/tmp/measured
	"tool_$(echo "$1" | tr - _)" sh /share/loops.sh "$passes" "$iterations" "$paging" "$wanted" >/tmp/measured 2>/tmp/complaints || {
		no_figures "$1" "status $?"
		return 0
	}
	if [ "$(grep -c '^cost' /tmp/measured)" -ne "$(echo "$wanted" | tr , '\n' | wc -l)" ]; then
		no_figures "$1" "some loops gave no figures"
		return 0
	fi
	awk -v machine="$machine" -v paging="$paging" -v tool="$1" -v OFS='\t' '
		$1 == "cost" { print "measured", machine, paging, tool, $2, $8, $10, $12 }
	' /tmp/measured
}

# Run each loop once before anything is measured. KVM patches its code depending on which kinds
# of VMs have existed so far. Without this warm-up, the first results in a machine were therefore
# sometimes off by one instruction.
warm_up()
{
	sh /share/loops.sh 1 "$iterations" "$paging" "$(loops_for none)" >/dev/null 2>/tmp/complaints && return
	cat /tmp/complaints >&2
	fail "$machine, $paging paging: cannot run the loops"
}

[ "$paging" = nested ] || lab kvm "$parameter=0" >/dev/null || fail "cannot load KVM with $parameter=0"
warm_up
for tool in $tools; do
	! available "$tool" || measure "$tool"
done

# Measure how many exits a guest needs to read its snapshot. Do this only once, in the run that
# measures vmtoll.
snapshot()
{
	lab load leaves=1 || fail "cannot load the module"
	lab guest --fast /share/guest.sh >/tmp/snapshot || fail "the guest failed with status $?: $(cat /tmp/snapshot)"
	lab unload || fail "cannot unload the module"
	awk -v machine="$machine" -v OFS='\t' '
		$1 == "snapshot" && $2 > 0 { print $1, machine, $2, $3; seen = 1 }
		END { exit !seen }
	' /tmp/snapshot || fail "the guest read no snapshot: $(cat /tmp/snapshot)"
}

case $paging-$tools-$only in
nested-*vmtoll*-) snapshot ;;
esac
