/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Nested guests: the data that the payloads nested_svm and nested_vmx pass to the processor. The
 * nested guest (L2) has the same address space, segments and control registers as its hypervisor
 * (L1).
 */
#ifndef TRUTH_NESTED_H
#define TRUTH_NESTED_H

#include <linux/kvm.h>
#include <stdint.h>

/*
 * Write the VMCB or the values of the VMCS fields to the guest's memory. @sregs are the registers
 * of L1.
 */
void nested_svm_build(uint8_t *memory, const struct kvm_sregs *sregs);
void nested_vmx_build(uint8_t *memory, const struct kvm_sregs *sregs);

#endif
