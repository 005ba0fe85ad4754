#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Check the option --help and the usage errors of the programs in script/. None of these calls may
# set up, build or run anything. Also check that script/test waits until a step has cleaned up
# after Ctrl-C.
# Usage: scripts.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

script=$(cd "$(dirname "$0")/../../script" && pwd)

programs()
{
	find "$script" -maxdepth 1 -type f -perm /100 -printf '%f\n' | sort
}

# Check that each program prints its usage, even if it is called from another directory.
helps()
{
	at_least programs 13 "$(programs | grep -c '')"
	for program in $(programs); do
		for option in --help -h; do
			(cd "$script/.." && "./script/$program" $option) >"$work/out" 2>"$work/err"
			same "$program$option-status" 0 $?
			same "$program$option-errors" '' "$(cat "$work/err")"
			matches "$program$option-usage" "^usage: script/$program( |\$)" "$(head -n 1 "$work/out")"
			same "$program$option-comment-signs" '' "$(grep '^#' "$work/out")"
		done
		at_least "$program-description" 3 "$(grep -c '' "$work/out")"
		(cd / && "$script/$program" --help) | cmp -s - "$work/out"
		same "$program-from-another-folder" 0 $?
	done
}

# wrong PROGRAM NAMED [ARGUMENT]...: Check that the program rejects these arguments with status 2
# and a one-line message that contains NAMED.
wrong()
{
	program=$1 named=$2
	shift 2
	"$script/$program" "$@" >"$work/out" 2>"$work/err"
	same "$program-$*-status" 2 $?
	same "$program-$*-output" '' "$(cat "$work/out")"
	same "$program-$*-lines" 1 "$(grep -c '' "$work/err")"
	succeeds "$program-$*-names-the-fault" grep -qF -e "$program: $named; usage: script/$program" "$work/err"
}

usage_errors()
{
	wrong bench "unknown argument '--nosuch'" --nosuch
	wrong bench '--part needs a value' --part
	wrong build "unknown argument 'nosuch'" nosuch
	wrong build-kernel "unknown flavour 'nosuch'" nosuch
	wrong build-kernel 'no flavour given'
	wrong build-module "unknown option '--nosuch'" --nosuch
	wrong build-module '--kernel needs a value' --kernel
	wrong build-module "unknown argument 'b'" a b
	wrong build-web "wrong arguments 'a b'" a b
	wrong demo "unknown option '--nosuch'" --nosuch
	wrong demo "--runs: 'x' is not a positive number" --runs x
	wrong demo '--machine needs a value' --machine
	wrong fuzz "unknown argument 'nosuch'" nosuch
	wrong fuzz "unknown target 'nosuch'" --only nosuch
	wrong fuzz "--time: '0' is not a positive number" --time 0
	wrong fuzz '--jobs needs a value' --jobs
	wrong lint "unknown argument 'nosuch'" nosuch
	wrong lint-text "unknown check 'nosuch'" nosuch
	wrong package "wrong arguments '--nosuch'" --nosuch
	wrong release "unknown argument 'nosuch'" nosuch
	wrong tarball "wrong arguments ''"
	wrong setup "unknown part 'nosuch'" nosuch
	wrong setup "unknown option '--nosuch'" --nosuch
	wrong setup "unknown kernel version 'nosuch'" --kernel nosuch
	wrong setup '--kernel needs a value' build --kernel
	wrong test "unknown step 'nosuch'" nosuch
	wrong test "unknown option '--nosuch'" --nosuch
	wrong test '--quick is not the first argument' unit --quick
	wrong test '--retry is not in front of the steps' unit --retry
}

# test_tree NAME STEP...: make a tree in the directory NAME that contains only script/test and the
# STEPs. The command of each step is ./step STEP.
test_tree()
{
	tree=$work/$1
	shift
	mkdir -p "$tree/script" "$tree/lab" "$tree/tests"
	cp "$script/test" "$script/usage.sh" "$tree/script/"
	cp "$script"/../lab/machine_table.sh "$script"/../lab/machines.conf "$tree/lab/"
	for name; do
		printf '%s\tquick\t-\t./step %s\n' "$name" "$name"
	done >"$tree/tests/steps"
}

# Run script/test with steps that fail once, and with a step that always fails.
retried_steps()
{
	test_tree retry always one two
	cat >"$tree/step" <<-'SH'
	#!/bin/sh
	[ "$1" = always ] || [ ! -e "$1.done" ] || { echo "ok $1"; exit 0; }
	touch "$1.done"
	echo "not ok $1: failed"
	exit 1
	SH
	chmod 755 "$tree/step"
	"$tree/script/test" one >"$work/out" 2>&1
	same no-retry-status 1 $?
	same no-retry-summary '0 passed, 1 failed' "$(tail -n 1 "$work/out")"
	rm "$tree/one.done"
	"$tree/script/test" --retry one two >"$work/out" 2>&1
	same retry-status 0 $?
	same retry-summary '2 passed, 0 failed' "$(tail -n 1 "$work/out")"
	same retry-flaky 'one two' "$(sed -n 's/^flaky \([^:]*\):.*/\1/p' "$work/out" | paste -s -d ' ' -)"
	same retry-log 'not ok one: failed' "$(cat "$tree/build/test/one.failed.log")"
	rm "$tree"/*.done
	"$tree/script/test" --retry always >"$work/out" 2>&1
	same retry-fails-status 1 $?
	same retry-fails-summary '0 passed, 1 failed' "$(tail -n 1 "$work/out")"
	"$tree/script/test" --retry always one two >"$work/out" 2>&1
	same retry-at-most-two '1 passed, 2 failed' "$(tail -n 1 "$work/out")"
}

# Run script/test with a single step that takes a second to clean up, and simulate Ctrl-C.
interrupted_step()
{
	test_tree interrupted step
	cat >"$tree/step" <<-'SH'
	#!/bin/sh
	trap 'sleep 1; echo cleaned; touch cleaned; exit 130' INT
	touch started
	while :; do sleep 0.1; done
	SH
	chmod 755 "$tree/step"
	# shellcheck disable=SC2016  # expanded by the inner shell
	env --default-signal=INT setsid -w sh -c 'echo $$ >"$1/sid"; exec "$1/script/test"' sh "$tree" >"$work/out" 2>&1 &
	waiter=$!
	wait_for 20 test -e "$tree/started"
	kill -INT -"$(cat "$tree/sid")"
	wait $waiter
	same interrupted-step-status 130 $?
	succeeds interrupted-step-cleans-up test -e "$tree/cleaned"
	same interrupted-step-log cleaned "$(cat "$tree/build/test/step.log")"
}

run_groups helps usage_errors retried_steps interrupted_step
