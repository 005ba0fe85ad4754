# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What a host does to the module day and night, in short: all tests of stress/, one after the other.
# Usage: stress.sh [full] [TEST...]; with `full` in full numbers.

here=$(dirname "$0")/stress
full=''
[ "${1-}" != full ] || { full=full; shift; }
[ $# -gt 0 ] || set -- vms load move fork crowd readers kill pause reload memory
status=0
for test; do
	rm -f /tmp/over
	began=$(cut -d ' ' -f 1 /proc/uptime)
	sh "$here/$test.sh" $full || status=1
	rmmod vmtoll 2>/dev/null
	echo "# $test: from $began s to $(cut -d ' ' -f 1 /proc/uptime) s"
done
exit $status
