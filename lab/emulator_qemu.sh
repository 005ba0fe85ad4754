# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# QEMU without acceleration: emulates AMD-V with nested paging.

emulator_need()
{
	need_program qemu-system-x86_64
	[ -z "$exec_qemu" ] || emulator_need_suite
}

# The QEMU of the root that another suite's machines run in.
emulator_need_suite()
{
	emulator_version=$(machine_suite_version "$exec_qemu")
	[ -n "$emulator_version" ] || die "--qemu: no machine comes from a Debian suite '$exec_qemu' (lab/machines.conf)"
	emulator_root=$lab_build/root/$exec_qemu
	need_file "$emulator_root/complete" "run script/setup --kernel $emulator_version"
}

# emulator_prepare SMP
emulator_prepare()
{
	emulator_smp=$1
	if [ -n "$exec_icount" ]; then
		# One instruction is one nanosecond is one tick of the TSC.
		emulator_tsc_khz=1000000
	else
		# What the kernel does not know is in the environment of the machine's init. HPET would make 64 interrupts a
		# second of the ticker's one.
		run_cmdline="$run_cmdline lab_ticker=yes hpet=disable"
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
	set -- "$@" --
	if [ -z "$exec_qemu" ]; then
		set -- "$@" qemu-system-x86_64
	else
		# Another suite's programs need its loader and libraries, and do not know where they lie.
		set -- "$@" "$emulator_root/usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
			--library-path "$emulator_root/usr/lib/x86_64-linux-gnu" "$emulator_root/usr/bin/qemu-system-x86_64" \
			-L "$emulator_root/usr/share/qemu" -L "$emulator_root/usr/share/seabios"
	fi
	"$@" -name "lab-$machine_name" -M pc -accel tcg,thread=single \
		${exec_icount:+-icount shift=0,sleep=off} \
		-cpu "$machine_cpu" -smp "$emulator_smp" -m "$machine_memory" \
		-nodefaults -no-user-config -no-reboot -display none \
		-serial "file:$run_dir/console" \
		-chardev stdio,id=wire,signal=off -device isa-debugcon,iobase=0xe9,chardev=wire \
		-device "loader,file=$image_dir/$machine_release.usr,addr=$((image_usr_address << 20)),force-raw=on" \
		-kernel "$image_dir/$machine_release.pvh" -initrd "$run_dir/initrd" \
		-append "$run_cmdline" &
}
