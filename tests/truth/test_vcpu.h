/* SPDX-License-Identifier: GPL-2.0 */
/* The initial state of a vCPU that runs a payload: registers, MSRs, and local APIC. */
#ifndef TRUTH_TEST_VCPU_H
#define TRUTH_TEST_VCPU_H

#include "test_vm.h"

/* Set up vCPU @i according to vm->flags. The vCPU must be newly created. */
int test_vcpu_set_up(struct test_vm *vm, unsigned int i, const char *payload);

#endif
