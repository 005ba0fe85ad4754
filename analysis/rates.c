// SPDX-License-Identifier: GPL-2.0
/* Exits per second of VMs, see rates.h. */
#include "analysis/rates.h"

#include <errno.h>
#include <stdlib.h>

static uint64_t vcpu_exits(const struct snapshot_vcpu *vcpu)
{
	uint64_t exits = 0;

	for (size_t i = 0; i < vcpu->rows; i++)
		if (!(vcpu->row[i].flags & ROW_OBSERVER))
			exits += vcpu->row[i].exits + vcpu->row[i].open;
	return exits;
}

static const struct snapshot_vcpu *vcpu_find(const struct snapshot *snapshot, uint32_t vm,
					     const struct snapshot_vcpu *like)
{
	for (size_t i = 0; i < snapshot->vms; i++) {
		if (snapshot->vm[i].id != vm)
			continue;
		for (size_t j = 0; j < snapshot->vm[i].vcpus; j++)
			if (snapshot->vm[i].vcpu[j].index == like->index)
				return &snapshot->vm[i].vcpu[j];
	}
	return NULL;
}

static uint64_t per_second(uint64_t exits, uint64_t interval_ns)
{
	if (!interval_ns)
		return 0;
	return (uint64_t)(((unsigned __int128)exits * 1000000000u + interval_ns / 2) / interval_ns);
}

static struct vm_rate rate_of(const struct snapshot *before, const struct snapshot_vm *vm,
			      uint64_t interval_ns)
{
	struct vm_rate rate = { .vm = vm };
	uint64_t fresh = 0;

	for (size_t i = 0; i < vm->vcpus; i++) {
		const struct snapshot_vcpu *old = vcpu_find(before, vm->id, &vm->vcpu[i]);
		uint64_t now = vcpu_exits(&vm->vcpu[i]);
		uint64_t then = old ? vcpu_exits(old) : 0;

		rate.exits += now;
		rate.lost += vm->vcpu[i].lost;
		fresh += now > then ? now - then : 0;
	}
	rate.per_second = per_second(fresh, interval_ns);
	return rate;
}

long rates_of(const struct snapshot *before, const struct snapshot *after, struct vm_rate **rates)
{
	uint64_t interval_ns =
		after->clock_ns > before->clock_ns ? after->clock_ns - before->clock_ns : 0;
	struct vm_rate *rate = calloc(after->vms + 1, sizeof(*rate));

	if (!rate)
		return -ENOMEM;
	for (size_t i = 0; i < after->vms; i++)
		rate[i] = rate_of(before, &after->vm[i], interval_ns);
	*rates = rate;
	return (long)after->vms;
}
