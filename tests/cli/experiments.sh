#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Experiments of vmtoll compare, on a host that is made up: parameters, modules and processes are files.
# usage: experiments.sh VMTOLL FIXTURE_MAKE [GROUP...]

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

shift 2
[ $# -gt 0 ] || set -- experiments_refused experiments_run experiments_begin guests_refused guests_run \
	experiments_interrupted commands_leave terminals

# A host to be changed: modules as directories, rmmod and modprobe as scripts, a guest as a command.
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
	# A guest of 100 exits.
	printf '#!/bin/sh\n"%s" run "%s"\n' "$make" "$fixture_file" >"$bin/guest"
	chmod +x "$bin/rmmod" "$bin/modprobe" "$bin/guest"
	"$bin/modprobe" kvm_amd nested=0
	PATH=$bin:$was_path
	# What a killed experiment leaves goes with the rest.
	TMPDIR=$work
	export TMPDIR
	# shellcheck disable=SC2016 # for the command's own shell
	set_command='echo $VMTOLL_RUN $(cat $0/kvm/parameters/halt_poll_ns) $(cat $0/kvm_amd/parameters/npt) >>'"$work/ran; guest"
}

# host_check STATUS TEXT ARGUMENT...
host_check()
{
	host_status=$1 host_text=$2
	shift 2
	check "$host_status" "$host_text" compare --sys "$sys" --proc "$proc" --state "$state" \
		--source "$fixture" "$@"
}

value()
{
	cat "$sys/$1"
}

did_not_run()
{
	if [ -e "$work/ran" ]; then not_ok "the command ran"; else ok; fi
}

experiments_refused()
{
	was_path=$PATH
	fake_host
	set -- -- sh -c "$set_command" "$sys"
	host_check 2 "'kvm_intel.ept-0' is not a setting" --set kvm_intel.ept-0 --vs kvm_intel.ept=1 "$@"
	host_check 2 "'ept=0' is not a setting" --set ept=0 --vs ept=1 "$@"
	host_check 2 'this host has an AMD processor' --set kvm_intel.ept=0 --vs kvm_intel.ept=1 "$@"
	host_check 2 'did you mean npt?' --set kvm_amd.ept=0 --vs kvm_amd.ept=1 "$@"
	host_check 2 'did you mean npt?' --set kvm_amd.ntp=0 --vs kvm_amd.ntp=1 "$@"
	host_check 2 'vfio is not a KVM module' --set vfio.x=0 --vs vfio.x=1 "$@"
	host_check 2 'a value with a blank or a quote' --set 'kvm_amd.npt=1 nested=0' --vs kvm_amd.npt=1 "$@"
	host_check 2 'both sides have the same settings' --set kvm_amd.npt=1 --vs kvm_amd.npt=Y "$@"
	host_check 2 'each side needs a setting' --set kvm_amd.npt=1 "$@"
	host_check 2 'set twice' --set kvm_amd.npt=1 --set kvm_amd.npt=0 --vs kvm_amd.npt=0 "$@"
	host_check 2 'mutually exclusive' --paging --set kvm_amd.npt=1 --vs kvm_amd.npt=0 "$@"
	host_check 2 'nothing to run' --paging
	host_check 2 'nothing to run' --paging --guest disk "$@"
	host_check 2 'not within' --paging --runs 0 "$@"
	host_check 2 'cannot be combined' --restore --paging "$@"
	host_check 2 'did not accept npt=7: it reads Y' --set kvm_amd.npt=7 --vs kvm_amd.npt=1 "$@"
	is 'npt after a refusal' Y "$(value kvm_amd/parameters/npt)"
	not_to_be_put_back "$@"
	host_check 2 'both sides have the same settings' --set kvm_amd.npt=1 --vs kvm_amd.npt=Y --json -o "$work/report" "$@"
	if [ -e "$work/report" ]; then not_ok "an empty report is left"; else ok; fi
	host_check 2 'No such file' --paging -o "$work/none/report" "$@"
	check 2 'load the vmtoll module' compare --sys "$sys" --proc "$proc" --state "$state" --source "kmod:$work/none" --paging "$@"
	echo 6.1.182 >"$proc/sys/kernel/osrelease"
	host_check 2 'update the kernel, or use --trusted-guest' --paging "$@"
	# However it is spelt: a bool takes all of these for N.
	for off in N off 00 0x0; do
		host_check 2 'update the kernel, or use --trusted-guest' --set kvm_amd.npt=$off --vs kvm_amd.npt=1 "$@"
	done
	is 'npt on an affected kernel' Y "$(value kvm_amd/parameters/npt)"
	did_not_run
	# With it, it goes on, up to the proof, which that guest cannot give.
	host_check 1 'warning: kernel 6.1.182 (6.1.182) is older than 6.1.183' --paging --trusted-guest --runs 1 "$@"
	host_check 1 'the nested run is not proven' --paging --trusted-guest --runs 1 "$@"
	rm "$work/ran"
	echo 6.1.183 >"$proc/sys/kernel/osrelease"
	fake_vm
	host_check 2 'pid 77 (web)' --paging "$@"
	did_not_run
	(sleep 1; rm "$proc/77/fd/5") &
	host_check 0 'waiting for running VMs to end: 77 (web)' --wait --runs 1 --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 "$@"
	wait
	PATH=$was_path
}

# What reads as no value that can be given: written now, or when the module is loaded again.
not_to_be_put_back()
{
	echo 'not required' >"$sys/kvm/parameters/flush"
	host_check 2 "kvm.flush reads 'not required', which cannot be written" --set kvm.flush=1 --vs kvm.flush=2 "$@"
	chmod 444 "$sys/kvm/parameters/flush"
	host_check 2 'which cannot be passed when the module is loaded again' --paging "$@"
	is 'npt after that' Y "$(value kvm_amd/parameters/npt)"
	rm "$sys/kvm/parameters/flush"
}

# has_line PATTERN: of the last check's standard error
has_line()
{
	if grep -qx "vmtoll compare: $1" "$work/err"; then ok; else not_ok "no line '$1'"; fi
}

# shellcheck disable=SC2016 # $VMTOLL_RUN is for the command's own shell
experiments_run()
{
	was_path=$PATH
	fake_host
	set -- -- sh -c "$set_command" "$sys"
	host_check 0 'Good runs: 3 and 3' --set kvm.halt_poll_ns=10 --vs kvm.halt_poll_ns=20 "$@"
	has_line '6 runs, alternating between kvm.halt_poll_ns=10 and kvm.halt_poll_ns=20, at most 10 min each (--timeout), at most 60 min in total; then .*'
	has_line 'run 1 of 6 (kvm.halt_poll_ns=10) begins'
	has_line 'run 1 of 6 (kvm.halt_poll_ns=10): 100 exits in [0-9.]* s on 1 vCPU'
	has_line 'run 2 of 6 (kvm.halt_poll_ns=20) begins; about [0-9]* s left if both sides take as long'
	has_line 'run 4 of 6 (kvm.halt_poll_ns=10) begins; about [0-9]* s left'
	if grep -q "$(printf '\r')" "$work/err"; then not_ok "control characters that are for no terminal"; else ok; fi
	is 'runs in turns' '1 10 Y 2 20 Y 3 20 Y 4 10 Y 5 10 Y 6 20 Y' "$(paste -s -d ' ' "$work/ran")"
	is 'halt_poll_ns afterwards' 200000 "$(value kvm/parameters/halt_poll_ns)"
	# The guest here executes CPUID alone, so no mode can be proven by it.
	rm "$work/ran"
	host_check 1 'the nested run is not proven: it has no NPF exit' --paging "$@"
	silent out
	is 'npt after an unproven run' Y "$(value kvm_amd/parameters/npt)"
	is 'a parameter of modprobe.d that nobody touched' 0 "$(value kvm_amd/parameters/nested)"
	# 1 fails, and one side of one run has none left
	host_check 1 'no run of ' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'echo my last words; exit 3'
	host_check 1 'ended with status 3; its last line: my last words' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'echo my last words; exit 3'
	host_check 1 '(kvm.halt_poll_ns=1): failed:' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 4 ]'
	host_check 1 'Good runs: 1 and 2' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 4 ]'
	host_check 1 'timed out: stopped after 1 s' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sleep 100
	host_check 0 'Good runs: 1 and 1' --window 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; exec sleep 100'
	host_check 1 'failed: no VM exit was counted: the command must start a guest' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	host_check 0 'Good runs: 1 and 1' --keep "$work/keep" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest
	rm -r "$work/keep/run-01-a"
	host_check 2 'run-02-b already exists' --keep "$work/keep" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	# A guest that did not come to all of its phases, or wrote one that is none.
	phases='guest; cp "$0" "$VMTOLL_OUT/01-boot.json"; [ $VMTOLL_RUN = 1 ] || cp "$0" "$VMTOLL_OUT/02-work.json"'
	host_check 1 'Good runs: 1 and 2' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$phases" "$golden/fixture.out.json"
	has_line 'run 1 is now marked as failed: its phases differ from those of most runs.*'
	if grep -q '^  1 A: failed, kept out of the figures: its phases differ' "$work/out"; then ok; else not_ok "the run that failed after all"; fi
	host_check 1 'Good runs: 2 and 1' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 2 ] || echo "{" >"$VMTOLL_OUT/01-boot.json"'
	has_line 'run 2 of 4 (kvm.halt_poll_ns=2): failed: reading .*/01-boot.json: not a JSON file; .*'
	# The ledger loses track in the middle of a run.
	"$make" none "$work/fixture"
	host_check 1 'unbalanced: the audit does not balance' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- "$make" unbalanced "$work/fixture"
	"$make" none "$work/fixture"
	is 'halt_poll_ns after failures' 200000 "$(value kvm/parameters/halt_poll_ns)"
	PATH=$was_path
}

# What makes no sense to begin is told before anything was changed, and what was measured is not lost for a full disk.
experiments_begin()
{
	was_path=$PATH
	fake_host
	set -- --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2
	host_check 127 "cannot start 'nonesuch': No such file" "$@" -- nonesuch
	host_check 127 "cannot start './nonesuch': No such file" "$@" -- ./nonesuch
	host_check 126 'chmod +x' "$@" -- "$fixture_file"
	host_check 126 'it must be an executable file' "$@" -- /tmp
	if [ -e "$state" ]; then not_ok "a state was written for a command that cannot be started"; else ok; fi
	printf 'true\n' >"$work/script"
	chmod +x "$work/script"
	host_check 2 'a script must begin with a line #!/bin/sh' "$@" -- "$work/script"
	"$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" "$@" -- touch "$work/ran" 2>"$work/err" >&-
	is 'status with a closed standard output' 2 $?
	has_line 'standard output is closed, so the report cannot be written; use -o FILE'
	# Where nothing can be made, and a module that cannot be loaded again.
	host_check 2 '(use --state to set another directory)' "$@" --state /proc/none -- true
	host_check 2 '(--keep)' "$@" --keep "$work/none/keep" -- true
	TMPDIR=$work/none
	host_check 2 '(set another place with TMPDIR or --keep)' "$@" -- true
	TMPDIR=$work
	rm "$sys/kvm_amd/initstate"
	host_check 2 'kvm_amd.npt cannot be changed, because kvm_amd is built into this kernel' --paging -- touch "$work/ran"
	did_not_run
	# The marker does not get number 2, and the messages.
	# shellcheck disable=SC2016 # for the command's own shell
	"$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" "$@" -- sh -c 'guest; cp "$0" "$1"' "$state/compare" "$work/marker" \
		>"$work/out" 2>&-
	is 'status with a closed standard error' 0 $?
	is 'foreign lines in the marker' 0 "$(grep -cvE '^(vmtoll compare 1, pid|# |touched |kept )' "$work/marker")"
	host_check 2 'No space left' "$@" -o /dev/full -- guest
	has_line 'the report cannot be written; it is saved in .*, show it with .vmtoll compare .*json.'
	kept=$(sed -n 's/.*it is saved in \(.*\), show .*/\1/p' "$work/err")
	check 0 'Good runs: 1 and 1 of: guest' compare "$kept"
	PATH=$was_path
}

# A QEMU that says what it was started with and ends as it is told to.
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

# guest_check STATUS TEXT DISK
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
	is 'status without QEMU' 2 $?
	if grep -q 'there is no qemu-system-x86_64 in PATH' "$work/err"; then ok; else not_ok "no QEMU"; fi
	did_not_run
	PATH=$was_path
}

guests_run()
{
	was_path=$PATH
	fake_host
	fake_qemu
	echo guest-shutdown >"$work/reason"
	guest_check 0 'Good runs: 1 and 1 of: qemu-system-x86_64 with' "$disk"
	is 'what QEMU is asked' '{"execute":"qmp_capabilities"}' "$(cat "$work/ran.input")"
	if grep -qxF "if=virtio,snapshot=on,format=qcow2,file.driver=file,file.filename=$work/a,,b:disk.qcow2" "$work/ran"; then ok; else not_ok "drive"; fi
	echo guest-reset >"$work/reason"
	guest_check 1 'the guest did not power off (guest-reset): it crashed, rebooted or found no system to boot; its last line: ?[2Jlast line' "$disk"
	echo hang >"$work/reason"
	host_check 0 'Good runs: 1 and 1' --window 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$disk"
	host_check 1 'stopped after 1 s (--timeout); its last line: ?[2Jlast line' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --guest "$disk"
	echo guest-shutdown >"$work/reason"
	echo 5 >"$work/status"
	guest_check 1 'qemu-system-x86_64 ended with status 5' "$disk"
	PATH=$was_path
}

# A process that has a VM, until its fd/5 goes.
fake_vm()
{
	mkdir -p "$proc/77/fd"
	ln -s anon_inode:kvm-vm "$proc/77/fd/5"
	echo web >"$proc/77/comm"
}

# in_the_middle SIGNAL: starts an experiment, sends the signal while its first run under npt=0 sleeps, and a Ctrl-C where
# that does not end it
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
	is "npt in the middle" N "$(value kvm_amd/parameters/npt)"
	inner=$(pgrep -P "$outer")
	# That experiment's guest is not named as a VM that is in the way; when it is dead, its guest is.
	[ "$1" != KILL ] || fake_vm
	[ "$1" != KILL ] || host_check 2 'another vmtoll compare runs' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	kill "-$1" "$inner"
	if [ "$1" = TSTP ]; then
		sleep 1
		if grep -q ') [SR] ' "/proc/$inner/stat"; then ok; else not_ok "Ctrl-Z stopped the experiment"; fi
		if grep -q 'Ctrl-C ends the experiment' "$work/err"; then ok; else not_ok "Ctrl-Z is not answered"; fi
		kill -INT "$inner"
	fi
	wait "$outer"
	middle_status=$?
	[ "$1" = KILL ] || return
	host_check 2 'pid 77 (web)' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	has_line 'an earlier experiment (pid [0-9]*) was interrupted.*'
	rm "$proc/77/fd/5"
	# After a SIGKILL nobody else ends the guest.
	kill "$(cat "$work/ran")"
}

# What a command leaves behind in another group goes with it: here, with a run that timed out, and with one that was good.
commands_leave()
{
	was_path=$PATH
	fake_host
	# shellcheck disable=SC2016 # for the command's own shell
	leaves='guest; setsid sleep 60 & echo $! >'"$work/left"
	host_check 1 'timed out' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$leaves; wait"
	if kill -0 "$(cat "$work/left")" 2>/dev/null; then not_ok "what a timed out command started lives on"; else ok; fi
	host_check 0 'Good runs: 1 and 1' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$leaves"
	if kill -0 "$(cat "$work/left")" 2>/dev/null; then not_ok "what a command left lives on"; else ok; fi
	# But not what was there before vmtoll, in the shell that became it.
	sh -c 'sleep 60 & echo $! >'"$work/left"'; exec "$@"' - "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" \
		--source "$fixture" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest >"$work/out" 2>"$work/err"
	if kill "$(cat "$work/left")" 2>/dev/null; then ok; else not_ok "a child of the shell that became vmtoll is gone"; fi
	PATH=$was_path
}

# A terminal has a line that tells how long the run takes, and lines of their own after it.
on_terminal()
{
	script -qec "$vmtoll compare --sys $sys --proc $proc --state $state --source $fixture --runs 1 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; exec sleep 1.2'" /dev/null </dev/null | tr '\r' '\n' >"$work/err"
	if grep -q '^run 2 of 2: 1 s so far, about [0-9]* s left *$' "$work/err" || grep -q '^run 2 of 2: 1 s so far *$' "$work/err"; then ok; else not_ok "line of a terminal"; fi
	has_line 'run 2 of 2 (kvm.halt_poll_ns=2): 100 exits in [0-9.]* s on 1 vCPU'
}

# How the terminal and the shell treat a program: Ctrl-Z, nohup, stopped for longer than a run may take.
terminals()
{
	was_path=$PATH
	fake_host
	on_terminal
	in_the_middle TSTP
	is 'npt after Ctrl-Z and Ctrl-C' Y "$(value kvm_amd/parameters/npt)"
	rm "$work/ran"
	(trap '' HUP; exec "$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" --timeout 3 --runs 1 \
		--set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "echo >>$work/ran; guest; exec sleep 1.5") >"$work/out" 2>"$work/err" &
	inner=$!
	until [ -s "$work/ran" ]; do sleep 0.1; done
	kill -HUP $inner
	kill -STOP $inner
	sleep 4
	kill -CONT $inner
	wait $inner
	is 'status of what nohup started, and was stopped' 0 $?
	# A Ctrl-C while the module is loaded ends the next run before it begins.
	rm "$work/ran"
	# shellcheck disable=SC2016 # for the script
	sed -i 's/^chmod 444/case $* in *npt=1*) kill -TERM $PPID ;; esac; &/' "$bin/modprobe"
	host_check 2 'ended by signal 15 after 1 of 2 runs' --runs 1 --set kvm_amd.nested=1 --set kvm.halt_poll_ns=5 --vs kvm_amd.npt=1 --vs kvm_amd.nested=0 -- sh -c "guest; echo >>$work/ran"
	is 'runs before the signal' 1 "$(grep -c '' "$work/ran")"
	PATH=$was_path
}

experiments_interrupted()
{
	was_path=$PATH
	fake_host
	for signal in INT TERM HUP; do
		in_the_middle $signal
		is "status after SIG$signal" 2 "$middle_status"
		is "npt after SIG$signal" Y "$(value kvm_amd/parameters/npt)"
		is "nested after SIG$signal" 0 "$(value kvm_amd/parameters/nested)"
		if grep -q "settings have been restored" "$work/err"; then ok; else not_ok "SIG$signal"; fi
		if kill -0 "$(cat "$work/ran")" 2>/dev/null; then not_ok "the guest lives on after SIG$signal"; else ok; fi
	done
	host_check 0 'nothing to restore' --restore
	in_the_middle KILL
	is 'npt after SIGKILL' N "$(value kvm_amd/parameters/npt)"
	host_check 0 'was interrupted' --restore
	is 'npt after --restore' Y "$(value kvm_amd/parameters/npt)"
	is 'nested after --restore' 0 "$(value kvm_amd/parameters/nested)"
	host_check 0 'nothing to restore' --restore
	in_the_middle KILL
	host_check 0 'kvm_amd.npt is restored to Y' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest
	is 'npt after the next experiment' Y "$(value kvm_amd/parameters/npt)"
	# The machine was started anew: what the experiment changed is put back, what it kept is not its business.
	in_the_middle KILL
	echo 1000 >"$sys/kvm/parameters/halt_poll_ns"
	echo second >"$proc/sys/kernel/random/boot_id"
	"$bin/modprobe" kvm_amd npt=0
	host_check 0 'was interrupted by a reboot; restoring' --restore
	is 'npt after the machine died' Y "$(value kvm_amd/parameters/npt)"
	is 'what another start of the machine set' 1000 "$(value kvm/parameters/halt_poll_ns)"
	echo first >"$proc/sys/kernel/random/boot_id"
	echo 200000 >"$sys/kvm/parameters/halt_poll_ns"
	# A parameter that is another one after each load, whatever is given.
	# shellcheck disable=SC2016 # for the script
	sed -i 's/^chmod 444/date +%s%N >$module\/stamp; &/' "$bin/modprobe"
	"$bin/modprobe" kvm_amd nested=0
	host_check 2 'these parameters differ from their saved values: kvm_amd.stamp' --runs 1 --set kvm_amd.nested=0 --vs kvm_amd.nested=1 -- guest
	if grep -q 'Good runs: 1 and 1' "$work/out"; then ok; else not_ok "no report, since the host could not be put back"; fi
	sed -i 's/^date.*; chmod/chmod/' "$bin/modprobe"
	rm "$sys/kvm_amd/parameters/stamp" "$state/compare"
	# Even the module may be gone.
	in_the_middle KILL
	rm -r "$sys/kvm_amd"
	host_check 0 'kvm_amd.npt is restored to Y' --restore
	is 'npt of a module that was gone' Y "$(value kvm_amd/parameters/npt)"
	in_the_middle KILL
	rm -r "$sys/kvm_amd"
	host_check 1 'kvm_amd.npt is restored to Y' --paging -- guest
	has_line 'run 1 of 6 (nested) begins'
	is 'directories of runs left, one by each SIGKILL' 5 "$(find "$work" -maxdepth 1 -name 'vmtoll.*' | wc -l)"
	# What cannot be put back is said, and the marker stays for another try.
	in_the_middle KILL
	printf '#!/bin/sh\nexit 1\n' >"$bin/modprobe"
	host_check 2 'cannot load kvm_amd' --restore
	if [ -s "$state/compare" ]; then ok; else not_ok "the marker is gone"; fi
	# A VM that runs is waited for.
	fake_vm
	# That is not as it was, whoever ends the waiting.
	(sleep 1; kill -TERM "$(pgrep -P $$ -x vmtoll)") &
	host_check 2 'settings have not been restored' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --wait -- true
	wait
	(sleep 1; rm "$proc/77/fd/5") &
	host_check 2 'waiting for running VMs to end: 77 (web)' --restore --wait
	wait
	PATH=$was_path
}

run_groups "$@"
