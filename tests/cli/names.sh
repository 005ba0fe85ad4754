#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the options -p and --vm with names of VMs. The fixture contains VM 812 with two vCPUs and
# VM 901 with one vCPU. VM 950 has no ledger. The processes are files in $work/root.
# Usage: names.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

uuid=78177d07-ac0e-4057-b1de-9ccd66cbc3d7
id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
root=$work/root

# process PID CGROUP ARGUMENT...: Create a process that runs a VM.
process()
{
	directory=$root/proc/$1
	mkdir -p "$directory/fd"
	ln -sf anon_inode:kvm-vm "$directory/fd/9"
	echo "0::$2" >"$directory/cgroup"
	echo vmm >"$directory/comm"
	shift 2
	printf '%s\0' "$@" >"$directory/cmdline"
}

# domain NAME PID: Create libvirt's status file.
domain()
{
	mkdir -p "$root/run/libvirt/qemu"
	cat >"$root/run/libvirt/qemu/$1.xml" <<-XML
	<domstatus state='running' reason='booted' pid='$2'>
	  <domain type='kvm' id='1'><name>$1</name><uuid>$uuid</uuid></domain>
	</domstatus>
	XML
}

# Create a host with three VMs.
host()
{
	rm -rf "$root"
	process 812 /user.slice qemu-system-x86_64 -name guest=web,debug-threads=on
	process 901 /qemu.slice/100.scope /usr/bin/kvm -id 100 -name db
	process 950 "/docker/$id" firecracker --id late
	domain web 812
}

# Check that each name selects the same VM as its process id.
selects()
{
	host
	check 0 '' stat --json -p 812 --source "$fixture" --root "$root"
	grep -v clock_ns "$work/out" >"$work/expected"
	succeeds name-is-printed grep -q '"name": "web"' "$work/expected"
	for option in -pweb --pid=web --vm=web "-p$uuid" --vm=78177D07-AC0E-4057-B1DE-9CCD66CBC3D7 '-p812 -pweb' \
		'--vm=web -p812'; do
		# shellcheck disable=SC2086 # words
		check 0 '' stat --json $option --source "$fixture" --root "$root"
		grep -v clock_ns "$work/out" >"$work/same"
		succeeds "same$option" diff "$work/expected" "$work/same"
		# shellcheck disable=SC2086
		check 0 '812,0,' audit --csv $option --source "$fixture" --root "$root"
	done
	check 0 'VMs of processes 812 (web) and 901 (db), 3 vCPUs' stat -p web,901 --source "$fixture" --root "$root"
	check 0 'VMs of processes 812 (web) and 901 (db), 3 vCPUs' stat --vm db -p web --source "$fixture" --root "$root"
	check 0 'VM of process 901 (db), vCPU 0' stat -p db --vcpu 0 --source "$fixture" --root "$root"
	check 2 '2 VMs are selected' stat -p web,db --vcpu 0 --source "$fixture" --root "$root"
	check 0 'VM of process 812 (web), vCPU 1' stat -p web,812 --vcpu 1 --source "$fixture" --root "$root"
	check 0 'VM of process 901 (db)' stat -p db --source "$fixture" --root "$root" -- true
}

# With -p, a number is a process id. With --vm, a number is a name.
numbers()
{
	host
	check 0 'VM of process 901 (db)' stat --vm 100 --source "$fixture" --root "$root"
	check 2 'no VM of process 100 has run' stat -p 100 --source "$fixture" --root "$root"
	process 901 /user.slice qemu -name 812
	check 0 'VM of process 812 (web)' stat -p 812 --source "$fixture" --root "$root"
	check 0 'VM of process 901 (812)' stat --vm 812 --source "$fixture" --root "$root"
	process 901 /user.slice qemu -name a,,b
	check 0 'VM of process 901 (a,b)' stat --vm a,b --source "$fixture" --root "$root"
}

# Check that a process that runs several VMs can be selected by its name. The name is not
# ambiguous, because only one process has it.
twins()
{
	host
	rm -r "$root/proc/901"
	"$make" twins "$fixture_file"
	check 0 'VM of process 812 (web), 3 vCPUs' stat -p web --source "$fixture" --root "$root"
	check 0 '812,0,' audit --csv --vm web --source "$fixture" --root "$root"
	"$make" none "$fixture_file"
}

# Check that an ambiguous or unknown name selects nothing, and that nothing is measured.
refuses()
{
	host
	process 901 /user.slice qemu -name web
	check 2 "2 VMs have the name 'web' (pids 812, 901)" stat -p web --source "$fixture" --root "$root"
	silent out
	check 2 "2 VMs have the name 'web' (pids 812, 901)" audit --vm web --source "$fixture" --root "$root"
	process 950 /user.slice qemu -name web
	check 2 "3 VMs have the name 'web' (pids 812, 901, 950)" stat -p web --source "$fixture" --root "$root"
	for pid in $(seq 1001 1017); do
		process "$pid" /user.slice qemu -name crowd
	done
	check 2 "17 VMs have the name 'crowd'" stat -p crowd --source "$fixture" --root "$root"
	same pids-in-the-message 16 "$(grep -o '10[01][0-9]' "$work/err" | wc -l)"
	succeeds more-processes grep -qF '...)' "$work/err"
	host
	for verb in stat 'stat --json' audit; do
		# shellcheck disable=SC2086 # words
		check 2 "the name, UUID or ID 'nobody'" $verb -p web,nobody,nothing --source "$fixture" --root "$root"
		silent out
		same "$checks-lines" 2 "$(grep -c "^vmtoll ${verb%% *}: no running VM" "$work/err")"
	done
	check 2 "'nobody'" stat --vm nobody --source "$fixture" --root "$root" -- touch "$work/ran"
	succeeds command-did-not-run not test -e "$work/ran"
	rm -r "$root/proc/812"
	check 2 "'web'" stat -p web --source "$fixture" --root "$root"
	check 2 'not counted' stat -p late --source "$fixture" --root "$root"
	check 2 'the name is empty' stat --vm '' --source "$fixture"
	check 2 'more than 128 VMs' stat -p "$(seq -f x%g -s , 129)" --source "$fixture"
	check 0 '' stat --json -o "$work/saved" --source "$fixture"
	check 2 'cannot select' stat -p web --source "file:$work/saved"
}

# Control characters in names must not reach the terminal.
control_characters()
{
	host
	process 812 /user.slice qemu -name "$(printf 'a\033[2J')"
	check 0 'a\x1b[2J' list --source "$fixture" --root "$root"
	check 0 'a\x1b[2J' stat --vm "$(printf 'a\033[2J')" --source "$fixture" --root "$root"
	check 2 '' stat --vm "$(printf 'b\033[2J')" --source "$fixture" --root "$root"
	fails no-escape 1 '' grep -q "$(printf '\033')" "$work/err"
}

lists()
{
	host
	check 0 "812,2,727136,0,0,on,web,1,$uuid," list --csv --source "$fixture" --root "$root"
	check 0 '901,1,6751,0,0,off,db,1,,100' list --csv --source "$fixture" --root "$root"
	check 0 ",,950,,,,,,late,0,,$id" list --csv --source "$fixture" --root "$root"
	check 0 "\"uuid\": \"$uuid\"" list --json --source "$fixture" --root "$root"
	check 0 "\"manager_id\": \"$id\"" list --json --source "$fixture" --root "$root"
	same uuids 1 "$(grep -c '"uuid"' "$work/out")"
	check 0 'late' list --source "$fixture" --root "$root"
	# With --proc, vmtoll must not read libvirt's status files.
	check 0 '812,2,727136,0,0,on,web,1,,' list --csv --source "$fixture" --proc "$root/proc"
}

# Check that `vmtoll leaves` rejects a name that another user has chosen for a VM.
policies()
{
	host
	mkdir -p "$work/sys/vmtoll/parameters"
	echo Y >"$work/sys/vmtoll/parameters/leaves"
	: >"$work/sys/vmtoll/parameters/leaves_off"
	check 0 'off for pid:812' leaves --sys "$work/sys" --root "$root" -p web off
	check 0 'off for pid:950' leaves --sys "$work/sys" --root "$root" --vm late off
	check 2 'state on or off' leaves --sys "$work/sys" --root "$root" -p web
	check 2 "'nobody'" leaves --sys "$work/sys" --root "$root" -p web,nobody off
	: >"$work/sys/vmtoll/parameters/leaves_off"
	process 901 /user.slice qemu -name web
	check 2 'pids 812, 901' leaves --sys "$work/sys" --root "$root" -p web off
	same nothing-written '' "$(cat "$work/sys/vmtoll/parameters/leaves_off")"
	[ "$(id -u)" -eq 0 ] || {
		skip other-users "only root can give files to another user"
		return
	}
	host
	chown 1000 "$root/proc/812" "$root/proc/901"
	check 0 'off for pid:812' leaves --sys "$work/sys" --root "$root" -p web off
	: >"$work/sys/vmtoll/parameters/leaves_off"
	check 2 "the name 'db' was chosen by user 1000" leaves --sys "$work/sys" --root "$root" -p web,db off
	same nothing-written-2 '' "$(cat "$work/sys/vmtoll/parameters/leaves_off")"
	check 0 'off for pid:901' leaves --sys "$work/sys" --root "$root" -p 901 off
	rm "$root/run/libvirt/qemu/web.xml"
	check 2 "the name 'web' was chosen by user 1000" leaves --sys "$work/sys" --root "$root" -p web off
}

run_groups selects numbers twins refuses control_characters lists policies
