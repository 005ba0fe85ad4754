# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Load modules with faults, one after the other, and run the check of each. tests/run-mutants puts
# the modules into /share. Each line of /share/plan has the name of a fault and its command.
#
# Print "ok mutant-NAME" if the command fails. Print "broken" and stop if a command fails with the
# original module. Stop without a message if the original module no longer works after a fault,
# because the machine must then be started again.
. "$(dirname "$0")/lib.sh"
check_prefix=mutant-

# Each check must end by then, because a fault can make it wait forever.
LIMIT=180

# check COMMAND: Run the command. Its status is 0 if it succeeds, and if the kernel has logged no
# fault since the machine was started.
check()
{
	timeout "$LIMIT" sh -c "$1" >/tmp/check.out 2>&1 && lab splats "$log_lines_before" >/dev/null 2>&1
}

# Return true if the original module works: the machine is then not damaged by an earlier fault.
works()
{
	lab load leaves=1 >/dev/null 2>&1 && check "/truth/truth run -n 100 cpuid out" && lab unload
}

# Return true if each command succeeds with the original module.
commands_work()
{
	cut -d ' ' -f 2- /share/plan | sort -u >/tmp/commands
	while read -r command <&4; do
		lab load leaves=1
		check "$command" || {
			echo "broken: $command: $(grep -E '^not ok|cannot' /tmp/check.out | head -n 1)"
			return 1
		}
		lab unload
	done 4</tmp/commands
}

# Run one mutant, and print its result.
mutant()
{
	echo "# running $1"
	if ! insmod "/share/$1.ko" leaves=1 2>/tmp/insmod.err; then
		not_ok "$1" "error: $(cat /tmp/insmod.err)"
	elif check "$2"; then
		not_ok "$1" "survives: $2"
	else
		ok "$1"
	fi
	rmmod vmtoll
}

commands_work || exit 1
while read -r name command <&3; do
	mutant "$name" "$command"
	works || exit 1
done 3</share/plan
