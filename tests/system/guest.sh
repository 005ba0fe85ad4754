# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the tool in a guest and on the guest's host: its messages if there is nothing to read, the
# exit status of CMD, and a ledger that both sides read.
. "$(dirname "$0")/lib.sh"

# `lab guest` copies only one script into the guest, so combine the two scripts.
cat /share/check.sh /share/in-guest.sh >/tmp/in-guest.sh

# in_guest ARGUMENT...: Run in-guest.sh in a guest and print its output.
in_guest()
{
	lab guest --fast --name seen /tmp/in-guest.sh "$@" 2>&1
}

# Add the machine's name to the result lines of the guest.
name_guest_lines()
{
	sed -E "s/^(ok|not ok) /\1 $machine-guest-/"
}

nothing_to_read()
{
	grep -q ^nobody: /etc/passwd 2>/dev/null ||
		echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
	fails host-without-module 2 "run vmtoll attach as root" vmtoll stat
	fails check-without-module 1 '^problem module +not loaded' vmtoll check
	matches version-without-module '^module: not loaded' "$(vmtoll --version)"
	seen=$(in_guest nothing)
	matches guest-without-module "status 2" "$seen"
	matches guest-check-without-module 'guest +the hypervisor .KVMKVMKVM. answers no leaf' "$seen"
	lab load
	check_loaded
	seen=$(in_guest nothing)
	matches guest-leaves-off "status 2" "$seen"
	matches guest-leaves-off-advice "host's administrator.*vmtoll leaves on" "$seen"
	fails host-no-permission 2 "[Pp]ermission" su nobody -s /bin/sh -c 'vmtoll stat --source kmod'
	# vmtoll must not advise joining the device's group, because the device's mode is 0600.
	same host-no-group 0 "$(printf '%s\n' "$fails_output" | grep -c group)"
	fails check-no-permission 1 '/dev/vmtoll .* user nobody cannot read it: run as root' \
		su nobody -s /bin/sh -c 'COLUMNS=200 vmtoll check'
	fails host-no-such-vm 2 "4194000" vmtoll stat -p 4194000
	lab unload
}

# Check `vmtoll check` and `vmtoll --version` while the module is loaded and no VM has run.
check_loaded()
{
	succeeds check-loaded vmtoll check
	printf '%s\n' "$succeeds_output" | sed 's/^/# /'
	matches check-kvm "^ok +KVM +kvm and $vendor" "$succeeds_output"
	matches check-tracepoints '^ok +tracepoints kvm_exit, kvm_entry, kvm_fpu' "$succeeds_output"
	matches check-counting '^ok +counting +0 VMs, no lost exits' "$succeeds_output"
	matches check-leaves '^ok +leaves +off' "$succeeds_output"
	matches check-verdict '^vmtoll works on this host: 0 problems' "$succeeds_output"
	matches version-loaded '^module: [0-9.]+, ABI [0-9]+$' "$(vmtoll --version)"
	matches version-kvm "^KVM: kvm, $vendor" "$(vmtoll --version)"
}

# Compare two totals of one VM: the total that the guest reads at the end of its script, and the
# total that the host reads.
both_sides()
{
	load_with_leaves
	lab guest --fast --name seen --out /tmp/seen /tmp/in-guest.sh measure >/tmp/guest.txt 2>&1
	same guest-status 0 $?
	grep -E '^(ok|not ok) ' /tmp/guest.txt | name_guest_lines
	grep -q '^not ok' /tmp/guest.txt && failures=$((failures + 1))
	sleep 1
	vmtoll stat --json -o /tmp/host.json
	succeeds both-audit vmtoll audit
	# The module compares all members with the kernel's BTF. The debug kernels have no BTF.
	layout="KVM's structures have the expected layout"
	[ -e /sys/kernel/btf/vmlinux ] || layout="the checked parts of KVM's structures have"
	matches both-check-layout "^ok +layout +$layout" "$(vmtoll check)"
	guest=$(json_number exits </tmp/seen/last.json)
	host=$(json_number exits </tmp/host.json)
	at_least both-guest-counts 1000 "$guest"
	# The host's total is higher, because it includes the exits during the shutdown.
	at_least both-host-counts-more "$guest" "$host"
	at_least both-near $((host / 2)) "$guest"
	lab unload
}

# Run a guest with several vCPUs, some of which are idle. Measure it both in the guest and on
# the host.
several()
{
	load_with_leaves
	lab guest --fast --smp 2 --name several --out /tmp/several /tmp/in-guest.sh several >/tmp/guest.txt 2>&1 &
	guest=$!
	wait_for 250 grep -q '^idle' /tmp/guest.txt
	vm=$(vmtoll list --json | json_number pid)
	vmtoll stat -p "$vm" --json -o /tmp/interval.json -- sleep 2
	check_interval several 2 /tmp/interval.json
	# vCPU 1 is offline.
	vmtoll stat -p "$vm" --vcpu 1 --json -o /tmp/interval.json -- sleep 2
	check_interval several-offline 1 /tmp/interval.json
	within several-offline-halt $((wall * 9 / 10)) "$(json_number halt_ns </tmp/interval.json)" "$vcpu"
	same several-offline-exits 0 "$(json_number exits </tmp/interval.json)"
	kill "$vm"
	wait $guest
	grep -E '^(ok|not ok) ' /tmp/guest.txt | name_guest_lines
	at_least several-results 10 "$(grep -c '^ok ' /tmp/guest.txt)"
	grep -q '^not ok' /tmp/guest.txt && failures=$((failures + 1))
	lab unload
}

# Run this test only on the machine amd, because it does not depend on the vendor and is slow in
# Bochs.
[ "$arch" = intel ] || nothing_to_read
both_sides
several
finish guest
