# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the given loops of the table /share/loops, one after the other. Each tool measures one run
# of this script.
# Usage: loops.sh PASSES ITERATIONS PAGING LOOPS (LOOPS: separated by commas)
#
# For each loop, prints the line "cost CASE ..." that `truth cost` prints, with the name of the
# loop in place of CASE.

set -e
tab=$(printf '\t')
while IFS="$tab" read -r paging loop _ arguments _; do
	[ "$paging" = "$3" ] || continue
	case ,$4, in *",$loop,"*) ;; *) continue ;; esac
	# shellcheck disable=SC2086  # a list of arguments
	cost=$(truth cost -n "$2" -p "$1" $arguments)
	echo "$cost" | sed "s/^cost [^ ]*/cost $loop/"
done </share/loops
