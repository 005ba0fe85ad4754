#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll check` on made-up hosts, whose files are below a directory, and `vmtoll --version`.
# Usage: hosts.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

release=6.1.0-56-amd64
clocksource=sys/devices/system/clocksource/clocksource0
efivars=sys/firmware/efi/efivars
secure_boot=$efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
dkms_ko=lib/modules/$release/updates/dkms/vmtoll.ko

# put PATH LINE...: Write the lines to the file PATH of the made-up host.
put()
{
	put_path=$root/$1
	shift
	mkdir -p "${put_path%/*}"
	printf '%s\n' "$@" >"$put_path"
}

# Create a host on which vmtoll works. The user who runs the test is ann, and the user's group is
# vmtoll.
good_root()
{
	root=$work/root
	rm -rf "$root"
	put etc/passwd root:x:0:0:: "ann:x:$(id -u):$(id -g):Ann:/:/bin/sh"
	[ "$(id -u)" -ne 0 ] || put etc/passwd "ann:x:0:0::"
	put etc/group "vmtoll:x:$(id -g):ann"
	put proc/sys/kernel/osrelease "$release"
	put proc/sys/kernel/version '#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-05)'
	put proc/cpuinfo 'processor	: 0' 'flags		: fpu tsc svm constant_tsc nonstop_tsc' \
		'bugs		: none'
	put proc/modules
	put sys/module/kvm/initstate live
	put sys/module/kvm_amd/initstate live
	for tracepoint in kvm_exit kvm_entry kvm_fpu kvm_vcpu_wakeup; do
		put "sys/kernel/tracing/events/kvm/$tracepoint/id" 1
	done
	put sys/kernel/tracing/events/sched/enable 0
	put dev/kvm
	chmod 660 "$root/dev/kvm"
	put "$clocksource/current_clocksource" tsc
	put "$clocksource/available_clocksource" 'tsc hpet acpi_pm '
	put sys/kernel/btf/vmlinux
	put sys/kernel/btf/kvm
	put "lib/modules/$release/build/Makefile"
	put "lib/modules/$release/modules.dep" 'kernel/drivers/kvm.ko:' 'updates/dkms/vmtoll.ko:'
	put "$dkms_ko"
	printf 'x\0vermagic=%s SMP preempt mod_unload\0y' "$release" >"$root/$dkms_ko"
	put usr/sbin/dkms
	put var/lib/dkms/vmtoll/0.2.0/source/dkms.conf
	put "var/lib/dkms/vmtoll/0.2.0/$release/x86_64/log"
	mkdir -p "$root/$efivars"
	printf '\6\0\0\0\0' >"$root/$secure_boot"
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	put sys/module/module/parameters/sig_enforce N
	put sys/module/vmtoll/version 0.2.0
	put sys/module/vmtoll/parameters/leaves Y
	put sys/module/vmtoll/parameters/dialect combined
	put sys/module/vmtoll/parameters/leaves_off 'pid:7' 'cgroup:/a b'
	"$make" none "$root/dev/vmtoll"
	chmod 640 "$root/dev/vmtoll"
	put sys/class/misc/vhost-vsock/dev 10:241
	mkdir -p "$root/proc/640"
	printf '/usr/bin/vmtoll\0share\0' >"$root/proc/640/cmdline"
	vm 812
	vm 901
}

# vm PID: Add a process that runs a VM.
vm()
{
	mkdir -p "$root/proc/$1/fd"
	ln -s anon_inode:kvm-vm "$root/proc/$1/fd/9"
	echo "vmm-$1" >"$root/proc/$1/comm"
}

# has STATUS LINE...: Run `vmtoll check` with so many columns that no line is wrapped. Check its
# exit status, and that each LINE is the beginning of a line of its output.
has()
{
	COLUMNS=400
	export COLUMNS
	check "$1" '' check --root "$root"
	unset COLUMNS
	shift
	number=0
	for line; do
		number=$((number + 1))
		succeeds "$checks-line-$number" grep -q "^$line" "$work/out"
	done
}

unloaded_root()
{
	good_root
	rm -r "$root/sys/module/vmtoll" "$root/dev/vmtoll"
}

good()
{
	good_root
	has 0 \
		'ok      vmtoll      [0-9.]*, ABI [0-9]*$' \
		"ok      kernel      $release, Debian 6.1.192-2\$" \
		'ok      CPU         AMD-V (SVM)$' \
		'ok      KVM         kvm and kvm_amd, loaded$' \
		'ok      /dev/kvm    ann:vmtoll 0660$' \
		'ok      tracepoints kvm_exit, kvm_entry, kvm_fpu, kvm_vcpu_wakeup$' \
		'ok      TSC         constant, nonstop, clock source tsc$' \
		'ok      BTF         vmlinux, kvm$' \
		'ok      headers     installed$' \
		'ok      DKMS        vmtoll 0.2.0 is built for this kernel$' \
		'ok      Secure Boot off$' \
		'ok      lockdown    none$' \
		'ok      signatures  not enforced$' \
		'ok      module      0.2.0 is loaded, ABI [0-9]*$' \
		"ok      layout      KVM's structures have the expected layout\$" \
		'ok      /dev/vmtoll ann:vmtoll 0640, readable by user ann$' \
		'ok      counting    2 VMs, no lost exits$' \
		'ok      leaves      on, dialect combined; off for 2 pids or cgroups$' \
		'ok      share       process 640 answers guests over vsock; ' \
		'ok      users       no other process' \
		'vmtoll works on this host: 0 problems, 0 warnings$'
	silent err
	rm -r "$root/sys/class"
	has 0 'ok      share       process 640 answers guests over vsock; vhost_vsock is not loaded$'
	rm -r "$root/proc/640"
	check 0 '' check --root "$root"
	lacks ' share '
	put sys/class/misc/vhost-vsock/dev 10:241
	has 0 'ok      share       off: guests cannot ask over vsock (vmtoll share); '
	# The result must fit on one screen.
	check 0 '' check --root "$root"
	same lines-below-25 yes "$([ "$(wc -l <"$work/out")" -lt 25 ] && echo yes)"
	check 0 '"works_as_host": true' check --json --root "$root"
	check 0 ',kernel,ok,' check --csv --root "$root"
	check 0 '' check --json -o "$work/saved" --root "$root"
	silent out
	succeeds saved grep -q '"schema": "vmtoll.check/1"' "$work/saved"
}

# Tests of the machine's KVM, kernel, CPU and clocks.
machine()
{
	good_root
	rm -r "$root/sys/module/kvm_amd"
	has 1 'problem KVM         kvm_amd is not loaded: run modprobe kvm_amd'
	put sys/module/kvm_pvm/initstate live
	has 1 'problem KVM         kvm runs with kvm_pvm;'
	good_root
	rm "$root/sys/module/kvm/initstate"
	has 0 'ok      KVM         kvm and kvm_amd, built into the kernel$'
	rm -r "$root/sys/module/kvm" "$root/sys/module/kvm_amd"
	has 1 'problem KVM         kvm_amd is not loaded'
	put proc/cpuinfo 'processor	: 0' 'flags		: fpu tsc hypervisor'
	has 1 'problem CPU         neither VMX nor SVM; this is a virtual machine:'
	good_root
	rm "$root/dev/kvm"
	has 1 'problem /dev/kvm    does not exist'
	good_root
	rm -r "$root/sys/kernel/tracing/events/kvm/kvm_exit"
	has 1 'problem tracepoints missing: kvm_exit:'
	good_root
	rm -r "$root/sys/kernel/tracing/events/kvm/kvm_fpu"
	has 0 'warning tracepoints missing: kvm_fpu;'
	good_root
	put proc/sys/kernel/osrelease 5.10.0-30-amd64
	has 1 'problem kernel      5.10.0-30-amd64 is older than 6.1'
	good_root
	put proc/sys/kernel/version '#1 SMP PREEMPT_RT Debian 6.1.192-2'
	has 1 'problem kernel .*PREEMPT_RT'
	good_root
	rm "$root/proc/modules"
	has 1 "problem kernel      $release cannot load modules"
	good_root
	put "$clocksource/current_clocksource" hpet
	put "$clocksource/available_clocksource" 'hpet acpi_pm '
	has 0 'warning TSC         unstable: the kernel uses hpet'
	put "$clocksource/available_clocksource" 'hpet tsc '
	has 0 'ok      TSC         constant, nonstop, clock source hpet$'
	good_root
	put proc/cpuinfo 'processor	: 0' 'flags		: fpu tsc svm constant_tsc'
	has 0 'warning TSC .*no nonstop_tsc'
}

# If tracefs is not mounted, or only root can read it, vmtoll must look for the tracepoints in
# /proc/kallsyms.
kallsyms()
{
	good_root
	rm -r "$root/sys/kernel/tracing"
	has 0 'warning tracepoints unknown'
	put proc/kallsyms '0 t __traceiter_kvm_exit	[kvm]' '0 t __traceiter_kvm_entry	[kvm]' \
		'0 T __pfx___traceiter_kvm_fpu' '0 T __traceiter_kvm_fpu_x' '0 T __traceiter_kvm_vcpu_wakeup'
	has 0 'warning tracepoints missing: kvm_fpu;'
	put sys/kernel/debug/tracing/events/sched/enable 0
	has 1 'problem tracepoints missing: kvm_exit, kvm_entry, kvm_fpu, kvm_vcpu_wakeup:'
}

# Test the requirements for building and loading the module.
module_file()
{
	unloaded_root
	has 1 'problem module      not loaded: run vmtoll attach$'
	has 1 "ok      layout      /$dkms_ko is built for this kernel\$"
	printf 'x\0vermagic=6.1.0-55-amd64 SMP\0y' >"$root/$dkms_ko"
	has 1 "problem layout      /$dkms_ko is built for kernel 6.1.0-55-amd64: .*dkms autoinstall"
	put "lib/modules/$release/modules.dep" 'updates/dkms/vmtoll.ko.xz: kernel/kvm.ko'
	has 1 "ok      layout      /$dkms_ko.xz is built for this kernel\$"
	has 1 'problem module      not loaded: run vmtoll attach$'
	put "lib/modules/$release/modules.dep" 'kernel/not-vmtoll.ko:'
	rm -r "$root/var/lib/dkms"
	has 1 'problem module      not loaded: install vmtoll-dkms'
	has 1 'ok      DKMS        vmtoll is not registered'
	rm "$root/usr/sbin/dkms"
	has 1 'ok      DKMS        not installed'
	rm -r "$root/lib/modules/$release/build"
	has 1 "problem headers .*: install linux-headers-$release\$"
	put build/kmod/vmtoll.ko
	printf 'x\0vermagic=%s SMP\0y' "$release" >"$root/build/kmod/vmtoll.ko"
	has 1 'problem module      not loaded: run insmod /build/kmod/vmtoll.ko$'
	has 1 'ok      headers     not installed; the module is already built$'
	unloaded_root
	rm "$root/$dkms_ko" "$root/lib/modules/$release/modules.dep"
	rm -r "$root/var/lib/dkms/vmtoll/0.2.0/$release"
	has 1 'problem DKMS        vmtoll 0.2.0 is not built for this kernel: run dkms autoinstall$'
}

# Test hosts on which BPF programs count the exits instead of the module, or could count them.
bpf()
{
	unloaded_root
	has 1 'ok      BPF         the programs cannot be attached: the kernel or KVM has no BTF$'
	put sys/kernel/btf/kvm_amd
	rm "$root/$dkms_ko" "$root/lib/modules/$release/modules.dep"
	rm -r "$root/lib/modules/$release/build" "$root/var/lib/dkms"
	has 1 'problem module      not loaded: run vmtoll attach, which then uses BPF programs$' \
		'ok      BPF         not attached (vmtoll attach --bpf)$' \
		"warning headers .*: install linux-headers-$release\$" \
		'vmtoll does not work here: 1 problem, 1 warning$'
	put sys/kernel/security/lockdown 'none integrity [confidentiality]'
	has 1 'ok      BPF         the programs cannot be attached: lockdown is confidentiality$' \
		'problem headers '
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	mkdir -p "$root/sys/fs/bpf/vmtoll"
	"$make" none "$root/sys/fs/bpf/vmtoll/ledgers"
	has 0 'ok      module      not loaded; the BPF programs count instead$' \
		'ok      BPF         the programs are attached; kvm.ko can be unloaded after vmtoll detach$' \
		'ok      counting    2 VMs, no lost exits$' \
		'vmtoll works on this host: 0 problems, 2 warnings$'
	"$make" lost "$root/sys/fs/bpf/vmtoll/ledgers"
	has 0 'warning counting    0 of 2 VMs not counted, 7 exits lost: .*larger --vcpus$'
	put sys/module/vmtoll/version 0.2.0
	"$make" none "$root/dev/vmtoll"
	has 0 'ok      counting    2 VMs, no lost exits$' 'ok      BPF         the programs are attached; kvm.ko can be unloaded after vmtoll detach$'
}

# Test the reasons for which the kernel refuses to load the module.
refusals()
{
	unloaded_root
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	has 1 "problem lockdown    integrity: the kernel refuses /$dkms_ko, which is not signed"
	printf '~Module signature appended~\n' >>"$root/$dkms_ko"
	has 1 'warning lockdown    integrity: .*mokutil --import'
	put sys/kernel/security/lockdown '[none] integrity confidentiality'
	put sys/module/module/parameters/sig_enforce Y
	has 1 'warning signatures  enforced: '
	printf '\6\0\0\0\1' >"$root/$secure_boot"
	has 1 'warning Secure Boot on; .*mokutil --import'
	good_root
	printf '\6\0\0\0\1' >"$root/$secure_boot"
	put sys/kernel/security/lockdown 'none [integrity] confidentiality'
	has 0 'ok      Secure Boot on$'
	has 0 'ok      lockdown    integrity$'
	rm -r "$root/sys/firmware" "$root/sys/kernel/security"
	has 0 'ok      Secure Boot not supported, or'
	has 0 'ok      lockdown    not supported, or'
}

# Tests of the loaded module and its device.
device()
{
	good_root
	"$make" newer "$root/dev/vmtoll"
	has 1 "problem module      0.2.0: .* ABI 99 .*: install the tool of the module's release\$"
	"$make" older "$root/dev/vmtoll"
	has 1 'problem module      0.2.0: .* ABI 1 .*load the new module'
	"$make" mismatch "$root/dev/vmtoll"
	has 1 "problem layout      KVM's structures differ"
	"$make" detached "$root/dev/vmtoll"
	has 1 'problem counting    nothing is counted, because KVM is not loaded'
	"$make" lost "$root/dev/vmtoll"
	has 0 'warning counting    0 of 2 VMs not counted, 7 exits lost:'
	vm 950
	has 0 'warning counting    1 of 3 VMs not counted, 7 exits lost:'
	echo short >"$root/dev/vmtoll"
	has 1 'problem /dev/vmtoll .*; Invalid argument: reload'
	rm "$root/dev/vmtoll"
	has 1 'problem /dev/vmtoll does not exist'
	good_root
	chmod 644 "$root/dev/vmtoll"
	has 0 'warning /dev/vmtoll ann:vmtoll 0644; every user can read'
	if [ "$(id -u)" -ne 0 ]; then
		chmod 040 "$root/dev/vmtoll" # for its owner, this is unreadable
		has 1 'problem /dev/vmtoll ann:vmtoll 0040; user ann cannot .*usermod -aG vmtoll ann'
		chmod 200 "$root/dev/vmtoll"
		has 1 'problem /dev/vmtoll ann:vmtoll 0200; user ann cannot read it: run as root$'
	fi
	good_root
	put sys/module/vmtoll/parameters/leaves N
	has 0 'ok      leaves      off: '
	ln -s /dev/vmtoll "$root/proc/812/fd/4"
	has 0 'ok      users       the device is also open in 812 (vmm-812)$'
}

# Test an empty root directory, which provides no information about the machine.
nothing()
{
	root=$work/empty
	mkdir -p "$root"
	has 1 'problem KVM         '
	has 1 'vmtoll does not work here: '
}

# vmtoll must not block if one of the machine's files is a named pipe.
pipes()
{
	good_root
	for file in proc/cpuinfo dev/vmtoll; do
		rm -f "$root/$file"
		mkfifo "$root/$file"
		timeout 10 "$vmtoll" check --root "$root" >"$work/out" 2>"$work/err"
		same "$file" 1 $?
	done
}

here()
{
	"$vmtoll" check >"$work/out" 2>"$work/err"
	succeeds status-0-or-1 test $? -le 1
	succeeds verdict grep -q '^vmtoll .*problem.*warning' "$work/out"
	same lines-above-80-columns 0 "$(grep -c '.\{81\}' "$work/out")"
	check 0 "kernel: $(uname -r)" --version
	check 0 'ABI: ' --version
	check 0 'KVM: ' --version
	if [ -d /sys/module/vmtoll ]; then check 0 'ABI ' --version; else check 0 'module: not loaded' --version; fi
	check 2 'No such file' check -o "$work/none/x"
	check 2 'No space left' check -o /dev/full
	check 2 'Usage: vmtoll check' check surplus
}

run_groups good machine kallsyms module_file bpf refusals device nothing pipes here
