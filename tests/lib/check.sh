# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Assertions for all shell tests. Each assertion prints one line with its result:
#
#	ok NAME
#	not ok NAME: what was expected and what was found
#	skip NAME: reason
#
# The tests source this script. The machines and guests of the lab use the shell of busybox, so
# the script must also work there.

# This prefix is printed before each NAME. Each test sets its own prefix.
check_prefix=''

# The number of failed assertions. The last command of a test is `[ $failures -eq 0 ]`, which
# sets its exit status.
failures=0

ok()
{
	echo "ok $check_prefix$1"
}

# not_ok NAME REASON
not_ok()
{
	echo "not ok $check_prefix$1: $2"
	failures=$((failures + 1))
}

# skip NAME REASON
skip()
{
	echo "skip $check_prefix$1: $2"
}

# same NAME EXPECTED GOT: Check that both strings are equal.
same()
{
	if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "expected '$2', got '$3'"; fi
}

# at_least NAME MINIMUM GOT: Check that the number GOT is at least MINIMUM. An empty GOT counts
# as 0.
at_least()
{
	if [ "${3:-0}" -ge "$2" ]; then ok "$1"; else not_ok "$1" "expected $2 or more, got '$3'"; fi
}

# matches NAME PATTERN TEXT: Check that a line of TEXT matches the extended regular expression
# PATTERN.
matches()
{
	if printf '%s\n' "$3" | grep -Eq -- "$2"; then ok "$1"; else not_ok "$1" "no /$2/ in: $3"; fi
}

# succeeds NAME COMMAND...: Check that the command exits with status 0. Its output is kept in
# $succeeds_output.
succeeds()
{
	succeeds_name=$1
	shift
	if succeeds_output=$("$@" 2>&1); then
		ok "$succeeds_name"
	else
		not_ok "$succeeds_name" "'$*' exited with status $?: $succeeds_output"
	fi
}

# not COMMAND...: Run the command and invert its exit status. Example: `succeeds NAME not test -e
# FILE`.
not()
{
	! "$@"
}

# fails NAME STATUS PATTERN COMMAND...: Check that the command exits with STATUS, and that a line
# of its output matches PATTERN. The two results are called NAME-status and NAME-message. The
# output is kept in $fails_output.
fails()
{
	fails_name=$1 fails_status=$2 fails_pattern=$3
	shift 3
	fails_got=0
	fails_output=$("$@" 2>&1) || fails_got=$?
	same "$fails_name-status" "$fails_status" "$fails_got"
	matches "$fails_name-message" "$fails_pattern" "$fails_output"
}

# wait_for SECONDS COMMAND...: Run the command ten times per second until it succeeds. Return 1
# if it has not succeeded after SECONDS seconds.
wait_for()
{
	wait_left=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		wait_left=$((wait_left - 1))
		[ $wait_left -gt 0 ] || return 1
		sleep 0.1
	done
}

# json_number NAME: Read JSON text from standard input, and print the first number that has this
# name.
json_number()
{
	sed 's/[,{]/\n/g' | sed -n "s/^ *\"$1\" *: *\(-\{0,1\}[0-9]*\).*/\1/p" | head -n 1
}

# within NAME LOW VALUE HIGH: Check that the number VALUE is between LOW and HIGH.
within()
{
	if [ "${3:-0}" -ge "$2" ] && [ "${3:-0}" -le "${4:-0}" ]; then ok "$1"; else
		not_ok "$1" "expected $2 to $4, got '$3'"
	fi
}

# longest_exit FILE: Print the duration of the longest exit in a result of `vmtoll stat --json`, in
# nanoseconds.
longest_exit()
{
	sed 's/[,{]/\n/g' "$1" | sed -n 's/^ *"longest_ns" *: *\([0-9]*\).*/\1/p' | sort -n | tail -n 1
}

# check_interval NAME VCPUS FILE: Check that the times in FILE are consistent. FILE is the
# output of `vmtoll stat --json` for a command that ran while VCPUS vCPUs were measured. The
# total time of the vCPUs must be about VCPUS times the run time of the command. Together, the
# time in KVM, the time in the VMM and the time halted must not exceed the total time. The
# residual must be within 1 % of the total time. The longest exit must not take longer than one
# vCPU's share of the total time, with a tolerance because the shares differ slightly. Set $wall
# to the run time, $vcpu to the total time, and $away to the time outside the guest, in
# nanoseconds.
check_interval()
{
	wall=$(json_number wall_ns <"$3")
	vcpu=$(json_number vcpu_ns <"$3")
	# vmtoll takes the two snapshots shortly before and after the run, so the total time may
	# be longer than the run.
	within "$1-vcpu" $((wall * $2 * 9 / 10)) "$vcpu" $(((wall * 11 / 10 + 200000000) * $2))
	away=$(($(json_number kvm_ns <"$3") + $(json_number vmm_ns <"$3") + $(json_number halt_ns <"$3")))
	within "$1-places" 0 $away "$vcpu"
	within "$1-residual" $((-vcpu / 100)) "$(json_number residual_ns <"$3")" $((vcpu / 100))
	within "$1-longest" 0 "$(longest_exit "$3")" $((vcpu * 11 / 10 / $2))
}
