# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test script/bench --hardware with a short run in a machine of the lab. The machine has
# /dev/kvm, but its CPU is emulated. The script must print a note that the figures come from an
# emulator.

# shellcheck source=lib.sh
. /share/lib.sh

hardware()
{
	sh /share/bench/driver/hardware.sh /truth/truth /lab/vmtoll.ko /share/bench/loops "$@"
}

for loop in cpuid hypercall hlt-pending out touch; do
	expected="$expected $loop"
done
out=$(hardware 2 5 10 2>/tmp/progress)
same hardware-status 0 $?
same hardware-loops "$expected" " $(echo "$out" | awk '$2 ~ /^[0-9]+$/ && $2 > 100 && $3 ~ /^[+-][0-9]+$/ { print $1 }' | paste -s -d ' ' -)"
# This test runs in an emulated machine on a shared computer. In such a machine, at least one of
# the five loops always has times that vary by 2 % or more. Therefore, the script must report
# that the figures are too noisy.
matches hardware-noise 'too noisy to quote' "$out"
matches hardware-warns-of-emulation 'this host is itself a virtual machine, so these are not cycles of hardware' "$out"
matches hardware-progress 'round 2 of 2' "$(cat /tmp/progress)"
same hardware-unloads '' "$(grep -s '^vmtoll ' /proc/modules)"

lab load
fails hardware-loaded 2 'vmtoll is loaded: unload it' hardware
lab unload
fails hardware-no-module 2 'run script/build' sh /share/bench/driver/hardware.sh /truth/truth /none.ko /share/bench/loops
fails hardware-no-loops 2 'no loop in' sh /share/bench/driver/hardware.sh /truth/truth /lab/vmtoll.ko /dev/null

[ $failures -eq 0 ]
