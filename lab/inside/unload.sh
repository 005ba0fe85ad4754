# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab unload` unloads vmtoll.ko.

verb_unload()
{
	[ $# -eq 0 ] || die "usage: lab unload"
	rmmod vmtoll || die "cannot unload vmtoll: is it loaded, and is /dev/vmtoll closed?"
}
