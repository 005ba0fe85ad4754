# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The requirements of a machine. They are checked before the machine is started. All missing
# requirements are reported together, with one line for each command that provides them.

need_failed='' need_programs=''
# The argument of script/setup that installs the missing programs (see script/parts).
need_part=lab

need_report()
{
	say "$@"
	need_failed=yes
}

need_program()
{
	command -v "$1" >/dev/null || need_programs="$need_programs $1"
}

need_file()
{
	[ -e "$1" ] || need_report "$1 is missing: $2"
}

# need_memory MIB: Require free memory on this host.
need_memory()
{
	need_have=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$need_have" -ge "$1" ] ||
		need_report "$1 MiB of memory are needed, $need_have MiB are free: stop other programs"
}

# need_disk MIB [DIRECTORY]: Require free disk space in the directory. The default directory is
# $lab_build, which contains the images and runs of the lab.
need_disk()
{
	need_where=${2:-$lab_build}
	need_have=$(df -P -k "$need_where" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$need_have" -ge "$1" ] ||
		need_report "$1 MiB of disk space are needed in $need_where, $need_have MiB are free"
}

# Exit if anything is missing.
need_done()
{
	[ -z "$need_programs" ] || need_report "missing programs:$need_programs: run script/setup $need_part"
	[ -z "$need_failed" ] || exit 125
}

# Require everything that the machine needs, including the requirements of its emulator.
need_all()
{
	machine_is_ready || die "the kernel of machine $machine_name is not set up: run $machine_setup"
	for need_name in cpio flock mkfs.erofs objcopy tar xz modinfo modprobe perf qemu-system-x86_64; do
		need_program "$need_name"
	done
	need_file /bin/busybox "run script/setup lab"
	for need_name in bootimage receive send ticker tsc_khz bochs.rom preload.so; do
		[ -e "$lab_tools/$need_name" ] || need_unbuilt=yes
	done
	[ -z "${need_unbuilt-}" ] || need_report "the programs of lab/ are not built: run script/build"
	mkdir -p "$lab_build"
	need_memory $((machine_memory + 256))
	need_disk 600
	emulator_need
	need_done
}
