# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the tests of the program as a whole share: a fixture in $work, and checks that count.
# To be sourced with VMTOLL FIXTURE_MAKE as arguments.

vmtoll=$1
make=$2
failed=0
passed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fixture_file=$work/fixture
# shellcheck disable=SC2034 # for those who source this
fixture=kmod:$fixture_file
# shellcheck disable=SC2034
golden=$(dirname "$0")/../golden

ok()
{
	passed=$((passed + 1))
}

not_ok()
{
	failed=$((failed + 1))
	echo "not ok: $1"
	sed 's/^/    /' "$work/out" "$work/err"
}

# check STATUS TEXT ARGUMENT...: runs vmtoll, and wants this status and text on either stream.
check()
{
	check_status=$1 check_text=$2
	shift 2
	"$vmtoll" "$@" >"$work/out" 2>"$work/err"
	check_got=$?
	if [ "$check_got" -ne "$check_status" ]; then
		not_ok "vmtoll $*: status $check_got, wanted $check_status"
	elif [ -n "$check_text" ] && ! cat "$work/out" "$work/err" | grep -qF -e "$check_text"; then
		not_ok "vmtoll $*: no '$check_text'"
	else
		ok
	fi
}

# The last check wrote nothing to this stream (out or err).
silent()
{
	if [ -s "$work/$1" ]; then not_ok "standard $1 is not empty"; else ok; fi
}

# is WHAT EXPECTED GOT
is()
{
	if [ "$2" = "$3" ]; then ok; else not_ok "$1: wanted '$2', got '$3'"; fi
}

# The groups of checks that are named, each from a fixture as it was made.
run_groups()
{
	for group; do
		"$make" none "$fixture_file" || exit 1
		"$group"
	done
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
}
