# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# shellcheck disable=SC2154  # the variables that the caller sets
# Functions that make and use temporary Debian roots. A root is made with the host's apt
# configuration (script/apt.sh). The caller sets these variables:
#
#	root_cache	a directory for base systems and downloaded packages that roots share
#	root_work	a directory for the logs and the apt configuration of this root
#	root		the root
#
# root_mount() mounts file systems. Call it only in a mount namespace from namespace_start(): the
# mounts then disappear with the namespace.

# Print the suite of this host.
root_host_suite()
{
	sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# Print a reason if this host cannot make roots.
root_obstacle()
{
	[ "$(id -u)" -eq 0 ] || {
		echo "making a root needs root privileges"
		return
	}
	command -v apt-get >/dev/null || {
		echo "apt-get is not installed: use a Debian host"
		return
	}
	for program in flock mmdebstrap unshare; do
		command -v $program >/dev/null || {
			echo "$program is not installed: run script/setup package"
			return
		}
	done
	unshare --mount --pid --fork --mount-proc true 2>/dev/null ||
		echo "mount and pid namespaces are not permitted"
}

# root_disk_obstacle DIRECTORY MIB: print a message if the directory's file system has less than
# @MIB of free space.
root_disk_obstacle()
{
	free=$(df -P -m "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || echo "$2 MiB of disk space are needed in $1, $free MiB are free"
}

# namespace_start COMMAND...: start the command in the background, in new mount and pid
# namespaces, and set $namespace. When process 1 of the pid namespace exits, the kernel removes
# all mounts and processes of the namespaces. If process 1 is killed, unshare prints an error,
# which is harmless and therefore hidden.
namespace_start()
{
	# shellcheck disable=SC2016  # expanded by the inner shell
	unshare --mount --pid --fork --mount-proc sh -c 'exec "$@" 2>&3 3>&-' sh "$@" 3>&2 2>/dev/null &
	namespace=$!
}

# Wait until the command has exited, and return its status.
namespace_wait()
{
	namespace_status=0
	wait "$namespace" || namespace_status=$?
	namespace=
	return $namespace_status
}

# If the namespaces exist, kill their process 1. The kernel then removes the namespaces. Wait
# for unshare, the parent of process 1, because it exits after all processes of the namespaces
# have exited.
namespace=
namespace_end()
{
	[ -n "$namespace" ] || return 0
	init=$(cat "/proc/$namespace/task/$namespace/children" 2>/dev/null) || :
	# shellcheck disable=SC2086  # empty if it has exited
	[ -z "$init" ] || kill -KILL $init 2>/dev/null || :
	wait "$namespace" 2>/dev/null || :
	namespace=
}

# root_copy PATH...: copy these files and folders from this host to the same paths in the root.
# Skip paths that do not exist.
root_copy()
{
	for path; do
		[ -e "$path" ] || continue
		mkdir -p "$root${path%/*}"
		cp -r -L -p "$path" "$root${path%/*}/"
	done
}

# Print the paths of the keys and certificates that apt's sources and settings refer to.
root_referenced_files()
{
	# shellcheck disable=SC2046  # a list of files
	cat "$root_work/apt.conf" $(apt_source_files) | grep -v '^#' | tr -s ' \t,="];[' '\n' | grep '^/' | sort -u |
		while read -r path; do
			[ ! -f "$path" ] || echo "$path"
		done
}

# root_copy_apt SUITE: copy this host's configuration of apt and of the network. Omit apt's
# hooks, because their programs do not exist in the root. If a source uses https, also copy the
# host's bundle of certificates, which may also contain the certificates of a company's mirror.
# If SUITE is not the suite of the host, derive the suite's sources from the host's sources.
root_copy_apt()
{
	rm -rf "$root/etc/apt"
	mkdir -p "$root/etc/apt/apt.conf.d" "$root/etc/apt/sources.list.d" "$root/etc/apt/preferences.d"
	cp "$root_work/apt.conf" "$root/etc/apt/apt.conf.d/"
	# shellcheck disable=SC2046  # lists of files
	root_copy $(root_referenced_files) /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d /etc/apt/keyrings \
		/etc/apt/auth.conf /etc/apt/auth.conf.d /etc/resolv.conf /etc/hosts
	if [ "$1" = "$(root_host_suite)" ]; then
		# shellcheck disable=SC2046  # a list of files
		root_copy $(apt_source_files) /etc/apt/preferences /etc/apt/preferences.d
	else
		apt_sources_of_suite "$1" "$root/etc/apt/sources.list.d" >/dev/null
	fi
	# shellcheck disable=SC2046  # a list of files
	! grep -q 'https://' $(apt_source_files) || root_copy /etc/ssl/certs/ca-certificates.crt
}

# Print the names of the files that contain apt's sources for SUITE.
root_sources()
{
	if [ "$1" = "$(root_host_suite)" ]; then
		apt_source_files
	else
		apt_sources_of_suite "$1" "$root_work"
	fi
}

# root_is_new ARCHIVE: return true if the archive of a root exists and is less than a day old.
root_is_new()
{
	[ -n "$(find "$1" -mmin -1440 2>/dev/null)" ]
}

# root_base SUITE: make an archive of the suite's base system, and set $root_archive to its
# path. A base system is reused for one day. It is temporary, so dpkg need not flush its files
# to the disk. Accept expired package lists, because sid's lists are valid for only a week, and a
# mirror may be older than that.
root_base()
{
	root_archive=$root_cache/$1.tar
	find "$root_cache/archives" -type f -ctime +7 -delete
	(
		flock 9
		! root_is_new "$root_archive" || exit 0
		find "$root_cache" -maxdepth 1 -name '*.tar' -mmin +1440 -delete
		# shellcheck disable=SC2046  # a list of files
		TMPDIR=$root_work mmdebstrap --mode=root --variant=minbase --format=tar --aptopt="$root_work/apt.conf" \
			--aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
			"$1" "$root_archive.new" $(root_sources "$1") || exit
		mv "$root_archive.new" "$root_archive"
	) 9>"$root_cache/lock" >"$root_work/root.log" 2>&1
}

# root_in_memory MIB: keep the root file system in memory if there is enough memory for @MIB. On
# a disk, installing packages takes much longer, because dpkg flushes its database several times
# per package. Call this before root_make(), in a mount namespace.
root_in_memory()
{
	mkdir -p "$root"
	free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$free" -lt $(($1 + 3000)) ] || mount -t tmpfs -o size="${1}m",mode=755 tmpfs "$root"
}

# Create the directories, and write the apt configuration for this root.
root_prepare()
{
	mkdir -p "$root_cache/archives/partial" "$root_work" "$root"
	apt_download_settings >"$root_work/apt.conf"
}

# root_make SUITE [ARCHIVE]: create a minimal root file system, or unpack an archive that
# root_save() has written. On failure, print the cause. The root is temporary, so dpkg is
# configured not to flush files to the disk.
root_make()
{
	root_archive=${2-}
	[ -n "$root_archive" ] || root_base "$1" || {
		echo "mmdebstrap: $(grep -m 1 '^E:' "$root_work/root.log" || tail -n 1 "$root_work/root.log")"
		return 1
	}
	if ! tar -x -C "$root" -f "$root_archive"; then
		echo "cannot unpack $root_archive"
		return 1
	fi
	echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
	root_copy_apt "$1"
}

# Mount /proc, /dev and the cache of downloaded packages in the root.
root_mount()
{
	mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" && mount -t tmpfs tmpfs "$root/dev/shm" &&
		mount --bind "$root_cache/archives" "$root/var/cache/apt/archives"
}

# root_open SUITE MIB [ARCHIVE]: create a root file system as root_make() does, with @MIB MiB of
# space, and mount /proc and /dev in it. Keep the root in memory if enough memory is free. On
# failure, print a reason. Call this in a mount namespace.
root_open()
{
	root_in_memory "$2" || {
		echo "cannot mount a tmpfs"
		return 1
	}
	root_prepare
	root_make "$1" ${3:+"$3"} || return
	root_mount || {
		echo "cannot mount /proc and /dev in the root"
		return 1
	}
}

# root_open_with SUITE MIB DEPENDENCIES LOG: like root_open(), but also install the packages in
# DEPENDENCIES, a list in the syntax of the field Depends. Keep an archive of the root, and
# reuse it for one day. The output of apt-get is appended to LOG.
root_open_with()
{
	root_prepare
	root_packages=$root_cache/$1-$(root_key "$1" "$3").tar
	if root_is_new "$root_packages"; then
		root_open "$1" "$2" "$root_packages"
		return
	fi
	root_open "$1" "$2" || return
	{
		root_update && root_apt --no-install-recommends satisfy "$3" && root_save "$root_packages"
	} >>"$4" 2>&1 || {
		echo "$(grep -m 1 '^E:' "$4" || tail -n 1 "$4"); see $4"
		return 1
	}
}

# root_key SUITE DEPENDENCIES: print a key that identifies the archive of a root. The key
# changes if the dependencies or the apt configuration of the root change.
root_key()
{
	{
		# shellcheck disable=SC2046  # a list of files
		cat "$root_work/apt.conf" $(root_sources "$1") && echo "$2"
	} | sha256sum | cut -c 1-16
}

# root_save ARCHIVE: write the root to an archive. Omit apt's configuration, because it may contain
# credentials. root_make() copies the configuration again.
root_save()
{
	tar -c -C "$root" --one-file-system --exclude=./etc/apt -f "$root_work/root.tar" . &&
		mv "$root_work/root.tar" "$1"
}

# in_root [OPTION]... COMMAND...: run a command in the root file system, in the folder
# $root_folder. The options are passed to chroot. If $root_environment names a file in the root,
# a shell reads this file first.
root_folder=/ root_environment=
in_root()
{
	options=
	while [ "${1#--}" != "$1" ]; do
		options="$options $1"
		shift
	done
	# shellcheck disable=SC2016,SC2086  # expanded by the inner shell; a list of options
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		${no_proxy:+no_proxy="$no_proxy"} \
		chroot $options "$root" sh -c '
			[ ! -r "$1" ] || . "$1"
			cd "$2" && shift 2 && exec "$@"' sh "$root_environment" "$root_folder" "$@"
}

root_apt_get()
{
	in_root apt-get -q -y -o APT::Sandbox::User=root -o Acquire::Retries=3 -o Acquire::Check-Valid-Until=false \
		-o Dpkg::Use-Pty=0 -o Debug::NoLocking=true "$@"
}

# Download the package lists.
root_update()
{
	root_apt_get update
}

# root_apt ARGUMENT...: install packages in the root with apt-get. All roots share a directory
# of downloaded packages. Only one root at a time may download packages, but several roots may
# install packages at the same time. apt-get's own locks would prevent parallel installations,
# so they are turned off.
root_apt()
{
	(
		flock 8
		root_apt_get --download-only "$@"
	) 8>"$root_cache/apt.lock" && root_apt_get "$@"
}
