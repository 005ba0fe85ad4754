# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the kernels with debugging options. The module in tests/faults causes each kind of fault.
# The kernel must report the fault in a way that `lab splats` detects.
# Usage: faults.sh FAULT_KO FAULT...
. "$(dirname "$0")/lib.sh"

# report FAULT: Print a pattern that matches the kernel's report of this fault.
report()
{
	case $1 in
	out-of-bounds) echo 'KASAN: slab-out-of-bounds in write_out_of_bounds' ;;
	after-free) echo 'KASAN: (slab-)?use-after-free in read_after_free' ;;
	leak) echo 'unreferenced object' ;;
	sleep) echo 'sleeping function called from invalid context' ;;
	recursion) echo 'possible recursive locking' ;;
	circle) echo 'possible circular locking' ;;
	nesting) echo 'BUG: Invalid wait context' ;;
	rcu) echo 'suspicious RCU usage' ;;
	list) echo 'list_add corruption' ;;
	timer) echo 'ODEBUG: free active' ;;
	race) echo 'KCSAN: data-race in race_thread' ;;
	esac
}

module=$1
shift

# Run `lab splats` only twice. Each run is slow because it searches for memory leaks.
echo "vmtoll: nothing of note" >/dev/kmsg
succeeds faults-none-before lab splats "$log_lines_before"
for fault; do
	insmod "$module" what="$fault" 2>/dev/null
done
splats=$(lab splats "$log_lines_before" 2>/dev/null)
same faults-status 1 $?
for fault; do
	matches "faults-$fault" "$(report "$fault")" "$splats"
done
# Lockdep turns itself off after its first report and after a report from KASAN. `lab splats`
# must report that lockdep is off.
case $* in *recursion | *circle | *nesting)
	matches faults-lockdep-off 'lockdep has turned itself off' "$splats"
	;;
esac
[ $failures -eq 0 ]
