# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Load modules with faults, one after the other, and run the command that must detect the fault.
# Do the same with BPF programs with faults, each of which is part of a vmtoll of its own.
# tests/run-mutants puts the modules and the programs into /share. Each line of /share/plan
# contains the name of a fault and its command.
#
# Print "ok mutant-NAME" if the command fails with the mutant and succeeds with the original
# module. If not, print "not ok mutant-NAME". If the original module no longer works after a
# mutant, stop: the machine must then be restarted.
. "$(dirname "$0")/lib.sh"
check_prefix=mutant-

# The time limit of a command in seconds. A fault can make the command wait forever.
LIMIT=180

# The file of the module that is being tested.
module=/lab/vmtoll.ko
export module

# check COMMAND: Run the command. Return 0 if it succeeds and the kernel has logged no fault since
# the machine was started.
check()
{
	timeout "$LIMIT" sh -c "$1" >/tmp/check.out 2>&1 && lab splats "$log_lines_before" >/dev/null 2>&1
}

# Return true if the original module works. If it does not, an earlier fault has damaged the
# machine.
works()
{
	module=/lab/vmtoll.ko
	lab load leaves=1 >/dev/null 2>&1 && check "/truth/truth run -n 100 cpuid out" && lab unload
}

# Return true if the command succeeds with the original module. If an earlier call found that
# the command succeeds, return true without running the command again.
command_works()
{
	grep -qxF -- "$1" /tmp/working && return
	module=/lab/vmtoll.ko
	lab load leaves=1
	check "$1"
	command_status=$?
	rmmod vmtoll
	[ $command_status -ne 0 ] || printf '%s\n' "$1" >>/tmp/working
	return $command_status
}

# Run one mutant, and print its result.
mutant()
{
	echo "# running $1"
	module=/share/$1.ko
	if ! insmod "$module" leaves=1 2>/tmp/insmod.err; then
		not_ok "$1" "error: $(cat /tmp/insmod.err)"
	elif check "$2"; then
		not_ok "$1" "survives: $2"
	else
		ok "$1"
	fi
	rmmod vmtoll
}

# bpf_check DIRECTORY COMMAND: Run the command with the vmtoll in DIRECTORY, and detach the BPF
# programs. Return the status of the command.
bpf_check()
{
	(PATH=$1:$PATH && export PATH && check "$2")
	bpf_status=$?
	vmtoll detach --bpf >/dev/null
	return $bpf_status
}

# Run a mutant of the BPF programs, and print its result. It cannot damage the machine, because the
# kernel checks the programs.
bpf_mutant()
{
	echo "# running $1"
	mkdir -p /tmp/mutant
	ln -sf "/share/$1.vmtoll" /tmp/mutant/vmtoll
	if ! grep -qxF -- "$2" /tmp/working; then
		bpf_check /bin "$2" || {
			not_ok "$1" "its check fails without the fault: $(grep -E '^not ok|cannot' /tmp/check.out | head -n 1)"
			return
		}
		printf '%s\n' "$2" >>/tmp/working
	fi
	if ! /tmp/mutant/vmtoll attach --bpf >/tmp/attach.out 2>&1; then
		not_ok "$1" "error: $(cat /tmp/attach.out)"
		return
	fi
	vmtoll detach --bpf >/dev/null
	if bpf_check /tmp/mutant "$2"; then not_ok "$1" "survives: $2"; else ok "$1"; fi
}

: >/tmp/working
while read -r name command <&3; do
	if [ -e "/share/$name.vmtoll" ]; then
		bpf_mutant "$name" "$command"
		continue
	fi
	if ! command_works "$command"; then
		not_ok "$name" "its check fails without the fault: $(grep -E '^not ok|cannot' /tmp/check.out | head -n 1)"
		continue
	fi
	mutant "$name" "$command"
	works || exit 1
done 3</share/plan
