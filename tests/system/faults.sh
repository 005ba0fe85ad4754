# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Whether a kernel that checks itself does, and whether we would see it: each kind of fault is made by a
# module (tests/faults) and must be told.
# Usage: faults.sh DIRECTORY_OF_FAULT_KO FAULT...
. "$(dirname "$0")/lib.sh"

# What is told of each.
told()
{
	case $1 in
	out-of-bounds) echo 'KASAN: slab-out-of-bounds in write_out_of_bounds' ;;
	after-free) echo 'KASAN: (slab-)?use-after-free in read_after_free' ;;
	leak) echo 'unreferenced object' ;;
	sleep) echo 'sleeping function called from invalid context' ;;
	recursion) echo 'possible recursive locking' ;;
	circle) echo 'possible circular locking' ;;
	rcu) echo 'suspicious RCU usage' ;;
	list) echo 'list_add corruption' ;;
	timer) echo 'ODEBUG: free active' ;;
	race) echo 'KCSAN: data-race in race_thread' ;;
	esac
}

module=$1
shift

# Asking takes long where memory is searched for leaks.
echo "vmtoll: nothing of note" >/dev/kmsg
try faults-none-before lab splats "$messages_before"
for fault; do
	insmod "$module" what="$fault" 2>/dev/null
done
splats=$(lab splats "$messages_before" 2>/dev/null)
same faults-status 1 $?
for fault; do
	holds "faults-$fault" "$(told "$fault")" "$splats"
done
# These end the checking of locks, as those that KASAN tells do, which is a fault by itself.
case $* in *recursion | *circle)
	holds faults-lockdep-off 'lockdep has turned itself off' "$splats"
	;;
esac
[ $failures -eq 0 ]
