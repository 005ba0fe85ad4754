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

run_groups pipes audit_in_json
