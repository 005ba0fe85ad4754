/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state in which a vCPU starts a payload: registers, MSRs, local APIC.
 */
#ifndef TRUTH_TEST_VCPU_H
#define TRUTH_TEST_VCPU_H

#include "test_vm.h"

/* Set up vCPU @i, which has just been created, as vm->flags require. */
int test_vcpu_set_up(struct test_vm *vm, unsigned int i, const char *payload);

#endif
