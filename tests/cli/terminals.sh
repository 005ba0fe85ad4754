#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test processes that the command of an experiment leaves behind, and the behavior of vmtoll on a
# terminal.
# Usage: terminals.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=fake_host.sh disable=SC1091
. "$(dirname "$0")/fake_host.sh"

# Let the command leave a process behind in another process group. Check that vmtoll terminates
# this process, both after a valid run and after a run that timed out.
commands_leave()
{
	was_path=$PATH
	fake_host
	# shellcheck disable=SC2016 # expanded by the command's own shell
	leaves='guest; setsid sleep 60 & echo $! >'"$work/left"
	host_check 1 'timed out' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$leaves; wait"
	succeeds process-of-a-timed-out-run-ended not kill -0 "$(cat "$work/left")"
	host_check 0 'Valid runs: 1 and 1' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$leaves"
	succeeds process-of-a-valid-run-ended not kill -0 "$(cat "$work/left")"
	# Check that vmtoll does not terminate a process that started before vmtoll. A shell
	# starts this process in the background and then replaces itself with vmtoll (exec).
	sh -c 'sleep 60 & echo $! >'"$work/left"'; exec "$@"' - "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" \
		--source "$fixture" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest >"$work/out" 2>"$work/err"
	succeeds older-process-still-runs kill "$(cat "$work/left")"
	PATH=$was_path
}

# Check that vmtoll prints a progress line on a terminal, and that later messages start on a new
# line.
on_terminal()
{
	script -qec "$vmtoll compare --sys $sys --proc $proc --state $state --source $fixture --runs 1 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; exec sleep 1.2'" /dev/null </dev/null | tr '\r' '\n' >"$work/err"
	succeeds progress-line grep -qE '^run 2 of 2: 1 s so far(, about [0-9]* s left)? *$' "$work/err"
	has_line 'run 2 of 2 (kvm.halt_poll_ns=2): 100 exits in [0-9.]* s on 1 vCPU'
}

# Check Ctrl-Z and nohup. Also stop vmtoll with SIGSTOP for longer than the time limit of a run.
terminals()
{
	was_path=$PATH
	fake_host
	on_terminal
	in_the_middle TSTP
	same npt-after-Ctrl-Z-and-Ctrl-C Y "$(value kvm_amd/parameters/npt)"
	rm "$work/ran"
	(trap '' HUP; exec "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" --timeout 3 --runs 1 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "echo >>$work/ran; guest; exec sleep 1.5") >"$work/out" 2>"$work/err" &
	inner=$!
	until [ -s "$work/ran" ]; do sleep 0.1; done
	kill -HUP $inner
	kill -STOP $inner
	sleep 4
	kill -CONT $inner
	wait $inner
	same status-under-nohup-and-after-SIGSTOP 0 $?
	# A signal that arrives while the module is being loaded must prevent the next run.
	rm "$work/ran"
	# shellcheck disable=SC2016 # expanded by the script
	sed -i 's/^chmod 444/case $* in *npt=1*) kill -TERM $PPID ;; esac; &/' "$bin/modprobe"
	host_check 2 'ended by signal 15 after 1 of 2 runs' --runs 1 --set kvm_amd.nested=1 --set kvm.halt_poll_ns=5 --vs kvm_amd.npt=1 --vs kvm_amd.nested=0 -- sh -c "guest; echo >>$work/ran"
	same runs-before-the-signal 1 "$(grep -c '' "$work/ran")"
	PATH=$was_path
}

run_groups commands_leave terminals
