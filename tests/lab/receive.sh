#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the program that receives the output of the lab's machines. The test replaces the emulator
# with programs that send nothing, or that stop sending. For each program, the receiver must report
# that the machine is lost, and why. The test also connects the receiver to the real sender.
#
# The test mostly sleeps. It has three parts, which meson runs at the same time.
# Usage: receive.sh RECEIVE SEND lost|busy-host|delays

set -u

# shellcheck source=../lib/check.sh disable=SC1091
. "$(dirname "$0")/../lib/check.sh"

receive=$1
send=$2
part=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lost NAME REASON OPTION... -- EMULATOR...: Run the receiver, and check that it reports a lost
# machine with this reason.
lost()
{
	name=$1 reason=$2
	shift 2
	rm -f "$work/lost"
	"$receive" --log "$work/log" --lost "$work/lost" "$@" >"$work/out" 2>&1
	status=$?
	if [ $status -eq 125 ] && grep -q "$reason" "$work/lost"; then
		ok "$name"
	else
		not_ok "$name" "receive $*: expected status 125 with '$reason', got $status"
		sed 's/^/    /' "$work/lost" "$work/out"
	fi
}

# The printf formats of the greeting and of four frames, see lab/wire/wire.h: a heartbeat before
# the command has started, a heartbeat after that, the header of a frame whose content is 4000
# zeros of output, and the end with exit status 7.
greeting='\026vmtoll wire 1\n'
beat_booting='\167\005\001\000\001\000\001\000\000'
beat_running='\167\005\001\000\002\000\002\000\001'
output_4000='\167\001\240\017\001\000\240\017'
end_7='\167\004\001\000\010\000\010\000\007'

# emulator NAME COMMAND: Make an emulator that runs this shell command. Even while it sends
# nothing, it uses CPU time, like the emulator of a machine that hangs.
emulator()
{
	cat >"$work/$1" <<-END
	spin() { while :; do :; done; }
	$2
	END
}

emulator beating "printf '$greeting'
for i in 1 2 3 4 5 6 7 8; do printf '$beat_running'; sleep 0.5; done
printf '$end_7'"

# Check that receive reports a machine as lost if the machine never starts, or if it stops or
# hangs before its command ends.
test_lost()
{
	# shellcheck disable=SC2016 # expanded by the child
	echo 'kill -9 $$' >"$work/killed"
	lost end 'the machine stopped before the command started' -- true
	lost signal 'died of signal 9' -- sh "$work/killed"
	lost timeout 'did not end within 1 s' --timeout 1 -- sleep 30
	lost idle 'used no CPU time for' --timeout 30 --idle 0.5 -- sleep 30
	# The receiver must not treat an emulator as idle if it uses CPU time occasionally.
	cat >"$work/busy" <<-'END'
	while sleep 1; do
		i=0
		while [ $i -lt 20000 ]; do i=$((i + 1)); done
	done
	END
	lost busy 'did not end within 5 s' --timeout 5 --idle 2 -- sh "$work/busy"

	emulator hung-kernel spin
	emulator hung-init "printf '$greeting$beat_booting'; spin"
	emulator hung-command "printf '$greeting$beat_running'; spin"
	emulator stopped-init "printf '$greeting$beat_booting'"
	emulator stopped-command "printf '$greeting$beat_running'"
	lost hung-kernel 'did not start init within 2 s' --timeout 60 --boot 2 --beat 1 -- sh "$work/hung-kernel"
	lost hung-init 'sent no heartbeat for 1 s' --timeout 60 --boot 9 --beat 1 -- sh "$work/hung-init"
	lost hung-command 'sent no heartbeat for 1 s' --timeout 60 --beat 1 -- sh "$work/hung-command"
	lost stopped-init 'stopped before the command started' --beat 9 -- sh "$work/stopped-init"
	lost stopped-command 'stopped before the command ended' --beat 9 -- sh "$work/stopped-command"
}

loops_of()
{
	start=$(date +%s%N) i=0
	while [ $i -lt 200000 ]; do i=$((i + 1)); done
	echo $((200000 * 1200000000 / ($(date +%s%N) - start)))
}

# The machine is alive, but the host gives it little CPU time, or none at times.
test_busy_host()
{
	# The emulator shares one CPU with three other processes, needs 1.2 s of CPU time, and then
	# stops in the normal way.
	emulator starved "printf '$greeting$beat_running'
	i=0
	while [ \$i -lt \$1 ]; do i=\$((i + 1)); done
	printf '$end_7'"
	if grep -q . /proc/self/schedstat 2>/dev/null && command -v taskset >/dev/null; then
		loops=$(loops_of)
		busy_pids=''
		for _ in 1 2 3; do
			taskset -c 0 sh -c 'while :; do :; done' &
			busy_pids="$busy_pids $!"
		done
		taskset -c 0 "$receive" --log "$work/log" --lost "$work/lost" --timeout 60 --beat 2.5 -- \
			sh "$work/starved" "$loops"
		same starved 7 $?
		# shellcheck disable=SC2086  # a list of words
		kill $busy_pids
		wait
	else
		skip starved 'no taskset, or this kernel does not measure waiting for a CPU'
	fi

	# A machine that sends heartbeats must not be reported as lost, even if it runs longer
	# than the limits for a silent machine.
	"$receive" --log "$work/log" --lost "$work/lost" --boot 2 --beat 2 -- sh "$work/beating"
	same beating 7 $?

	# If receive and the emulator cannot run for some time, receive must not report the
	# machine as lost.
	"$receive" --log "$work/log" --lost "$work/lost" --beat 3 -- sh "$work/beating" &
	receiver=$!
	sleep 1
	stopped=$(pgrep -f "^sh $work/beating")
	kill -STOP "$receiver" "$stopped"
	sleep 5
	kill -CONT "$stopped" "$receiver"
	wait "$receiver"
	same stopped 7 $?
}

# Test delays in the receiver and in the sender.
test_delays()
{
	# A slow reader delays the receiver, which must then read the heartbeats that are waiting.
	emulator flooding "printf '$greeting'
	i=0
	while [ \$i -lt 40 ]; do printf '$output_4000'; head -c 4000 /dev/zero; i=\$((i + 1)); done
	for i in 1 2 3 4; do printf '$beat_running'; sleep 0.5; done
	printf '$end_7'"
	{
		"$receive" --log "$work/log" --lost "$work/lost" --beat 2 -- sh "$work/flooding"
		echo $? >"$work/status"
	} | {
		sleep 5
		wc -c >"$work/out"
	}
	same slow-reader-status 7 "$(cat "$work/status")"
	same slow-reader-output 160000 "$(cat "$work/out")"

	# Test the heartbeats of the real sender. They continue when another sender takes over and
	# runs the command.
	mkfifo "$work/fifo"
	printf 'sh\0-c\0sleep 4; echo output; exit 9\0' >"$work/arguments"
	cat >"$work/machine" <<-END
	"$send" --wire /dev/stdout --hold "$work/fifo" \$1 &
	echo \$! >"$work/sender"
	sleep 4
	exec "$send" --wire /dev/stdout --take-over "$work/fifo" \$1 "$work/arguments"
	END
	"$receive" --log "$work/log" --lost "$work/lost" --boot 2 --beat 2 -- sh "$work/machine" --beat >"$work/out"
	same sender-status 9 $?
	same sender-output output "$(cat "$work/out")"
	# Without heartbeats, a silent command looks like a machine that hangs.
	lost sender-without-beats 'sent no heartbeat for 1 s' --beat 1 -- sh "$work/machine"
	# The receiver ends only the emulator. The sender would run in a machine, and ends with it.
	kill "$(cat "$work/sender")"
}

case $part in
lost) test_lost ;;
busy-host) test_busy_host ;;
delays) test_delays ;;
*) not_ok part "unknown part '$part'" ;;
esac
[ $failures -eq 0 ]
