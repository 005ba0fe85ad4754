# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of script/package that runs in new mount and pid namespaces. It makes a Debian root,
# builds the packages in this root twice, compares the results, and runs lintian.
# Usage: build.sh TOP WORK SUITE DISK
#
# DISK is the maximum disk space of the root in MiB.
# script/package writes the source tarball to WORK while this script makes the root. The packages
# are written to WORK/result, and the logs to TOP/build/package.log.
set -eu

top=$1 work=$2 suite=$3 disk=$4
version=$(git -C "$top" show HEAD:VERSION)
tarball=$work/vmtoll-$version.tar.xz
log=$top/build/package.log

# shellcheck source=../script/apt.sh
. "$top/script/apt.sh"
# shellcheck source=../script/root.sh
. "$top/script/root.sh"
# shellcheck source=../script/laps.sh
. "$top/script/laps.sh"
# shellcheck disable=SC2034  # used by script/root.sh
root_work=$work root=$work/root root_cache=$top/build/root

say()
{
	echo "package: $*" >&2
}

die()
{
	say "$*; see build/package.log"
	# If the disk is full, the log may not contain the reason.
	why=$(root_disk_obstacle "$top/build" 100)
	[ -z "$why" ] || say "$why"
	exit 1
}

# Print the packages that the build needs, in the syntax of the field Depends.
dependencies()
{
	git -C "$top" show HEAD:packaging/debian/control | awk '
		/^[^ ]/ { of_build = 0 }
		sub(/^Build-Depends:/, "") { of_build = 1 }
		of_build' | tr -d '\n'
	echo ' build-essential, lintian'
}

# tree_make DIRECTORY: unpack the source into a directory of the Debian root, and add the folder
# debian.
tree_make()
{
	mkdir -p "$root$1"
	cp "$tarball" "$root$1/vmtoll_$version.orig.tar.xz"
	tar -x -J -C "$root$1" --no-same-owner -f "$tarball"
	tree=$root$1/vmtoll-$version
	cp -r "$tree/packaging/debian" "$tree/debian"
	maintainer=$(sed -n 's/^Maintainer: //p' "$tree/debian/control")
	awk -v maintainer="$maintainer" -f "$tree/packaging/changelog.awk" "$tree/CHANGELOG.md" >"$tree/debian/changelog"
	grep -q "^vmtoll ($version-" "$tree/debian/changelog" ||
		die "CHANGELOG.md has no section '## [$version] - DATE'"
	sed -i "s/#VERSION#/$version/" "$tree"/debian/*.postinst
}

# build DIRECTORY [VARIABLE=VALUE]...: build the packages and the tar.xz without network access.
# Call this in a subshell, because it changes $root_folder.
build()
{
	directory=$1 root_folder=$1/vmtoll-$version
	shift
	in_root unshare --net env DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc)" "$@" dpkg-buildpackage -us -uc &&
		guest_tarball "$directory"
}

# guest_tarball DIRECTORY: make the tar.xz with the static program from the package vmtoll-guest.
guest_tarball()
{
	epoch=$(in_root dpkg-parsechangelog -l "$1/vmtoll-$version/debian/changelog" -S Timestamp)
	in_root sh -c "cd $1 && rm -rf guest && dpkg-deb -x vmtoll-guest_*.deb guest && cd guest/usr/bin &&
		tar -c --owner=root:0 --group=root:0 --mtime=@$epoch vmtoll | xz -6 -T1 >$1/vmtoll-guest-$version-amd64.tar.xz"
}

# Print the names of the files that differ between the two directories.
differences()
{
	for file in "$root$1"/*.deb "$root$1"/*.tar.xz "$root$1"/*.dsc; do
		cmp -s "$file" "$root$2/${file##*/}" || echo "${file##*/}"
	done
}

# differences_keep FILES DIRECTORY1 DIRECTORY2: copy files that differ from both directories to
# build/package.differences. If diffoscope is installed, append its report to the log.
differences_keep()
{
	kept=$top/build/package.differences
	rm -rf "$kept"
	mkdir -p "$kept/first" "$kept/second"
	for file in $1; do
		cp "$root$2/$file" "$kept/first/"
		cp "$root$3/$file" "$kept/second/"
	done
	! command -v diffoscope >/dev/null || diffoscope "$kept/first" "$kept/second" >>"$log" 2>&1 || :
}

: >"$log"
say "making a root of Debian $suite with the compilers"
why=$(root_open_with "$suite" "$disk" "$(dependencies)" "$log") || die "$why"
lap root
until [ -e "$tarball" ]; do
	sleep 0.1
done
lap tarball
tree_make /build/first
# Run two builds in parallel to check that the packages are reproducible. The second build uses
# a different path, time zone and locale.
say "building version $version twice"
tree_make /build/the/second
(build /build/the/second TZ=Pacific/Kiritimati LC_ALL=C) >"$work/second.log" 2>&1 &
second=$!
(build /build/first) >>"$log" 2>&1 || die "the first build failed"
wait $second || {
	cat "$work/second.log" >>"$log"
	die "the second build failed"
}
different=$(differences /build/first /build/the/second)
[ -z "$different" ] || {
	differences_keep "$different" /build/first /build/the/second
	die "the two builds differ in: $(echo "$different" | paste -s -d ' ' -); both results are in build/package.differences"
}
lap "two builds"

say "running lintian"
root_folder=/build/first
in_root sh -c 'exec lintian --allow-root --fail-on error,warning *.changes' >"$work/lintian" 2>&1 || {
	cat "$work/lintian" >&2
	die "lintian found faults"
}
cat "$work/lintian"
lap lintian
mkdir "$work/result"
cp "$root"/build/first/*.deb "$root"/build/first/vmtoll-guest-*.tar.xz "$work/result/"
say "$laps"
