# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# A fake host for the tests of `vmtoll compare`. Its parameters, modules and processes are files
# in $work. This script is sourced after lib.sh.
# shellcheck disable=SC2034,SC2154 # variables of lib.sh and of the scripts that source this file

# Create the fake host. Its modules are directories, and its rmmod and modprobe are scripts. Its
# guest is a command that adds 100 exits to the fixture. Set $set_command to a command that logs
# the settings of each run to $work/ran.
fake_host()
{
	sys=$work/sys proc=$work/proc state=$work/var/state bin=$work/bin
	rm -rf "$sys" "$proc" "$state" "$bin" "$work/ran"
	mkdir -p "$sys/kvm/parameters" "$proc/sys/kernel/random" "$bin"
	echo first >"$proc/sys/kernel/random/boot_id"
	echo 200000 >"$sys/kvm/parameters/halt_poll_ns"
	echo 6.1.192 >"$proc/sys/kernel/osrelease"
	echo '#1 SMP' >"$proc/sys/kernel/version"
	cat >"$bin/rmmod" <<-SH
	#!/bin/sh
	[ ! -L "$proc/77/fd/5" ] && rm -r "$sys/\$1"
	SH
	cat >"$bin/modprobe" <<-SH
	#!/bin/sh
	module=$sys/\$1/parameters
	shift
	mkdir -p \$module
	echo live >\$module/../initstate
	echo Y >\$module/npt
	echo 1 >\$module/nested
	for word; do case \$word in
	npt=1) echo Y ;; npt=0) echo N ;; *=*) echo "\${word#*=}" ;;
	esac >\$module/\${word%%=*}; done
	[ "\$(cat \$module/npt)" != 7 ] || echo Y >\$module/npt
	chmod 444 \$module/*
	SH
	printf '#!/bin/sh\n"%s" run "%s"\n' "$make" "$fixture_file" >"$bin/guest"
	chmod +x "$bin/rmmod" "$bin/modprobe" "$bin/guest"
	"$bin/modprobe" kvm_amd nested=0
	PATH=$bin:$was_path
	# Killed experiments do not remove their temporary directories. Create these directories
	# in $work, which is removed at the end of the test.
	TMPDIR=$work
	export TMPDIR
	# shellcheck disable=SC2016 # expanded by the command's own shell
	set_command='echo $VMTOLL_RUN $(cat $0/kvm/parameters/halt_poll_ns) $(cat $0/kvm_amd/parameters/npt) >>'"$work/ran; guest"
}

# host_check STATUS TEXT ARGUMENT...: Run check() for `vmtoll compare` on the fake host.
host_check()
{
	host_status=$1 host_text=$2
	shift 2
	check "$host_status" "$host_text" compare --sys "$sys" --proc "$proc" --state "$state" \
		--source "$fixture" "$@"
}

# has_line PATTERN: Check that vmtoll compare has printed a line that matches PATTERN to standard
# error.
lines=0
has_line()
{
	lines=$((lines + 1))
	succeeds "$checks-line-$lines" grep -qx "vmtoll compare: $1" "$work/err"
}

# value PATH: Print a parameter's value.
value()
{
	cat "$sys/$1"
}

# Check that no run of the experiment has started.
did_not_run()
{
	succeeds command-did-not-run not test -e "$work/ran"
}

# Create a fake process that runs a VM. To terminate the VM, remove fd/5 of the process.
fake_vm()
{
	mkdir -p "$proc/77/fd"
	ln -s anon_inode:kvm-vm "$proc/77/fd/5"
	echo web >"$proc/77/comm"
}

# in_the_middle SIGNAL: Start an experiment whose first run uses npt=0, and send the signal to
# vmtoll during this run. SIGTSTP does not terminate vmtoll, so send SIGINT afterwards. Set
# $middle_status to the exit status of vmtoll.
in_the_middle()
{
	rm -f "$work/ran"
	timeout --foreground 60 "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" \
		--set kvm_amd.npt=0 --vs kvm_amd.nested=1 --runs 1 -- \
		sh -c "echo \$\$ >$work/ran; exec sleep 20" >"$work/out" 2>"$work/err" &
	outer=$!
	tries=0
	until [ -s "$work/ran" ] || [ $tries -ge 100 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	same npt-in-the-middle N "$(value kvm_amd/parameters/npt)"
	inner=$(pgrep -P "$outer")
	# While the experiment runs, another vmtoll process must report that an experiment runs,
	# and must not complain about the experiment's guest. After the experiment has been
	# killed, a new vmtoll process must complain about the guest, which is still running.
	[ "$1" != KILL ] || fake_vm
	[ "$1" != KILL ] || host_check 2 'another vmtoll compare runs' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	kill "-$1" "$inner"
	if [ "$1" = TSTP ]; then
		sleep 1
		succeeds Ctrl-Z-stopped-the-experiment grep -q ') [SR] ' "/proc/$inner/stat"
		succeeds message-after-Ctrl-Z grep -q 'Ctrl-C ends the experiment' "$work/err"
		kill -INT "$inner"
	fi
	wait "$outer"
	middle_status=$?
	[ "$1" = KILL ] || return
	host_check 2 'pid 77 (web)' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	has_line 'an earlier experiment (pid [0-9]*) was interrupted.*'
	rm "$proc/77/fd/5"
	# After SIGKILL, vmtoll cannot end the guest.
	kill "$(cat "$work/ran")"
}
