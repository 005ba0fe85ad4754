# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of tests/run-rpm that runs in new mount and pid namespaces. It makes a root, and builds
# and checks the RPM packages there.
# Usage: rpm.sh TOP WORK DISK
#
# WORK contains the source tarball. DISK is the disk space in MiB that the root may need.
set -u

top=$1 work=$2 disk=$3
root=$work/root
log=$top/build/test/rpm-root.log
version=$(cat "$top/VERSION")
dependencies='rpm, cpio, clang, gcc, libc6-dev, llvm, make, meson, pkg-config, libbpf-dev, libelf-dev, libgsl-dev,
	libsqlite3-dev, libncurses-dev, libjson-c-dev, libmicrohttpd-dev, libgnutls28-dev, libyaml-dev, libcrypt-dev,
	libcurl4-gnutls-dev, libsnappy-dev, zlib1g-dev, xz-utils'

# shellcheck source=lib/check.sh
. "$top/tests/lib/check.sh"
check_prefix=rpm-
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

# files PACKAGE: print the files of a built package.
files()
{
	in_root sh -c "rpm -qlp /root/rpmbuild/RPMS/*/$1-$version-1*.rpm" 2>/dev/null
}

: >"$log"
why=$(root_open_with "$(root_host_suite)" "$disk" "$dependencies" "$log") || die "$why"
mkdir -p "$root/root/rpmbuild/SOURCES"
cp "$work"/vmtoll-*.tar.xz "$root/root/rpmbuild/SOURCES/"
tar -x -J -C "$root/root" --no-same-owner -f "$work/vmtoll-$version.tar.xz"
# shellcheck disable=SC2034 # used by script/root.sh
root_folder=/root/vmtoll-$version
in_root rpmbuild -bb --nodeps packaging/rpm/vmtoll.spec >>"$log" 2>&1
same build 0 $?
[ $failures -eq 0 ] || tail -n 20 "$log"

same packages 3 "$(find "$root/root/rpmbuild/RPMS" -name '*.rpm' | grep -c '')"
# rpmbuild may compress the manual pages.
same files "$(cd "$top/docs" && {
	echo /usr/bin/vmtoll
	echo /usr/share/bash-completion/completions/vmtoll
	echo /usr/lib/sysusers.d/vmtoll-serve.conf
	printf '/usr/lib/systemd/system/%s\n' vmtoll-bpf.service vmtoll-serve.service vmtoll-serve.socket vmtoll-share.service
	printf '/usr/share/man/man8/%s\n' *.8
	printf '/usr/share/man/man5/%s\n' *.5
} | sort)" "$(files vmtoll | grep -v -e /licenses/ -e /doc/ -e build-id | sed 's,\(/man/.*\.[58]\)\.gz$,\1,' | sort)"
for library in bpf crypt curl gnutls gsl json-c microhttpd ncurses snappy sqlite3 yaml; do
	matches "requires-$library" "^lib$library" "$(in_root sh -c "rpm -qRp /root/rpmbuild/RPMS/x86_64/vmtoll-$version-1*.rpm" 2>/dev/null)"
done
same module-source "$(git -C "$top" ls-files kmod uapi VERSION | sort)" \
	"$(files vmtoll-dkms | sed -n "s,^/usr/src/vmtoll-$version/\(.*[^/]\)$,\1,p" | grep -vx -e kmod -e uapi -e dkms.conf | sort)"
scripts=$(in_root sh -c "rpm -qp --scripts /root/rpmbuild/RPMS/x86_64/vmtoll-$version-1*.rpm" 2>/dev/null)
matches stops-services 'systemctl disable --now .*vmtoll-serve.socket.* vmtoll-share.service' "$scripts"
matches detaches '^\[ .* vmtoll detach --bpf' "$scripts"
matches restarts-services 'systemctl try-restart .*vmtoll-share.service' "$scripts"
matches configuration '^/etc/modprobe.d/vmtoll.conf$' "$(files vmtoll-dkms)"
matches dkms-version "^PACKAGE_VERSION=\"$version\"\$" \
	"$(in_root sh -c "rpm2cpio /root/rpmbuild/RPMS/noarch/vmtoll-dkms-*.rpm | cpio -i --quiet --to-stdout '*dkms.conf'")"
same guest /usr/bin/vmtoll-guest "$(files vmtoll-guest | grep -v -e /licenses -e /doc/ -e build-id)"
in_root sh -c 'rpm2cpio /root/rpmbuild/RPMS/x86_64/vmtoll-guest-*.rpm | cpio -i --quiet --to-stdout "*/vmtoll-guest"' >"$root/tmp/guest"
chmod 755 "$root/tmp/guest"
matches guest-runs "^vmtoll $version" "$(in_root /tmp/guest --version)"
matches guest-is-static 'not a dynamic executable' "$(in_root ldd /tmp/guest 2>&1)"
[ $failures -eq 0 ]
