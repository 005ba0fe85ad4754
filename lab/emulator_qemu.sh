# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# QEMU without acceleration: emulates AMD-V with nested paging.

emulator_need()
{
	need_file "$lab_tools/tsc_khz" "run script/build"
	need_program qemu-system-x86_64
}

# emulator_prepare SMP
emulator_prepare()
{
	emulator_smp=$1
	if [ -n "$exec_icount" ]; then
		# One instruction is one nanosecond is one tick of the TSC.
		emulator_tsc_khz=1000000
	else
		emulator_tsc_khz=$("$lab_tools/tsc_khz") || die "cannot measure the TSC"
	fi
	run_cmdline="$run_cmdline tsc_early_khz=$emulator_tsc_khz"
}

# emulator_start RECEIVE...: in the background, under the receiver. Several CPUs by turns: before 8.1
# (deba78709ae8) QEMU may run a stale int3 on one for ever while the kernel patches itself on another, which it
# does when a first VM comes and when the last one goes. Tests that make many VMs, and loads of vmtoll.ko, got stuck
# by it.
emulator_start()
{
	# shellcheck disable=SC2086  # two words or none
	"$@" -- qemu-system-x86_64 -name "lab-$machine_name" -M pc -accel tcg,thread=single \
		${exec_icount:+-icount shift=0,sleep=off} \
		-cpu "$machine_cpu" -smp "$emulator_smp" -m "$machine_memory" \
		-nodefaults -no-user-config -no-reboot -display none \
		-serial "file:$run_dir/console" \
		-chardev stdio,id=wire,signal=off -device isa-debugcon,iobase=0xe9,chardev=wire \
		-device "loader,file=$image_dir/$machine_release.usr,addr=$((image_usr_address << 20)),force-raw=on" \
		-kernel "$image_dir/$machine_release.pvh" -initrd "$run_dir/initrd" \
		-append "$run_cmdline" &
}
