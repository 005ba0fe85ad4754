#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Where results go: pipes, files, terminals, and how text of other programs gets there.
# Usage: output.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# into_closed_pipe ARGUMENT...: Run vmtoll with standard output in a pipe whose reader has ended.
# Set $pipe_status to its exit status. Standard error is in $work/err.
into_closed_pipe()
{
	rm -f "$work/pipe" "$work/closed"
	mkfifo "$work/pipe"
	{
		until [ -e "$work/closed" ]; do sleep 0.01; done
		"$vmtoll" "$@" 2>"$work/err"
		echo $? >"$work/status"
	} >"$work/pipe" &
	: <"$work/pipe"
	: >"$work/closed"
	wait $!
	pipe_status=$(cat "$work/status")
}

# A reader such as head may close the pipe early. vmtoll must end like other programs: by SIGPIPE
# and without a message.
pipes()
{
	for verb in explain 'explain --help' 'leaf 0' --help; do
		# shellcheck disable=SC2086 # words
		into_closed_pipe $verb
		same "$verb-status" 141 "$pipe_status"
		same "$verb-message" '' "$(cat "$work/err")"
	done
	for verb in stat audit list; do
		into_closed_pipe $verb --source "$fixture"
		same "$verb-status" 141 "$pipe_status"
		same "$verb-message" '' "$(cat "$work/err")"
	done
	# If SIGPIPE is ignored, the closed pipe is an error.
	trap '' PIPE
	into_closed_pipe explain
	trap - PIPE
	ended ignored-SIGPIPE 2 "$pipe_status" 'Broken pipe'
}

# The manual promises numbers. Sums over several vCPUs have none.
audit_in_json()
{
	check 0 '"vm": 1,' audit --json --source "$fixture"
	succeeds vcpu-is-a-number grep -q '"vcpu": 1,' "$work/out"
	succeeds departed-have-no-number grep -q '"vcpus": 2,' "$work/out"
	lacks '"gone"'
	lacks '"all 2"'
}

# is_utf8 FILE: Return true if the file is valid UTF-8.
is_utf8()
{
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1
}

# Names of VMs and commands come from other users. They must neither break JSON and CSV nor reach
# a terminal as control characters.
names()
{
	proc=$work/proc
	mkdir -p "$proc/812" "$proc/901"
	umlauts=$(printf 'a'; printf '\303\244%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
		21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40)
	printf 'qemu\0-name\0%s\0' "$umlauts" >"$proc/812/cmdline"
	printf 'qemu\0-name\0a,,b\033[2J\377\0' >"$proc/901/cmdline"
	for format in --json --csv ''; do
		# shellcheck disable=SC2086 # no argument if it is empty
		check 0 '' list $format --source "$fixture" --proc "$proc"
		succeeds "list$format-is-UTF-8" is_utf8 "$work/out"
		cp "$work/out" "$work/list$format"
	done
	succeeds doubled-comma grep -qF 'a,b\x1b[2J' "$work/list"
	succeeds json-escapes grep -qF 'a,b\u001b[2J' "$work/list--json"
	succeeds no-control-character not grep -q '[[:cntrl:]]' "$work/list"
	check 0 '\x1b[2J' stat --source "$fixture" -- sh -c : "$(printf '\033[2J\377')"
	succeeds command-in-text not grep -q "$(printf '\033')" "$work/err"
	check 0 '' stat --json -o "$work/saved" --source "$fixture" -- sh -c : "$(printf '\377')"
	succeeds command-in-json is_utf8 "$work/saved"
	printf '{"schema": "x\033y"}' >"$work/bad"
	check 2 'x\x1by' stat --source "file:$work/bad"
}

run_groups pipes audit_in_json names
