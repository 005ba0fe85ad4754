# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Starts the machines in which loops and crowds run; what they print is added to $raw. One that fails or is lost is started once
# more; what could not be measured then is noted, and the rest goes on.

lost=0

# rows FILE: a table without its comments
rows()
{
	grep -v '^#' "$bench/$1"
}

# one a line, to one with commas
commas()
{
	paste -s -d , -
}

# tools_of MACHINE PAGING ROOM
tools_of()
{
	rows tools | awk -F '\t' -v machine="$1" -v paging="$2" -v room="$3" -v only="$only_tool" '
		index("," $2 ",", "," machine ",") == 0 || $3 != room { next }
		paging == "shadow" && $1 != "none" && $1 != "vmtoll" { next }
		only == "" || $1 == "none" || $1 == only { print $1 }'
}

icount_of()
{
	[ "$1" != amd ] || echo --icount
}

# in_machine MACHINE OPTIONS COMMAND...: adds what it prints to $raw, all or nothing.
in_machine()
{
	machine=$1 options=$2
	shift 2
	# shellcheck disable=SC2046,SC2086  # words
	"$top/lab/lab" exec "$machine" $(icount_of "$machine") $options --timeout 1800 --share "$share" \
		-- "$@" >"$run/part" || return
	cat "$run/part" >>"$raw"
}

# part MACHINE WHAT COMMAND...: twice if it fails
part()
{
	part_machine=$1 part_what=$2
	shift 2
	echo "bench: $(date +%T) $part_machine: $part_what" >&2
	"$@" && return
	echo "bench: $part_machine: $part_what: status $?, trying once more" >&2
	"$@" && return
	part_status=$?
	echo "bench: $part_machine: $part_what: status $part_status again: left out" >&2
	printf 'skipped\t%s\t%s\tlost: status %s, twice\n' "$part_machine" "$part_what" $part_status >>"$raw"
	lost=$((lost + 1))
}

# run_loops MACHINE PAGING TOOLS [LOOP]
run_loops()
{
	[ -n "$3" ] || return 0
	share_for "$3"
	part "$1" "$2 paging: $3" in_machine "$1" "" sh /share/run.sh "$1" "$2" "$passes" "$3" ${4+"$4"}
}

# run_own MACHINE TOOL: one that fills a machine and may be too much for it
run_own()
{
	share_for "$2"
	part "$1" "$2" in_machine "$1" "" sh /share/run.sh "$1" nested "$passes" "$2"
}

run_machine()
{
	run_loops "$1" nested "$(tools_of "$1" nested shared | commas)"
	for tool in $(tools_of "$1" nested own); do
		run_own "$1" "$tool"
	done
	run_loops "$1" shadow "$(tools_of "$1" shadow shared | commas)"
}

# crowd_qemu MACHINE: an option. All crowds run in it, also those on one CPU: it emulates a CPU with a few other features, which KVM's path depends on.
crowd_qemu()
{
	[ "$1" != amd ] || echo "--qemu $crowd_suite"
}

# run_crowds MACHINE: a machine for each number of CPUs
run_crowds()
{
	share_for none
	for cpus in $(rows crowds | awk -F '\t' -v machine="$1" '$1 == machine { print $2 }' | uniq); do
		part "$1" "crowds on $cpus CPUs" in_machine "$1" "--smp $cpus $(crowd_qemu "$1")" sh /share/crowd.sh "$1" "$cpus"
	done
}

run_memory()
{
	share_for none
	part "$1" "memory of the ledgers" in_machine "$1" "" sh /share/memory.sh "$1"
}
