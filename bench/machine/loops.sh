# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Runs loops of the table /share/loops, one after the other; what the tools measure.
# Usage: loops.sh PASSES ITERATIONS PAGING LOOPS (with commas)
#
# Prints "cost LOOP ..." as truth does.

set -e
tab=$(printf '\t')
while IFS="$tab" read -r paging loop _ arguments _; do
	[ "$paging" = "$3" ] || continue
	case ,$4, in *",$loop,"*) ;; *) continue ;; esac
	# shellcheck disable=SC2086  # words
	cost=$(truth cost -n "$2" -p "$1" $arguments)
	echo "$cost" | sed "s/^cost [^ ]*/cost $loop/"
done </share/loops
