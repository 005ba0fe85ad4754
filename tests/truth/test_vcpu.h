/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state in which a vCPU starts a payload: registers, MSRs, local APIC.
 */
#ifndef TRUTH_TEST_VCPU_H
#define TRUTH_TEST_VCPU_H

#include "test_vm.h"

/* vCPU i has just been created; vm->flags say how it is to start. */
int test_vcpu_set_up(struct test_vm *vm, unsigned int i, const char *payload);

#endif
