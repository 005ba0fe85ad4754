# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Access to the table of machines, machines.conf, and to the files of their kernels.

# machine_names [VERSION]: Print the names of machines, one per line. By default, print the
# machines that run the kernel of this system. VERSION selects other machines: it can be the
# version or flavour of another kernel, "suites" for all machines that run a kernel of another
# Debian suite, or "all" for all machines.
machine_names()
{
	awk -v version="${1-}" '/^#/ || !NF { next }
		{ of = $1; if (!sub(/^[^-]*-/, "", of)) of = "" }
		version == "all" || of == version || (version == "suites" && $4 ~ "/") { print $1 }' "$lab_dir/machines.conf"
}

# Print the versions of all kernels from other Debian suites, one per line.
machine_versions()
{
	machine_names suites | sed -n "s/^[^-]*-//p" | sort -u -V
}

# machine_suite_version SUITE: Print the kernel version of a Debian suite as it appears in the
# names of the suite's machines (6.12 in amd-6.12).
machine_suite_version()
{
	awk -v suite="$1" '!/^#/ && substr($4, index($4 "/", "/") + 1) == suite { sub(/^[^-]*-/, "", $1); print $1; exit }' "$lab_dir/machines.conf"
}

# Print the flavours of all kernels that script/build-kernel builds, one per line.
machine_flavours()
{
	awk '!/^#/ && sub(/.*:/, "", $4) { print $4 }' "$lab_dir/machines.conf" | sort -u
}

# The version of Clang that compiles the kernels whose configuration enables CC_IS_CLANG. The
# packages of this version are listed in script/packages.
machine_llvm=16

# See machine_load().
machine_make=

# machine_load NAME: Set the variables machine_* from the machine's line in the table. For the
# kernel of another Debian suite, machine_release stays empty until script/setup has made the
# root of that suite. machine_make contains the arguments that make needs to compile the
# machine's kernel and its modules with the right compiler.
machine_load()
{
	machine_line=$(awk -v name="$1" '!/^#/ && $1 == name' "$lab_dir/machines.conf")
	[ -n "$machine_line" ] ||
		die "unknown machine '$1'; the machines are: $(machine_names all | paste -s -d ' ' -)"
	# shellcheck disable=SC2034  # used by the scripts that source this file
	read -r machine_name machine_emulator machine_vendor machine_kernel machine_memory \
		machine_cpu machine_guest_cpu <<-LINE
		$machine_line
	LINE
	machine_module=kvm_$machine_vendor
	machine_guests=$machine_name
	machine_flavour=
	machine_make=
	case $machine_kernel in
	*/*) machine_of_suite ;;
	*:*) machine_of_source ;;
	*) machine_of_system ;;
	esac
	machine_vmlinuz=$machine_kernel_dir/boot/vmlinuz-$machine_release
	# Since Linux 7.0, Debian's packages install the kernel in the same directory as its
	# modules, and no longer in /boot.
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

# shellcheck disable=SC2034  # used by the scripts that source this file
machine_of_suite()
{
	machine_root=$lab_build/root/${machine_kernel#*/}
	machine_setup="script/setup --kernel ${machine_name#*-}"
	machine_build="script/build-module --kernel ${machine_name#*-}"
	machine_release=$(modules_release "$machine_root/usr/lib/modules")
	machine_kernel_dir=$machine_root
	machine_ko=$lab_top/build/kmod/$machine_release/vmtoll.ko
}

# shellcheck disable=SC2034  # used by the scripts that source this file
machine_of_source()
{
	machine_flavour=${machine_kernel#*:}
	! grep -qs '^CONFIG_CC_IS_CLANG=y' "$lab_dir/kernel/$machine_flavour.config" ||
		machine_make="LLVM=-$machine_llvm"
	machine_root=
	machine_setup="script/build-kernel $machine_flavour"
	machine_build="script/build-module --kernel $machine_flavour"
	machine_kernel_dir=$lab_build/kernel/$machine_flavour
	machine_release=$(modules_release "$machine_kernel_dir/lib/modules")
	machine_ko=$lab_top/build/kmod/$machine_release/vmtoll.ko
	# Guests run the standard kernel, because a kernel with debugging options would make them
	# too slow.
	machine_guests=$machine_vendor
}

# Print the name of the compiler that $machine_make selects.
machine_compiler()
{
	case $machine_make in
	LLVM=*) echo "clang${machine_make#LLVM=}" ;;
	*) echo gcc ;;
	esac
}

# Return true if the machine's kernel is set up.
machine_is_ready()
{
	[ -e "$machine_kernel_dir/complete" ]
}

# modules_release DIRECTORY: Print the kernel release of the modules in the directory.
modules_release()
{
	for modules in "$1"/*; do
		[ ! -d "$modules" ] || echo "${modules##*/}"
	done
}

# kernel_release PACKAGE: Print the release of the kernel headers that an installed package
# depends on.
kernel_release()
{
	dpkg-query -W -f '${Depends}\n' "$1" 2>/dev/null |
		sed -n 's/.*linux-headers-\([0-9][^ ]*\).*/\1/p' | grep .
}

# Print the default kernel release for script/build-module. This is the release of the running
# kernel if its headers are installed, and otherwise the newest release whose headers are
# installed. Print nothing if no headers are installed.
headers_release()
{
	if [ -e "/lib/modules/$(uname -r)/build" ]; then
		uname -r
	else
		find /lib/modules -maxdepth 2 -name build -printf '%P\n' 2>/dev/null | sort -V | sed -n '$s,/build$,,p'
	fi
}

# kernel_version PACKAGE: Print the Debian version of an installed headers package.
kernel_version()
{
	dpkg-query -W -f '${Version}\n' "$1"
}
