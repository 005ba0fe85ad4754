# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Messages of the lab. die() ends the lab with status 125, which stands for a failure of the lab
# itself.

say()
{
	printf 'lab: %s\n' "$*" >&2
}

die()
{
	say "$@"
	exit 125
}
