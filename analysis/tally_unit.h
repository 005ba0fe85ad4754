/* SPDX-License-Identifier: GPL-2.0 */
/* The totals of one VM or vCPU in a tally. Only tally.c uses these functions. */
#ifndef VMTOLL_TALLY_UNIT_H
#define VMTOLL_TALLY_UNIT_H

#include "analysis/tally.h"

/*
 * Return the totals of @vm or, if the tally keeps totals of each vCPU, those of the vCPU with the
 * index @vcpu. If there are none, append them. Returns NULL if out of memory.
 */
struct tally_unit *tally_unit_get(const struct tally *tally, struct tally_vm *vm, uint32_t vcpu);

/*
 * Add the figures of a vCPU since the last reading to the totals. If @is_first is true, the
 * figures were counted before the tally began. In this case, use them only to choose the reasons
 * that are named. Returns -ENOMEM if out of memory.
 */
int tally_unit_add(const struct tally *tally, struct tally_unit *unit, const struct books *delta,
		   bool is_first);

/* Add the totals of @from to those of @unit. Returns -ENOMEM if out of memory. */
int tally_unit_merge(struct tally_unit *unit, const struct tally_unit *from);

/*
 * Decay the weights of the reasons over a period of @length_ns. If the heaviest unnamed reason
 * then has more than twice the weight of the lightest named reason, name the former instead of the
 * latter.
 */
void tally_unit_rank(const struct tally *tally, struct tally_unit *unit, uint64_t length_ns);

#endif
