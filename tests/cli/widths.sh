#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run all verbs and all text views on a terminal with WIDTH columns. No line may be longer than the
# terminal, unless it contains only a single word, such as a long path, after an optional label.
# Usage: widths.sh VMTOLL FIXTURE_MAKE WIDTH

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=fake_host.sh disable=SC1091
. "$(dirname "$0")/fake_host.sh"

long_word=vm-of-the-department-for-the-administration-of-long-names-no-7

# Create a directory like /proc with two counted VMs and one VM that is not counted.
make_names()
{
	names=$work/names
	mkdir -p "$names/812" "$names/901" "$names/950/fd"
	printf 'qemu\0-name\0web server of the customer in the second building\0' >"$names/812/cmdline"
	printf 'qemu\0-name\0%s\0' "$long_word" >"$names/901/cmdline"
	ln -s anon_inode:kvm-vm "$names/950/fd/9"
	echo vmm >"$names/950/comm"
}

# Create a directory like /sys/module for `vmtoll leaves`.
make_parameters()
{
	mkdir -p "$work/modules/vmtoll/parameters"
	echo Y >"$work/modules/vmtoll/parameters/leaves"
	printf 'pid:7\ncgroup:/machine.slice/a-machine\n' >"$work/modules/vmtoll/parameters/leaves_off"
}

# Print the command lines to run on each terminal.
command_lines()
{
	cat <<-SH
	v
	v --help
	v --version
	v nosuch
	$("$vmtoll" --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p' | while read -r verb; do
		printf 'v %s\n' "$verb --help" "$verb --usage" "$verb --nosuch" "$verb -p x"
	done)
	v stat --json --csv
	v stat --source $fixture
	v stat --source $fixture -p 812
	v stat --source $fixture --latency
	v stat --source $fixture -I 10 -n 2
	v top --source $fixture -b -I 10 -n 2
	v stat --source $fixture -p 812 --vcpu 1
	v stat --source $fixture -p 812,901
	v stat --source $fixture -p 77
	v stat --source $fixture -- "$make" run "$fixture_file"
	v stat --source $fixture -r 3 -- "$make" run "$fixture_file"
	v stat --source $fixture -r 1 -- true
	v stat --source $fixture -r 4 -- false
	v stat --source $fixture -- nosuch-command
	v stat --source kmod:$work/none
	v stat --source nosuch
	v stat --source guest
	v stat --source guest:classic
	v list --source $fixture --proc $names
	v list --source file:$golden/host-amd.json
	v audit --source $fixture
	v audit --source $fixture -p 901
	v explain
	v explain NPF
	v explain 'L2 NPF'
	v explain EPT_VIOLATION
	v explain other
	v explain observer
	v explain nosuch
	$(for leaf in 0 0x40008000 0x40008001 0x40008003 0x4ffffffc 0x4fffffff; do echo "v leaf $leaf"; done)
	v leaf x
	v check
	v check --root $work
	v leaves --sys $work/modules
	v leaves --sys $work/modules off
	v leaves --sys $work/modules on
	v leaves --sys $work/modules --cgroup /machine.slice/there-is-no-such-cgroup off
	v leaves --sys $work/none
	v compare $golden/compare.json
	v compare $golden/guest-amd-forks.json $golden/command.out.json
	v compare $golden/nosuch.json
	v compare --restore --state $state
	v compare --sys $sys --proc $proc --state $state --source $fixture --runs 1 --paging -- true
	v compare --sys $sys --proc $proc --state $state --source $fixture --runs 1 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; exec sleep 0.6'
	v compare --sys $sys --proc $proc --state $state --source $fixture --runs 2 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest
	SH
	for recording in guest-amd-forks host-amd classic.out repeat.out command.out fixture.out; do
		echo "v stat --source file:$golden/$recording.json"
		echo "v audit --source file:$golden/$recording.json"
	done
	for fault in unbalanced lost detached empty idle mismatch version timed ended; do
		cat <<-SH
		"$make" $fault "$fixture_file"
		v stat --source $fixture
		v stat --source $fixture -p 812
		v audit --source $fixture
		v audit --source $fixture -p 812
		SH
	done
	cat <<-SH
	"$make" timed "$fixture_file"
	v stat --source $fixture -p 812 -r 2 -- "$make" ended "$fixture_file"
	"$make" timed "$fixture_file"
	v stat --source $fixture -p 812 -- "$make" ended "$fixture_file"
	SH
}

# Print the lines of the screen that are too long. Before the lines of a command, print its
# heading, which begins with "==".
too_long()
{
	tr '\r' '\n' <"$work/screen" | LC_ALL=C.UTF-8 grep -nE "^== |.{$((width + 1))}" |
		grep -vE '^[0-9]+: *([^:]*: )?[^ ]+$' | grep -v -B 1 '^[0-9]*:== ' | head -n 10
}

on_terminal()
{
	was_path=$PATH
	fake_host
	make_names
	make_parameters
	{
		echo 'v() { echo "== $*"; "'"$vmtoll"'" "$@"; }'
		command_lines
	} >"$work/commands"
	script -qec "stty cols $width; . $work/commands" /dev/null </dev/null >"$work/screen" 2>&1
	PATH=$was_path
	same too-long '' "$(too_long)"
	# Check that the commands have run, and that their output uses the whole width of the
	# terminal.
	at_least commands 100 "$(grep -c '^==' "$work/screen")"
	for text in 'audit: does NOT' 'not counted' 'Valid runs: 2 and' 'run 2 of 2' 'unrecognized option' 'left out'; do
		succeeds "$text" grep -q "$text" "$work/screen"
	done
	succeeds long-word grep -q "$long_word" "$work/screen"
	at_least widest $((width * 95 / 100)) "$(tr -d '\r' <"$work/screen" | grep -vE "^==|$long_word" |
		awk '{ if (length > widest) widest = length } END { print widest }')"
}

width=$3
run_groups on_terminal
