/* SPDX-License-Identifier: GPL-2.0 */
/* The native leaves 0x40008000 to 0x40008004. */
#ifndef VMTOLL_CPUID_NATIVE_H
#define VMTOLL_CPUID_NATIVE_H

#include "ledger.h"

/* Update the INFO leaf after the host page or the dialect has changed. */
void cpuid_native_update(void);
const struct cpuid_answer *cpuid_native_answer(struct vcpu_ledger *l, u32 leaf, u32 subleaf);

#endif /* VMTOLL_CPUID_NATIVE_H */
