# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions that run a program in a terminal of tmux and look at its screen. This script is sourced
# after lib.sh. The caller must kill the server in its EXIT trap.

# shellcheck disable=SC2154 # lib.sh sets work and golden

# The number of the tmux server. Each session uses a new server with a separate socket, because
# the previous server may not have exited yet.
server=0

mux()
{
	tmux -S "$work/tmux$server" -f /dev/null "$@"
}

# new_session OPTION...: Start a tmux server with one session.
new_session()
{
	server=$((server + 1))
	mux new-session -d "$@"
}

# Wait until the pane contains this text.
wait_for()
{
	tries=0
	until mux capture-pane -p | grep -qF -e "$1"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || {
			not_ok "waiting for '$1'" "$(mux capture-pane -p)"
			return
		}
		sleep 0.03
	done
}

# keys TEXT KEY...: Send these keys, and wait until the pane contains the text.
keys()
{
	text=$1
	shift
	mux send-keys "$@"
	wait_for "$text"
}

# pane NAME: Compare the pane with a golden file.
pane()
{
	sleep 0.1
	mux capture-pane -p >"$work/pane"
	if [ "${VMTOLL_GOLDEN:-}" = update ]; then
		cp "$work/pane" "$golden/$1.txt"
	fi
	succeeds "$1" diff "$golden/$1.txt" "$work/pane"
}

# line NUMBER: Print a line of the pane.
line()
{
	mux capture-pane -p | sed -n "$1p"
}

# click X Y: Send the program the escape sequences of a mouse click at this position.
click()
{
	x=$(printf %x $(($1 + 33))) y=$(printf %x $(($2 + 33)))
	mux send-keys -H 1b 5b 4d 20 "$x" "$y" 1b 5b 4d 23 "$x" "$y"
}
