#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The manual pages against the program: verbs, options and their defaults, keys of JSON, columns
# of CSV.
# usage: manual.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

docs=$(dirname "$0")/../../docs
: >"$work/out"
: >"$work/err"

# verbs: print the verbs that the program lists.
verbs()
{
	"$vmtoll" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p'
}

# help_options VERB: print a line per option of --help: its name with its argument, and the default
# in parentheses, if the description has one.
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

# page_items PAGE: print a line per item of the section OPTIONS: its name with its argument, and
# its text.
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
		is "options of vmtoll-$verb(8)" "$(cut -d ' ' -f 1 "$work/help" | sort)" \
			"$(cut -d ' ' -f 1 "$work/items" | sort)"
		while read -r option default; do
			[ -n "$default" ] || continue
			is "default of $option in vmtoll-$verb(8)" 1 \
				"$(grep -e "^$option " "$work/items" | grep -cwF -e "$default")"
		done <"$work/help"
	done
}

verbs_are_listed()
{
	is 'verbs of vmtoll(8)' "$(verbs | sort)" "$(sed -n 's/^\.It Cm \([a-z]*\)$/\1/p' "$docs/vmtoll.8" |
		grep -vx -e kmod -e guest | sort)"
}

# documented NAME...: vmtoll-json(5) has each name as a key.
documented()
{
	for name; do
		case " $(sed -n 's/^\.\(It \)\{0,1\}Ic / /p' "$docs/vmtoll-json.5" | tr '\n' ' ') " in
		*" $name "*) ok ;;
		*) not_ok "vmtoll-json(5) does not describe '$name'" ;;
		esac
	done
}

formats_are_described()
{
	# shellcheck disable=SC2046 # words
	documented $(cat "$golden"/*.json | grep -o '"[a-z_]*":' | tr -d '":' | sort -u)
	for table in "$golden"/*.out.csv; do
		# shellcheck disable=SC2046 # words
		documented $(head -n 1 "$table" | tr , '\n' | grep -v '^\(least\|most\|exits\)_b$')
	done
}

run_groups verbs_are_listed options_agree formats_are_described
