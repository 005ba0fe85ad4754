/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prepare the nested guest (L2) of the payloads nested_svm and nested_vmx. L2 has the same address
 * space, segments and control registers as its hypervisor (L1).
 */
#ifndef TRUTH_NESTED_H
#define TRUTH_NESTED_H

#include <linux/kvm.h>
#include <stdint.h>

/*
 * nested_svm_build() writes the VMCB to the guest's memory, and nested_vmx_build() writes the
 * values of the VMCS fields. @sregs are the registers of L1.
 */
void nested_svm_build(uint8_t *memory, const struct kvm_sregs *sregs);
void nested_vmx_build(uint8_t *memory, const struct kvm_sregs *sregs);

#endif
