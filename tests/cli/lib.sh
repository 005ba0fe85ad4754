# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions shared by the tests of the whole program. This script is sourced with VMTOLL and
# FIXTURE_MAKE as arguments. It creates the temporary directory $work, which contains the
# fixture: a file with the contents of /dev/vmtoll.

# shellcheck source=../lib/check.sh
. "$(dirname "$0")/../lib/check.sh"

vmtoll=$1
make=$2
work=$(mktemp -d)
# If this machine is a guest, vmtoll must not ask the host of this machine.
export VMTOLL_SHARE_SOCKET="$work/no-share"
trap 'rm -rf "$work"' EXIT
fixture_file=$work/fixture
# shellcheck disable=SC2034 # used by the scripts that source this file
fixture=kmod:$fixture_file
# shellcheck disable=SC2034
golden=$(dirname "$0")/../golden

# The number of calls to check() so far in the current group. Each call prints its result under
# this number.
checks=0

# check STATUS TEXT ARGUMENT...: Run vmtoll with these arguments. Check that it exits with STATUS
# and that its output contains TEXT. Standard output and standard error are kept in $work/out and
# $work/err.
check()
{
	check_status=$1 check_text=$2
	shift 2
	checks=$((checks + 1))
	"$vmtoll" "$@" >"$work/out" 2>"$work/err"
	check_got=$?
	if [ "$check_got" -ne "$check_status" ]; then
		not_ok "$checks" "vmtoll $*: expected status $check_status, got $check_got"
	elif [ -n "$check_text" ] && ! cat "$work/out" "$work/err" | grep -qF -e "$check_text"; then
		not_ok "$checks" "vmtoll $*: no '$check_text' in the output"
	else
		ok "$checks"
		return
	fi
	sed 's/^/    /' "$work/out" "$work/err"
}

# ended NAME STATUS GOT TEXT: Check that the exit status GOT equals STATUS, and that $work/err
# contains TEXT.
ended()
{
	if [ "$2" -eq "$3" ] && grep -qF -e "$4" "$work/err"; then
		ok "$1"
	else
		not_ok "$1" "expected status $2 with '$4', got $3 with '$(cat "$work/err")'"
	fi
}

# silent out|err: Check that vmtoll wrote nothing to this stream during the last call to
# check().
silent()
{
	same "$checks-no-$1" '' "$(cat "$work/$1")"
}

# lacks TEXT: Check that the output of the last call to check() does not contain TEXT.
lacks()
{
	succeeds "$checks-lacks-$1" not grep -qF -e "$1" "$work/out" "$work/err"
}

# run_groups GROUP...: Run these functions, each with a new fixture. Return false if a check has
# failed.
run_groups()
{
	for group; do
		check_prefix=$group-
		checks=0
		"$make" none "$fixture_file" || exit 1
		"$group"
	done
	[ "$failures" -eq 0 ]
}
