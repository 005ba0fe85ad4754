# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh disable=SC2154  # variables of script/bench
# Starts the machines in which loops and crowds run; what they print is added to $raw.

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

# try_in_machine MACHINE CPUS COMMAND...
try_in_machine()
{
	machine=$1 cpus=$2
	shift 2
	# shellcheck disable=SC2046  # an option or none
	"$top/lab/lab" exec "$machine" $(icount_of "$machine") --smp "$cpus" --retry --timeout 1200 --share "$share" \
		-- "$@" >"$run/part" || return
	cat "$run/part" >>"$raw"
}

in_machine()
{
	try_in_machine "$@" || die "machine $*: status $?"
}

# run_loops MACHINE PAGING TOOLS [LOOP]
run_loops()
{
	[ -n "$3" ] || return 0
	share_for "$3"
	echo "bench: $1, $2 paging: $3" >&2
	in_machine "$1" 1 sh /share/run.sh "$1" "$2" "$passes" "$3" ${4+"$4"}
}

# run_own MACHINE TOOL: one that fills a machine and may be too much for it
run_own()
{
	share_for "$2"
	echo "bench: $1, nested paging: $2" >&2
	try_in_machine "$1" 1 sh /share/run.sh "$1" nested "$passes" "$2" ||
		printf 'skipped\t%s\t%s\tits machine: status %s\n' "$1" "$2" $? >>"$raw"
}

run_machine()
{
	run_loops "$1" nested "$(tools_of "$1" nested shared | commas)"
	for tool in $(tools_of "$1" nested own); do
		run_own "$1" "$tool"
	done
	run_loops "$1" shadow "$(tools_of "$1" shadow shared | commas)"
}

# run_crowds MACHINE: a machine for each number of CPUs
run_crowds()
{
	share_for none
	for cpus in $(rows crowds | awk -F '\t' -v machine="$1" '$1 == machine { print $2 }' | uniq); do
		echo "bench: $1, crowds on $cpus CPUs" >&2
		in_machine "$1" "$cpus" sh /share/crowd.sh "$1" "$cpus"
	done
}
