#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Check that the manual pages agree with the program: its verbs, options and their defaults, JSON
# keys, and CSV columns.
# Usage: manual.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

docs=$(dirname "$0")/../../docs

# Print the verbs that the program lists.
verbs()
{
	"$vmtoll" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p'
}

# help_options VERB: Print one line for each option that --help lists. The line contains the
# option, its argument, and its default value if --help shows one in parentheses.
help_options()
{
	"$vmtoll" "$1" --help | awk '
	/^$/ { print_option(); option = ""; in_list = !in_list }
	in_list && /^ +(-., )?--/ { print_option(); sub(/^ +(-., +)?/, ""); option = $1; text = "" }
	{ text = text " " $0 }
	END { print_option() }
	function print_option(default_value) {
		if (option == "")
			return
		default_value = ""
		if (match(text, /\([0-9\/][^)]*\)/))
			default_value = substr(text, RSTART + 1, RLENGTH - 2)
		print option, default_value
	}'
}

# page_items PAGE: Print one line for each option in the section OPTIONS. The line contains the
# option, its argument and its description.
page_items()
{
	awk '
	/^\.Sh / { inside = $2 == "OPTIONS" }
	!inside { next }
	/^\.It Fl / || /^\.El/ {
		if (item != "")
			print item, text
		item = text = ""
	}
	/^\.It Fl / {
		sub(/.*Fl -/, "--")
		gsub(/ Ns = Ns Ar /, "=")
		item = $0
		next
	}
	item != "" { text = text " " $0 }' "$1"
}

options_agree()
{
	for verb in $(verbs); do
		page=$docs/vmtoll-$verb.8
		help_options "$verb" >"$work/help"
		page_items "$page" >"$work/items"
		same "options-of-$verb" "$(cut -d ' ' -f 1 "$work/help" | sort)" \
			"$(cut -d ' ' -f 1 "$work/items" | grep -vx -e --usage | sort)"
		while read -r option default; do
			[ -n "$default" ] || continue
			same "default-of-$verb$option" 1 \
				"$(grep -e "^$option " "$work/items" | grep -cwF -e "$default")"
		done <"$work/help"
	done
}

verbs_are_listed()
{
	same verbs "$(verbs | sort)" "$(sed -n 's/^\.It Cm \([a-z]*\)$/\1/p' "$docs/vmtoll.8" |
		grep -vx -e kmod -e bpf -e guest -e vsock | sort)"
}

# The help of each verb must fit on an 80x24 terminal. To save a line, the help does not list
# --usage.
help_fits()
{
	for verb in $(verbs); do
		COLUMNS=80 "$vmtoll" "$verb" --help >"$work/help"
		at_least "lines-of-$verb" "$(wc -l <"$work/help")" 24
		check 0 "Usage: vmtoll $verb" "$verb" --usage
		same "columns-of-$verb" '' "$(grep -E '^.{80}' "$work/help")"
	done
}

# The manual must define the interval that vmtoll measures when it runs a command.
interval_is_defined()
{
	sed -n '/^\.Ss Intervals/,/^\.Ss Table/p' "$docs/vmtoll-stat.8" >"$work/section"
	succeeds interval grep -q '^The interval is the time between these two readings\.' "$work/section"
	succeeds clipped grep -q 'only the time within the interval is counted' "$work/section"
}

# undescribed: Read names from standard input, and print those that vmtoll-json(5) does not
# describe.
undescribed()
{
	sed -n 's/^\.\(It \)\{0,1\}Ic / /p' "$docs/vmtoll-json.5" | tr ' ' '\n' >"$work/described"
	sort -u | grep -vxF -f "$work/described"
}

formats_are_described()
{
	for format in json csv; do
		"$vmtoll" top --$format -n 1 -I 10 --vcpus --source "$fixture" >"$work/top.out.$format"
		"$vmtoll" stat --$format -n 1 -I 10 --source "$fixture" >"$work/stat.out.$format"
	done
	same json-keys '' "$({ cat "$golden"/*.json "$work"/*.json; "$vmtoll" compare --json "$golden/compare.json"; } |
		grep -o '"[a-z_0-9]*":' | tr -d '":' | undescribed)"
	same csv-columns '' "$(for table in "$golden"/*.out.csv "$work"/*.out.csv; do
		head -n 1 "$table" | tr , '\n'
	done | grep -v '^\(least\|most\|exits\)_b$' | undescribed)"
}

# added MACHINE LOOP: Print the number of instructions that vmtoll adds to an exit of this loop
# on this machine, according to the table of committed results in docs/overhead.md.
added()
{
	awk -F ' *[|] *' -v machine="$1" -v loop="$2" '
	/^\| machine \| paging \| tool / { for (i = 1; i <= NF; i++) column[$i] = i }
	$2 == machine && $3 == "nested" && $4 == "vmtoll" { print substr($column[loop], 2) }' \
		"$docs/overhead.md"
}

# Check that the manual and the README state the same cost per exit as docs/overhead.md.
overhead_agrees()
{
	tr '\n' ' ' <"$docs/vmtoll-stat.8" >"$work/page"
	tr '\n' ' ' <"$docs/../README.md" >"$work/readme"
	for machine in amd intel; do
		for loop in touch cpuid out; do
			at_least "$machine-$loop-is-measured" 1 "$(added $machine $loop)"
		done
	done
	succeeds amd-in-the-manual grep -qF -e "adds $(added amd touch) instructions to most exits, $(added amd cpuid) to a CPUID exit, and $(added amd out) to an exit to user space." "$work/page"
	succeeds intel-in-the-manual grep -qF -e "On the emulated Intel host, the figures are $(added intel touch), $(added intel cpuid) and $(added intel out)." "$work/page"
	succeeds readme grep -qF -e "adds $(added amd touch) instructions to most exits. It adds $(added amd out) instructions to an exit to user space" "$work/readme"
}

# The README tells users to copy the program into a guest, so the program must not need any
# shared libraries.
program_is_static()
{
	fails ldd 1 'not a dynamic executable' ldd "$vmtoll"
}

run_groups overhead_agrees program_is_static verbs_are_listed options_agree help_fits interval_is_defined formats_are_described
