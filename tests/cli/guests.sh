#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test experiments of `vmtoll compare --guest` on a fake host with a fake QEMU.
# Usage: guests.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=fake_host.sh disable=SC1091
. "$(dirname "$0")/fake_host.sh"

# Create a fake QEMU that records its arguments. It reports the shutdown reason that
# $work/reason contains, and exits with the status that $work/status contains.
fake_qemu()
{
	disk=$work/a,b:disk.qcow2
	printf 'QFI\373rest' >"$disk"
	cat >"$bin/qemu-system-x86_64" <<-SH
	#!/bin/sh
	cat >"$work/ran.input"
	printf '%s\n' "\$@" >"$work/ran"
	guest
	for word; do case \$word in file:*) printf 'boot\n\033[2Jlast line\n' >"\${word#file:}" ;; esac; done
	[ "\$(cat "$work/reason")" != hang ] || exec sleep 20
	echo '{"event": "SHUTDOWN", "data": {"guest": true, "reason": "'\$(cat "$work/reason")'"}}'
	exit \$(cat "$work/status")
	SH
	chmod +x "$bin/qemu-system-x86_64"
	echo 0 >"$work/status"
}

# guest_check STATUS TEXT DISK: Run host_check() for an experiment that boots DISK.
guest_check()
{
	host_check "$1" "$2" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$3"
}

guests_refused()
{
	was_path=$PATH
	fake_host
	guest_check 2 'No such file or directory' "$work/none.qcow2"
	fake_qemu
	guest_check 2 'No such file or directory' "$work/none.qcow2"
	guest_check 2 'Is a directory' "$work"
	echo nonsense >"$work/disk"
	guest_check 2 'neither a qcow2 image nor a raw disk' "$work/disk"
	: >"$work/disk"
	guest_check 2 'neither a qcow2 image nor a raw disk' "$work/disk"
	printf 'KDMVrest' >"$work/disk"
	guest_check 2 'qemu-img convert' "$work/disk"
	env PATH="$work" "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$disk" >"$work/out" 2>"$work/err"
	same status-without-QEMU 2 $?
	succeeds no-QEMU grep -q 'there is no qemu-system-x86_64 in PATH' "$work/err"
	did_not_run
	PATH=$was_path
}

guests_run()
{
	was_path=$PATH
	fake_host
	fake_qemu
	echo guest-shutdown >"$work/reason"
	guest_check 0 'Valid runs: 1 and 1 of: qemu-system-x86_64 with' "$disk"
	same qmp-input '{"execute":"qmp_capabilities"}' "$(cat "$work/ran.input")"
	succeeds qemu-drive-option grep -qxF "if=virtio,snapshot=on,format=qcow2,file.driver=file,file.filename=$work/a,,b:disk.qcow2" "$work/ran"
	echo guest-reset >"$work/reason"
	guest_check 1 'the guest did not power off (guest-reset): it crashed, rebooted or found no system to boot; its last line: ?[2Jlast line' "$disk"
	echo hang >"$work/reason"
	host_check 0 'Valid runs: 1 and 1' --window 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$disk"
	host_check 1 'stopped after 1 s (--timeout); its last line: ?[2Jlast line' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$disk"
	echo guest-shutdown >"$work/reason"
	echo 5 >"$work/status"
	guest_check 1 'qemu-system-x86_64 ended with status 5' "$disk"
	PATH=$was_path
}

run_groups guests_refused guests_run
