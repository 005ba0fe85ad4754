# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Increase KVM's count of exits without any hit of KVM's tracepoint. The audit must report the
# added exits as unseen, on the host and in a guest.
# Usage: excess.sh EXCESS_KO
. "$(dirname "$0")/lib.sh"

excess=$1

# figure KEY: Print the sum of this figure over all lines of the host's audit.
figure()
{
	vmtoll audit --csv | awk -F , -v key="$1" \
		'NR == 1 { for (i = 1; i <= NF; i++) if ($i == key) n = i } NR > 1 { sum += $n } END { print sum + 0 }'
}

# run_with_excess EXITS: Run a VM, and add this number of exits to KVM's count.
run_with_excess()
{
	insmod "$excess" exits="$1"
	/truth/truth loop cpuid 1000 >/dev/null
	rmmod excess
	wait_for 5 no_live_vm
}

load_with_leaves
/truth/truth loop cpuid 1000 >/dev/null
wait_for 5 no_live_vm
succeeds excess-balanced-without vmtoll audit
run_with_excess 3
fails excess-host 1 unseen vmtoll audit
same excess-unseen 3 "$(figure unseen)"
same excess-emulated 0 "$(figure emulated)"

# The guest's own audit must fail, too.
cat >/tmp/guest-audit.sh <<'END'
vmtoll audit
END
insmod "$excess" exits=5
lab guest --fast /tmp/guest-audit.sh >/tmp/guest-audit.out 2>&1
same excess-guest-status 1 $?
matches excess-guest-verdict ' 5 .*unseen' "$(cat /tmp/guest-audit.out)"
rmmod excess
lab unload

# Without "unrestricted guest", VMX cannot enter a guest in real mode, so KVM emulates the guest.
# KVM also counts exits during emulation. The audit cannot distinguish the added exits from these
# exits, so it reports the added exits as emulated.
if [ "$arch" = intel ]; then
	paging_mode shadow
	lab load
	run_with_excess 3
	succeeds excess-shadow-balanced vmtoll audit
	same excess-shadow-emulated 3 "$(figure emulated)"
	lab unload
fi
finish excess
