/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The state in which a vCPU starts a payload: registers, MSRs, local APIC.
 */
#ifndef TRUTH_VCPU_H
#define TRUTH_VCPU_H

#include "vm.h"

/* vCPU i has just been created; vm->flags say how it is to start. */
int vcpu_set_up(struct vm *vm, unsigned int i, const char *payload);

#endif
