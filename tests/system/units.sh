# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# The part of package.sh that runs the units of the package vmtoll under systemd, with their
# hardening: vmtoll-serve.socket, vmtoll-serve.service, vmtoll-share.service and
# vmtoll-bpf.service.

# http PATH: Print the response of vmtoll serve to a GET request, or an error message.
http()
{
	# shellcheck disable=SC2016 # expanded by bash
	timeout 30 bash -c 'exec 5<>/dev/tcp/127.0.0.1/9786 &&
		printf "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" "$1" >&5 && cat <&5' bash "$1" 2>&1
}

# answers NAME: Check that vmtoll serve answers. Keep the response in $answer.
answers()
{
	answer=$(http /metrics)
	matches "$1-answers" '^HTTP/1.1 200' "$answer"
}

# Return true if a program listens on the port of vmtoll serve.
listens()
{
	bash -c 'exec 5<>/dev/tcp/127.0.0.1/9786'
}

# states NAME EXPECTED UNIT...: Compare the states of these units, such as "active inactive".
states()
{
	states_name=$1 states_expected=$2
	shift 2
	same "$states_name" "$states_expected" "$(systemctl is-active "$@" | paste -s -d ' ' -)"
}

# main_pid UNIT: Print the process ID of a service.
main_pid()
{
	systemctl show -P MainPID "$1"
}

# Print the process IDs of the services, which run the installed program.
unit_processes()
{
	find /proc -mindepth 2 -maxdepth 2 -path '/proc/[0-9]*/exe' -lname '/usr/bin/vmtoll*' 2>/dev/null
}

# confined NAME UNIT CAPABILITIES: Check that a service runs as a dynamic user with exactly these
# capabilities, in the group vmtoll, and with a filter of system calls.
confined()
{
	confined_status=$(cat "/proc/$(main_pid "$2")/status")
	confined_group=$(getent group vmtoll | cut -d : -f 3)
	within "$1-dynamic-user" 61184 "$(printf '%s\n' "$confined_status" | awk '$1 == "Uid:" { print $2 }')" 65519
	matches "$1-group" "^(Gid|Groups):.*[[:space:]]$confined_group([[:space:]]|\$)" "$confined_status"
	matches "$1-capabilities" "^CapEff:[[:space:]]0*$3\$" "$confined_status"
	matches "$1-no-new-privileges" '^NoNewPrivs:[[:space:]]1$' "$confined_status"
	matches "$1-system-calls" '^Seccomp:[[:space:]]2$' "$confined_status"
}

# killed NAME UNIT: Kill a service, and check that systemd starts it again.
killed()
{
	killed_pid=$(main_pid "$2")
	# The process ID 0 means that the service does not run. `kill` would kill this script.
	[ "$killed_pid" -gt 0 ] || {
		not_ok "$1-restarts" "$2 does not run"
		return
	}
	kill -KILL "$killed_pid"
	succeeds "$1-restarts" wait_for 20 restarted "$2" "$killed_pid"
}

# restarted UNIT PID: Return true if the service runs, but not as this process.
restarted()
{
	[ "$(systemctl is-active "$1")" = active ] && [ "$(main_pid "$1")" != "$2" ]
}

# stopped NAME UNIT...: Stop these units. Check that they ended without an error, and that no
# process remains.
stopped()
{
	stopped_name=$1
	shift
	succeeds "$stopped_name-stop" systemctl stop "$@"
	same "$stopped_name-stop-result" success "$(systemctl show -P Result "$@" | sort -u | grep .)"
	same "$stopped_name-stop-leaves-no-process" '' "$(unit_processes)"
	same "$stopped_name-stop-leaves-no-user" '' "$(find /run/systemd/dynamic-uid -name '*vmtoll*' 2>/dev/null)"
	same "$stopped_name-stop-leaves-no-failure" '' "$(systemctl list-units --failed --plain --no-legend 'vmtoll*')"
}

# bpf_start NAME: Attach the BPF programs with their unit, and check that they count the VM.
bpf_start()
{
	succeeds "$1-bpf-start" systemctl start vmtoll-bpf.service
	journalctl -u vmtoll-bpf -o cat | sed 's/^/# /'
	same "$1-bpf-directory" 'root:vmtoll 1710' "$(stat -c '%U:%G %a' /sys/fs/bpf)"
	vm_counted "$1-bpf"
	matches "$1-bpf-list" 'source: bpf' "$(vmtoll list)"
}

# bpf_stop NAME: Detach the BPF programs with their unit.
bpf_stop()
{
	succeeds "$1-bpf-stop" systemctl stop vmtoll-bpf.service
	pins_are_gone "$1-bpf-stop"
	same "$1-bpf-stop-directory" 'root:root 1700' "$(stat -c '%U:%G %a' /sys/fs/bpf)"
}

# At boot, KVM may be loaded after vmtoll-bpf.service has been started. systemd must start the unit
# again until the programs are attached. No VM may run.
late_kvm()
{
	# shellcheck disable=SC2154 # set by lib.sh
	rmmod "$vendor"
	fails late-kvm-start 1 'vmtoll-bpf.service failed' systemctl start vmtoll-bpf.service
	matches late-kvm-message "KVM is not loaded: load $vendor first" "$(journalctl -u vmtoll-bpf -o cat)"
	lab kvm
	succeeds late-kvm-attaches wait_for 20 systemctl is-active vmtoll-bpf.service
	matches late-kvm-status '^BPF: active, 0 vCPUs$' "$(vmtoll status)"
	stopped late-kvm vmtoll-bpf.service
	pins_are_gone late-kvm
}

# serve_reads SOURCE: Return true if vmtoll serve reads this source. It reads the source at most
# once per second.
serve_reads()
{
	http /metrics | grep -q "^vmtoll_source_info{.*source=\"$1 ("
}

# Test socket activation, and the service alone. While the service runs, first the BPF programs are
# attached, then the module is loaded in addition, and then the programs are detached.
serve_units()
{
	same serve-is-disabled 'disabled disabled' \
		"$(systemctl is-enabled vmtoll-serve.socket vmtoll-serve.service | paste -s -d ' ' -)"
	same serve-module '' "$(loaded)"
	succeeds socket-start systemctl start vmtoll-serve.socket
	states socket-starts-no-service 'active inactive' vmtoll-serve.socket vmtoll-serve.service
	answers socket
	states socket-starts-the-service active vmtoll-serve.service
	confined serve vmtoll-serve.service 0
	same serve-without-module '' "$(printf '%s\n' "$answer" | grep '^vmtoll_exits_total')"
	bpf_start serve
	answers serve-with-bpf
	matches serve-finds-the-programs '^vmtoll_exits_total[{]vm="' "$answer"
	matches serve-reads-the-programs '^vmtoll_source_info[{].*source="bpf [(]' "$answer"
	succeeds serve-group-can-read as_user vmtoll vmtoll list
	fails serve-others-cannot-read 2 'only root can see' as_user nogroup vmtoll list
	modprobe vmtoll
	succeeds serve-prefers-the-module wait_for 20 serve_reads kmod
	bpf_stop serve
	vm_counted serve
	answers serve-with-module
	matches serve-finds-the-module '^vmtoll_exits_total[{]vm="' "$answer"
	matches serve-reads-the-module '^vmtoll_source_info[{].*source="kmod [(]' "$answer"
	succeeds serve-only-stop systemctl stop vmtoll-serve.service
	answers socket-again
	killed serve vmtoll-serve.service
	answers serve-restarted
	stopped serve vmtoll-serve.socket vmtoll-serve.service
	matches serve-stop-closes-the-socket 'Connection refused' "$(http /metrics)"
	succeeds serve-alone-start systemctl start vmtoll-serve.service
	wait_for 20 listens
	answers serve-alone
	states serve-alone-states 'inactive active' vmtoll-serve.socket vmtoll-serve.service
	stopped serve-alone vmtoll-serve.service
	modprobe -r vmtoll
}

# Make a root for the lab's programs, which the Debian system does not have: QEMU, the modules for
# vsock, and the kernel and the initramfs of guests.
lab_root()
{
	lab_root=/tmp/lab-root
	mkdir -p $lab_root/usr
	mount -t erofs -o ro,dax=always /dev/pmem0 $lab_root/usr
	(cd $lab_root && /share/busybox cpio -i -d <usr/guest/root.cpio 2>/dev/null)
	for directory in dev proc sys; do
		mount --rbind /$directory $lab_root/$directory
		mount --make-rslave $lab_root/$directory
	done
	ln -s usr/lib $lab_root/lib
	ln -s usr/lib64 $lab_root/lib64
	cp -r /lab/. $lab_root/lab/
	cp /usr/local/bin/lab /share/vmtoll-guest $lab_root/bin/
	mv $lab_root/bin/vmtoll-guest $lab_root/bin/vmtoll
	cat /share/check.sh /share/in-vsock.sh >$lab_root/tmp/in-vsock.sh
}

# share_guest NAME SOURCE: Let a guest read its exits from the service. The service must read them
# from this source. The unit of time in the figures tells which source it was: the unit of the BPF
# programs is the nanosecond, and the unit of the module is the cycle of this machine's TSC.
share_guest()
{
	share_khz=$(vmtoll stat --source "$2" --json | json_number tsc_khz)
	chroot "$lab_root" /bin/env PATH=/bin:/usr/bin \
		lab guest --fast --name "$1" --cid 42 --out "/tmp/$1" /tmp/in-vsock.sh read >"/tmp/$1.txt" 2>&1
	guest_results "$1" $? "/tmp/$1.txt"
	same "$1-source-of-the-host" "$share_khz" "$(json_number tsc_khz <"$lab_root/tmp/$1/last.json")"
}

# Test the service with real guests. While the service runs, first the BPF programs are attached,
# and then the module is loaded in addition.
share_unit()
{
	same share-is-disabled disabled "$(systemctl is-enabled vmtoll-share.service)"
	lab_root
	[ -e $lab_root/usr/vsock/order ] || {
		skip share "the kernel of this machine has no vhost_vsock"
		return
	}
	while read -r module; do
		/share/busybox insmod "$lab_root/usr/vsock/$module.ko"
	done <$lab_root/usr/vsock/order
	succeeds share-start systemctl start vmtoll-share.service
	wait_for 20 share_says 'listening on vsock port 978'
	matches share-listens 'listening on vsock port 978' "$(journalctl -u vmtoll-share -o cat)"
	matches share-without-module 'guests are refused until there is a source' "$(journalctl -u vmtoll-share -o cat)"
	# CAP_DAC_READ_SEARCH, CAP_NET_BIND_SERVICE and CAP_SYS_PTRACE
	confined share vmtoll-share.service 80404
	bpf_start share
	share_guest share-bpf bpf
	modprobe vmtoll
	share_guest share kmod
	bpf_stop share
	killed share vmtoll-share.service
	stopped share vmtoll-share.service
	succeeds share-start-again systemctl start vmtoll-share.service
	states share-runs-again active vmtoll-share.service
	stopped share-again vmtoll-share.service
	modprobe -r vmtoll
	umount -l $lab_root/dev $lab_root/proc $lab_root/sys $lab_root/usr
	rm -rf $lab_root
}

# share_says TEXT: Return true if vmtoll-share.service has logged this text.
share_says()
{
	journalctl -u vmtoll-share -o cat | grep -q "$1"
}
