# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Start the machines in which the loops and crowds run, and append their output to $raw. If a
# machine crashes or hangs, or if the measurement in it fails, the current part is measured
# again. If the part fails again, it is recorded as skipped, and the other parts are still
# measured.

failed_parts=0

# rows TABLE: print the rows of a table, but not its comments.
rows()
{
	grep -v '^#' "$bench/$1"
}

# Join the lines of standard input with commas.
commas()
{
	paste -s -d , -
}

# tools_of MACHINE PAGING shared|alone: print the tools to run, one per line. With `shared`,
# print the tools that one machine can run one after another. With `alone`, print the tools that
# need a machine of their own.
tools_of()
{
	rows tools | awk -F '\t' -v machine="$1" -v paging="$2" -v run="$3" -v only="$only_tool" '
		index("," $2 ",", "," machine ",") == 0 || $3 != run { next }
		paging == "shadow" && $1 != "none" && $1 != "vmtoll" { next }
		only == "" || $1 == "none" || $1 == only { print $1 }'
}

# icount_of MACHINE: print the option of `lab exec` that makes the TSC count instructions. Bochs
# needs no option, because its TSC always counts instructions.
icount_of()
{
	[ "$1" != amd ] || echo --icount
}

# in_machine MACHINE OPTIONS COMMAND...: run a command in a machine and append its output to $raw.
# If the command fails, nothing is appended.
in_machine()
{
	machine=$1 options=$2
	shift 2
	# shellcheck disable=SC2046,SC2086  # lists of options
	"$top/lab/lab" exec "$machine" $(icount_of "$machine") $options --timeout 1800 --share "$share" \
		-- "$@" >"$run/part" || return
	cat "$run/part" >>"$raw"
}

# part MACHINE DESCRIPTION COMMAND...: run the command that measures one part of the benchmark.
# If the command fails, run it a second time.
part()
{
	part_machine=$1 part_description=$2
	shift 2
	echo "bench: $(date +%T) $part_machine: $part_description" >&2
	"$@" && return
	echo "bench: $part_machine: $part_description: failed with status $?, trying once more" >&2
	"$@" && return
	part_status=$?
	echo "bench: $part_machine: $part_description: failed again with status $part_status, skipped" >&2
	printf 'skipped\t%s\t%s\tfailed twice, status %s\n' "$part_machine" "$part_description" $part_status >>"$raw"
	failed_parts=$((failed_parts + 1))
}

# run_loops MACHINE PAGING TOOLS [LOOP]
run_loops()
{
	[ -n "$3" ] || return 0
	share_for "$3"
	part "$1" "$2 paging: $3" in_machine "$1" "" sh /share/run.sh "$1" "$2" "$passes" "$3" ${4+"$4"}
}

# run_alone MACHINE TOOL: run one tool in a separate machine, because the tool's large libraries
# may exhaust the machine's memory.
run_alone()
{
	share_for "$2"
	part "$1" "$2" in_machine "$1" "" sh /share/run.sh "$1" nested "$passes" "$2"
}

# run_machine MACHINE: run all loops in MACHINE under each tool.
run_machine()
{
	run_loops "$1" nested "$(tools_of "$1" nested shared | commas)"
	for tool in $(tools_of "$1" nested alone); do
		run_alone "$1" "$tool"
	done
	run_loops "$1" shadow "$(tools_of "$1" shadow shared | commas)"
}

# crowd_qemu MACHINE: print the option that selects the QEMU in which the crowds run. Crowds on
# one CPU also use this QEMU, so that the figures of all crowds can be compared. Each version of
# QEMU emulates a CPU with slightly different features, and KVM's code path depends on these
# features.
crowd_qemu()
{
	[ "$1" != amd ] || echo "--qemu $crowd_suite"
}

# run_crowds MACHINE: run all crowds. Crowds on the same number of CPUs share a machine.
run_crowds()
{
	share_for none
	for cpus in $(rows crowds | awk -F '\t' -v machine="$1" '$1 == machine { print $2 }' | uniq); do
		part "$1" "crowds on $cpus CPUs" in_machine "$1" "--smp $cpus $(crowd_qemu "$1")" sh /share/crowd.sh "$1" "$cpus"
	done
}

# run_memory MACHINE
run_memory()
{
	share_for none
	part "$1" "memory of the ledgers" in_machine "$1" "" sh /share/memory.sh "$1"
}
