# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Run the tests in stress/ one after another. Within a short time, they cause the events that occur
# on a real host over a long time.
# Usage: stress.sh [full] [bpf] [TEST...]. With `full`, the loops run the full number of
# iterations. With `bpf`, the BPF programs count instead of the module.

here=$(dirname "$0")/stress
full=''
[ "${1-}" != full ] || { full=full; shift; }
[ "${1-}" != bpf ] || { export counter=bpf; shift; }
[ $# -gt 0 ] || set -- vms ended load move fork crowd readers kill pause reload memory
status=0
for test; do
	rm -f /tmp/over
	began=$(cut -d ' ' -f 1 /proc/uptime)
	sh "$here/$test.sh" $full || status=1
	rmmod vmtoll 2>/dev/null
	vmtoll detach >/dev/null 2>&1
	echo "# $test: from $began s to $(cut -d ' ' -f 1 /proc/uptime) s"
done
exit $status
