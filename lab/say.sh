# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions that print messages of the lab. die() exits with status 125, which means that the
# lab itself has failed.

say()
{
	printf 'lab: %s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 125
}
