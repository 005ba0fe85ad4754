# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of tests/run-package that runs in new mount and pid namespaces. It makes a minimal
# root with the headers of a kernel, and installs, downgrades, upgrades, removes and purges the
# packages there. It copies the module and the programs to WORK/share.
# Usage: package.sh TOP WORK SUITE PACKAGES RELEASE DISK
#
#	PACKAGES	the directory with the packages
#	RELEASE		the kernel whose headers are installed
#	DISK		the disk space in MiB that the root may need
set -u

top=$1 work=$2 suite=$3 packages=$4 release=$5 disk=$6
root=$work/root
log=$top/build/test/package-root.log
version=$(cat "$top/VERSION")
# An older version for upgrades and downgrades. It is made from the packages of this version.
old=0.1.9

# shellcheck source=lib/check.sh
. "$top/tests/lib/check.sh"
check_prefix=package-
[ "$packages" = "$top/build/package" ] || check_prefix=package-$suite-
# shellcheck source=../script/apt.sh
. "$top/script/apt.sh"
# shellcheck source=../script/root.sh
. "$top/script/root.sh"
# shellcheck disable=SC2034 # used by script/root.sh
root_work=$work root_cache=$top/build/root

die()
{
	not_ok root "$*"
	exit 1
}

# apt NAME ARGUMENT...: run apt-get in the root as a check. Its output is kept in $succeeds_output.
apt()
{
	name=$1
	shift
	succeeds "$name" root_apt --no-install-recommends --allow-downgrades "$@"
	printf '%s\n' "$succeeds_output" >>"$log"
}

# old_package FILE: make the version $old of a package in the root's /packages.
old_package()
{
	dpkg-deb -R "$1" "$work/old"
	sed -i "s/$version/$old/g" "$work/old/DEBIAN"/*
	[ ! -d "$work/old/usr/src" ] || {
		mv "$work/old/usr/src/vmtoll-$version" "$work/old/usr/src/vmtoll-$old"
		sed -i "s/$version/$old/" "$work/old/usr/src/vmtoll-$old"/dkms.conf "$work/old/usr/src/vmtoll-$old/VERSION"
		sed -i "s/$version/$old/" "$work/old/DEBIAN/md5sums"
	}
	dpkg-deb -Znone --root-owner-group -b "$work/old" "$root/packages" >/dev/null
	rm -rf "$work/old"
}

# Make the root with everything that the packages depend on.
make_root()
{
	root_in_memory "$disk" || die "cannot mount a tmpfs"
	why=$(root_make "$suite") || die "$why"
	root_mount || die "cannot mount /proc and /dev in the root"
	mkdir "$root/packages"
	cp "$packages"/*.deb "$root/packages/"
	for package in "$packages"/vmtoll_*.deb "$packages"/vmtoll-dkms_*.deb; do
		old_package "$package"
	done
	{
		root_apt update && root_apt install --no-install-recommends "linux-headers-$release" openssl \
			systemd-standalone-sysusers &&
			root_apt satisfy --no-install-recommends \
				"$(dpkg-deb -f "$packages"/vmtoll_*.deb Depends), $(dpkg-deb -f "$packages"/vmtoll-dkms_*.deb Depends)"
	} >"$log" 2>&1 || die "$(grep -m 1 '^E:' "$log" || tail -n 1 "$log"); see $log"
	in_root depmod "$release" >>"$log" 2>&1
	ok root
}

# Print the groups of the root, and its files with their modes. Exclude the private files of apt,
# dpkg and DKMS: caches, logs, lists of packages, and the key that DKMS has generated.
snapshot()
{
	in_root find / -xdev \( -path /proc -o -path /dev -o -path /tmp -o -path /var/cache -o -path /var/log \
		-o -path /var/lib/apt -o -path /var/lib/dpkg -o -path /packages \) -prune -o -printf '%m %p\n' |
		grep -vE ' /(etc/g?shadow-|etc/group-|etc/passwd-|var/lib/dkms/mok\.(key|pub)|sys(/module)?)$' | sort
	cat "$root/etc/group"
}

# module_path RELEASE: print the path of the installed module, or nothing.
module_path()
{
	find "$root/usr/lib/modules/$1/" -name 'vmtoll.ko*'
}

# module_version RELEASE: print the version of the installed module.
module_version()
{
	in_root modinfo -k "$1" -F version vmtoll 2>/dev/null
}

# Simulate a loaded module of version $1. The root has no sysfs.
pretend_loaded()
{
	mkdir -p "$root/sys/module/vmtoll"
	echo "$1" >"$root/sys/module/vmtoll/version"
}

install_it()
{
	apt install install "/packages/vmtoll_$version-1_amd64.deb" "/packages/vmtoll-dkms_$version-1_all.deb"
	same dkms-built "$version" "$(module_version "$release")"
	matches dkms-signs 'DKMS module signing key' "$(in_root modinfo -k "$release" -F signer vmtoll)"
	matches group '^vmtoll:' "$(in_root getent group vmtoll)"
	same module-is-not-loaded-at-boot '' "$(in_root sh -c 'grep -rhs "^vmtoll" /etc/modules-load.d /usr/lib/modules-load.d /etc/modules')"
	same unit-is-disabled '' "$(in_root find /etc/systemd -name 'vmtoll*')"
	same device-rule '0640 vmtoll' \
		"$(in_root sed -n 's/^KERNEL=="vmtoll",.*GROUP="\([a-z]*\)", MODE="\([0-9]*\)"$/\2 \1/p' /usr/lib/udev/rules.d/60-vmtoll.rules)"
}

# Run each verb. The root has neither the module nor KVM, so a verb that needs them must report
# this.
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
	fails smoke-list-without-module 2 'insmod build/kmod/vmtoll.ko' in_root vmtoll list --source kmod
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

# Install an older version and then this version again, with a loaded module.
downgrade_and_upgrade()
{
	pretend_loaded "$version"
	apt downgrade install "/packages/vmtoll_$old-1_amd64.deb" "/packages/vmtoll-dkms_$old-1_all.deb"
	matches downgrade-message "module vmtoll $version stays loaded until it is reloaded; to use $old" "$succeeds_output"
	same downgrade-builds "$old" "$(module_version "$release")"
	pretend_loaded "$old"
	echo '#options vmtoll log_every=7' >>"$root/etc/modprobe.d/vmtoll.conf"
	# A kernel without headers must not make the installation fail.
	mkdir -p "$root/usr/lib/modules/6.1.0-0-none"
	apt upgrade install "/packages/vmtoll_$version-1_amd64.deb" "/packages/vmtoll-dkms_$version-1_all.deb"
	matches upgrade-message "module vmtoll $old stays loaded until it is reloaded; to use $version" "$succeeds_output"
	matches upgrade-kernel-without-headers 'kernel headers for this kernel do not seem to be installed|headers for kernel 6.1.0-0-none' "$succeeds_output"
	same upgrade-builds "$version" "$(module_version "$release")"
	same upgrade-removes-the-old-version '' "$(find "$root/usr/src/vmtoll-$old" "$root/var/lib/dkms/vmtoll/$old" 2>/dev/null)"
	matches upgrade-keeps-the-configuration 'log_every=7' "$(cat "$root/etc/modprobe.d/vmtoll.conf")"
	rm -rf "$root/usr/lib/modules/6.1.0-0-none"
}

# Install the headers of another kernel. DKMS must also build the module for this kernel.
second_kernel()
{
	second=$(in_root apt-cache depends linux-headers-cloud-amd64 2>/dev/null | sed -n 's/.*Depends: linux-headers-\([0-9].*\)/\1/p')
	[ -n "$second" ] || {
		skip second-kernel "the mirror has no linux-headers-cloud-amd64"
		return
	}
	apt second-kernel install "linux-headers-$second"
	same second-kernel-builds "$version" "$(module_version "$second")"
	apt second-kernel-removed purge "linux-headers-$second"
	in_root dkms remove "vmtoll/$version" -k "$second" >>"$log" 2>&1
	rm -rf "$root/usr/lib/modules/$second"
}

# Copy the module and the programs for tests/system/package.sh.
share()
{
	module=$(module_path "$release")
	case $module in
	*.xz) xz -dc "$module" >"$work/share/vmtoll.ko" ;;
	*) cp "$module" "$work/share/vmtoll.ko" ;;
	esac
	mkdir -p "$work/share/bin" "$work/share/lib"
	cp "$root/usr/bin/vmtoll" "$work/share/bin/"
	in_root ldd /usr/bin/vmtoll | sed -n 's/.*=> \(\/[^ ]*\).*/\1/p' | while read -r library; do
		cp -L "$root$library" "$work/share/lib/"
	done
	mkdir "$work/guest"
	tar -x -J -C "$work/guest" -f "$packages"/vmtoll-guest-"$version"-amd64.tar.xz
	same guest-archive-has-one-file vmtoll "$(find "$work/guest" -type f -printf '%P\n')"
	cp "$work/guest/vmtoll" "$work/share/vmtoll-static"
	dpkg-deb -x "$packages"/vmtoll-guest_*.deb "$work/guest.deb"
	succeeds guest-archive-is-the-package cmp "$work/guest/vmtoll" "$work/guest.deb/usr/bin/vmtoll"
	same guest-depends-on-nothing '' "$(dpkg-deb -f "$packages"/vmtoll-guest_*.deb Depends)"
}

# Install the module without DKMS into a directory, with a different prefix.
make_install()
{
	mkdir "$root/tmp/source"
	tar -x -J -C "$root/tmp/source" --strip-components=1 -f "$packages"/vmtoll-"$version".tar.xz
	succeeds make-install in_root make -C /tmp/source/kmod install KERNELRELEASE="$release" DESTDIR=/tmp/dest prefix=/opt/v
	printf '%s\n' "$succeeds_output" >>"$log"
	same make-install-module 1 "$(find "$root/tmp/dest/lib/modules/$release" -name 'vmtoll.ko*' | grep -c '')"
	succeeds make-install-prefix test -e "$root/tmp/dest/opt/v/lib/udev/rules.d/60-vmtoll.rules"
	same make-install-stays-in-destdir '' "$(find "$root/opt" "$root/usr/local" -type f)"
	rm -rf "$root/tmp/source" "$root/tmp/dest"
}

# Remove the packages while the module is loaded. A script replaces modprobe.
remove()
{
	printf '#!/bin/sh\necho "$*" >>/tmp/modprobe\nrm -rf /sys/module/vmtoll\n' >"$root/usr/local/sbin/modprobe"
	chmod 755 "$root/usr/local/sbin/modprobe"
	succeeds remove in_root dpkg --remove vmtoll vmtoll-dkms
	same remove-unloads '-r vmtoll' "$(cat "$root/tmp/modprobe")"
	same remove-leaves-no-module '' "$(module_path "$release")$(find "$root/sys/module/vmtoll" 2>/dev/null)"
	same remove-leaves-only-configuration 'etc/modprobe.d/vmtoll.conf etc/modules-load.d/vmtoll.conf' \
		"$(cd "$root" && find etc usr var/lib/dkms -path '*vmtoll*' | sort | paste -s -d ' ' -)"
	rm "$root/usr/local/sbin/modprobe"
}

purge()
{
	mkdir -p "$root/var/lib/vmtoll/compare"
	succeeds purge in_root dpkg --purge vmtoll vmtoll-dkms
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

make_root
mkdir -p "$root/sys/module"
snapshot >"$work/before"
install_it
smoke
share
downgrade_and_upgrade
second_kernel
make_install
remove
purge
guest_package
[ $failures -eq 0 ]
