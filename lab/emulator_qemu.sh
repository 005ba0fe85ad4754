# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The emulator QEMU, without acceleration. It emulates AMD-V with nested paging.

emulator_need()
{
	need_program qemu-system-x86_64
	[ -z "$exec_qemu" ] || emulator_need_suite
}

# Check that the QEMU selected with --qemu SUITE is installed in the root of that suite.
emulator_need_suite()
{
	emulator_version=$(machine_suite_version "$exec_qemu")
	[ -n "$emulator_version" ] || die "--qemu: no machine in lab/machines.conf uses a Debian suite '$exec_qemu'"
	emulator_root=$lab_build/root/$exec_qemu
	need_file "$emulator_root/complete" "run script/setup --kernel $emulator_version"
}

# emulator_prepare CPUS: Set the parameters of a machine with this number of CPUs.
emulator_prepare()
{
	emulator_smp=$1
	if [ -n "$exec_icount" ]; then
		# Each instruction advances the machine's clock by one nanosecond, which is one
		# tick of the TSC.
		emulator_tsc_khz=1000000
	else
		# The parameter lab_ticker is unknown to the kernel, so the kernel passes it to
		# init as an environment variable. The HPET is disabled, because Linux would
		# otherwise use it to emulate the ticker's interrupt, and would then receive 64
		# interrupts per second instead of one.
		run_cmdline="$run_cmdline lab_ticker=yes hpet=disable"
		emulator_tsc_khz=$("$lab_tools/tsc_khz") || die "cannot measure the TSC"
	fi
	run_cmdline="$run_cmdline tsc_early_khz=$emulator_tsc_khz"
}

# emulator_start RECEIVE...: Run the command RECEIVE... in the background, with the emulator's
# command line as additional arguments. RECEIVE then starts the emulator as a child process.
#
# All CPUs of the machine share one thread. With a thread per CPU, QEMU before 8.1
# (deba78709ae8) may execute a stale int3 on one CPU forever while the kernel patches itself on
# another CPU. The kernel patches itself when the first VM starts and when the last VM ends.
# With a thread per CPU, tests that create many VMs used to hang, and loading vmtoll.ko
# sometimes hung.
emulator_start()
{
	set -- "$@" --
	if [ -z "$exec_qemu" ]; then
		set -- "$@" qemu-system-x86_64
	else
		# Programs from another suite need the loader, libraries and data files of that
		# suite.
		set -- "$@" "$emulator_root/usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache \
			--library-path "$emulator_root/usr/lib/x86_64-linux-gnu" "$emulator_root/usr/bin/qemu-system-x86_64" \
			-L "$emulator_root/usr/share/qemu" -L "$emulator_root/usr/share/seabios"
	fi
	[ -z "$exec_system" ] ||
		set -- "$@" -device "loader,file=$exec_system,addr=$((image_system_address << 20)),force-raw=on"
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
