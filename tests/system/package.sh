# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test the packages, which are already installed on a Debian system that systemd has booted. Load
# the module, and purge the packages while a VM runs. The machine's kernel does not trust the key
# with which DKMS signs the module. Check the messages that the kernel logs in this case, because
# vmtoll(8) quotes them.
# Usage: package.sh [lifecycle]
#
#	lifecycle	in addition, downgrade, upgrade, remove and install the packages while
#			the VM runs, and start vmtoll-bpf.service before KVM is loaded
. "$(dirname "$0")/lib.sh"
check_prefix=package-$machine-

# shellcheck source=units.sh
. /share/units.sh

enforce=/sys/module/module/parameters/sig_enforce
# /share contains these files:
#
#	VERSION.ko: the module of each version in /packages (only with `lifecycle`)
#	newer.ko: a module with a newer ABI (only with `lifecycle`)
#	vmtoll-guest: the program from vmtoll-guest-VERSION-amd64.tar.xz
#	busybox: the program of this name, which is static
#	files: the changes that installing the packages has made to the system
modules=$(cd /share && echo [0-9]*.ko)
old=${modules%%.ko *}
new=$(vmtoll --version | sed -n 's/^vmtoll //p')

# seconds NAME: print NAME and the time in seconds since the last call of seconds().
seconds()
{
	read -r uptime _ </proc/uptime
	echo "# $1: $((${uptime%.*} - last)) s"
	last=${uptime%.*}
}

# install NAME VERSION: install a version of both packages.
install()
{
	succeeds "$1" dpkg --install "/packages/vmtoll_$2-1_amd64.deb" "/packages/vmtoll-dkms_$2-1_all.deb"
}

# Print the version of the loaded module, or nothing.
loaded()
{
	cat /sys/module/vmtoll/version 2>/dev/null
}

# Print the number of exits that KVM itself has counted for the VM.
vm_exits()
{
	cat /sys/kernel/debug/kvm/"$vm"-*/exits
}

# vm_runs NAME: check that the VM still runs.
vm_runs()
{
	vm_before=$(vm_exits)
	sleep 0.3
	at_least "$1-vm-runs" $((vm_before + 1)) "$(vm_exits)"
}

# vm_counted NAME: check that vmtoll counts the exits of the VM.
vm_counted()
{
	wait_for 5 vmtoll list
	matches "$1-counts" " $vm " "$(vmtoll list)"
}

# refuses NAME PATTERN: check that vmtoll rejects the loaded module. The error message must be a
# single line that matches PATTERN.
refuses()
{
	fails "$1" 2 "$2" vmtoll list
	same "$1-is-one-line" 1 "$(printf '%s\n' "$fails_output" | grep -c '')"
}

# unit_is_gone NAME: check that vmtoll.service is not active, and that systemd cannot find this
# unit any more.
unit_is_gone()
{
	same "$1-stops-the-service" inactive "$(systemctl is-active vmtoll)"
	fails "$1-removes-the-unit" 4 'Unit vmtoll.service could not be found' systemctl status vmtoll
}

# Check the state after the installation: the packages are installed, but nothing is loaded or
# enabled.
installed()
{
	matches group '^vmtoll:x:[0-9]*:$' "$(getent group vmtoll)"
	same boot-loads-nothing '' "$(loaded)"
	same service-is-disabled disabled "$(systemctl is-enabled vmtoll)"
	same service-is-inactive inactive "$(systemctl is-active vmtoll)"
	matches version-without-module '^module: not loaded$' "$(vmtoll --version)"
	for unit in vmtoll vmtoll-bpf vmtoll-serve vmtoll-share; do
		hardened $unit
	done
}

# hardened UNIT: check that systemd rates the exposure of the unit below 2.0. The worst possible
# rating is 10.
hardened()
{
	hardened_exposure=$(systemd-analyze security --no-pager "$1.service" |
		sed -n 's/.*Overall exposure level for [^:]*: \([0-9]*\)\.\([0-9]\).*/\1\2/p')
	within "exposure-$1" 1 "$hardened_exposure" 19
}

# device NAME: check the owner, the group and the mode of the device.
device()
{
	udevadm settle
	same "$1-device" 'root:vmtoll 640' "$(stat -c '%U:%G %a' /dev/vmtoll)"
}

# as_user GROUP COMMAND...: run a command as an unprivileged user who is a member of this group.
as_user()
{
	group=$(getent group "$1" | cut -d : -f 3)
	shift
	setpriv --reuid 65534 --regid 65534 --groups "$group" "$@"
}

load()
{
	succeeds modprobe modprobe vmtoll
	same modprobe-version "$new" "$(loaded)"
	device modprobe
	succeeds group-can-read as_user vmtoll vmtoll list
	fails others-cannot-read 2 'vmtoll' as_user nogroup vmtoll list
	matches version-with-module "^module: $new, ABI [0-9]+\$" "$(vmtoll --version)"
	check=$(vmtoll check)
	same check 0 $?
	matches check-module "^ok +module +$new is loaded" "$check"
	matches check-layout "^ok +layout +KVM's structures have the expected layout" "$check"
	matches check-dkms '^ok +DKMS ' "$check"
	matches check-device '^ok +/dev/vmtoll +root:vmtoll 0640' "$check"
}

# Count a known number of exits with vmtoll and with vmtoll-guest, and run the verbs of vmtoll
# while one VM runs. The verbs `explain` and `compare FILE` need no module, so tests/package.sh
# tests them instead.
verbs()
{
	for program in vmtoll /share/vmtoll-guest; do
		$program stat --json -o /tmp/stat.json -- /truth/truth loop cpuid 1000 >/dev/null
		at_least "${program##*/}-counts" 1000 "$(json_number exits </tmp/stat.json)"
	done
	succeeds audit vmtoll audit
	succeeds stat vmtoll stat -p "$vm" -- sleep 0.2
	succeeds leaves-on vmtoll leaves on
	matches leaves-are-on 'Y' "$(cat /sys/module/vmtoll/parameters/leaves)"
	succeeds leaves-off vmtoll leaves off
	succeeds leaf vmtoll leaf 0
}

# Compiling the module in the machine would take minutes. Replace make with a script that copies
# the module that DKMS has already built in tests/package.sh.
make_replace()
{
	# shellcheck disable=SC2016 # expanded by the script
	printf '#!/bin/sh\ncase $* in *" modules") cp "/share/$(cat VERSION).ko" kmod/vmtoll.ko ;; esac\n' \
		>/usr/local/bin/make
	chmod 755 /usr/local/bin/make
}

# Downgrade, reload, and upgrade. The module of the older version has an older ABI.
versions()
{
	succeeds versions-load modprobe vmtoll
	succeeds versions-serve systemctl start vmtoll-serve
	serve_pid=$(main_pid vmtoll-serve)
	succeeds versions-attach vmtoll attach --bpf
	install downgrade "$old"
	matches downgrade-bpf-message "BPF programs of version $new stay attached; to use those of $old, run: " "$succeeds_output"
	matches downgrade-message "module vmtoll $new stays loaded until it is reloaded; to use $old, run: " "$succeeds_output"
	same downgrade-keeps-the-module "$new" "$(loaded)"
	vm_runs downgrade
	vm_counted downgrade
	matches downgrade-bpf-counts " $vm " "$(vmtoll list --source bpf)"
	succeeds downgrade-detach vmtoll detach --bpf
	succeeds downgrade-restarts-the-service wait_for 20 restarted vmtoll-serve "$serve_pid"
	wait_for 20 listens
	answers downgrade
	stopped downgrade vmtoll-serve.service
	succeeds downgrade-unload modprobe -r vmtoll
	succeeds downgrade-reload modprobe vmtoll
	same downgrade-reload-version "$old" "$(loaded)"
	refuses older-module 'has ABI 1 and is older than this tool, .*load the new module'
	install upgrade "$new"
	matches upgrade-message "module vmtoll $old stays loaded until it is reloaded; to use $new, run: " "$succeeds_output"
	same upgrade-without-programs '' "$(printf '%s\n' "$succeeds_output" | grep BPF)"
	same upgrade-keeps-the-module "$old" "$(loaded)"
	vm_runs upgrade
	refuses upgrade-older-module 'has ABI 1 and is older than this tool, .*load the new module'
	# Run the command that the package has printed.
	succeeds upgrade-reload sh -c "$(printf '%s\n' "$succeeds_output" | sed -n 's/.*reloaded; .* run: \(.*\) (VMs.*/\1/p')"
	same upgrade-reload-version "$new" "$(loaded)"
	vm_runs upgrade-reload
	vm_counted upgrade-reload
	rmmod vmtoll
	insmod /share/newer.ko
	refuses newer-module "has ABI 99 and is newer than this tool, .*install the tool of the module's release"
	rmmod vmtoll
	modprobe vmtoll
}

# The service and the two configuration files.
service()
{
	modprobe -r vmtoll
	sed -i 's/^#\(options vmtoll max_vcpus=\)16384$/\1777/' /etc/modprobe.d/vmtoll.conf
	succeeds service-start systemctl start vmtoll
	same service-start-loads "$new" "$(loaded)"
	same modprobe-parameter 777 "$(cat /sys/module/vmtoll/parameters/max_vcpus)"
	device service-start
	vm_counted service-start
	succeeds service-stop systemctl stop vmtoll
	same service-stop-unloads '' "$(loaded)"
	same service-stop-removes-the-device '' "$(find /dev -name vmtoll)"
	vm_runs service-stop
	sed -i 's/^#vmtoll$/vmtoll/' /etc/modules-load.d/vmtoll.conf
	succeeds modules-load systemctl restart systemd-modules-load
	same modules-load-loads "$new" "$(loaded)"
	rmmod vmtoll
}

# Count with the BPF programs. systemd allows only root to search the directory of their pins.
bpf()
{
	succeeds bpf-attach vmtoll attach --bpf
	same bpf-group 'root:vmtoll 750 root:vmtoll 660' \
		"$(stat -c '%U:%G %a' /sys/fs/bpf/vmtoll /sys/fs/bpf/vmtoll/ledgers | paste -s -d ' ' -)"
	vm_counted bpf
	# The VM of `truth busy` has two vCPUs. Each has a ledger after its first exit.
	wait_for 5 status_says '^BPF: active, 2 vCPUs$'
	matches bpf-status '^BPF: active, 2 vCPUs$' "$(vmtoll status)"
	vmtoll stat --source bpf --json -o /tmp/stat.json -- /truth/truth loop cpuid 1000 >/dev/null
	at_least bpf-loop 1000 "$(json_number exits </tmp/stat.json)"
	succeeds bpf-audit vmtoll audit
	fails bpf-others-cannot-read 2 'only root can see' as_user vmtoll vmtoll list
	matches bpf-detach '^Detached the BPF programs' "$(vmtoll detach)"
	pins_are_gone bpf-detach
	matches bpf-status-detached '^BPF: not attached$' "$(vmtoll status)"
}

# status_says PATTERN: return true if a line of `vmtoll status` matches.
status_says()
{
	vmtoll status | grep -q "$1"
}

# pins_are_gone NAME: check that no BPF program of vmtoll is pinned.
pins_are_gone()
{
	same "$1-leaves-no-pins" '' "$(find /sys/fs/bpf -name 'vmtoll*')"
}

signature()
{
	before=$(log_lines)
	modprobe vmtoll
	matches signature-taint 'E' "$(cat /sys/module/vmtoll/taint)"
	matches signature-report 'vmtoll: no signature that this kernel trusts: see SECURE BOOT' "$(log_since "$before")"
	matches signature-message 'module verification failed: signature and/or required key missing - tainting kernel' "$(dmesg)"
	# vmtoll is still loaded. Loading it again fails with a signature error, because the
	# kernel checks the signature before it finds that vmtoll is already loaded.
	echo 1 >$enforce
	same signature-enforced Y "$(cat $enforce)"
	fails signature-refused 1 'Key was rejected by service|Required key not available' \
		insmod "$(modinfo -F filename vmtoll)"
	matches signature-refused-log 'Loading of (module with unavailable key|unsigned module) is rejected' "$(dmesg)"
}

# Remove the packages while the service is active and a program uses the device. Then install them
# again.
remove_in_use()
{
	succeeds service-enable systemctl enable --now vmtoll
	succeeds remove-in-use-bpf systemctl enable --now vmtoll-bpf
	exec 8</dev/vmtoll
	succeeds remove-in-use dpkg --remove vmtoll vmtoll-dkms
	matches remove-in-use-message 'vmtoll stays loaded, because a program uses it; to unload it later, run: rmmod vmtoll' "$succeeds_output"
	same remove-in-use-keeps-the-module "$new" "$(loaded)"
	unit_is_gone remove-in-use
	pins_are_gone remove-in-use
	exec 8<&-
	succeeds remove-in-use-rmmod rmmod vmtoll
	vm_runs remove-in-use
	install install-again "$new"
	same install-again-loads-nothing '' "$(loaded)"
}

# Purge the packages while the module is loaded and the service is enabled and active. Everything
# that the installation has added must then be gone. Everything else must remain.
purge()
{
	succeeds service-enable-again systemctl enable --now vmtoll vmtoll-serve.socket vmtoll-serve vmtoll-share
	same purge-loaded-before "$new" "$(loaded)"
	mkdir -p /var/lib/vmtoll/compare
	succeeds purge-attach vmtoll attach --bpf
	succeeds purge dpkg --purge vmtoll vmtoll-dkms
	same purge-unloads '' "$(loaded)"
	same purge-removes-the-device '' "$(find /dev -name vmtoll)"
	unit_is_gone purge
	pins_are_gone purge
	same purge-stops-all-services '' "$(unit_processes)"
	matches purge-closes-the-socket 'Connection refused' "$(http /metrics)"
	same purge-disables-all-units '' "$(find /etc/systemd -name 'vmtoll*')"
	same purge-removes-the-group '' "$(getent group vmtoll)"
	sh /packages/package-files.sh >/tmp/after
	same purge-leaves-nothing "$(tr '>' '<' </share/files)" "$(diff /tmp/before /tmp/after | grep '^[<>]')"
	same purge-leaves-a-healthy-system running "$(systemctl is-system-running)"
	vm_runs purge
}

last=0
same booted running "$(systemctl is-system-running --wait)"
seconds boot
parts="installed load verbs service bpf serve_units share_unit signature purge"
[ "${1-}" != lifecycle ] || {
	make_replace
	parts="installed load verbs service bpf serve_units share_unit versions remove_in_use signature purge"
}
sh /packages/package-files.sh >/tmp/before
[ "${1-}" != lifecycle ] || {
	late_kvm
	seconds late_kvm
}
nice -n 19 /truth/truth busy >/dev/null 2>&1 &
vm=$!
for part in $parts; do
	$part
	seconds "$part"
done
kill $vm
wait $vm 2>/dev/null
finish package
