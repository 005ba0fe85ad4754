#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test which features of the kernel's headers kmod/Kbuild detects. The headers are simulated.

set -u

# shellcheck source=../lib/check.sh disable=SC1091
. "$(dirname "$0")/../lib/check.sh"

kmod=$(cd "$(dirname "$0")/../../kmod" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
kvm_host=$work/arch/x86/include/asm/kvm_host.h
mkdir -p "${kvm_host%/*}" "$work/include/linux"
touch "$work/include/linux/tracepoint.h" "$work/include/linux/mm.h" "$work/Module.symvers"

# flags VERSION: Print the compiler flags for a kernel of this major version.
flags()
{
	# shellcheck disable=SC2016  # expanded by make
	printf 'include %s/Kbuild\nall:\n\t@echo $(ccflags-y)\n' "$kmod" >"$work/Makefile"
	make -s -f "$work/Makefile" VERSION="$1" src="$kmod" srctree="$work" objtree="$work" all 2>&1
}

echo 'void (*get_exit_info)(struct kvm_vcpu *vcpu, u64 *info1, u64 *info2);' >"$kvm_host"
for version in 2 3 4 5; do # for example 2.6.32, 3.10 and 4.18, which enterprise distributions use
	matches before-5.16-$version 'vmtoll requires Linux 5.16 or newer' "$(flags $version)"
	same before-5.16-one-line-$version 1 "$(flags $version | wc -l)"
done
matches after-5 '^-I' "$(flags 6)"

echo 'void (*get_exit_info)(struct kvm_vcpu *vcpu, u32 *reason, u64 *info1);' >"$kvm_host"
matches from-5.16 '^-I' "$(flags 5)"
matches backported-to-4 '^-I' "$(flags 4)"
same entry-one-argument 0 "$(flags 6 | grep -c KVM_ENTRY_HAS_FORCE)"

for line in 'KVM_RUN_FORCE_IMMEDIATE_EXIT = BIT(0),' \
	'(*vcpu_run)(struct kvm_vcpu *vcpu, bool force_immediate_exit);'; do
	echo "$line" >"$kvm_host"
	same entry-two-arguments 1 "$(flags 6 | grep -c KVM_ENTRY_HAS_FORCE)"
done

printf '0x0\tcheck_tsc_unstable\tvmlinux\tEXPORT_SYMBOL_GPL\t\n' >"$work/Module.symvers"
same symbol-exported 1 "$(flags 6 | grep -c TSC_UNSTABLE_IS_EXPORTED)"
printf '0x0\tcheck_tsc_unstable\tvmlinux\tEXPORT_SYMBOL_GPL\tmodule:kvm\n' >"$work/Module.symvers"
same symbol-restricted 0 "$(flags 6 | grep -c TSC_UNSTABLE_IS_EXPORTED)"

# Kbuild decides whether the probes disable preemption. It must not search tracepoint.h for certain
# words to do so, because these words may be in a comment.
echo '/* This kernel no longer uses preempt_disable_notrace() here. */' >"$work/include/linux/tracepoint.h"
same preemption-not-from-words 0 "$(flags 6 | grep -c PREEMPTION)"

[ $failures -eq 0 ]
