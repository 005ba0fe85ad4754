# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The tool in a guest and on its host: what it says where there is nothing to read, CMD's own exit
# status, and one ledger seen from both sides.
. "$(dirname "$0")/lib.sh"

here=$(dirname "$0")

# in_guest ARGUMENT...: what in-guest.sh prints
in_guest()
{
	lab guest --fast --name seen "$here/in-guest.sh" "$@" 2>&1
}

# The lines of a guest's script are checks of this one.
name_guest_lines()
{
	sed -E "s/^(ok|not ok) /\1 $machine-guest-/"
}

nothing_to_read()
{
	grep -q ^nobody: /etc/passwd 2>/dev/null ||
		echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
	fails host-without-module 2 "load the vmtoll module" vmtoll stat
	holds guest-without-module "status 2" "$(in_guest nothing)"
	lab load leaves=N
	holds guest-leaves-off "status 2" "$(in_guest nothing)"
	fails host-no-permission 2 "[Pp]ermission" su nobody -s /bin/sh -c 'vmtoll stat --source kmod'
	fails host-no-such-vm 2 "4194000" vmtoll stat -p 4194000
	lab unload
}

# The guest's total, taken at its end, and the host's for the same VM.
both_sides()
{
	lab load
	lab guest --fast --name seen --out /tmp/seen "$here/in-guest.sh" measure >/tmp/guest.txt 2>&1
	same guest-status 0 $?
	grep -E '^(ok|not ok) ' /tmp/guest.txt | name_guest_lines
	grep -q '^not ok' /tmp/guest.txt && failures=$((failures + 1))
	sleep 1
	vmtoll stat --json -o /tmp/host.json
	try both-audit vmtoll audit
	guest=$(json exits </tmp/seen/last.json)
	host=$(json exits </tmp/host.json)
	more both-guest-counts 1000 "$guest"
	# After its last look the guest still has to shut down.
	more both-host-counts-more "$guest" "$host"
	more both-near $((host / 2)) "$guest"
	lab unload
}

nothing_to_read
both_sides
finish guest
