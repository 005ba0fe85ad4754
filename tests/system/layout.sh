# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Load modules that were built with wrong headers. Such a module must count nothing, whether it is
# loaded before or after KVM. For MOVED_KO, pkru and hflags of struct kvm_vcpu_arch were swapped.
# The module can detect this only with BTF. For WITHOUT_BTF_KO, stat and stats_id of struct
# kvm_vcpu were swapped.
# Usage: layout.sh MOVED_KO WITHOUT_BTF_KO
. "$(dirname "$0")/lib.sh"

moved=$1 without_btf=$2

# refuses NAME SKIP MESSAGE: Check that the loaded module counts nothing. The kernel log, without
# its first SKIP lines, must contain MESSAGE exactly once.
refuses()
{
	/truth/truth loop cpuid 1000 >/dev/null
	same "$1-logged" 1 "$(log_since "$2" | grep -c "$3")"
	fails "$1" 2 'are not those that the module was built for' vmtoll stat
}

succeeds layout-btf test -r /sys/kernel/btf/vmlinux
member='member hflags of struct kvm_vcpu_arch is at offset'
lines=$(log_lines)
insmod "$moved"
refuses layout-after-kvm "$lines" "$member"
same layout-only-this-member 1 "$(log_since "$lines" | grep -c 'is at offset')"
rmmod vmtoll
rmmod "$vendor" && rmmod kvm
lines=$(log_lines)
insmod "$moved"
lab kvm >/dev/null
refuses layout-before-kvm "$lines" "$member"
rmmod vmtoll

# Without BTF, the module checks the values of some members when a VM runs. It must do so again
# after KVM has been reloaded.
insmod "$without_btf"
for load in first second; do
	lines=$(log_lines)
	refuses layout-without-btf-$load "$lines" "the layout of KVM's structures differs"
	rmmod "$vendor" && rmmod kvm
	lab kvm >/dev/null
done
rmmod vmtoll

# Check that the module counts exits if it was built with the right headers.
lab load
vmtoll stat --json -o /tmp/stat.json -- /truth/truth loop cpuid 1000 >/dev/null
at_least layout-counts 1000 "$(json_number exits </tmp/stat.json)"
lab unload
finish layout
