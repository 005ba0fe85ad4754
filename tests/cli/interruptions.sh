#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test that `vmtoll compare` restores the host after a signal has interrupted an experiment.
# Usage: interruptions.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=fake_host.sh disable=SC1091
. "$(dirname "$0")/fake_host.sh"

experiments_interrupted()
{
	was_path=$PATH
	fake_host
	for signal in INT TERM HUP; do
		in_the_middle $signal
		same "status-after-SIG$signal" 2 "$middle_status"
		same "npt-after-SIG$signal" Y "$(value kvm_amd/parameters/npt)"
		same "nested-after-SIG$signal" 0 "$(value kvm_amd/parameters/nested)"
		succeeds "message-after-SIG$signal" grep -q "settings have been restored" "$work/err"
		succeeds "no-guest-after-SIG$signal" not kill -0 "$(cat "$work/ran")"
	done
	host_check 0 'nothing to restore' --restore
	in_the_middle KILL
	same npt-after-SIGKILL N "$(value kvm_amd/parameters/npt)"
	host_check 0 'was interrupted' --restore
	same npt-after-restore Y "$(value kvm_amd/parameters/npt)"
	same nested-after-restore 0 "$(value kvm_amd/parameters/nested)"
	host_check 0 'nothing to restore' --restore
	in_the_middle KILL
	host_check 0 'kvm_amd.npt is restored to Y' --runs 1 --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 -- guest
	same npt-after-the-next-experiment Y "$(value kvm_amd/parameters/npt)"
	# After a reboot, vmtoll must restore the setting that the experiment changed. It must
	# not change any other setting.
	in_the_middle KILL
	echo 1000 >"$sys/kvm/parameters/halt_poll_ns"
	echo second >"$proc/sys/kernel/random/boot_id"
	"$bin/modprobe" kvm_amd npt=0
	host_check 0 'was interrupted by a reboot; restoring' --restore
	same npt-after-the-machine-died Y "$(value kvm_amd/parameters/npt)"
	same value-of-another-boot-kept 1000 "$(value kvm/parameters/halt_poll_ns)"
	echo first >"$proc/sys/kernel/random/boot_id"
	echo 200000 >"$sys/kvm/parameters/halt_poll_ns"
	# Add a parameter that has a new value after each load, so that it cannot be restored.
	# shellcheck disable=SC2016 # expanded by the script
	sed -i 's/^chmod 444/date +%s%N >$module\/stamp; &/' "$bin/modprobe"
	"$bin/modprobe" kvm_amd nested=0
	host_check 2 'these parameters differ from their saved values: kvm_amd.stamp' --runs 1 --set kvm_amd.nested=0 --vs kvm_amd.nested=1 -- guest
	succeeds report-though-host-not-restored grep -q 'Valid runs: 1 and 1' "$work/out"
	sed -i 's/^date.*; chmod/chmod/' "$bin/modprobe"
	rm "$sys/kvm_amd/parameters/stamp" "$state/compare"
	# vmtoll must restore the parameter even if the module has been unloaded meanwhile.
	in_the_middle KILL
	rm -r "$sys/kvm_amd"
	host_check 0 'kvm_amd.npt is restored to Y' --restore
	same npt-of-an-unloaded-module Y "$(value kvm_amd/parameters/npt)"
	in_the_middle KILL
	rm -r "$sys/kvm_amd"
	host_check 1 'kvm_amd.npt is restored to Y' --paging -- guest
	has_line 'run 1 of 6 (nested) begins'
	same run-directories-left-by-SIGKILL 5 "$(find "$work" -maxdepth 1 -name 'vmtoll.*' | wc -l)"
	# If the host cannot be restored, vmtoll must report that and keep the marker for another
	# attempt.
	in_the_middle KILL
	printf '#!/bin/sh\nexit 1\n' >"$bin/modprobe"
	host_check 2 'cannot load kvm_amd' --restore
	succeeds marker-kept test -s "$state/compare"
	# With --wait, vmtoll waits for a running VM. If a signal interrupts the wait, vmtoll
	# does not restore the host, and it must report that.
	fake_vm
	(sleep 1; until kill -TERM "$(pgrep -P $$ -x vmtoll)"; do sleep 0.2; done 2>/dev/null) &
	host_check 2 'settings have not been restored' --set kvm.halt_poll_ns=1 --vs kvm.halt_poll_ns=2 --wait -- true
	wait
	(sleep 1; rm "$proc/77/fd/5") &
	host_check 2 'waiting for running VMs to end: 77 (web)' --restore --wait
	wait
	PATH=$was_path
}

run_groups experiments_interrupted
