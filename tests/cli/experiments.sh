#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test experiments of `vmtoll compare` on a fake host: rejected requests, successful runs, and
# failed runs.
# Usage: experiments.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=fake_host.sh disable=SC1091
. "$(dirname "$0")/fake_host.sh"

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
	host_check 2 'mutually exclusive' --paging --guest disk "$@"
	host_check 2 'not within' --paging --runs 0 "$@"
	host_check 2 'cannot be combined' --restore --paging "$@"
	host_check 2 'did not accept npt=7: it reads Y' --set kvm_amd.npt=7 --vs kvm_amd.npt=1 "$@"
	same npt-after-a-refusal Y "$(value kvm_amd/parameters/npt)"
	unrestorable_parameters "$@"
	host_check 2 'both sides have the same settings' --set kvm_amd.npt=1 --vs kvm_amd.npt=Y --json -o "$work/report" "$@"
	succeeds no-empty-report not test -e "$work/report"
	host_check 2 'No such file' --paging -o "$work/none/report" "$@"
	"$make" newer "$fixture_file"
	host_check 2 "install the tool of the module's release" --paging "$@"
	"$make" older "$fixture_file"
	host_check 2 'run rmmod vmtoll, and load the new module' --paging "$@"
	"$make" none "$fixture_file"
	check 2 'load the vmtoll module' compare --sys "$sys" --proc "$proc" --state "$state" --source "kmod:$work/none" --paging "$@"
	echo 6.1.182 >"$proc/sys/kernel/osrelease"
	host_check 2 'update the kernel, or use --trusted-guest' --paging "$@"
	# The kernel parses each of these values as the boolean value N (off).
	for off in N off 00 0x0; do
		host_check 2 'update the kernel, or use --trusted-guest' --set kvm_amd.npt=$off --vs kvm_amd.npt=1 "$@"
	done
	same npt-on-an-affected-kernel Y "$(value kvm_amd/parameters/npt)"
	did_not_run
	# With --trusted-guest, vmtoll only prints a warning and starts the experiment. The run
	# then fails, because the exits of this guest do not prove the paging mode.
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

# Check that vmtoll does not change a parameter that it cannot restore afterwards. vmtoll
# restores a parameter by writing its old value or by reloading the module.
unrestorable_parameters()
{
	echo 'not required' >"$sys/kvm/parameters/flush"
	host_check 2 "kvm.flush reads 'not required', which cannot be written" --set kvm.flush=1 --vs kvm.flush=2 "$@"
	chmod 444 "$sys/kvm/parameters/flush"
	host_check 2 'which cannot be passed when the module is loaded again' --paging "$@"
	same npt-after-both-refusals Y "$(value kvm_amd/parameters/npt)"
	rm "$sys/kvm/parameters/flush"
}

# shellcheck disable=SC2016 # $VMTOLL_RUN is expanded by the command's own shell
experiments_run()
{
	was_path=$PATH
	fake_host
	set -- -- sh -c "$set_command" "$sys"
	host_check 0 'Valid runs: 3 and 3' --set kvm.halt_poll_ns=10 --vs kvm.halt_poll_ns=20 "$@"
	has_line '6 runs, alternating between kvm.halt_poll_ns=10 and kvm.halt_poll_ns=20, at most 10 min each (--timeout), at most 60 min in total; then .*'
	has_line 'run 1 of 6 (kvm.halt_poll_ns=10) begins'
	has_line 'run 1 of 6 (kvm.halt_poll_ns=10): 100 exits in [0-9.]* s on 1 vCPU'
	has_line 'run 2 of 6 (kvm.halt_poll_ns=20) begins; about [0-9]* s left if both sides take as long'
	has_line 'run 4 of 6 (kvm.halt_poll_ns=10) begins; about [0-9]* s left'
	succeeds no-control-characters not grep -q "$(printf '\r')" "$work/err"
	same runs-interleaved '1 10 Y 2 20 Y 3 20 Y 4 10 Y 5 10 Y 6 20 Y' "$(paste -s -d ' ' "$work/ran")"
	same halt_poll_ns-afterwards 200000 "$(value kvm/parameters/halt_poll_ns)"
	# This guest causes only CPUID exits, which do not prove the paging mode.
	rm "$work/ran"
	host_check 1 'the nested run is not proven: it has no NPF exit' --paging "$@"
	silent out
	same npt-after-an-unproven-run Y "$(value kvm_amd/parameters/npt)"
	same modprobe.d-parameter-kept 0 "$(value kvm_amd/parameters/nested)"
	# Check failed runs. If the only run of a side fails, vmtoll must report that the side
	# has no valid run.
	host_check 1 'no run of ' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; echo my last words; exit 3'
	host_check 1 'ended with status 3; its last line: my last words' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'echo my last words; exit 3'
	host_check 1 '(kvm.halt_poll_ns=1): failed:' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 4 ]'
	host_check 1 'Valid runs: 1 and 2' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 4 ]'
	host_check 1 'timed out: stopped after 1 s' --timeout 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sleep 100
	host_check 0 'Valid runs: 1 and 1' --window 1 --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; exec sleep 100'
	host_check 1 'failed: no VM exit was counted: the command must start a guest' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	# Check that the experiment stops after its first run if the command fails or starts no
	# guest.
	for command in true 'exit 3'; do
		host_check 1 'ends after its first run, because the command cannot work' --runs 9 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 \
			-- sh -c "echo >>$work/tries; $command"
	done
	same tries-of-a-command-that-cannot-work 2 "$(grep -c '' "$work/tries")"
	# In this test, the command exits before its guest, but the guest exits within the grace
	# period.
	unwaited='ln -s anon_inode:kvm-vm "$0/77/fd/5"; guest; (sleep 0.5; rm "$0/77/fd/5") &'
	mkdir -p "$proc/77/fd"
	echo web >"$proc/77/comm"
	host_check 1 'the command ended before its VM (pid 77 (web)): CMD must wait for its guest' \
		--runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$unwaited" "$proc"
	host_check 1 'Valid runs: 2 and 1' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 \
		-- sh -c "[ \$VMTOLL_RUN = 2 ] || exec guest; $unwaited" "$proc"
	rm -r "$proc/77"
	host_check 0 'Valid runs: 1 and 1' --keep "$work/keep" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest
	rm -r "$work/keep/run-01-a"
	host_check 2 'run-02-b already exists' --keep "$work/keep" --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- true
	# Check that a run fails if its guest does not reach all phases or writes an invalid
	# phase file.
	phases='guest; cp "$0" "$VMTOLL_OUT/01-boot.json"; [ $VMTOLL_RUN = 1 ] || cp "$0" "$VMTOLL_OUT/02-work.json"'
	host_check 1 'Valid runs: 1 and 2' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c "$phases" "$golden/fixture.out.json"
	has_line 'run 1 is now marked as failed: its phases differ from those of most runs.*'
	succeeds phases-differ-in-report grep -q '^  1 A: failed, not in the figures: its phases differ' "$work/out"
	host_check 1 'Valid runs: 2 and 1' --runs 2 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- sh -c 'guest; [ $VMTOLL_RUN != 2 ] || echo "{" >"$VMTOLL_OUT/01-boot.json"'
	has_line 'run 2 of 4 (kvm.halt_poll_ns=2): failed: reading .*/01-boot.json: not a JSON file; .*'
	# Check that a run fails if its ledger becomes unbalanced.
	"$make" none "$work/fixture"
	host_check 1 'unbalanced: the audit does not balance' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- "$make" unbalanced "$work/fixture"
	"$make" none "$work/fixture"
	same halt_poll_ns-after-failures 200000 "$(value kvm/parameters/halt_poll_ns)"
	PATH=$was_path
}

# Check that vmtoll rejects an impossible experiment before it changes the host. Also check that
# no results are lost if the disk is full.
experiments_begin()
{
	was_path=$PATH
	fake_host
	set -- --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2
	host_check 127 "cannot start 'nonesuch': No such file" "$@" -- nonesuch
	host_check 127 "cannot start './nonesuch': No such file" "$@" -- ./nonesuch
	host_check 126 'chmod +x' "$@" -- "$fixture_file"
	host_check 126 'it must be an executable file' "$@" -- /tmp
	succeeds no-state-written not test -e "$state"
	printf 'true\n' >"$work/script"
	chmod +x "$work/script"
	host_check 2 'a script must begin with a line #!/bin/sh' "$@" -- "$work/script"
	"$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" "$@" -- touch "$work/ran" 2>"$work/err" >&-
	same status-with-a-closed-standard-output 2 $?
	has_line 'standard output is closed, so the report cannot be written; use -o FILE'
	# Check the error messages for directories that cannot be created and for a module that
	# cannot be reloaded.
	host_check 2 '(use --state to set another directory)' "$@" --state /proc/none -- true
	host_check 2 '(--keep)' "$@" --keep "$work/none/keep" -- true
	TMPDIR=$work/none
	host_check 2 '(set another place with TMPDIR or --keep)' "$@" -- true
	TMPDIR=$work
	rm "$sys/kvm_amd/initstate"
	host_check 2 'kvm_amd.npt cannot be changed, because kvm_amd is built into this kernel' --paging -- touch "$work/ran"
	did_not_run
	# With standard error closed, the marker file must not become file descriptor 2 and get
	# the messages.
	# shellcheck disable=SC2016 # expanded by the command's own shell
	"$vmtoll" compare --sys "$sys" --proc "$proc" --state "$state" --source "$fixture" "$@" -- sh -c 'guest; cp "$0" "$1"' "$state/compare" "$work/marker" \
		>"$work/out" 2>&-
	same status-with-a-closed-standard-error 0 $?
	same marker-has-only-its-own-lines 0 "$(grep -cvE '^(vmtoll compare 1, pid|# |touched |kept )' "$work/marker")"
	host_check 2 'No space left' "$@" -o /dev/full -- guest
	has_line 'the report cannot be written; it is saved in .*, show it with .vmtoll compare .*json.'
	kept=$(sed -n 's/.*it is saved in \(.*\), show .*/\1/p' "$work/err")
	check 0 'Valid runs: 1 and 1 of: guest' compare "$kept"
	PATH=$was_path
}

run_groups experiments_refused experiments_run experiments_begin
