# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Messages. Whatever goes wrong in the lab itself ends with status 125.

say()
{
	printf 'lab: %s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 125
}
