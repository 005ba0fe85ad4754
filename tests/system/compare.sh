# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test `vmtoll compare` on a host with a real KVM. vmtoll must prove the paging modes, always
# restore the settings, and reject impossible requests. The guests are payloads of the
# ground-truth tests, a payload that never ends, and a disk that QEMU boots.
# Usage: compare.sh [bpf] (bpf: count with the BPF programs, and also test that kvm can be loaded
# again although the programs use it)
counter=${1-module}
. "$(dirname "$0")/lib.sh"

# parameter MODULE.NAME: Print the value of this parameter.
parameter()
{
	cat "/sys/module/${1%%.*}/parameters/${1#*.}"
}

# compare ARGUMENT...: Run `vmtoll compare` with a state directory that only this test uses.
compare()
{
	vmtoll compare --state /tmp/state "$@"
}

# The command of most experiments. Its payloads touch new pages, write CR3 and execute INVLPG, so
# the exits differ between the paging modes. truth.sh checks that these exits are counted
# exactly.
sources=
[ "$counter" = module ] || sources='-s bpf'
guest="/truth/truth run $sources touch cr3-write invlpg >/dev/null 2>&1; [ \$? -le 1 ]"

proven()
{
	succeeds paging compare --paging --runs 2 --json -o /tmp/compare.json -- sh -c "$guest"
	same paging-valid 4 "$(grep -c '"end": "good"' /tmp/compare.json)"
	same paging-verified 4 "$(grep -c '"verified": true' /tmp/compare.json)"
	same paging-balanced 4 "$(grep -c '"balanced": true' /tmp/compare.json)"
	same paging-interleaved 'nested shadow shadow nested' \
		"$(sed -n 's/^ *"mode": "\(.*\)",$/\1/p' /tmp/compare.json | paste -s -d ' ' -)"
	same paging-restored Y "$(parameter "$paging")"
	matches paging-report 'reasons moved: ' "$(compare /tmp/compare.json)"
}

# Return true if KVM fails to run a BIOS under shadow paging even without vmtoll.ko. The cause is
# a stale value in the VMCB field EXITINTINFO. QEMU's TCG clears the valid bit of this field but
# not its other bits. When the guest writes to the screen, KVM in Linux 7.2 mistakes the stale
# value for an event that is being delivered.
bios_dies()
{
	stop_counting
	lab kvm "$paging=0" >/dev/null
	timeout 20 qemu-system-x86_64 -nodefaults -no-user-config -no-reboot -accel kvm -cpu host -m 64 -display none -vga std \
		-drive file=/truth/disk.qcow2,format=qcow2,if=virtio,snapshot=on </dev/null >/tmp/bios 2>&1
	lab kvm >/dev/null
	start_counting
	grep -q 'KVM internal error. Suberror: 3' /tmp/bios
}

# Boot the disk in an experiment with the options in $sides. Set $booted to the exit status.
boot_disk()
{
	rm -rf /tmp/disk
	booted=0
	# shellcheck disable=SC2086 # words
	compare $sides --runs 1 --keep /tmp/disk --json -o /tmp/disk.json --guest /truth/disk.qcow2 >/tmp/disk.out 2>&1 || booted=$?
}

# Check experiments with a disk. The guest counts its starts on the disk. A count of 1 proves
# that the run used a fresh copy of the disk. Allow memory overcommit, because QEMU maps more
# memory than the machine has.
disks()
{
	mkdir -p /var/tmp
	echo 1 >/proc/sys/vm/overcommit_memory
	# Prevent QEMU's C library from copying with REP instructions, which are slow in Bochs:
	# it emulates REP one iteration at a time.
	GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=2000000000:glibc.cpu.x86_rep_stosb_threshold=2000000000
	export GLIBC_TUNABLES
	disk_before=$(md5sum </truth/disk.qcow2)
	sides=--paging
	boot_disk
	if grep -q 'KVM internal error. Suberror: 3' /tmp/disk.out && bios_dies; then
		skip guest-shadow "KVM stops a BIOS here (internal error 3), also without vmtoll; only nested paging is tested"
		sides='--set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1'
		boot_disk
	fi
	if [ $booted -eq 0 ]; then ok guest; else not_ok guest "status $booted: $(cat /tmp/disk.out)"; fi
	same guest-valid 2 "$(grep -c '"end": "good"' /tmp/disk.json)"
	[ "$sides" != --paging ] || same guest-verified 2 "$(grep -c '"verified": true' /tmp/disk.json)"
	same guest-fresh-disks 'disk: start 1 of this disk,disk: start 1 of this disk' \
		"$(cat /tmp/disk/run-*/serial | tr -d '\000\r' | paste -s -d , -)"
	same guest-disk-unchanged "$disk_before" "$(md5sum </truth/disk.qcow2)"
	# shellcheck disable=SC2046 # two numbers
	flat guest-cpuid $(sed -n 's/.*"name": "CPUID", "exits": \([0-9]*\),.*/\1/p' /tmp/disk.json)
	# The remaining checks depend neither on the vendor nor on what counts.
	[ "$arch-$counter" = amd-module ] || return 0
	dies crash guest-crashed 'did not power off \(guest-reset\)'
	dies stop guest-stopped 'QEMU stopped the guest and does not resume it: KVM internal error. Suberror: 1'
}

# dies SECTOR NAME REASON: Boot a guest from the disk image SECTOR. Check that the run fails, and
# that the message contains REASON.
dies()
{
	cp "/truth/$1.sector" "/tmp/$1.raw"
	truncate -s 1M "/tmp/$1.raw"
	fails "$2" 1 "$3.*its last line: disk: start 1" compare \
		--set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 --guest "/tmp/$1.raw"
}

# flat NAME A B: Check that A is greater than 1000, and that A and B differ by less than 2 %.
flat()
{
	if [ $((100 * ($2 - $3))) -lt $((2 * $2)) ] && [ $((100 * ($3 - $2))) -lt $((2 * $2)) ] && [ "$2" -gt 1000 ]; then
		ok "$1"
	else
		not_ok "$1" "$2 and $3"
	fi
}

# Use a command that reloads KVM in the other paging mode. The parameter has the correct value when
# the run begins, so only the exits can reveal the wrong mode. The run must fail.
contradicted()
{
	fails contradicted 1 'exits, which shadow paging never causes' \
		vmtoll compare --state /tmp/state --paging --runs 1 -- \
		sh -c "[ \$VMTOLL_SIDE = nested ] || { rmmod $vendor; /bin/modprobe $vendor ${paging#*.}=1; }; $guest"
	same contradicted-restored Y "$(parameter "$paging")"
}

# Check three parameters:
#
# - kvm.halt_poll_ns can be written at run time.
# - kvm.vector_hashing cannot be written at run time, so both modules must be reloaded.
# - The parameter `nested` was set at load time. The experiment must preserve its value.
#
# shellcheck disable=SC2016 # $VMTOLL_OUT is for the command's own shell
settings()
{
	succeeds run-time compare --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1000 --runs 1 --keep /tmp/keep -- \
		sh -c 'cp /sys/module/kvm/parameters/halt_poll_ns "$VMTOLL_OUT/value"; exec /truth/truth loop cpuid 100'
	same run-time-values '0 1000' "$(cat /tmp/keep/run-*/value | paste -s -d ' ' -)"
	same run-time-restored 200000 "$(parameter kvm.halt_poll_ns)"
	lab kvm "$vendor.nested=0" >/dev/null
	before=$(parameter kvm.vector_hashing)
	succeeds both-modules compare --set kvm.vector_hashing=0 --vs kvm.vector_hashing=1 --runs 1 -- \
		/truth/truth loop cpuid 100
	same both-modules-restored "$before" "$(parameter kvm.vector_hashing)"
	matches other-parameter-kept '^(0|N)$' "$(parameter "$vendor.nested")"
	lab kvm >/dev/null
}

refused()
{
	other=kvm_intel.ept
	[ "$arch" = amd ] || other=kvm_amd.npt
	fails wrong-vendor 2 "use the parameter $paging" compare --set $other=0 --vs $other=1 -- true
	fails typo 2 'is not a setting' compare --set "$vendor.ept-0" --vs "$paging=1" -- true
	fails unknown 2 'has no readable parameter' compare --set "$vendor.nopage=0" --vs "$paging=1" -- true
	fails not-taken 2 'cannot write nonsense' compare --set "$paging=0" --vs kvm.halt_poll_ns=nonsense -- true
	same not-taken-restored Y "$(parameter "$paging")"
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	vm=$!
	sleep 1
	fails vm-runs 2 "pid $vm \(truth\)" compare --paging -- true
	(sleep 2; kill "$vm") &
	matches vm-waited-for "waiting for running VMs to end: $vm" \
		"$(compare --wait --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 -- /truth/truth loop cpuid 100 2>&1)"
	wait
	lab unload
	fails no-module 2 'run vmtoll attach' compare --paging -- true
	lab load
}

# Make /proc show the version of an older kernel that lacks the fixes for shadow paging.
affected()
{
	echo 6.1.182 >/tmp/osrelease
	echo '#1 SMP' >/tmp/version
	mount -o bind /tmp/osrelease /proc/sys/kernel/osrelease
	mount -o bind /tmp/version /proc/sys/kernel/version
	fails affected 2 '6.1.182.* is older than 6.1.183.*CVE-2026-53359.*--trusted-guest' compare --paging --runs 1 -- sh -c "$guest"
	same affected-untouched Y "$(parameter "$paging")"
	trusted=$(compare --paging --trusted-guest --runs 1 -- sh -c "$guest" 2>&1)
	same trusted-status 0 $?
	matches trusted-warned 'warning: kernel 6.1.182.*the experiment runs because of --trusted-guest' "$trusted"
	matches trusted-ran 'Valid runs: 1 and 1' "$trusted"
	umount /proc/sys/kernel/osrelease /proc/sys/kernel/version
}

# Unload the vendor's module during a run. In a second experiment, replace modprobe, so that vmtoll
# cannot reload the module with the original value of the parameter.
# shellcheck disable=SC2016 # $* belongs to the replaced modprobe
vanished()
{
	fails vanished 1 'the experiment ends after its first run' compare --paging --runs 1 -- sh -c "rmmod $vendor; exit 1"
	same vanished-restored Y "$(parameter "$paging")"
	mkdir /tmp/bin
	printf '#!/bin/sh\ncase "$*" in *=Y*) exit 1 ;; esac\nexec /bin/modprobe "$@"\n' >/tmp/bin/modprobe
	chmod 755 /tmp/bin/modprobe
	path_before=$PATH
	PATH=/tmp/bin:$PATH
	fails unloadable 2 "could NOT be restored: cannot load $vendor.* are in /tmp/state/compare; try again with .vmtoll compare --restore" \
		compare --paging --runs 1 -- sh -c "$guest"
	matches unloadable-marked "touched $paging=Y" "$(cat /tmp/state/compare)"
	fails unloadable-still 2 'cannot restore the settings saved in /tmp/state/compare: cannot load' compare --restore
	PATH=$path_before
	matches unloadable-restored "$paging is restored to Y" "$(compare --restore 2>&1)"
	same unloadable-value Y "$(parameter "$paging")"
}

# interrupt SIGNAL: Send the signal to vmtoll during a run under shadow paging. Set
# $interrupt_status to the exit status.
interrupt()
{
	vmtoll compare --state /tmp/state --set "$paging=0" --vs "$paging=1" --runs 1 -- \
		/truth/truth loop cpuid 1000000000 >/dev/null 2>/tmp/interrupt.err &
	compare=$!
	wait_for 20 pidof truth
	sleep 0.5
	same "in-the-middle-of-$1" N "$(parameter "$paging")"
	kill "-$1" $compare
	wait $compare
	interrupt_status=$?
}

no_guest()
{
	! pidof truth
}

interrupted()
{
	for signal in INT TERM HUP; do
		interrupt $signal
		same "SIG$signal-status" 2 $interrupt_status
		same "SIG$signal-restored" Y "$(parameter "$paging")"
		same "SIG$signal-no-guest" '' "$(pidof truth)"
	done
	interrupt KILL
	same SIGKILL-left N "$(parameter "$paging")"
	fails SIGKILL-guest-lives 2 'stop' vmtoll compare --state /tmp/state --restore
	# shellcheck disable=SC2046 # the pids of this test's guests, one word each
	kill $(pidof truth)
	wait_for 10 no_guest
	succeeds SIGKILL-restore compare --restore
	same SIGKILL-restored Y "$(parameter "$paging")"
	matches SIGKILL-nothing-more 'nothing to restore' "$(compare --restore 2>&1)"
	succeeds after-all-audit vmtoll audit
}

# Use a command that does not wait for its guest. vmtoll must terminate this guest, even if it runs
# in another process group, because the host would stay in shadow mode while the guest runs. vmtoll
# must not terminate the guest of another process.
left_behind()
{
	loop='/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 & sleep 1'
	for group in '' setsid; do
		fails "left$group" 2 'its VM still ran, pid .*CMD must wait for its guest' \
			compare --set "$paging=0" --vs "$paging=1" --runs 1 -- sh -c "$group $loop"
		same "left$group-restored" Y "$(parameter "$paging")"
		same "left$group-no-guest" '' "$(pidof truth)"
	done
	fails left-briefly 1 'the command ended before its VM .*CMD must wait for its guest' \
		compare --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 -- \
		sh -c 'timeout 0.18 /truth/truth loop cpuid 1000000000 >/dev/null 2>&1 & sleep 0.1'
	rm -f /tmp/runs
	(wait_for 60 test -e /tmp/runs; exec /truth/truth loop cpuid 1000000000 >/dev/null 2>&1) &
	vm=$!
	fails foreign 2 'a VM that it did not start still runs .pid .*not part of the experiment' \
		compare --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 -- sh -c 'touch /tmp/runs; sleep 2'
	same foreign-lives "$vm" "$(pidof truth)"
	same foreign-restored 200000 "$(parameter kvm.halt_poll_ns)"
	kill "$vm"
	wait
	rm -f /tmp/runs
	(wait_for 60 test -e /tmp/runs; exec timeout 20 /truth/truth loop cpuid 1000000000 >/dev/null 2>&1) &
	fails foreign-waited-for 2 'waiting for running VMs to end: ' \
		compare --wait --set "$paging=0" --vs "$paging=1" --runs 1 -- sh -c 'touch /tmp/runs; sleep 2'
	same foreign-waited-for-restored Y "$(parameter "$paging")"
	wait
}

# Have another process start a guest during one run of an experiment. Then run an experiment in
# which the command starts one guest on the first side and two guests on the second side.
# shellcheck disable=SC2016 # for the command's own shell
other_guests()
{
	rm -f /tmp/third /tmp/gone
	(wait_for 60 test -e /tmp/third; /truth/truth loop cpuid 100 >/dev/null 2>&1; touch /tmp/gone) &
	fails another-vm 1 'run 3 is now marked as failed: number of vCPUs: 2, but 1 in most runs' \
		compare --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 2 -- \
		sh -c '/truth/truth loop cpuid 100 && if [ $VMTOLL_RUN = 3 ]; then touch /tmp/third; until [ -e /tmp/gone ]; do sleep 0.1; done; fi'
	matches another-vm-excluded 'Valid runs: 2 and 1' "$fails_output"
	wait
	matches other-guest 'warning: different numbers of vCPUs ran: 1 with kvm.halt_poll_ns=0, 2 with kvm.halt_poll_ns=1' \
		"$(compare --set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 -- \
			sh -c '/truth/truth loop cpuid 100 && { [ $VMTOLL_RUN = 1 ] || /truth/truth loop cpuid 100; }' 2>&1)"
}

# Check that a run fails if its output is empty because the disk is full.
full()
{
	mkdir -p /tmp/full
	mount -t tmpfs -o size=64k tmpfs /tmp/full
	dd if=/dev/zero of=/tmp/full/all 2>/dev/null
	fails full 1 'ended with status 1; the disk that holds its files is full' compare --keep /tmp/full/keep \
		--set kvm.halt_poll_ns=0 --vs kvm.halt_poll_ns=1 --runs 1 -- echo words
	umount /tmp/full
}

# A parameter that can only be changed by loading kvm again.
reloaded=kvm.vector_hashing

# Compare two values of a parameter of kvm.ko, which is in use by the BPF programs. The programs
# must count in each run, and must have their ledgers and permissions again afterwards. There is
# only one ledger, so a VM with two vCPUs loses exits.
programs()
{
	stop_counting
	vmtoll attach --bpf --vcpus=1 >/dev/null
	chmod 710 /sys/fs/bpf/vmtoll
	chgrp 65534 /sys/fs/bpf/vmtoll /sys/fs/bpf/vmtoll/ledgers
	chmod 660 /sys/fs/bpf/vmtoll/ledgers
	value_before=$(parameter $reloaded)
	succeeds programs compare --set $reloaded=0 --vs $reloaded=1 --runs 1 --keep /tmp/programs --json -o /tmp/programs.json -- \
		sh -c "cp /sys/module/kvm/parameters/${reloaded#*.} \"\$VMTOLL_OUT/value\"; exec /truth/truth loop cpuid 2000"
	matches programs-notice 'BPF programs are detached whenever kvm is loaded again' "$succeeds_output"
	same programs-values 'N Y' "$(cat /tmp/programs/run-*/value | paste -s -d ' ' -)"
	same programs-balanced 2 "$(grep -c '"balanced": true' /tmp/programs.json)"
	# shellcheck disable=SC2046 # two numbers
	flat programs-cpuid $(sed -n 's/.*"name": "CPUID", "exits": \([0-9]*\),.*/\1/p' /tmp/programs.json)
	restored programs
	same programs-permissions '710 65534 660 65534' \
		"$(stat -c '%a %g' /sys/fs/bpf/vmtoll /sys/fs/bpf/vmtoll/ledgers | paste -s -d ' ' -)"
	/truth/truth loop two-vcpus 1000 >/dev/null
	at_least programs-one-ledger 1000 "$(vmtoll stat --source bpf --json | json_number lost)"
	stop_counting
	start_counting
}

# restored NAME: Check that the parameter has its original value, and that the programs count.
restored()
{
	same "$1-restored" "$value_before" "$(parameter $reloaded)"
	matches "$1-attached" '^BPF: active' "$(vmtoll status)"
}

# interrupt_programs SIGNAL: Send the signal to vmtoll during a run on the first side. Set
# $interrupt_status to the exit status.
interrupt_programs()
{
	vmtoll compare --state /tmp/state --set $reloaded=$changed --vs "$reloaded=$value_before" --runs 1 -- \
		/truth/truth loop cpuid 1000000000 >/dev/null 2>/tmp/interrupt.err &
	compare=$!
	wait_for 60 pidof truth
	sleep 0.5
	kill "-$1" $compare
	wait $compare
	interrupt_status=$?
}

# Interrupt experiments that reload kvm. In the last experiments, vmtoll is killed while the
# programs are detached, and the programs cannot be attached again.
# shellcheck disable=SC2016 # $* and $PPID belong to the replaced modprobe
programs_interrupted()
{
	if [ "$value_before" = Y ]; then changed=N; else changed=Y; fi
	interrupt_programs INT
	same programs-SIGINT-status 2 $interrupt_status
	restored programs-SIGINT
	interrupt_programs KILL
	same programs-SIGKILL-left $changed "$(parameter $reloaded)"
	# shellcheck disable=SC2046 # the pids of this test's guests, one word each
	kill $(pidof truth)
	wait_for 10 no_guest
	succeeds programs-SIGKILL-restore compare --restore
	restored programs-SIGKILL
	mkdir -p /tmp/killer
	printf '#!/bin/sh\nkill -KILL $PPID\n' >/tmp/killer/modprobe
	chmod 755 /tmp/killer/modprobe
	(PATH=/tmp/killer:$PATH; compare --set $reloaded=0 --vs $reloaded=1 --runs 1 -- true) >/dev/null 2>&1
	same programs-killed-status 137 $?
	matches programs-killed-detached '^BPF: not attached' "$(vmtoll status)"
	succeeds programs-killed-restore compare --restore
	restored programs-killed
	mkdir -p /tmp/no-btf
	fails programs-refused 2 'could NOT be restored: cannot attach the BPF programs again: this kernel has no BTF' \
		compare --set $reloaded=0 --vs $reloaded=1 --runs 1 -- \
		sh -c 'mount --bind /tmp/no-btf /sys/kernel/btf; exec /truth/truth loop cpuid 100'
	umount /sys/kernel/btf
	succeeds programs-refused-restore compare --restore
	restored programs-refused
}

if [ "$counter" = bpf ]; then
	start_counting
	proven
	disks
	programs
	[ "$arch" = intel ] || programs_interrupted
	succeeds programs-audit vmtoll audit
	stop_counting
	lab kvm >/dev/null
	finish compare-bpf
	exit
fi
lab load
proven
contradicted
disks
settings
refused
# Run these tests only on the machine amd, because they do not depend on the vendor and are slow
# in Bochs.
[ "$arch" = intel ] || { interrupted; affected; vanished; left_behind; other_guests; full; }
finish compare
