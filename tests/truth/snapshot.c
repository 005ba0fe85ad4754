// SPDX-License-Identifier: GPL-2.0
/* See snapshot.h. */
#include <stddef.h>
#include <string.h>

#include "snapshot.h"

const struct row *snapshot_row(const struct snapshot *s, uint32_t code, uint32_t flags)
{
	for (unsigned int i = 0; i < s->rows; i++) {
		if (s->row[i].code == code && s->row[i].flags == flags)
			return &s->row[i];
	}
	return NULL;
}

uint64_t snapshot_sum(const struct snapshot *s)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < s->rows; i++)
		sum += s->row[i].exits;
	return sum;
}

struct row *snapshot_add(struct snapshot *s, uint32_t code, uint32_t flags)
{
	struct row *row;

	if (s->rows == SNAPSHOT_ROWS)
		return NULL;
	row = &s->row[s->rows++];
	*row = (struct row){ .code = code, .flags = flags };
	return row;
}

static struct row subtract(const struct row *a, const struct row *b)
{
	struct row d = *b;

	if (!a)
		return d;
	d.exits -= a->exits;
	d.booked -= a->booked;
	d.kvm_tsc -= a->kvm_tsc;
	d.vmm_tsc -= a->vmm_tsc;
	d.halt_tsc -= a->halt_tsc;
	d.hist -= a->hist;
	return d;
}

void snapshot_difference(const struct snapshot *a, const struct snapshot *b, struct snapshot *d)
{
	*d = *b;
	d->rows = 0;
	for (unsigned int i = 0; i < b->rows; i++) {
		const struct row *r = &b->row[i];
		struct row diff = subtract(snapshot_row(a, r->code, r->flags), r);

		if (diff.exits || diff.booked || diff.kvm_tsc || diff.vmm_tsc || diff.halt_tsc)
			d->row[d->rows++] = diff;
	}
	d->kvm_tsc -= a->kvm_tsc;
	d->lost -= a->lost;
	d->emulated -= a->emulated;
	d->unseen -= a->unseen;
	d->recovered -= a->recovered;
	d->kvm_exits -= a->kvm_exits;
	d->stat_exits -= a->stat_exits;
	d->traced -= a->traced;
}
