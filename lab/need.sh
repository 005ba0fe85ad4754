# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What must be there before a machine is started. Each thing that is missing is one line
# that says what to do; all of them are named at once.

need_failed=

need_report()
{
	say "$@"
	need_failed=yes
}

need_program()
{
	command -v "$1" >/dev/null || need_report "$1 is missing: run script/setup"
}

need_file()
{
	[ -e "$1" ] || need_report "$1 is missing: $2"
}

# need_memory MB: available now, on this host.
need_memory()
{
	need_have=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$need_have" -ge "$1" ] ||
		need_report "the machine needs $1 MiB of memory, $need_have MiB are free: stop something"
}

# need_disk MB: for images and the run's files.
need_disk()
{
	need_have=$(df -P -k "$lab_build" | awk 'NR == 2 { print int($4 / 1024) }')
	[ "$need_have" -ge "$1" ] ||
		need_report "$1 MiB of disk space are needed in $lab_build, $need_have MiB are free"
}

need_done()
{
	[ -z "$need_failed" ] || exit 125
}

# need_all: for machine_*, with the emulator's own needs (emulator_need).
need_all()
{
	for need_name in cpio flock mkfs.erofs objcopy tar xz modinfo modprobe perf qemu-system-x86_64; do
		need_program "$need_name"
	done
	need_file /bin/busybox "run script/setup"
	for need_name in bootimage receive send ticker; do
		need_file "$lab_tools/$need_name" "run script/build"
	done
	need_file "$machine_kernel_dir/complete" "run $machine_setup"
	mkdir -p "$lab_build"
	need_memory $((machine_memory + 256))
	need_disk 600
	emulator_need
	need_done
}
