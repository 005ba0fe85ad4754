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
			"$(cut -d ' ' -f 1 "$work/items" | sort)"
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
		grep -vx -e kmod -e guest | sort)"
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
	same json-keys '' "$({ cat "$golden"/*.json; "$vmtoll" compare --json "$golden/compare.json"; } |
		grep -o '"[a-z_]*":' | tr -d '":' | undescribed)"
	same csv-columns '' "$(for table in "$golden"/*.out.csv; do
		head -n 1 "$table" | tr , '\n'
	done | grep -v '^\(least\|most\|exits\)_b$' | undescribed)"
}

run_groups verbs_are_listed options_agree formats_are_described
