#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the output to pipes, files and terminals, and how text from other programs is printed.
# Usage: output.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# into_closed_pipe ARGUMENT...: Run vmtoll with its standard output connected to a pipe that has
# no reader any more. Set $pipe_status to the exit status of vmtoll. Its standard error is kept
# in $work/err.
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
	# If SIGPIPE is ignored, vmtoll must report the closed pipe as an error.
	trap '' PIPE
	into_closed_pipe explain
	trap - PIPE
	ended ignored-SIGPIPE 2 "$pipe_status" 'Broken pipe'
}

# In JSON, "vcpu" must be a number, as the manual states. Sums over several vCPUs must not have
# this key.
audit_in_json()
{
	check 0 '"vm": 1,' audit --json --source "$fixture"
	succeeds vcpu-is-a-number grep -q '"vcpu": 1,' "$work/out"
	succeeds departed-have-no-number grep -q '"vcpus": 2,' "$work/out"
	lacks '"gone"'
	lacks '"all 2"'
}

# A result replaces an old file only when it is complete.
files()
{
	echo old >"$work/file"
	chmod 640 "$work/file"
	ln -s file "$work/link"
	check 2 'no VM of process 77' stat -p 77 -o "$work/file" --source "$fixture"
	same old-file-after-an-error old "$(cat "$work/file")"
	check 2 'does not exist' stat -o "$work/file" --source "kmod:$work/none" -- true
	same old-file-without-a-source old "$(cat "$work/file")"
	(ulimit -f 1; exec "$vmtoll" stat --json -o "$work/file" --source "$fixture") >"$work/out" 2>"$work/err"
	ended size-limit 2 $? 'File too large'
	same old-file-after-a-size-limit old "$(cat "$work/file")"
	same no-temporary-file '' "$(find "$work" -name '*vmtoll-*')"
	# The command may read the old file.
	check 0 '' stat --json -o "$work/link" --source "$fixture" -- grep -q old "$work/file"
	succeeds replaced grep -q vmtoll.stat/1 "$work/file"
	succeeds link-is-kept test -L "$work/link"
	same mode-is-kept 640 "$(stat -c %a "$work/file")"
	(umask 027; "$vmtoll" list -o "$work/new" --source "$fixture")
	same mode-of-a-new-file 640 "$(stat -c %a "$work/new")"
	# A file with two names keeps both, and loses its longer old contents.
	ln "$work/file" "$work/second"
	check 0 '' stat --csv -o "$work/file" --source "$fixture"
	succeeds second-name cmp -s "$work/file" "$work/second"
	same old-contents 0 "$(grep -c vmtoll.stat/1 "$work/file")"
	ln -s "$work/not-there" "$work/dangling"
	check 0 '' list -o "$work/dangling" --source "$fixture"
	succeeds dangling-link test -s "$work/not-there"
	check 2 'Is a directory' list -o "$work" --source "$fixture"
}

# A result can go to standard output, also with a command, and to a pipe.
streams()
{
	for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
		check 0 "Toll of 'echo first'" stat -o "$name" --source "$fixture" -- echo first
		silent err
		same "$name-after-the-command" first "$(head -n 1 "$work/out")"
	done
	check 0 'vmtoll.list/1' list --json -o - --source "$fixture"
	check 0 "Toll of 'true'" stat -o /dev/stderr --source "$fixture" -- true
	silent out
	check 0 '' list -o /dev/null --source "$fixture"
	mkfifo "$work/fifo"
	cat "$work/fifo" >"$work/read" &
	check 0 '' stat --json -o "$work/fifo" --source "$fixture"
	wait $!
	succeeds fifo grep -q vmtoll.stat/1 "$work/read"
	# compare checks its destination first, which must not end the reader of a pipe.
	cat "$work/fifo" >"$work/read" &
	check 0 '' compare -o "$work/fifo" "$golden/compare.json"
	wait $!
	succeeds compare-fifo grep -q 'Valid runs' "$work/read"
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

run_groups pipes audit_in_json files streams names
