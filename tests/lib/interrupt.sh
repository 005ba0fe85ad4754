# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test that a script which makes a root leaves nothing behind after Ctrl-C. Source check.sh first.

# interrupted SID COMMAND...: run the command in a session of its own, and simulate Ctrl-C after
# five seconds. Check the exit status. Write the process ID of the command to the file SID. The
# shell starts background processes with SIGINT ignored, so env resets SIGINT for the command.
interrupted()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	env --default-signal=INT setsid -w sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$@" >/dev/null 2>&1 &
	waiter=$!
	sleep 5
	kill -INT -"$(cat "$1")"
	status=0
	wait $waiter || status=$?
	same interrupted-status 130 $status
}

# nothing_left NAME DIRECTORY: check that the directory of a script has been removed, and that all
# mounts and processes in it are gone.
nothing_left()
{
	left=$(
		find "$2" -maxdepth 0 2>/dev/null
		grep -F " $2" /proc/self/mountinfo
		find /proc/[0-9]*/root -maxdepth 0 -lname "$2*" 2>/dev/null
	)
	same "$1" '' "$left"
}
