# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# lab load: loads vmtoll.ko with parameters; says what the kernel's log says if it refuses.

verb_load()
{
	[ -e /lab/vmtoll.ko ] || die "vmtoll.ko was not built when this machine was started"
	insmod /lab/vmtoll.ko "$@" || {
		dmesg | grep vmtoll | tail -n 5 >&2
		die "vmtoll.ko refuses to load"
	}
}
