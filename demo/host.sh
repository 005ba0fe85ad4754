# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# In the emulated host: the same guest under nested and under shadow paging. For each mode writes
# $OUT/MODE/: the guest's phases, audit.json (the host's), readback (the module parameter).
set -e

here=$(dirname "$0")
if grep -q vmx /proc/cpuinfo; then parameter=kvm_intel.ept; else parameter=kvm_amd.npt; fi

say()
{
	echo "demo: $*" >&2
}

run_mode()
{
	mode=$1 value=$2
	mkdir -p "$OUT/$mode"
	say "$mode paging: loading KVM with $parameter=$value, attaching vmtoll, booting the guest"
	lab kvm "$parameter=$value" >"$OUT/$mode/readback"
	lab load
	lab guest --name "demo-$mode" --out "$OUT/$mode" "$here/guest.sh" >&2 || {
		say "the guest failed under $mode paging (status $?)"
		exit 1
	}
	# The guest is gone; its vCPU moves to the departed within the module's next round.
	sleep 0.5
	# An audit that fails is told, with the rest, by vmtoll compare.
	vmtoll audit --json >"$OUT/$mode/audit.json" || say "the audit of the $mode run fails"
	lab unload
	say "$mode paging: done, $(cut -d ' ' -f 1 /proc/uptime) s after the host's start"
}

uname -r >"$OUT/kernel"
run_mode nested 1
run_mode shadow 0
