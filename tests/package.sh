# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of tests/run-package that runs in new mount and pid namespaces. It makes a minimal
# root with the headers of a kernel, and installs, removes and purges the packages there. With
# --lifecycle, it also downgrades and upgrades them, builds the module for a second kernel, and
# installs the module without DKMS. tests/run-package builds the packages in the meantime, and
# makes the file WORK/built when they are complete. After the installation, the script writes three
# outputs:
#
#	WORK/system.img	an image of the root, from which a machine of the lab boots
#	WORK/share	the other files that this machine needs
#	WORK/modules	the modules that were built
#
# Usage: package.sh TOP WORK SUITE PACKAGES RELEASE KERNEL DISK [OPTION]
#
#	PACKAGES	the directory with the packages
#	RELEASE		the kernel whose headers are installed
#	KERNEL		a directory with this kernel's modules
#	DISK		the disk space in MiB that the root may need
#	OPTION		the option of tests/run-package, or empty
set -u

top=$1 work=$2 suite=$3 packages=$4 release=$5 kernel=$6 disk=$7 option=${8-}
root=$work/root
log=$top/build/test/package-root.log
version=$(cat "$top/VERSION")
# The number of an older version, for testing upgrades and downgrades. Its packages are made from
# the packages of $version, but their module has an older ABI than the program.
old=0.1.9

# shellcheck source=lib/check.sh
. "$top/tests/lib/check.sh"
check_prefix=package-
[ "$packages" = "$top/build/package" ] || check_prefix=package-$suite-
# shellcheck source=../script/apt.sh
. "$top/script/apt.sh"
# shellcheck source=../script/root.sh
. "$top/script/root.sh"
# shellcheck source=../script/laps.sh
. "$top/script/laps.sh"
# shellcheck disable=SC2034 # used by script/root.sh
root_work=$work root_cache=$top/build/root

die()
{
	not_ok root "$*"
	exit 1
}

# apt NAME ARGUMENT...: Check that apt-get succeeds in the root. NAME is the name of the check. The
# output of apt-get is in $succeeds_output.
apt()
{
	name=$1
	shift
	succeeds "$name" root_apt --no-install-recommends --allow-downgrades "$@"
	printf '%s\n' "$succeeds_output" >>"$log"
}

# abi_set ABI SOURCE: change the version of the ABI in the source of the module.
abi_set()
{
	sed -i "s/^#define VMTOLL_ABI_VERSION .*/#define VMTOLL_ABI_VERSION $1/" "$2/uapi/vmtoll.h"
}

# old_package FILE: convert the package FILE from the current version to version $old, and write
# the result to /packages in the root.
old_package()
{
	dpkg-deb -R "$1" "$work/old"
	sed -i "s/$version/$old/g" "$work/old/DEBIAN"/*
	[ ! -d "$work/old/usr/src" ] || {
		mv "$work/old/usr/src/vmtoll-$version" "$work/old/usr/src/vmtoll-$old"
		sed -i "s/$version/$old/" "$work/old/usr/src/vmtoll-$old"/dkms.conf "$work/old/usr/src/vmtoll-$old/VERSION"
		abi_set 1 "$work/old/usr/src/vmtoll-$old"
		sed -i "s/$version/$old/" "$work/old/DEBIAN/md5sums"
	}
	dpkg-deb -Znone --root-owner-group -b "$work/old" "$root/packages" >/dev/null
	rm -rf "$work/old"
}

# Install one of the kernel's own modules. If the last module of a kernel is removed, DKMS 3.2
# assumes that the kernel is not installed any more, and does not run depmod for it again.
install_kernel_module()
{
	mkdir -p "$root/usr/lib/modules/$release/kernel"
	find "$kernel/" -path '*/kernel/*' -name 'kvm.ko*' -exec cp {} "$root/usr/lib/modules/$release/kernel/" \;
	in_root depmod "$release" >>"$log" 2>&1
	succeeds kernel-module in_root modinfo -k "$release" kvm
}

# Make the root with the headers, and with everything that vmtoll-dkms depends on.
make_root()
{
	: >"$log"
	why=$(root_open_with "$suite" "$disk" "linux-headers-$release, dkms, kmod, openssl, systemd, udev" "$log") ||
		die "$why"
	install_kernel_module
	# These files mark the system as up to date. Otherwise, systemd would update it during the
	# boot, which takes seconds and could hide an error of the packages.
	touch "$root/etc/.updated" "$root/var/.updated"
	ok root
}

# Wait for the packages, and copy them into the root. Then install the libraries that vmtoll needs.
get_packages()
{
	until [ -e "$work/built" ]; do
		sleep 0.1
	done
	lap packages
	mkdir "$root/packages"
	cp "$packages"/*.deb "$top/tests/system/package-files.sh" "$root/packages/"
	[ "$option" != --lifecycle ] || for package in "$packages"/vmtoll_*.deb "$packages"/vmtoll-dkms_*.deb; do
		old_package "$package"
	done
	root_apt --no-install-recommends satisfy \
		"$(dpkg-deb -f "$packages"/vmtoll_*.deb Depends), $(dpkg-deb -f "$packages"/vmtoll-dkms_*.deb Depends)" \
		>>"$log" 2>&1 || die "$(grep '^E:' "$log" | tail -n 1); see $log"
}

# Print the groups and the files of the root.
snapshot()
{
	in_root sh /packages/package-files.sh
}

# module_path RELEASE: print the path of the installed module, or nothing.
module_path()
{
	find "$root/usr/lib/modules/$1/" -name 'vmtoll.ko*'
}

# module_version RELEASE: print the version of the installed module. Pass the path of the file to
# modinfo. The name of the module is not enough, because DKMS 3.2 does not run depmod for a
# kernel of which only the headers are installed.
module_version()
{
	installed=$(module_path "$1")
	[ -z "$installed" ] || in_root modinfo -F version "${installed#"$root"}"
}

# module_save RELEASE FILE: copy the installed module without its signature.
module_save()
{
	saved=$(module_path "$1")
	case $saved in
	*.xz) xz -dc "$saved" >"$2" ;;
	*) cp "$saved" "$2" ;;
	esac
	# objcopy omits the data after the end of the ELF file, which is the signature.
	objcopy "$2"
}

install_it()
{
	apt install install "/packages/vmtoll_$version-1_amd64.deb" "/packages/vmtoll-dkms_$version-1_all.deb"
	module_save "$release" "$work/modules/$version.ko"
	same dkms-built "$version" "$(module_version "$release")"
	matches dkms-signs 'DKMS module signing key' "$(in_root modinfo -k "$release" -F signer vmtoll)"
	matches group '^vmtoll:' "$(in_root getent group vmtoll)"
	same module-is-not-loaded-at-boot '' "$(in_root sh -c 'grep -rhs "^vmtoll" /etc/modules-load.d /usr/lib/modules-load.d /etc/modules')"
	same unit-is-disabled '' "$(in_root find /etc/systemd -name 'vmtoll*')"
	same device-rule '0640 vmtoll' \
		"$(in_root sed -n 's/^KERNEL=="vmtoll",.*GROUP="\([a-z]*\)", MODE="\([0-9]*\)"$/\2 \1/p' /usr/lib/udev/rules.d/60-vmtoll.rules)"
}

# Run each verb. The root has neither the module nor KVM, so a verb that needs one of them must
# report that it is missing.
smoke()
{
	cp "$top/tests/golden/compare.json" "$root/packages/"
	matches smoke-version "^vmtoll $version" "$(in_root vmtoll --version)"
	for verb in $(in_root vmtoll --help | sed -n 's/^  \([a-z][a-z]*\)  *[a-z].*/\1/p'); do
		matches "smoke-$verb" "^Usage: vmtoll $verb" "$(in_root vmtoll "$verb" --help)"
		succeeds "smoke-$verb-page" in_root test -s "/usr/share/man/man8/vmtoll-$verb.8.gz"
	done
	matches smoke-manual "^\.Os vmtoll $version\$" "$(in_root zcat /usr/share/man/man8/vmtoll.8.gz)"
	matches smoke-explain-text 'NPF' "$(in_root vmtoll explain NPF)"
	fails smoke-list-without-module 2 '[(]install vmtoll-dkms, or ' in_root vmtoll list --source kmod
	# Pretend that the module is installed for the running kernel.
	mkdir -p "$root/lib/modules/$(uname -r)"
	echo 'updates/dkms/vmtoll.ko:' >"$root/lib/modules/$(uname -r)/modules.dep"
	fails smoke-list-with-installed-module 2 '[(]modprobe vmtoll[)]' in_root vmtoll list --source kmod
	rm -rf "$root/lib/modules/$(uname -r)"
	matches smoke-compare-file 'total' "$(in_root vmtoll compare /packages/compare.json)"
	in_root vmtoll compare --html /packages/report.html /packages/compare.json >/dev/null
	at_least smoke-compare-page 10000 "$(stat -c %s "$root/packages/report.html" 2>/dev/null)"
	# shellcheck disable=SC2016 # expanded by bash
	at_least smoke-completion 8 "$(in_root bash -c '. /usr/share/bash-completion/completions/vmtoll
		COMP_WORDS=(vmtoll ""); COMP_CWORD=1; _vmtoll; printf "%s\n" "${COMPREPLY[@]}"' | grep -c '')"
}

# Install an older version and then this version again.
downgrade_and_upgrade()
{
	apt downgrade install "/packages/vmtoll_$old-1_amd64.deb" "/packages/vmtoll-dkms_$old-1_all.deb"
	same downgrade-builds "$old" "$(module_version "$release")"
	module_save "$release" "$work/modules/$old.ko"
	echo '#options vmtoll log_every=7' >>"$root/etc/modprobe.d/vmtoll.conf"
	# A kernel without headers must not make the installation fail.
	mkdir -p "$root/usr/lib/modules/6.1.0-0-none"
	apt upgrade install "/packages/vmtoll_$version-1_amd64.deb" "/packages/vmtoll-dkms_$version-1_all.deb"
	# DKMS 3.0 of Debian 12 prints a message about this kernel. DKMS 3.2 skips it silently.
	[ "$suite" != bookworm ] || matches upgrade-kernel-without-headers \
		'kernel headers for this kernel do not seem to be installed|headers for kernel 6.1.0-0-none' "$succeeds_output"
	same upgrade-builds "$version" "$(module_version "$release")"
	same upgrade-removes-the-old-version '' "$(find "$root/usr/src/vmtoll-$old" "$root/var/lib/dkms/vmtoll/$old" 2>/dev/null)"
	matches upgrade-keeps-the-configuration 'log_every=7' "$(cat "$root/etc/modprobe.d/vmtoll.conf")"
	rm -rf "$root/usr/lib/modules/6.1.0-0-none"
}

# Print the names of the packages that are installed in the root.
root_package_names()
{
	# shellcheck disable=SC2016 # expanded by dpkg-query
	in_root dpkg-query -W -f '${Package}\n'
}

# Install the headers of another kernel. DKMS must also build the module for this kernel.
second_kernel()
{
	second=$(in_root apt-cache depends linux-headers-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: linux-headers-\([0-9].*\)/\1/p')
	[ -n "$second" ] || {
		skip second-kernel "the mirror has no linux-headers-cloud-amd64"
		return
	}
	packages_before=$(root_package_names)
	apt second-kernel install "linux-headers-$second"
	same second-kernel-builds "$version" "$(module_version "$second")"
	# shellcheck disable=SC2046 # a list of names
	apt second-kernel-removed purge $(root_package_names | grep -vxF -e "$packages_before")
	in_root dkms remove "vmtoll/$version" -k "$second" >>"$log" 2>&1
	rm -rf "$root/usr/lib/modules/$second"
}

# Check the static program, and copy it to the directory that the machine shares.
guest_archive()
{
	mkdir "$work/guest"
	tar -x -J -C "$work/guest" -f "$packages"/vmtoll-guest-"$version"-amd64.tar.xz
	same guest-archive-has-one-file vmtoll "$(find "$work/guest" -type f -printf '%P\n')"
	cp "$work/guest/vmtoll" "$work/share/vmtoll-guest"
	dpkg-deb -x "$packages"/vmtoll-guest_*.deb "$work/guest.deb"
	succeeds guest-archive-is-the-package cmp "$work/guest/vmtoll" "$work/guest.deb/usr/bin/vmtoll"
	matches depends-on-libbpf '(^|, )libbpf[0-9]+ ' "$(dpkg-deb -f "$packages"/vmtoll_*.deb Depends)"
	same guest-depends-on-nothing '' "$(dpkg-deb -f "$packages"/vmtoll-guest_*.deb Depends)"
}

# Install the module without DKMS into a directory, with a different prefix. The module has a newer
# ABI than the program.
make_install()
{
	mkdir "$root/tmp/source"
	tar -x -J -C "$root/tmp/source" --strip-components=1 -f "$packages"/vmtoll-"$version".tar.xz
	abi_set 99 "$root/tmp/source"
	succeeds make-install in_root make -C /tmp/source/kmod install KERNELRELEASE="$release" DESTDIR=/tmp/dest prefix=/opt/v
	printf '%s\n' "$succeeds_output" >>"$log"
	same make-install-prints-no-error '' "$(printf '%s\n' "$succeeds_output" | grep -i error)"
	same make-install-module 1 "$(find "$root/tmp/dest/lib/modules/$release" -name 'vmtoll.ko*' | grep -c '')"
	succeeds make-install-prefix test -e "$root/tmp/dest/opt/v/lib/udev/rules.d/60-vmtoll.rules"
	same make-install-stays-in-destdir '' "$(find "$root/opt" "$root/usr/local" -type f)"
	find "$root/tmp/dest/lib/modules/$release" -name vmtoll.ko -exec objcopy -g {} "$work/modules/newer.ko" \;
	rm -rf "$root/tmp/source" "$root/tmp/dest"
}

remove()
{
	succeeds remove in_root dpkg --remove vmtoll vmtoll-dkms
	same remove-leaves-no-module '' "$(module_path "$release")"
	same remove-leaves-only-configuration 'etc/modprobe.d/vmtoll.conf etc/modules-load.d/vmtoll.conf' \
		"$(cd "$root" && find etc usr var/lib/dkms -path '*vmtoll*' | sort | paste -s -d ' ' -)"
}

# Purge the packages one after the other. Both create the group vmtoll, so it must stay until the
# second of them is purged. vmtoll must also create it without vmtoll-dkms.
purge()
{
	succeeds purge-install in_root dpkg --install "/packages/vmtoll_$version-1_amd64.deb"
	succeeds purge-dkms in_root dpkg --purge vmtoll-dkms
	matches purge-dkms-keeps-the-group '^vmtoll:' "$(in_root getent group vmtoll)"
	succeeds purge-first in_root dpkg --purge vmtoll
	same purge-removes-the-group '' "$(in_root getent group vmtoll)"
	succeeds purge-install-again in_root dpkg --install "/packages/vmtoll_$version-1_amd64.deb"
	matches purge-only-vmtoll-group '^vmtoll:' "$(in_root getent group vmtoll)"
	mkdir -p "$root/var/lib/vmtoll/compare"
	succeeds purge in_root dpkg --purge vmtoll
	snapshot >"$work/after"
	same purge-leaves-nothing '' "$(diff "$work/before" "$work/after")"
}

guest_package()
{
	succeeds guest-install in_root dpkg --install "/packages/vmtoll-guest_$version-1_amd64.deb"
	matches guest-version "^vmtoll $version" "$(in_root vmtoll --version)"
	matches guest-is-static 'not a dynamic executable' "$(in_root ldd /usr/bin/vmtoll 2>&1)"
	succeeds guest-purge in_root dpkg --purge vmtoll-guest
	snapshot >"$work/after"
	same guest-purge-leaves-nothing '' "$(diff "$work/before" "$work/after")"
}

# Write the root to an image, without the compiler, the documentation and the contents of the
# headers packages. Also write a list of the files that installing the packages has added to the
# root.
image()
{
	snapshot >"$work/installed"
	diff "$work/before" "$work/installed" | grep '^[<>]' | grep -v -e ' /usr/share/doc/' -e ' /usr/share/man/' >"$work/share/files"
	succeeds image mkfs.erofs --quiet --all-root -x-1 -E noinline_data \
		--exclude-regex='^(proc|dev|usr/lib/gcc|usr/src/linux-headers-[^/]*/[^/]*|var/cache/apt|var/lib/apt/lists|usr/share/(doc|man|locale))/.*$' \
		"$work/system.new" "$root"
	truncate -s %2M "$work/system.new"
	[ $failures -gt 0 ] || mv "$work/system.new" "$work/system.img"
}

make_root
lap root
get_packages
snapshot >"$work/before"
install_it
guest_archive
lap installation
[ "$option" = --root-only ] || {
	image
	lap image
}
parts="smoke remove purge guest_package"
[ "$option" != --lifecycle ] || parts="downgrade_and_upgrade second_kernel make_install remove purge"
for part in $parts; do
	$part
	lap "$part"
done
echo "# $laps"
[ $failures -eq 0 ]
