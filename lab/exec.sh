# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab exec` boots a machine and runs a command in it. This file parses the options, makes a
# directory for the run, runs the machine, and reports a lost machine.

# shellcheck source=need.sh
. "$lab_dir/need.sh"
# shellcheck source=cmdline_table.sh
. "$lab_dir/cmdline_table.sh"
# shellcheck source=images.sh
. "$lab_dir/images.sh"
# shellcheck source=overlay.sh
. "$lab_dir/overlay.sh"

exec_smp=1 exec_qemu='' exec_share='' exec_out='' exec_icount='' exec_load='' exec_timeout=600
exec_retry='' exec_kvm='' exec_vmtoll='' exec_system='' exec_used=0
# A machine is lost if it has not started init after exec_boot_s seconds, or if its heartbeats stop
# for exec_beat_s seconds. With --icount, a machine sends no heartbeats, because they would change
# the counts.
exec_beat=--beat exec_boot_s=300 exec_beat_s=60

exec_number()
{
	case $2 in
	'' | *[!0-9]* | 0*) die "$1 needs a number from 1 on, not '$2'" ;;
	esac
}

exec_word_given()
{
	[ -n "$2" ] || die "$1 needs a name"
}

exec_directory()
{
	[ -d "$2" ] || die "$1: no directory $2"
}

# Check a parameter and store it. The shell in the machine evaluates the value, so refuse
# characters that are special to a shell.
exec_param()
{
	case $1 in
	*[!A-Za-z0-9_.,:=+-]*) die "--param: '$1' contains a character that parameters cannot have" ;;
	kvm.?*=* | "$machine_module".?*=*) exec_kvm="$exec_kvm $1" ;;
	vmtoll.?*=*) exec_vmtoll="$exec_vmtoll ${1#vmtoll.}" ;;
	*) die "--param: machine $machine_name accepts kvm.NAME=VALUE, $machine_module.NAME=VALUE and vmtoll.NAME=VALUE, not '$1'" ;;
	esac
}

exec_options()
{
	exec_all=$#
	while [ $# -gt 0 ]; do
		case $1 in
		--load) exec_load=yes; shift; continue ;;
		--icount) exec_icount=yes exec_beat=''; shift; continue ;;
		--retry) exec_retry=yes; shift; continue ;;
		--) shift; break ;;
		--*) [ $# -gt 1 ] || die "$1 is unknown or needs a value (lab help)" ;;
		*) die "'$1': give the options first, then -- and the command (lab help)" ;;
		esac
		case $1 in
		--param) exec_param "$2" ;;
		--smp) exec_number "$1" "$2"; exec_smp=$2 ;;
		--memory) exec_number "$1" "$2"; machine_memory=$2 ;;
		--qemu) exec_word_given "$1" "$2"; exec_qemu=$2 ;;
		--timeout) exec_number "$1" "$2"; exec_timeout=$2 ;;
		--share) exec_directory "$1" "$2"; exec_share=$2 ;;
		--out) exec_out=$2 ;;
		--system) exec_system=$2 ;;
		*) die "unknown option $1 (lab help)" ;;
		esac
		shift 2
	done
	exec_used=$((exec_all - $#))
}

exec_check()
{
	[ -z "$exec_icount" ] || [ "$exec_smp" -eq 1 ] || [ -n "$exec_qemu" ] ||
		die "--icount with several CPUs requires --qemu trixie: the first CPU starves the others in QEMU before 8.1"
	[ -z "$exec_system" ] || exec_check_system
	[ -z "$exec_vmtoll" ] || [ -n "$exec_load" ] ||
		die "--param vmtoll... requires --load (or pass the parameter to \`lab load\` in the machine)"
	exec_check_names
	[ -z "$exec_out" ] || mkdir -p "$exec_out" || die "--out: cannot make $exec_out"
}

exec_check_system()
{
	[ -f "$exec_system" ] || die "--system: no file $exec_system"
	[ -z "$exec_out$exec_load" ] || die "--system cannot be combined with --load and --out"
	exec_size=$(stat -c %s "$exec_system")
	[ $((exec_size % 2097152)) -eq 0 ] || die "--system: the size of $exec_system is not a multiple of 2 MiB"
	machine_memory=$(image_system_memory "$exec_size")
	[ "$machine_memory" -le 3072 ] || die "--system: $exec_system is too large"
}

# Refuse unknown module parameters, because the kernel would only log them.
exec_check_names()
{
	for exec_word in $exec_kvm; do
		exec_module=${exec_word%%.*}
		exec_name=${exec_word#*.}
		exec_name=${exec_name%%=*}
		exec_names=$(find "$machine_kernel_dir/lib/modules" -name "$(echo "$exec_module" | tr _ -).ko*" \
			-exec modinfo -F parm {} + | sed 's/:.*//')
		echo "$exec_names" | grep -qx "$exec_name" ||
			die "$exec_module has no parameter '$exec_name'; it has:" "$(echo "$exec_names" | sort | paste -s -d ' ' -)"
	done
}

# Remove the directories that earlier runs left behind, for example after SIGKILL or a power
# failure.
run_sweep()
{
	for run_old in "$lab_build/run"/*; do
		[ ! -d "$run_old" ] || kill -0 "${run_old##*/}" 2>/dev/null || rm -rf "$run_old"
	done
}

run_open()
{
	run_sweep
	run_dir=$lab_build/run/$$
	run_pid=
	trap run_close EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 141' PIPE
	trap 'exit 143' TERM
	mkdir -p "$run_dir"
}

run_close()
{
	trap '' HUP INT PIPE TERM
	if [ -n "$run_pid" ]; then
		kill "$run_pid" 2>/dev/null && wait "$run_pid"
	fi
	rm -rf "$run_dir"
}

run_make()
{
	overlay_make "$@"
	cat "$image_dir/$machine_release.cpio" "$run_dir/overlay.cpio" >"$run_dir/initrd"
	rm "$run_dir/overlay.cpio"
	run_cmdline="$(cmdline_of host host-skip "$machine_flavour") $(image_usr_memmap)"
	[ -z "$exec_system" ] || run_cmdline="$run_cmdline $(image_system_memmap "$exec_system") lab_system=yes"
	emulator_prepare "$exec_smp"
}

# Run the machine once and set $run_status. If the machine was lost, the reason is in
# $run_dir/lost.
run_once()
{
	rm -f "$run_dir/lost" "$run_dir/console" "$run_dir/emulator.log"
	emulator_start "$lab_tools/receive" --timeout "$exec_timeout" ${exec_out:+--files "$exec_out"} \
		--boot "$exec_boot_s" ${exec_beat:+--beat "$exec_beat_s"} \
		--log "$run_dir/emulator.log" --lost "$run_dir/lost"
	run_pid=$!
	run_status=0
	wait "$run_pid" || run_status=$?
	run_pid=
}

# Save the logs of a machine that was lost, and print their last lines.
run_explain_loss()
{
	run_kept=$lab_build/lost/$machine_name-$(date +%Y%m%d-%H%M%S)-$$.log
	mkdir -p "$lab_build/lost"
	touch "$run_dir/console"
	cat "$run_dir/console" "$run_dir/emulator.log" >"$run_kept"
	say "lost machine $machine_name: $(cat "$run_dir/lost")"
	grep -v "TCG doesn.t support requested feature" "$run_dir/emulator.log" | tail -n 5 | sed 's/^/lab: emulator: /' >&2
	grep -m 3 -n -E "Kernel panic|BUG:|Oops:|lockup" "$run_dir/console" | sed "s/^/lab: console, line /" >&2
	tail -n 20 "$run_dir/console" | sed 's/^/lab: console: /' >&2
	say "the complete log is $run_kept"
}

verb_exec()
{
	[ $# -gt 0 ] || die "exec: no machine given; the machines are: $(machine_names all | paste -s -d ' ' -)"
	machine_load "$1"
	shift
	exec_options "$@"
	shift "$exec_used"
	[ $# -gt 0 ] || die "exec: no command given (lab help)"
	# shellcheck source=/dev/null
	. "$lab_dir/emulator_$machine_emulator.sh"
	need_all
	exec_check
	overlay_check
	images_update
	run_open
	run_make "$@"
	run_once
	if [ -e "$run_dir/lost" ]; then
		run_explain_loss
		[ -n "$exec_retry" ] || exit 125
		say "starting the machine once more (--retry)"
		run_once
		[ ! -e "$run_dir/lost" ] || run_explain_loss
	fi
	exit "$run_status"
}
