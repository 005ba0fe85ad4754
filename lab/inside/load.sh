# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab load` loads vmtoll.ko with parameters. If that fails, it prints the module's messages from
# the kernel's log.

verb_load()
{
	[ -e /lab/vmtoll.ko ] || die "vmtoll.ko was not built when this machine started"
	insmod /lab/vmtoll.ko "$@" || {
		dmesg | grep vmtoll | tail -n 5 >&2
		die "cannot load vmtoll.ko"
	}
}
