# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What a single run adds to a machine's images: the command, the configuration, vmtoll as it is
# built now, the truth tests' programs, the shared directory. One small archive, run_dir/top.cpio.

top_tool=$lab_top/build/meson/cmd/vmtoll
top_truth=$lab_top/build/meson/tests/truth
top_guests=$lab_top/build/meson/tests/guests

# What is not built yet is no reason not to start, unless it was asked for.
top_check()
{
	[ -e "$top_tool" ] || say "warning: no vmtoll in the machine: script/build builds it"
	if [ -e "$machine_ko" ]; then
		top_check_age
		return
	fi
	[ -z "$exec_load" ] || die "no vmtoll.ko to load: $machine_build builds it"
	say "warning: no vmtoll.ko in the machine: $machine_build builds it"
}

# A module of yesterday tests nothing of today.
top_check_age()
{
	[ -z "$(find "$lab_top/kmod" "$lab_top/uapi" -name "*.[ch]" -newer "$machine_ko")" ] ||
		say "warning: vmtoll.ko is older than its sources: $machine_build builds it"
}

top_share()
{
	[ -n "$exec_share" ] || return 0
	# It is in memory twice while the kernel unpacks it.
	top_room=$(((machine_memory - 400) / 2))
	top_size=$(du -s -L -m "$exec_share" | cut -f 1)
	[ "$top_size" -le "$top_room" ] ||
		die "--share: $exec_share has $top_size MiB, machine $machine_name has room for $top_room"
	cp -R -L -p "$exec_share/." "$1/share/" || die "cannot copy $exec_share into the machine"
}

top_truth()
{
	[ -d "$top_truth" ] || return 0
	mkdir "$1/truth"
	find "$top_truth" -maxdepth 1 -type f \( -perm -u+x -o -name '*.bin' \) \
		-exec cp {} "$1/truth/" \;
	cp "$top_guests"/disk.qcow2 "$top_guests"/*.sector "$top_guests"/reset.rom "$1/truth/"
}

# A shell file; every value has been checked to have no character that a shell minds.
top_config()
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

# top_make COMMAND...
top_make()
{
	top_tree=$run_dir/top
	mkdir -p "$top_tree/lab" "$top_tree/bin" "$top_tree/share"
	printf '%s\0' "$@" >"$top_tree/lab/arguments"
	top_config >"$top_tree/lab/config"
	[ ! -e "$top_tool" ] || cp "$top_tool" "$top_tree/bin/"
	[ ! -e "$machine_ko" ] || objcopy -g "$machine_ko" "$top_tree/lab/vmtoll.ko"
	top_truth "$top_tree"
	top_share "$top_tree"
	image_pack "$top_tree" "$run_dir/top.cpio"
	rm -rf "$top_tree"
}
