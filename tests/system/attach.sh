# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Test how counting starts and stops: `vmtoll stat -- CMD` if nothing counts, the choice between
# the module and BPF, both at once, and hosts on which BPF programs cannot be attached. Then run
# each verb on the ledgers of the BPF programs.
. "$(dirname "$0")/lib.sh"

pins=/sys/fs/bpf/vmtoll

# How many users of kvm.ko each VM is: 1 on Linux 7.2, and 0 on older kernels. See measure_users().
users_per_vm=0

# Print how many other modules and BPF programs use kvm.ko. Each attached program is a user.
kvm_users()
{
	echo $(($(cat /sys/module/kvm/refcnt) - $(pidof truth | wc -w) * users_per_vm))
}

# The number of users while nothing is attached.
kvm_users_before=$(kvm_users)

# Return true if at least one BPF program is attached to kvm.ko.
programs_attached()
{
	[ "$(kvm_users)" -gt "$kvm_users_before" ]
}

# Return true if no BPF program is attached to kvm.ko, and nothing is pinned.
nothing_attached()
{
	[ "$(kvm_users)" -eq "$kvm_users_before" ] && [ ! -e $pins ]
}

# detached NAME: Check that nothing is attached. The kernel detaches programs with a delay.
detached()
{
	if wait_for 5 nothing_attached; then ok "$1"; else
		not_ok "$1" "kvm has $(kvm_users) users, before $kvm_users_before; $(ls $pins 2>&1)"
	fi
}

# as_nobody COMMAND: Run a shell command as a user without privileges.
as_nobody()
{
	su nobody -s /bin/sh -c "$1"
}

# cpuid_exits FILE: Print the number of exits in the row CPUID of CSV output.
cpuid_exits()
{
	awk -F , '$5 == "CPUID" { n += $7 } END { print n + 0 }' "$1"
}

vm_start()
{
	/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	vm=$!
}

vm_stop()
{
	kill "$vm" 2>/dev/null
	wait "$vm" 2>/dev/null
}

# Return true if the process $vm has created its VM.
vm_runs()
{
	for fd in "/proc/$vm/fd/"*; do
		[ "$(readlink "$fd")" != anon_inode:kvm-vm ] || return 0
	done
	return 1
}

# Set users_per_vm. Call this while nothing is attached and no VM runs.
measure_users()
{
	vm_start
	wait_for 20 vm_runs
	users_per_vm=$(($(cat /sys/module/kvm/refcnt) - kvm_users_before))
	vm_stop
}

# Start a VM that belongs to a user without privileges. If this machine is itself a guest, a
# command attaches programs by itself only if its user can see a VM.
vm_start_as_nobody()
{
	chmod 666 /dev/kvm
	/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups \
		/truth/truth loop cpuid 1000000000 >/dev/null 2>&1 &
	vm=$!
	wait_for 5 vm_runs
}

# A guest that runs no VM must not count the exits of its own KVM.
once_in_guest()
{
	if ! grep -q '^flags.* hypervisor' /proc/cpuinfo; then
		skip once-guest 'this machine does not report a hypervisor'
		return
	fi
	fails once-guest 2 'answers no vmtoll CPUID leaf; .*run vmtoll attach as root.*use --source bpf' \
		vmtoll stat -- true
	detached once-guest-detached
}

# Count the exits of a command although nothing counts. The exact number of CPUID exits is known.
once()
{
	fails once-nothing 2 'run vmtoll attach as root' vmtoll stat
	succeeds once-short vmtoll stat --source bpf --csv -o /tmp/once.csv -- /truth/truth loop cpuid 1
	# The payload executes a few CPUIDs more, once in each VM.
	fixed=$(($(cpuid_exits /tmp/once.csv) - 1))
	within once-fixed 0 $fixed 20
	succeeds once vmtoll stat --source bpf --csv -o /tmp/once.csv -- /truth/truth loop cpuid 60000
	same once-exact 60000 $(($(cpuid_exits /tmp/once.csv) - fixed))
	detached once-detached
	matches once-source 'bpf \(attached for this command\)' \
		"$(vmtoll stat --source bpf -- /truth/truth loop cpuid 10 2>&1 >/dev/null)"
	succeeds once-repeat vmtoll stat --source bpf -r 2 --csv -o /tmp/once.csv -- /truth/truth loop cpuid 1000
	same once-repeated 2000 $(($(cpuid_exits /tmp/once.csv) - 2 * fixed))
	succeeds once-intervals vmtoll stat --source bpf -I 100 --csv -o /tmp/once.csv -- /truth/truth loop cpuid 5000
	same once-intervals-exact 5000 $(($(cpuid_exits /tmp/once.csv) - fixed))
	detached once-intervals-detached
}

# The programs must be detached even if the command fails or vmtoll is killed.
once_failing()
{
	fails once-status 3 '' vmtoll stat --source bpf -- sh -c 'exit 3'
	fails once-no-command 127 'no-such' vmtoll stat --source bpf -- /no-such-command
	detached once-failed-detached
	# shellcheck disable=SC2016  # expanded by the inner shell
	fails once-interrupted 130 'exits' vmtoll stat --source bpf -- sh -c 'kill -INT $$'
	detached once-interrupted-detached
	for signal in TERM KILL; do
		vmtoll stat --source bpf -- sleep 100 >/dev/null 2>&1 &
		counter=$!
		wait_for 20 programs_attached
		sleep 1
		at_least "once-$signal-attached" $((kvm_users_before + 1)) "$(kvm_users)"
		kill -$signal $counter
		wait $counter 2>/dev/null
		detached "once-$signal-detached"
	done
	for sleeper in $(pidof sleep); do kill "$sleeper" 2>/dev/null; done
}

# Count a VM that runs before the programs are attached.
once_running()
{
	vm_start
	wait_for 5 vm_runs
	succeeds once-running vmtoll stat -p $vm --csv -o /tmp/once.csv -- sleep 1
	at_least once-running-exits 100 "$(cpuid_exits /tmp/once.csv)"
	succeeds once-name vmtoll stat --vm truth --csv -o /tmp/once.csv -- sleep 1
	at_least once-name-exits 100 "$(cpuid_exits /tmp/once.csv)"
	vm_stop
	detached once-running-detached
}

without_root()
{
	vm_start_as_nobody
	fails user-stat 2 'BPF programs cannot be attached for this command: .*run as root' \
		as_nobody 'vmtoll stat -- true'
	vm_stop
	fails user-attach 2 'run as root' as_nobody 'vmtoll attach --bpf'
	fails user-attach-any 2 'run as root' as_nobody 'vmtoll attach'
	detached user-detached
	vmtoll attach --bpf >/dev/null
	fails user-status 2 'run as root' as_nobody 'vmtoll status'
	fails user-detach 2 'run as root' as_nobody 'vmtoll detach'
	fails user-read 2 'run as root' as_nobody 'vmtoll stat --source bpf'
	matches user-nothing 'only root can see the BPF programs' "$(as_nobody 'vmtoll stat' 2>&1)"
	matches user-check 'BPF +only root can see' "$(as_nobody 'vmtoll check')"
	same pins-mode '700 0' "$(stat -c '%a %u' $pins)"
	same pins-ledgers-mode '600 0' "$(stat -c '%a %u' $pins/ledgers)"
	succeeds user-still-attached vmtoll status
	vmtoll detach >/dev/null
}

# with CAPABILITIES COMMAND...: Run a command as a user with only these capabilities.
with()
{
	with_caps=$1
	shift
	/usr/bin/setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs \
		--inh-caps "-all,$with_caps" --ambient-caps "-all,$with_caps" "$@"
}

# A user who only has these two capabilities must get the exact number of exits, even with the
# strictest settings. Debian's kernels have the value 3 of perf_event_paranoid.
caps_exact()
{
	echo 3 >/proc/sys/kernel/perf_event_paranoid
	echo 2 >/proc/sys/kernel/kptr_restrict
	succeeds caps-stat with +bpf,+perfmon \
		vmtoll stat --source bpf --csv -o - -- /truth/truth loop cpuid 20000
	echo "$succeeds_output" >/tmp/caps.csv
	same caps-exact $((20000 + fixed)) "$(cpuid_exits /tmp/caps.csv)"
	succeeds caps-stat-json with +bpf,+perfmon \
		vmtoll stat --source bpf --json -o - -- /truth/truth loop out 2000
	at_least caps-audit-exits 2000 "$(echo "$succeeds_output" | json_number kvm_exits)"
	matches caps-balanced '"balanced": true' "$succeeds_output"
	echo 0 >/proc/sys/kernel/kptr_restrict
	detached caps-stat-detached
}

# Without the permission to write to /sys/fs/bpf, such a user cannot pin the programs.
caps_pinned()
{
	fails caps-pin-denied 2 'permission to write to /sys/fs/bpf' \
		with +bpf,+perfmon vmtoll attach --bpf
	chmod 755 /sys/fs/bpf
	fails caps-pin-read-only 2 'permission to write to /sys/fs/bpf' \
		with +bpf,+perfmon vmtoll attach --bpf
	detached caps-pin-detached
	chmod 1777 /sys/fs/bpf
	matches caps-attach 'CAP_SYS_ADMIN is missing' "$(with +bpf,+perfmon vmtoll attach --bpf 2>&1)"
	same caps-pins-mode '700 65534' "$(stat -c '%a %u' $pins)"
	/truth/truth loop cpuid 20000 >/dev/null
	succeeds caps-pinned-stat with -bpf vmtoll stat --csv
	echo "$succeeds_output" >/tmp/caps.csv
	same caps-pinned-exact $((20000 + fixed)) "$(cpuid_exits /tmp/caps.csv)"
	foreign_pins
	succeeds caps-pinned-audit with -bpf vmtoll audit
	succeeds caps-detach with -bpf vmtoll detach
	chmod 1700 /sys/fs/bpf
	detached caps-pinned-detached
}

# Another user than root has attached the programs, and could replace them by others. Root must
# neither attach programs in the same directory, nor read the ledgers without naming them.
foreign_pins()
{
	fails foreign-attach 2 "user 65534 owns $pins and can replace .*: run vmtoll detach --bpf as root$" \
		vmtoll attach --bpf
	same foreign-attach-is-one-line 1 "$(printf '%s\n' "$fails_output" | grep -c '')"
	fails foreign-read 2 "user 65534 owns $pins .*, use --source bpf:$pins/ledgers" vmtoll list
	matches foreign-status 'BPF: active, but not readable: user 65534 owns' "$(vmtoll status)"
	matches foreign-check '^warning BPF +another user can replace' "$(COLUMNS=200 vmtoll check)"
	vmtoll stat --source bpf:$pins/ledgers --csv >/tmp/caps.csv
	same foreign-named $((20000 + fixed)) "$(cpuid_exits /tmp/caps.csv)"
}

# On a BPF file system that is world-writable, a user without privileges can create the directory
# before root does, or a link in its place. Root must not use them.
foreign_directory()
{
	chmod 1777 /sys/fs/bpf
	as_nobody "mkdir -m 777 $pins"
	fails foreign-directory 2 "user 65534 owns $pins and can replace" vmtoll attach --bpf
	same foreign-directory-is-empty '' "$(ls $pins)"
	succeeds foreign-directory-detach vmtoll detach --bpf
	mkdir -m 770 $pins
	fails foreign-writers 2 "users other than the owner of $pins can replace" vmtoll attach --bpf
	rmdir $pins
	mkdir -m 777 /tmp/pins
	echo kept >/tmp/pins/ledgers
	as_nobody "ln -s /tmp/pins $pins"
	fails foreign-link 2 "$pins is not a directory: remove it as root$" vmtoll attach --bpf
	fails foreign-link-detach 2 "$pins is not a directory" vmtoll detach --bpf
	same foreign-link-keeps-files kept "$(cat /tmp/pins/ledgers)"
	rm $pins
	succeeds foreign-gone vmtoll attach --bpf
	vmtoll detach >/dev/null
	chmod 1700 /sys/fs/bpf
	detached foreign-detached
}

capabilities()
{
	with +bpf,+perfmon grep Cap /proc/self/status >/tmp/caps
	# CAP_PERFMON is 38 and CAP_BPF is 39.
	matches caps-effective 'CapEff:.0*c000000000$' "$(cat /tmp/caps)"
	vm_start_as_nobody
	fails caps-no-perfmon 2 'CAP_PERFMON is missing' \
		with +bpf,+sys_admin vmtoll stat --csv -o - -- true
	fails caps-no-bpf 2 'CAP_BPF is missing' \
		with +perfmon,+sys_admin vmtoll stat --csv -o - -- true
	succeeds caps-sys-admin with +bpf,+perfmon,+sys_admin \
		vmtoll stat --csv -o - -- true
	succeeds caps-running with +bpf,+perfmon vmtoll stat -p "$vm" --json -o - -- sleep 1
	echo "$succeeds_output" >/tmp/caps.json
	at_least caps-running-exits 100 "$(json_number exits </tmp/caps.json)"
	check_interval caps-running 1 /tmp/caps.json
	vm_stop
	detached caps-detached
	caps_exact
	caps_pinned
	# The permission to read and write the file is enough to read the ledgers.
	vmtoll attach --bpf >/dev/null
	fails caps-read-denied 2 'run as root' with +bpf,+perfmon vmtoll list --source bpf
	chmod 1755 /sys/fs/bpf
	chgrp 65534 $pins $pins/ledgers
	chmod 750 $pins
	chmod 660 $pins/ledgers
	matches caps-read 'source: bpf' "$(with -bpf vmtoll list)"
	chmod 640 $pins/ledgers
	fails caps-read-only 2 'run as root' with -bpf vmtoll list --source bpf
	vmtoll detach >/dev/null
	chmod 1700 /sys/fs/bpf
}

# vmtoll attach must mount the BPF file system if it is not mounted.
not_mounted()
{
	umount /sys/fs/bpf
	fails not-mounted-status 1 'BPF: not attached' vmtoll status
	succeeds not-mounted-attach vmtoll attach --bpf
	same mounted '1700 0' "$(stat -c '%a %u' /sys/fs/bpf)"
	vmtoll detach >/dev/null
}

# without_btf NAME FILE: The kernel must seem to lack the BTF in FILE. Check that the
# programs are not attached, and that the messages name the missing BTF.
without_btf()
{
	fails "$1" 2 "^vmtoll attach: this kernel has no BTF.* \(/sys/kernel/btf/$2\), which BPF programs need: use the module" \
		vmtoll attach --bpf
	fails "$1-any" 2 "the module is not installed for this kernel, and BPF programs cannot be attached: .*/sys/kernel/btf/$2" \
		vmtoll attach
	matches "$1-check" 'BPF +the programs cannot be attached: .*BTF' "$(COLUMNS=200 vmtoll check)"
	detached "$1-detached"
}

# Hide the BTF of the kernel, and of each of KVM's modules.
no_btf()
{
	mkdir /tmp/btf
	mount --bind /tmp/btf /sys/kernel/btf
	without_btf no-btf-kernel vmlinux
	: >/tmp/btf/vmlinux
	without_btf no-btf-kvm kvm
	: >/tmp/btf/kvm
	without_btf no-btf-vendor "$vendor"
	umount /sys/kernel/btf
	succeeds btf-attach vmtoll attach --bpf
	vmtoll detach >/dev/null
}

# Make /usr/lib writable. Its changes are kept in memory.
make_writable()
{
	while read -r needed; do
		insmod "/lab/modules/$needed.ko"
	done </lab/modules/order.system
	mkdir /tmp/overlay
	mount -t tmpfs tmpfs /tmp/overlay
	mkdir /tmp/overlay/upper /tmp/overlay/work
	mount -t overlay -o lowerdir=/usr/lib,upperdir=/tmp/overlay/upper,workdir=/tmp/overlay/work \
		overlay /usr/lib
}

# Let modprobe find the module, or fail if /tmp/refuse exists.
install_module()
{
	make_writable
	mkdir -p "/lib/modules/$(uname -r)/updates"
	echo 'updates/vmtoll.ko:' >"/lib/modules/$(uname -r)/modules.dep"
	cp /lab/vmtoll.ko "/lib/modules/$(uname -r)/updates/"
	mv /bin/modprobe /bin/modprobe.lab
	cat >/bin/modprobe <<-'SCRIPT'
	#!/bin/sh
	[ "$1" = vmtoll ] || exec /bin/modprobe.lab "$@"
	[ ! -e /tmp/refuse ] && exec insmod /lab/vmtoll.ko
	SCRIPT
	chmod 755 /bin/modprobe
}

# Test which of the two `vmtoll attach` chooses, and both at once.
choice()
{
	same choice-not-installed 'Attached BPF programs, because the module is not installed for this kernel.' \
		"$(vmtoll attach)"
	matches choice-again 'already attached' "$(vmtoll attach)"
	fails choice-kmod 2 'cannot load vmtoll' vmtoll attach --kmod
	vmtoll detach >/dev/null
	install_module
	same choice-module 'Loaded the module vmtoll, because it adds less time to each exit than BPF programs, and can provide CPUID leaves to guests.' \
		"$(vmtoll attach | paste -s -d ' ' -)"
	same choice-module-again 'The module vmtoll is already loaded.' "$(vmtoll attach)"
	detached choice-module-only
	same choice-both 'Attached BPF programs.' "$(vmtoll attach --bpf)"
	same choice-status 2 "$(vmtoll status | grep -c 'active, 0 vCPUs')"
	matches choice-both-read-module 'source: kmod' "$(vmtoll list)"
	matches choice-both-read-bpf 'source: bpf' "$(vmtoll list --source bpf)"
	same choice-detach-bpf 'Detached the BPF programs.' "$(vmtoll detach --bpf)"
	matches choice-module-stays 'module: active' "$(vmtoll status)"
	vmtoll attach --bpf >/dev/null
	vmtoll detach --kmod >/dev/null
	same choice-kmod-given 'Loaded the module vmtoll.' "$(vmtoll attach --kmod)"
	same choice-detach-both 2 "$(vmtoll detach | grep -c '^Detached the BPF programs\|^Removed the module')"
	fails choice-nothing 1 'module: not loaded' vmtoll status
	touch /tmp/refuse
	matches choice-refused 'Attached BPF programs, because the module could not be loaded' \
		"$(vmtoll attach)"
	fails choice-refused-kmod 2 'cannot load vmtoll' vmtoll attach --kmod
	vmtoll detach >/dev/null
	rm /tmp/refuse
	detached choice-detached
}

# Several commands attach programs at the same time. All of them find no pins at first, because
# loading the programs takes long. One command must succeed, and the others must keep its pins.
concurrent()
{
	attaching=
	for i in 1 2 3; do
		vmtoll attach --bpf >/tmp/concurrent.$i 2>&1 &
		attaching="$attaching $!"
	done
	# shellcheck disable=SC2086  # a list of process ids
	wait $attaching
	same concurrent-one 1 "$(cat /tmp/concurrent.* | grep -c '^Attached BPF programs')"
	set -- $pins/*
	same concurrent-pins 9 $#
	succeeds concurrent-status vmtoll status
	vmtoll detach >/dev/null
	detached concurrent-detached
}

# reader_figure LINE NAME: Print a figure of an interval that the reader has printed. The last
# interval is the line "$".
reader_figure()
{
	sed -n "$1p" /tmp/reader.json | json_number "$2"
}

# A reader keeps its figures if the programs are detached while it reads, although the VM continues
# to run.
reader()
{
	vmtoll attach --bpf >/dev/null
	vm_start
	wait_for 5 vmtoll stat -p "$vm"
	vmtoll stat --source bpf -I 200 -n 20 --json -o /tmp/reader.json &
	reading=$!
	sleep 1
	succeeds reader-detach vmtoll detach --bpf
	detached reader-detached
	succeeds reader-attach-again vmtoll attach --bpf
	wait $reading
	same reader-status 0 $?
	vm_stop
	at_least reader-exits-before 1 "$(reader_figure 2 exits)"
	at_least reader-time-before 100000000 "$(reader_figure 2 vcpu_ns)"
	same reader-exits-after 0 "$(reader_figure '$' exits)"
	# A vCPU time of 0 is omitted from JSON.
	same reader-time-after '' "$(reader_figure '$' vcpu_ns)"
	same reader-unseen 0 "$(grep -c '"unseen": *[1-9]' /tmp/reader.json)"
	matches reader-note 'the BPF programs were detached' "$(tail -n 1 /tmp/reader.json)"
	vmtoll detach >/dev/null
}

# A VM that has no ledger must be listed, and the advice must be for BPF programs.
uncounted()
{
	vmtoll attach --bpf --vcpus 1 >/dev/null
	vm_start
	wait_for 5 vmtoll stat -p "$vm"
	counted=$vm
	vm_start
	wait_for 5 vm_runs
	sleep 0.5
	for source in '' '--source bpf'; do
		# shellcheck disable=SC2086  # several arguments
		fails "uncounted${source:+-source}" 2 "process $vm is not counted: .*larger --vcpus" \
			vmtoll stat $source -p "$vm"
		# shellcheck disable=SC2086  # several arguments
		matches "uncounted${source:+-source}-list" "\"pid\": *${vm}[,}]" "$(vmtoll list $source --json)"
	done
	vm_stop
	vm=$counted
	vm_stop
	vmtoll detach >/dev/null
	detached uncounted-detached
}

# Run each verb on the ledgers of the BPF programs, while a VM runs.
verbs()
{
	vmtoll attach --bpf >/dev/null
	vm_start
	wait_for 5 vmtoll stat -p $vm
	matches verb-list "^ *1 +$vm " "$(vmtoll list)"
	succeeds verb-name vmtoll stat --source bpf --vm truth
	matches verb-list-name ' truth$' "$(vmtoll list --source bpf)"
	at_least verb-stat 1 "$(exits_of $vm)"
	same verb-stat-intervals 3 "$(vmtoll stat -p $vm -I 100 -n 3 --json | grep -c '"exits": *[1-9]')"
	succeeds verb-audit vmtoll audit
	at_least verb-audit-kvm 1 "$(vmtoll audit --json | json_number kvm_exits)"
	matches verb-top "$vm " "$(vmtoll top -b -n 2 -I 200)"
	succeeds verb-record vmtoll record -o /tmp/recording -I 100 -- sleep 1
	matches verb-report CPUID "$(vmtoll report /tmp/recording)"
	vm_stop
	wait_for 5 no_live_vm
	# The recording must contain all exits of the VM, as KVM counts them.
	succeeds verb-record-known vmtoll record -o /tmp/known -I 100 -- \
		sh -c '/truth/truth loop cpuid 20000 >/tmp/loop; sleep 0.5'
	at_least verb-record-exits 20000 "$(awk '{ n += $7 } END { print n }' /tmp/loop)"
	same verb-report-exits "$(awk '{ n += $7 } END { print n }' /tmp/loop)" \
		"$(vmtoll report --csv /tmp/known | awk -F , '{ n += $6 } END { print n + 0 }')"
	# shellcheck disable=SC2016  # expanded by the inner shell
	succeeds verb-compare vmtoll compare --state /tmp/state --paging --runs 1 --json -o /tmp/compare.json \
		-- sh -c '/truth/truth run -s bpf touch cr3-write invlpg >/dev/null 2>&1; [ $? -le 1 ]'
	same verb-compare-valid 2 "$(grep -c '"end": "good"' /tmp/compare.json)"
	same verb-compare-verified 2 "$(grep -c '"verified": true' /tmp/compare.json)"
	same verb-compare-balanced 2 "$(grep -c '"balanced": true' /tmp/compare.json)"
	vmtoll detach >/dev/null
	detached verb-detached
}

# The modes of lockdown cannot be turned off again, so this test is the last one.
lockdown()
{
	mount -t securityfs securityfs /sys/kernel/security
	echo integrity >/sys/kernel/security/lockdown
	matches lockdown-integrity '\[integrity\]' "$(cat /sys/kernel/security/lockdown)"
	succeeds lockdown-integrity-stat vmtoll stat --source bpf --csv -o /tmp/once.csv -- /truth/truth loop cpuid 1000
	same lockdown-integrity-exact 1000 $(($(cpuid_exits /tmp/once.csv) - fixed))
	matches lockdown-integrity-check 'BPF +not attached' "$(vmtoll check)"
	fails lockdown-integrity-module 125 '' lab load
	# The module is installed, but the kernel does not load it, because it is not signed.
	matches lockdown-integrity-attach '^Attached BPF programs, because the module could not be loaded: .*lockdown is in the mode integrity, in which' \
		"$(vmtoll attach | paste -s -d ' ' -)"
	matches lockdown-integrity-status 'BPF: active, 0 vCPUs' "$(vmtoll status)"
	echo confidentiality >/sys/kernel/security/lockdown
	/truth/truth loop cpuid 1000 >/dev/null
	same lockdown-still-counts $((1000 + fixed)) \
		"$(vmtoll stat --csv | awk -F , '$5 == "CPUID" { n += $7 } END { print n + 0 }')"
	vmtoll detach >/dev/null
	fails lockdown-confidentiality 2 'lockdown' vmtoll attach --bpf
	fails lockdown-confidentiality-stat 2 'lockdown' vmtoll stat --source bpf -- true
	matches lockdown-confidentiality-check 'cannot be attached: lockdown is confidentiality' "$(vmtoll check --csv)"
	detached lockdown-detached
}

grep -q ^nobody: /etc/passwd || echo 'nobody:x:65534:65534:nobody:/:/bin/sh' >>/etc/passwd
measure_users
once_in_guest
once
once_failing
once_running
without_root
capabilities
foreign_directory
not_mounted
no_btf
choice
concurrent
reader
uncounted
verbs
lockdown
finish attach
