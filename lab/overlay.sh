# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# This file makes $run_dir/overlay.cpio, the archive that one run adds to a machine's initramfs.
# The archive contains the command, the configuration, the current builds of vmtoll.ko and
# vmtoll, the programs of the ground-truth tests, and the shared directory.

overlay_tool=$lab_top/build/meson/cmd/vmtoll
overlay_truth_dir=$lab_top/build/meson/tests/truth
overlay_guests=$lab_top/build/meson/tests/guests

# Print a warning if vmtoll or vmtoll.ko is not built. If --load was given and vmtoll.ko is not
# built, exit with an error.
overlay_check()
{
	[ -e "$overlay_tool" ] || say "warning: the machine has no vmtoll, because it is not built: run script/build"
	if [ -e "$machine_ko" ]; then
		overlay_check_age
		return
	fi
	[ -z "$exec_load" ] || die "cannot load vmtoll.ko, because it is not built: run $machine_build"
	say "warning: the machine has no vmtoll.ko, because it is not built: run $machine_build"
}

# Warn if the module is older than its sources.
overlay_check_age()
{
	[ -z "$(find "$lab_top/kmod" "$lab_top/uapi" -name "*.[ch]" -newer "$machine_ko")" ] ||
		say "warning: vmtoll.ko is older than its sources: run $machine_build"
}

overlay_share()
{
	[ -n "$exec_share" ] || return 0
	# While the kernel unpacks the archive, the machine's memory contains two copies of the
	# --share directory.
	overlay_capacity=$(((machine_memory - 400) / 2))
	overlay_size=$(du -s -L -m "$exec_share" | cut -f 1)
	[ "$overlay_size" -le "$overlay_capacity" ] ||
		die "--share: $exec_share has $overlay_size MiB, but machine $machine_name can hold only $overlay_capacity MiB"
	cp -R -L -p "$exec_share/." "$1/share/" || die "cannot copy $exec_share into the machine"
}

overlay_truth()
{
	[ -d "$overlay_truth_dir" ] || return 0
	mkdir "$1/truth"
	find "$overlay_truth_dir" -maxdepth 1 -type f \( -perm -u+x -o -name '*.bin' \) \
		-exec cp {} "$1/truth/" \;
	cp "$overlay_guests"/disk.qcow2 "$overlay_guests"/*.sector "$overlay_guests"/reset.rom "$1/truth/"
}

# Print the configuration as a shell script. The values contain no quotes, because they have
# been checked for special characters.
overlay_config()
{
	cat <<-CONFIG
	config_name='$machine_name'
	config_vendor='$machine_vendor'
	config_guest_cpu='$machine_guest_cpu'
	config_kvm='$exec_kvm'
	config_vmtoll='$exec_vmtoll'
	config_flavour='$machine_flavour'
	config_load='$exec_load'
	config_beat='$exec_beat'
	config_files='${exec_out:+/out}'
	CONFIG
}

# overlay_make COMMAND...: Make the archive for a run that executes this command in the machine.
overlay_make()
{
	overlay_tree=$run_dir/overlay
	mkdir -p "$overlay_tree/lab" "$overlay_tree/bin" "$overlay_tree/share"
	printf '%s\0' "$@" >"$overlay_tree/lab/arguments"
	overlay_config >"$overlay_tree/lab/config"
	[ ! -e "$overlay_tool" ] || cp "$overlay_tool" "$overlay_tree/bin/"
	[ ! -e "$machine_ko" ] || objcopy -g "$machine_ko" "$overlay_tree/lab/vmtoll.ko"
	overlay_truth "$overlay_tree"
	overlay_share "$overlay_tree"
	image_pack "$overlay_tree" "$run_dir/overlay.cpio"
	rm -rf "$overlay_tree"
}
