# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The images that machines boot from. They are in build/lab/image. An image is rebuilt when one
# of its inputs has changed. These are the images:
#
#	RELEASE.pvh	the kernel for QEMU
#	RELEASE.flat	the kernel for Bochs
#	RELEASE.entry	the entry point of RELEASE.flat
#	RELEASE.usr	the file system for /usr: QEMU, perf, setpriv, their libraries, the
#			guest's kernel
#	RELEASE.cpio	the initramfs: busybox, the wire's programs, the machine's scripts, modules
#
# The emulator puts the file system into the machine's memory before the boot, as emulated
# persistent memory. The size of the file system therefore does not affect the boot time. Each
# MiB of an initramfs, however, delays the boot, because an emulated kernel unpacks it slowly. An
# initramfs may consist of several archives. overlay.sh makes the second archive, which differs
# from run to run.
#
# The file IMAGE.stamp lists the inputs of IMAGE with their sizes and modification times.

image_dir=$lab_build/image

# The address of RELEASE.usr in a machine's memory, in MiB.
image_usr_address=512

# The address of the --system image in a machine's memory, in MiB.
image_system_address=1024

# Modules that the machine's init needs to mount RELEASE.usr.
image_usr_modules='nd_e820 nd_pmem erofs'

# Modules that the machine's init needs to boot the --system image.
image_system_modules='overlay'

# Modules that a guest needs for the wire's device.
image_guest_modules='virtio_mmio virtio_console'

# Modules for vsock, on the host's side and on the guest's side. They are in RELEASE.usr, because
# only a few tests need them. Kernels with debugging options do not have them.
image_vsock_modules='vhost_vsock vsock_loopback'
image_guest_vsock_modules='vmw_vsock_virtio_transport'

# Read file names from standard input. Print the size, modification time and name of each file.
image_stat()
{
	xargs -d '\n' stat -L -c '%s %Y %n' 2>/dev/null
}

# image_is_fresh IMAGE: Return true if the image exists and its inputs have not changed.
image_is_fresh()
{
	[ -e "$1" ] && [ -e "$1.stamp" ] || return 1
	cut -d ' ' -f 3- "$1.stamp" | image_stat | cmp -s - "$1.stamp"
}

# image_seal IMAGE: Rename IMAGE.new to IMAGE, and write IMAGE.stamp. Standard input is a list of
# the image's inputs.
image_seal()
{
	image_stat >"$1.stamp.new"
	rm -f "$1.stamp"
	mv "$1.new" "$1"
	mv "$1.stamp.new" "$1.stamp"
}

# image_pack TREE ARCHIVE: Pack a directory tree into a cpio archive.
image_pack()
{
	(cd "$1" && find . -mindepth 1 | sort | cpio -o -H newc -R 0:0 --quiet) >"$2"
}

# image_skeleton TREE: Create the machine's directories in TREE. Copy busybox to TREE/bin, and
# create links for busybox's applets there.
image_skeleton()
{
	for image_name in bin dev etc lab out proc root run share sys tmp usr; do
		mkdir -p "$1/$image_name"
	done
	echo 'root:x:0:0:root:/root:/bin/sh' >"$1/etc/passwd"
	echo 'root:x:0:' >"$1/etc/group"
	cp /bin/busybox "$1/bin/"
	for image_name in $(busybox --list); do
		[ "$image_name" = busybox ] || ln -sf busybox "$1/bin/$image_name"
	done
}

# image_libraries PROGRAM...: Print the paths of the shared libraries that the programs need.
# The paths are relative to the machine's root.
image_libraries()
{
	for image_name; do
		if [ -z "$machine_root" ]; then
			ldd "$image_name"
		else
			"$machine_root/usr/lib64/ld-linux-x86-64.so.2" --inhibit-cache --list \
				--library-path "$machine_root/usr/lib/x86_64-linux-gnu" "$machine_root$image_name"
		fi
	done | awk -v root="$machine_root" '$2 == "=>" && $3 ~ /^\// { print substr($3, length(root) + 1) }' | sort -u
}

# Print the paths of the files in the machine's /usr: the programs, their libraries, and the
# firmware that QEMU needs for a PC and a microvm. Each line contains one path, relative to the
# machine's root.
image_programs()
{
	printf '%s\n' /usr/bin/qemu-system-x86_64 /usr/bin/perf /usr/bin/setpriv /lib64/ld-linux-x86-64.so.2
	image_libraries /usr/bin/qemu-system-x86_64 /usr/bin/perf /usr/bin/setpriv
	for image_name in bios-256k.bin bios-microvm.bin kvmvapic.bin linuxboot_dma.bin pvh.bin vgabios-stdvga.bin; do
		for image_firmware in /usr/share/qemu /usr/share/seabios; do
			[ ! -e "$machine_root$image_firmware/$image_name" ] || echo "$image_firmware/$image_name"
		done
	done
}

# image_boot KIND: Make RELEASE.KIND from the kernel's bzImage.
image_boot()
{
	image_path=$image_dir/$machine_release.$1
	image_is_fresh "$image_path" && return
	"$lab_tools/bootimage" "$1" "$machine_vmlinuz" "$image_path.new" ||
		die "cannot make $image_path"
	printf '%s\n' "$machine_vmlinuz" "$lab_tools/bootimage" | image_seal "$image_path"
}

# image_guest DIRECTORY: Make the initramfs and the kernel of guests, and store both files in
# DIRECTORY. Guests run the kernel of the machine $machine_guests.
image_guest()
{
	[ "$machine_guests" = "$machine_name" ] || {
		(machine_load "$machine_guests" && image_boot pvh && image_guest "$1")
		return
	}
	image_skeleton "$image_dir/guest.tree"
	cp "$lab_tools/send" "$image_dir/guest.tree/lab/"
	mkdir "$image_dir/guest.tree/lab/modules"
	# shellcheck disable=SC2086  # a list
	image_modules "$image_dir/guest.tree/lab/modules" guest $image_guest_modules
	cp "$lab_dir/inside/guest-init" "$image_dir/guest.tree/init"
	chmod 755 "$image_dir/guest.tree/init"
	image_pack "$image_dir/guest.tree" "$1/root.cpio"
	rm -rf "$image_dir/guest.tree"
	# shellcheck disable=SC2086  # a list
	image_optional_modules "$1/vsock" $image_guest_vsock_modules
	cp "$image_dir/$machine_release.pvh" "$1/kernel"
}

image_usr()
{
	image_path=$image_dir/$machine_release.usr
	image_is_fresh "$image_path" && return
	say "making the file system for kernel $machine_release"
	image_tree=$image_dir/usr.tree
	rm -rf "$image_tree" "$image_dir/guest.tree"
	mkdir -p "$image_tree/guest"
	image_guest "$image_tree/guest"
	# shellcheck disable=SC2086  # a list
	image_optional_modules "$image_tree/vsock" $image_vsock_modules
	image_programs >"$image_dir/programs"
	sed 's,^/,,' "$image_dir/programs" | tar -c -h -C "$machine_root/" --transform='s,^usr/,,' -T - |
		tar -x -C "$image_tree"
	# DAX can only map whole pages. The tail of a file must therefore not be stored in the
	# same page as the file's inode.
	mkfs.erofs --quiet --all-root -E noinline_data "$image_path.new" "$image_tree" >"$image_dir/mkfs.log" 2>&1 ||
		die "cannot make $image_path: $(tail -n 1 "$image_dir/mkfs.log")"
	truncate -s %2M "$image_path.new"
	rm -rf "$image_tree"
	{
		sed "s,^,$machine_root," "$image_dir/programs"
		printf "%s\n" /bin/busybox "$lab_tools/bootimage" "$lab_tools/send" "$lab_dir/inside/guest-init" \
			"$lab_dir/images.sh"
		(machine_load "$machine_guests" && echo "$machine_vmlinuz")
	} | image_seal "$image_path"
}

# image_module FILE: Remove the parts of a module that slow down loading. The module still
# executes the same code (see boot/module.h). KVM's modules keep their BTF, and kvm.ko also keeps
# its calls to __fentry__, because BPF programs are attached to both.
image_module()
{
	image_keep='-R .BTF -R .BTF.base'
	case ${1##*/} in
	kvm*) image_keep='' ;;
	esac
	if [ "${1##*/}" != kvm.ko ]; then
		"$lab_tools/bootimage" module "$1" "$1" || die "cannot prepare $1"
		image_keep="$image_keep -R __mcount_loc -R .rela__mcount_loc"
	fi
	# shellcheck disable=SC2086  # a list of options
	objcopy --strip-unneeded -g -R .comment $image_keep "$1"
}

# image_modules DIRECTORY ORDER MODULE...: Copy these modules and their dependencies to the
# directory. Write their names to DIRECTORY/order.ORDER, in the order in which they must be
# loaded.
image_modules()
{
	image_to=$1
	image_order=$2
	shift 2
	for image_name; do
		modprobe -d "$machine_kernel_dir" -S "$machine_release" --show-depends "$image_name" ||
			die "no module $image_name in $machine_kernel_dir: run $machine_setup"
	done >"$image_dir/depends"
	awk '$1 == "insmod" && !seen[$2]++ { print $2 }' "$image_dir/depends" >"$image_dir/modules"
	while read -r image_source; do
		image_name=${image_source##*/}
		image_name=${image_name%%.ko*}
		echo "$image_name"
		[ ! -e "$image_to/$image_name.ko" ] || continue
		case $image_source in
		*.xz) xz -dc "$image_source" ;;
		*) cat "$image_source" ;;
		esac >"$image_to/$image_name.ko"
		image_module "$image_to/$image_name.ko"
	done <"$image_dir/modules" >"$image_to/order.$image_order"
}

# image_optional_modules DIRECTORY MODULE...: Make the directory, and copy these modules and their
# dependencies to it. Write their names to DIRECTORY/order. If the kernel does not have one of
# them, do nothing.
image_optional_modules()
{
	image_optional=$1
	shift
	for image_name; do
		modprobe -d "$machine_kernel_dir" -S "$machine_release" --show-depends "$image_name" >/dev/null 2>&1 ||
			return 0
	done
	mkdir "$image_optional"
	image_modules "$image_optional" vsock "$@"
	mv "$image_optional/order.vsock" "$image_optional/order"
}

image_initramfs()
{
	image_path=$image_dir/$machine_release.cpio
	image_is_fresh "$image_path" && return
	image_tree=$image_dir/root.tree
	rm -rf "$image_tree"
	image_skeleton "$image_tree"
	ln -s usr/lib "$image_tree/lib"
	ln -s usr/lib64 "$image_tree/lib64"
	mkdir "$image_tree/lab/modules"
	# shellcheck disable=SC2086  # a list
	image_modules "$image_tree/lab/modules" usr $image_usr_modules
	# shellcheck disable=SC2086  # a list
	image_modules "$image_tree/lab/modules" system $image_system_modules
	for image_vendor in amd intel; do
		image_modules "$image_tree/lab/modules" $image_vendor kvm_$image_vendor
	done
	cp "$lab_tools/send" "$lab_tools/receive" "$lab_tools/ticker" "$lab_dir/inside/"*.sh \
		"$lab_dir/inside/lab.service" "$lab_dir/say.sh" "$lab_dir/cmdline_table.sh" "$lab_dir/cmdline.conf" "$image_tree/lab/"
	install -m 755 "$lab_dir/inside/init" "$image_tree/init"
	install -m 755 "$lab_dir/inside/lab-command" "$image_tree/bin/lab"
	# busybox's modprobe expects the directory layout that distributions use for modules.
	rm "$image_tree/bin/modprobe"
	install -m 755 "$lab_dir/inside/modprobe" "$image_tree/bin/modprobe"
	image_pack "$image_tree" "$image_path.new"
	rm -rf "$image_tree"
	printf '%s\n' /bin/busybox "$lab_tools/bootimage" "$lab_tools/send" "$lab_tools/receive" \
		"$lab_tools/ticker" "$lab_dir/inside/"* "$lab_dir/say.sh" "$lab_dir/cmdline.conf" "$lab_dir/cmdline_table.sh" \
		"$lab_dir/images.sh" "$machine_kernel_dir/complete" | image_seal "$image_path"
}

# Update all images of the machine. A lock ensures that only one run at a time updates them.
images_update()
{
	mkdir -p "$image_dir"
	exec 9>"$lab_build/lock"
	flock 9
	image_boot pvh
	image_boot flat
	image_boot entry
	image_usr
	image_initramfs
	exec 9>&-
}

# Print the kernel parameter that makes the kernel treat the memory with RELEASE.usr as persistent
# memory.
image_usr_memmap()
{
	echo "memmap=$(($(stat -c %s "$image_dir/$machine_release.usr") / 1048576))M!${image_usr_address}M"
}

# image_system_memory BYTES: Print, in MiB, how much memory a machine needs to boot a system
# image of this size. The result includes memory for changes to the system.
image_system_memory()
{
	echo $((image_system_address + $1 / 1048576 + 768))
}

# Print the kernel parameter that makes the kernel treat the memory with the --system image as
# persistent memory.
image_system_memmap()
{
	echo "memmap=$(($(stat -c %s "$1") / 1048576))M!${image_system_address}M"
}
