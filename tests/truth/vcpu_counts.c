// SPDX-License-Identifier: GPL-2.0
/* See vcpu_counts.h. */
#include <stddef.h>
#include <string.h>

#include "vcpu_counts.h"

const struct count_row *vcpu_counts_row(const struct vcpu_counts *s, uint32_t code, uint32_t flags)
{
	for (unsigned int i = 0; i < s->rows; i++) {
		if (s->row[i].code == code && s->row[i].flags == flags)
			return &s->row[i];
	}
	return NULL;
}

uint64_t vcpu_counts_sum(const struct vcpu_counts *s)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < s->rows; i++)
		sum += s->row[i].exits;
	return sum;
}

struct count_row *vcpu_counts_add(struct vcpu_counts *s, uint32_t code, uint32_t flags)
{
	struct count_row *row;

	if (s->rows == COUNT_ROWS)
		return NULL;
	row = &s->row[s->rows++];
	*row = (struct count_row){ .code = code, .flags = flags };
	return row;
}

static struct count_row subtract(const struct count_row *a, const struct count_row *b)
{
	struct count_row d = *b;

	if (!a)
		return d;
	d.exits -= a->exits;
	d.booked -= a->booked;
	d.kvm_tsc -= a->kvm_tsc;
	d.vmm_tsc -= a->vmm_tsc;
	d.halt_tsc -= a->halt_tsc;
	d.hist -= a->hist;
	d.hist_least -= a->hist_least;
	if (d.hist_most != UINT64_MAX)
		d.hist_most -= a->hist_most;
	return d;
}

void vcpu_counts_difference(const struct vcpu_counts *a, const struct vcpu_counts *b,
			    struct vcpu_counts *d)
{
	*d = *b;
	d->rows = 0;
	for (unsigned int i = 0; i < b->rows; i++) {
		const struct count_row *r = &b->row[i];
		struct count_row diff = subtract(vcpu_counts_row(a, r->code, r->flags), r);

		if (diff.exits || diff.booked || diff.kvm_tsc || diff.vmm_tsc || diff.halt_tsc)
			d->row[d->rows++] = diff;
	}
	d->kvm_tsc -= a->kvm_tsc;
	d->ready_tsc -= a->ready_tsc;
	d->lost -= a->lost;
	d->emulated -= a->emulated;
	d->unseen -= a->unseen;
	d->recovered -= a->recovered;
	d->kvm_exits -= a->kvm_exits;
	d->stat_exits -= a->stat_exits;
	d->traced -= a->traced;
}
