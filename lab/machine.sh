# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Machines and their kernels: the table `machines`, and where a kernel's files lie.

# machine_names: all of them, one a line.
machine_names()
{
	awk '!/^#/ && NF { print $1 }' "$lab_dir/machines"
}

# machine_load NAME: sets machine_* to its line.
machine_load()
{
	machine_line=$(awk -v name="$1" '!/^#/ && $1 == name' "$lab_dir/machines")
	[ -n "$machine_line" ] ||
		die "no machine '$1'; there are: $(machine_names | paste -s -d ' ' -)"
	# shellcheck disable=SC2034  # used by those who source this
	read -r machine_name machine_emulator machine_vendor machine_kernel machine_memory \
		machine_cpu machine_guest_cpu <<-LINE
		$machine_line
	LINE
	machine_module=kvm_$machine_vendor
	machine_release=$(kernel_release "$machine_kernel") ||
		die "machine '$1' runs the kernel of $machine_kernel, which is not installed: run script/setup"
	machine_kernel_dir=$lab_build/kernel/$machine_release
}

# kernel_release PACKAGE: the release that an installed headers package stands for.
kernel_release()
{
	dpkg-query -W -f '${Depends}\n' "$1" 2>/dev/null |
		sed -n 's/.*linux-headers-\([0-9][^ ]*\).*/\1/p' | grep .
}

# kernel_version PACKAGE: the Debian version of an installed headers package.
kernel_version()
{
	dpkg-query -W -f '${Version}\n' "$1"
}
