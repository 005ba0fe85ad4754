#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Tests of vmtoll share as a whole program, over the Unix socket of a VMM. The guest's vmtoll takes
# the place of the VMM: it runs as the process whose VM is in the fixture. In the group `hybrid`,
# the VMM is a process of its own.
# Usage: share.sh VMTOLL FIXTURE_MAKE FAKE_VMM

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

fake_vmm=$3

usage_errors()
{
	check 2 '--unix requires --pid' share --unix "$work/v"
	check 2 '--unix: the path is missing' share --unix ''
	check 2 'there is no --unix before it' share --pid 1
	check 2 'give --pid first' share --unix "$work/v" --unix "$work/w" --pid 1
	check 2 'there is no --unix before it' share --unix "$work/v" --pid 1 --pid 2
	check 2 "--pid: 'x' is not a number" share --unix "$work/v" --pid x
	check 2 '--allow: the VM is missing' share --allow ''
	check 2 'is not a source of a host' share --source "file:$golden/host-amd.json"
	check 2 'is not a source of a host' share --source guest
	check 2 'is not a source of a host' share --source "vsock:$work/v"
	check 2 'No such process' share --source "$fixture" --unix "$work/v" --pid 2147483647
	check 2 'the path is too long' share --source "$fixture" \
		--unix "$work/$(printf '%0108d' 0)" --pid $$
	check 2 'cannot listen on' share --source "$fixture" --unix "$work/no/v" --pid $$
	touch "$work/v_978"
	check 2 'File exists' share --source "$fixture" --unix "$work/v" --pid $$
	rm "$work/v_978"
}

# guest_wait: Wait until the server listens. A guest calls this function.
# shellcheck disable=SC2016 # the guest expands the variables
guest_wait='tries=0; until grep -qs listening "$work/share" || [ $tries -eq 1000 ]; do tries=$((tries + 1)); sleep 0.02; done;'

# guest [OPTION]... -- ARGUMENT...: Run vmtoll share with these options, and run vmtoll with these
# arguments as the guest. The result of the guest is kept in $work/out, $work/err and
# $guest_status, and the messages of vmtoll share in $work/share.
guest()
{
	guest_options=''
	while [ "$1" != -- ]; do
		guest_options="$guest_options $1"
		shift
	done
	shift
	rm -f "$work/pid" "$work/share"
	# shellcheck disable=SC2016 # the guest expands the variables
	env work="$work" vmtoll="$vmtoll" VMTOLL_SHARE_SOCKET="$work/v_978" sh -c '
		echo $$ >"$work/pid.new" && mv "$work/pid.new" "$work/pid"
		'"$guest_wait"'
		exec "$vmtoll" "$@"' guest "$@" >"$work/out" 2>"$work/err" &
	guest_pid=$!
	until [ -s "$work/pid" ]; do sleep 0.02; done
	"$make" "pid=$(cat "$work/pid")" "$fixture_file"
	# shellcheck disable=SC2086 # a list of options
	timeout 30 "$vmtoll" share --source "$fixture" --unix "$work/v" --pid "$(cat "$work/pid")" $guest_options 2>"$work/share" &
	share_pid=$!
	guest_status=0
	wait $guest_pid || guest_status=$?
	share_status=0
	wait $share_pid || share_status=$?
}

# value FILE KEY: Print the value of a key in a JSON file.
value()
{
	sed -n "s/.*\"$2\": *\([^,}]*\).*/\1/p" "$1" | head -n 1
}

reads()
{
	guest -- stat --source vsock --json
	same status 0 $guest_status
	same share-status 0 $share_status
	matches listens "listening on $work/v_978 for process" "$(tr '\n' ' ' <"$work/share")"
	matches ends 'all VMMs have ended' "$(cat "$work/share")"
	succeeds socket-is-removed not test -e "$work/v_978"
	cp "$work/out" "$work/of-guest"
	# The host reads the same figures of this VM, apart from the source and the process id.
	"$vmtoll" stat --source "$fixture" -p "$(cat "$work/pid")" --json >"$work/of-host"
	for key in exits kvm_tsc vmm_tsc halt_tsc vcpu_tsc guest_tsc ready_tsc lost kvm_exits vcpus; do
		same "key-$key" "$(value "$work/of-host" $key)" "$(value "$work/of-guest" $key)"
	done
	at_least exits 700000 "$(value "$work/of-guest" exits)"
	same names-nobody '' "$(grep -n -e "$(cat "$work/pid")" "$work/of-guest")"
}

detects()
{
	guest -- stat -- true
	same status 0 $guest_status
	same source "source: vsock ($work/v_978), SVM, TSC 2000.000 MHz" "$(grep '^source:' "$work/err")"
	matches cost 'asking cost about 0 exits' "$(tr '\n' ' ' <"$work/err" | tr -s ' ')"
	guest -- audit
	same audit-status 0 $guest_status
	matches audit 'vsock' "$(cat "$work/out")"
	guest -- stat --vcpu 1
	same vcpu-status 0 $guest_status
	matches vcpu 'vCPU 1' "$(cat "$work/out")"
	guest -- record -I 100 -o "$work/recording" -- sleep 0.3
	same record-status 0 $guest_status
}

denies()
{
	guest --deny /nosuch -- stat
	same other-denied 0 $guest_status
	"$make" none "$fixture_file"
	guest --allow /nosuch -- stat
	same not-allowed 2 $guest_status
	matches not-allowed-message 'the administrator|excluded this VM' "$(tr '\n' ' ' <"$work/err")"
	matches log 'refused process [0-9]*: --allow or --deny' "$(tr '\n' ' ' <"$work/share")"
	guest -- stat -p 1
	same process 2 $guest_status
	matches process-message 'a guest sees only its own VM' "$(tr '\n' ' ' <"$work/err")"
	"$make" mismatch "$fixture_file"
	guest -- stat
	same unreadable 2 $guest_status
	matches unreadable-message 'cannot read its ledgers' "$(tr '\n' ' ' <"$work/err" | tr -s ' ')"
}

# asks ARGUMENT...: Run vmtoll as the guest of the VMM. The result is kept in $work/out, $work/err
# and $asks_status.
asks()
{
	asks_status=0
	VMTOLL_SHARE_SOCKET=$work/guest "$vmtoll" "$@" >"$work/out" 2>"$work/err" || asks_status=$?
}

# A VMM with the hybrid vsock of Firecracker: it listens on the path in its configuration, and
# connects to this path with the suffix "_978" for the guest.
hybrid()
{
	"$fake_vmm" "$work/v" 978 "$work/guest" >"$work/vmm" &
	vmm=$!
	until grep -qs ready "$work/vmm"; do sleep 0.02; done
	"$make" "pid=$vmm" "$fixture_file"
	asks stat --source vsock
	same no-share-status 2 $asks_status
	matches no-share 'vmtoll share must run on the host' "$(tr '\n' ' ' <"$work/err" | tr -s ' ')"
	rm -f "$work/share"
	timeout 60 "$vmtoll" share --source "$fixture" --unix "$work/v" --pid $vmm 2>"$work/share" &
	share_pid=$!
	until grep -qs listening "$work/share"; do sleep 0.02; done
	asks stat --source vsock --json
	same status 0 $asks_status
	cp "$work/out" "$work/of-guest"
	"$vmtoll" stat --source "$fixture" -p $vmm --json >"$work/of-host"
	same exits "$(value "$work/of-host" exits)" "$(value "$work/of-guest" exits)"
	at_least some-exits 700000 "$(value "$work/of-guest" exits)"
	asks stat -- true
	same detected "source: vsock ($work/guest), SVM, TSC 2000.000 MHz" "$(grep '^source:' "$work/err")"
	# Only the VMM may connect to the socket of vmtoll share.
	check 2 'reset by peer' stat --source "vsock:$work/v_978"
	kill $vmm
	share_status=0
	wait $share_pid || share_status=$?
	same share-status 0 $share_status
	matches ends 'all VMMs have ended' "$(cat "$work/share")"
	succeeds socket-is-removed not test -e "$work/v_978"
	# vmtoll share does not connect to the socket of the VMM, and does not remove it.
	same host-connects-never ready "$(cat "$work/vmm")"
	succeeds socket-of-vmm-remains test -S "$work/v"
	rm -f "$work/v" "$work/guest"
}

# A signal ends the server, and removes its socket.
stops()
{
	sleep 60 &
	vmm=$!
	for signal in TERM INT; do
		rm -f "$work/share"
		# In the background, the shell ignores SIGINT; env resets this.
		env --default-signal=INT "$vmtoll" share --source "$fixture" --unix "$work/v" --pid $vmm 2>"$work/share" &
		share_pid=$!
		until grep -qs listening "$work/share"; do sleep 0.02; done
		test -S "$work/v_978"
		same "$signal-socket" 0 $?
		same "$signal-mode" 600 "$(stat -c %a "$work/v_978")"
		kill -$signal $share_pid
		wait $share_pid
		same "$signal-status" 0 $?
		test -e "$work/v_978"
		same "$signal-removed" 1 $?
	done
	kill $vmm
}

run_groups usage_errors reads detects denies hybrid stops
