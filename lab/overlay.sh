# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What a single run adds to a machine's images: the command, the configuration, vmtoll as it is
# built now, the truth tests' programs, the shared directory. One small archive, run_dir/overlay.cpio.

overlay_tool=$lab_top/build/meson/cmd/vmtoll
overlay_truth_dir=$lab_top/build/meson/tests/truth
overlay_guests=$lab_top/build/meson/tests/guests

# What is not built yet is no reason not to start, unless it was asked for.
overlay_check()
{
	[ -e "$overlay_tool" ] || say "warning: no vmtoll in the machine: script/build builds it"
	if [ -e "$machine_ko" ]; then
		overlay_check_age
		return
	fi
	[ -z "$exec_load" ] || die "no vmtoll.ko to load: $machine_build builds it"
	say "warning: no vmtoll.ko in the machine: $machine_build builds it"
}

# A module of yesterday tests nothing of today.
overlay_check_age()
{
	[ -z "$(find "$lab_top/kmod" "$lab_top/uapi" -name "*.[ch]" -newer "$machine_ko")" ] ||
		say "warning: vmtoll.ko is older than its sources: $machine_build builds it"
}

overlay_share()
{
	[ -n "$exec_share" ] || return 0
	# It is in memory twice while the kernel unpacks it.
	overlay_capacity=$(((machine_memory - 400) / 2))
	overlay_size=$(du -s -L -m "$exec_share" | cut -f 1)
	[ "$overlay_size" -le "$overlay_capacity" ] ||
		die "--share: $exec_share has $overlay_size MiB, machine $machine_name has room for $overlay_capacity"
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

# A shell file; every value has been checked to have no character that a shell minds.
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
	config_files='${exec_out:+/out}'
	CONFIG
}

# overlay_make COMMAND...
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
