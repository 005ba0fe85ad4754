# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Machines and their kernels: the table `machines.conf`, and where a kernel's files lie.

# machine_names [VERSION]: the machines with this system's kernel, or with another one's of that version or flavour
# ("all": every machine; "suites": those with a kernel of another suite), one a line.
machine_names()
{
	awk -v version="${1-}" '/^#/ || !NF { next }
		{ of = $1; if (!sub(/^[^-]*-/, "", of)) of = "" }
		version == "all" || of == version || (version == "suites" && $4 ~ "/") { print $1 }' "$lab_dir/machines.conf"
}

# machine_versions: the kernels of other suites, one a line.
machine_versions()
{
	machine_names suites | sed -n "s/^[^-]*-//p" | sort -u -V
}

# machine_suite_version SUITE: what the machines of that Debian suite call its kernel.
machine_suite_version()
{
	awk -v suite="$1" '!/^#/ && substr($4, index($4 "/", "/") + 1) == suite { sub(/^[^-]*-/, "", $1); print $1; exit }' "$lab_dir/machines.conf"
}

# machine_flavours: the kernels that script/build-kernel makes, one a line.
machine_flavours()
{
	awk '!/^#/ && sub(/.*:/, "", $4) { print $4 }' "$lab_dir/machines.conf" | sort -u
}

# machine_load NAME: sets machine_* to its line. Of a machine with another suite's kernel, machine_release
# is empty until script/setup has made its root.
machine_load()
{
	machine_line=$(awk -v name="$1" '!/^#/ && $1 == name' "$lab_dir/machines.conf")
	[ -n "$machine_line" ] ||
		die "no machine '$1'; there are: $(machine_names all | paste -s -d ' ' -)"
	# shellcheck disable=SC2034  # used by those who source this
	read -r machine_name machine_emulator machine_vendor machine_kernel machine_memory \
		machine_cpu machine_guest_cpu <<-LINE
		$machine_line
	LINE
	machine_module=kvm_$machine_vendor
	machine_guests=$machine_name
	machine_flavour=
	case $machine_kernel in
	*/*) machine_of_suite ;;
	*:*) machine_of_source ;;
	*) machine_of_system ;;
	esac
	machine_vmlinuz=$machine_kernel_dir/boot/vmlinuz-$machine_release
	# Since 7.0 Debian's kernels lie beside their modules.
	[ -e "$machine_vmlinuz" ] ||
		machine_vmlinuz=$machine_kernel_dir/usr/lib/modules/$machine_release/vmlinuz
}

# machine_release is empty until script/setup has installed the headers package.
machine_of_system()
{
	machine_root=
	machine_setup="script/setup lab"
	machine_release=$(kernel_release "$machine_kernel") || :
	machine_kernel_dir=$lab_build/kernel/$machine_release
	if [ -z "$machine_release" ] || [ "$machine_release" = "$(headers_release)" ]; then
		machine_build="script/build-module"
		machine_ko=$lab_top/build/kmod/vmtoll.ko
	else
		machine_build="script/build-module $machine_release"
		machine_ko=$lab_top/build/kmod/$machine_release/vmtoll.ko
	fi
}

# shellcheck disable=SC2034  # used by those who source this
machine_of_suite()
{
	machine_root=$lab_build/root/${machine_kernel#*/}
	machine_setup="script/setup --kernel ${machine_name#*-}"
	machine_build="script/build-module --kernel ${machine_name#*-}"
	machine_release=$(modules_release "$machine_root/usr/lib/modules")
	machine_kernel_dir=$machine_root
	machine_ko=$lab_top/build/kmod/$machine_release/vmtoll.ko
}

# shellcheck disable=SC2034  # used by those who source this
machine_of_source()
{
	machine_flavour=${machine_kernel#*:}
	machine_root=
	machine_setup="script/build-kernel $machine_flavour"
	machine_build="script/build-module --kernel $machine_flavour"
	machine_kernel_dir=$lab_build/kernel/$machine_flavour
	machine_release=$(modules_release "$machine_kernel_dir/lib/modules")
	machine_ko=$lab_top/build/kmod/$machine_release/vmtoll.ko
	# A kernel that checks itself is too slow for the guests.
	machine_guests=$machine_vendor
}

# machine_is_ready: whether its kernel is there.
machine_is_ready()
{
	[ -e "$machine_kernel_dir/complete" ]
}

# modules_release DIRECTORY: the release of the kernel whose modules are in it.
modules_release()
{
	for modules in "$1"/*; do
		[ ! -d "$modules" ] || echo "${modules##*/}"
	done
}

# kernel_release PACKAGE: the release that an installed headers package stands for.
kernel_release()
{
	dpkg-query -W -f '${Depends}\n' "$1" 2>/dev/null |
		sed -n 's/.*linux-headers-\([0-9][^ ]*\).*/\1/p' | grep .
}

# Print the release that script/build-module builds for if none is given: that of the running kernel,
# or the newest one with headers if the running kernel has none. Print nothing if there are none.
headers_release()
{
	if [ -e "/lib/modules/$(uname -r)/build" ]; then
		uname -r
	else
		find /lib/modules -maxdepth 2 -name build -printf '%P\n' 2>/dev/null | sort -V | sed -n '$s,/build$,,p'
	fi
}

# kernel_version PACKAGE: the Debian version of an installed headers package.
kernel_version()
{
	dpkg-query -W -f '${Version}\n' "$1"
}
