# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The emulator Bochs. It emulates VMX with EPT and VPID. The kernel starts without a boot loader:
# Bochs loads all images into the machine's memory, at the addresses of boot/layout.h, and an
# option ROM jumps to the kernel.

bochs_share=/usr/share/bochs
# The number of instructions per emulated second, which is also the TSC frequency in Hz. The lab
# passes this frequency to the kernel in the parameter tsc_early_khz. Without this parameter, the
# kernel would use the frequency that CPUID reports, and every delay would be many times too
# long.
bochs_ips=100000000

emulator_need()
{
	need_program bochs
	need_file "$bochs_share/BIOS-bochs-latest" "run script/setup lab"
	need_file "$bochs_share/VGABIOS-lgpl-latest" "run script/setup lab"
	[ -z "$exec_icount" ] ||
		need_report "--icount: the TSC of Bochs cannot count instructions; use a machine whose emulator is qemu"
	[ -z "$exec_system" ] ||
		need_report "--system: $machine_name runs in Bochs; use a machine whose emulator is qemu"
	[ -z "$exec_qemu" ] ||
		need_report "--qemu: $machine_name runs in Bochs; use a machine whose emulator is qemu"
}

bochs_config()
{
	cat <<-CONFIG
	config_interface: textconfig
	display_library: rfb, options="timeout=0"
	cpu: model=$machine_cpu, count=$1, ips=$bochs_ips, reset_on_triple_fault=0, msrs="$lab_dir/bochs/msrs.def"
	memory: guest=$machine_memory, host=$machine_memory
	romimage: file=$bochs_share/BIOS-bochs-latest
	vgaromimage: file=$bochs_share/VGABIOS-lgpl-latest
	optromimage1: file=$lab_tools/bochs.rom, address=0xd0000
	optramimage1: file=$image_dir/$machine_release.flat, address=0x1000000
	optramimage2: file=$run_dir/params, address=0xf00000
	optramimage3: file=$run_dir/initrd, address=0x8000000
	optramimage4: file=$image_dir/$machine_release.usr, address=$(printf %#x $((image_usr_address << 20)))
	plugin_ctrl: speaker=0, gameport=0, parallel=0
	ata0: enabled=0
	ata1: enabled=0
	com1: enabled=1, mode=file, dev=$run_dir/console
	port_e9_hack: enabled=1
	log: $run_dir/bochs.log
	panic: action=fatal
	error: action=ignore
	info: action=ignore
	debug: action=ignore
	clock: sync=none, time0=946684800
	CONFIG
}

# emulator_prepare CPUS: Create the configuration and the boot parameters of a machine with this
# number of CPUs.
emulator_prepare()
{
	# The CPU model reports an XSAVE size that does not match its features. Older kernels
	# then disable XSAVE by themselves. Linux 7.2 crashes when it tries to disable XSAVE,
	# because the first task has no FPU state yet. The parameter noxsave therefore disables
	# XSAVE for all kernels.
	run_cmdline="$run_cmdline tsc_early_khz=$((bochs_ips / 1000)) noxsave"
	"$lab_tools/bootimage" params "$machine_vmlinuz" "$run_dir/initrd" "$machine_memory" \
		"$(cat "$image_dir/$machine_release.entry")" "$run_cmdline" "$run_dir/params" ||
		die "cannot make the boot parameters"
	bochs_config "$1" >"$run_dir/bochsrc"
	# Debian's Bochs is built with its debugger. The debugger stops the machine at the start
	# and whenever a guest causes a triple fault. At each stop, the debugger reads one
	# command. Provide a "continue" command for each stop.
	yes c | head -n 10000 >"$run_dir/debugger"
}

# emulator_start RECEIVE...: Run the command RECEIVE... in the background, with the emulator's
# command line as additional arguments. RECEIVE then starts the emulator as a child process.
emulator_start()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	"$@" -- sh -c 'exec env LD_PRELOAD="$1" bochs -f "$2" -rc "$3" 3>&1 1>&2' sh \
		"$lab_tools/preload.so" "$run_dir/bochsrc" "$run_dir/debugger" &
}
