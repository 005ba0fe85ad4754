# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test vmtoll share with a real guest over vsock, with the module and with BPF programs. The CPUID
# leaves are on only in flood().
. "$(dirname "$0")/lib.sh"

cat /share/check.sh /share/in-vsock.sh >/tmp/in-vsock.sh

# guest NAME ARGUMENT...: Run in-vsock.sh in a guest with CID 42, and print its results.
guest()
{
	guest_name=$1
	shift
	lab guest --fast --name "$guest_name" --cid 42 --out "/tmp/$guest_name" /tmp/in-vsock.sh "$@" >"/tmp/$guest_name.txt" 2>&1
	guest_results "$guest_name" $? "/tmp/$guest_name.txt"
}

# exits_of_phases NAME: When a phase of this guest begins, write the number of exits that the host
# has counted to a file. The guest is the only VM.
exits_of_phases()
{
	for phase in idle asking end; do
		wait_for 200 grep -q "^# phase $phase" "/tmp/$1.txt"
		vmtoll stat --json | json_number exits >"/tmp/$1.$phase"
	done
}

# measure NAME: Let a guest measure what asking costs. The host counts the exits of the guest while
# it asks 65 times: 4 times to measure the cost, and 61 times for 60 intervals. The guest's timers
# cause further exits between the requests. The host's figure per request must be at least the
# guest's, which is the smallest of three, and at most three times as large.
measure()
{
	exits_of_phases "$1" &
	observer=$!
	guest "$1" measure
	wait $observer
	read -r idle <"/tmp/$1.idle"
	read -r asking <"/tmp/$1.asking"
	read -r end <"/tmp/$1.end"
	cost=$(sed -n 's/^# cost //p' "/tmp/$1.txt")
	echo "# $1: asking cost $cost exits in the guest; the host counted $((end - asking)) exits for 65 requests, and $((asking - idle)) while idle"
	within "$1-cost-is-counted" $((65 * cost)) $((end - asking)) $((3 * 65 * cost))
}

# share [OPTION]...: Start vmtoll share, and wait until it listens.
share()
{
	vmtoll share "$@" >/dev/null 2>/tmp/share.txt &
	share_pid=$!
	wait_for 20 grep -q 'listening on vsock port 978' /tmp/share.txt
}

# unshare_vms NAME: Stop vmtoll share, and check its exit status.
unshare_vms()
{
	kill $share_pid
	wait $share_pid
	same "$1-share-status" 0 $?
	sed 's/^/# /' /tmp/share.txt
}

# The host counts at least the exits that the guest has read, and the exits of its shutdown.
compare_sides()
{
	host=$(json_number exits </tmp/host.json)
	read_last=$(json_number exits <"/tmp/$1/last.json")
	at_least "$1-guest-counts" 1000 "$read_last"
	at_least "$1-host-counts-more" "$read_last" "$host"
	at_least "$1-near" $((host / 2)) "$read_last"
}

# Load the modules for vsock. The machine does not load them on demand.
load_vsock()
{
	fails no-vsock 2 'load the module vhost_vsock' vmtoll share
	same no-vsock-check '' "$(vmtoll check | grep ' share ')"
	while read -r module; do
		insmod "/usr/vsock/$module.ko"
	done </usr/vsock/order
}

# Users without privileges cannot listen on the port, and then answer guests in place of root.
port_is_privileged()
{
	fails port-is-privileged 2 'cannot listen on vsock port 978: Permission denied; run as root' \
		/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups vmtoll share
	matches no-share-check '^ok +share +off: .*; 0 VMs have a CID$' "$(COLUMNS=200 vmtoll check)"
}

# A connection from the host itself is not answered.
loopback()
{
	fails loopback 2 'vmtoll share must run on the host' vmtoll stat --source vsock
	matches loopback-is-closed 'reset by peer' "$(printf '%s\n' "$fails_output" | tr '\n' ' ' | tr -s ' ')"
}

# Another process claims the guest's CID, and has opened the device. The guest gets nothing.
forged_claim()
{
	sh -c 'exec 9<>/dev/vhost-vsock; echo ready >/tmp/ready; read -r line </tmp/end' qemu --vsock 42 &
	forger=$!
	wait_for 20 test -e /tmp/ready
	guest forged refused
	matches forged-message "refused CID 42: several processes claim it" "$(tr '\n' ' ' </tmp/share.txt)"
	echo >/tmp/end
	wait $forger
}

# Another guest connects 10,000 times, and keeps some of the connections open. The guest is
# answered meanwhile, and the server has few file descriptors open. The guest can also read the
# CPUID leaves, which precede vsock as its source.
flood()
{
	vmtoll leaves on >/dev/null
	lab guest --fast --name flood --cid 43 /truth/truth knock 10000 >/tmp/flood.txt 2>&1 &
	flood_pid=$!
	wait_for 120 flood_has_begun
	guest flooded flooded
	# The flood continues, and the server keeps at most 4 connections of a guest.
	within flood-connections 1 "$(connections)" 4
	succeeds flood-continues kill -0 $flood_pid
	wait $flood_pid
	same flood-status 0 $?
	sed 's/^/# /' /tmp/flood.txt
	matches flood-knocks 'knocked 10000 times, connected [1-9]' "$(cat /tmp/flood.txt)"
	vmtoll leaves off >/dev/null
}

# The machine `between` runs vmtoll share, too. For its guests, it would be the host, and this
# machine is the host of the host. Its connections must be closed.
outer_host()
{
	lab guest --fast --name between --cid 44 /tmp/in-vsock.sh between >/tmp/between.txt 2>&1 &
	between_pid=$!
	wait_for 120 grep -q '^# asked' /tmp/between.txt
	same outer-host-is-closed 'knocked 10 times, connected 10 times, closed 10 times' "$(/truth/truth knock 10 44)"
}

# Kill this VM while one of its requests waits for an answer. Stop vmtoll share before, so that it
# finds the request only after the end of the VM.
killed_while_asking()
{
	kill -STOP $share_pid
	sleep 2
	kill -KILL "$(pidof qemu-system-x86_64)"
	wait $between_pid
	lines=$(wc -l </tmp/share.txt)
	kill -CONT $share_pid
	wait_for 10 no_connection
	same killed-connections 0 "$(connections)"
	sed "1,${lines}d; s/^/# after the end: /" /tmp/share.txt
	succeeds killed-share-lives kill -0 $share_pid
}

no_connection()
{
	[ "$(connections)" -eq 0 ]
}

# Print the number of connections that vmtoll share has. It also has a socket on which it listens.
connections()
{
	sockets=0
	for fd in "/proc/$share_pid/fd"/*; do
		case $(readlink "$fd") in
		socket:*) sockets=$((sockets + 1)) ;;
		esac
	done
	echo $((sockets - 1))
}

flood_has_begun()
{
	[ "$(connections)" -gt 0 ]
}

[ -e /usr/vsock/order ] || {
	skip vsock "the kernel of this machine has no vhost_vsock"
	finish vsock
	exit
}
mkfifo /tmp/end
lab load
load_vsock
port_is_privileged
share
loopback
matches share-check "^ok +share +process $share_pid answers guests over vsock; 0 VMs have a CID\$" "$(COLUMNS=200 vmtoll check)"
measure kmod
vmtoll stat --json -o /tmp/host.json
compare_sides kmod
flood
forged_claim
outer_host
killed_while_asking
unshare_vms kmod
share --deny kmod
guest kmod denied
unshare_vms denied
lab unload
succeeds bpf-attach vmtoll attach --bpf
share
measure bpf
vmtoll stat --json -o /tmp/host.json
compare_sides bpf
unshare_vms bpf
succeeds bpf-detach vmtoll detach
finish vsock
