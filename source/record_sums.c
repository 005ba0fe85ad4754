// SPDX-License-Identifier: GPL-2.0
/* Add up the figures of intervals of a recording, see record_sums.h. */
#include "source/record_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"

/* Return the sum of a VM or vCPU. Append it if it is missing. Returns NULL if out of memory. */
static struct sum *sum_of(struct sums *sums, int64_t vm, int64_t vcpu)
{
	struct sum *grown;

	for (size_t i = 0; i < sums->count; i++) {
		struct sum *sum = &sums->sum[(sums->hint + i) % sums->count];

		if (sum->vm == vm && sum->vcpu == vcpu) {
			sums->hint = (size_t)(sum - sums->sum);
			return sum;
		}
	}
	grown = reallocarray(sums->sum, sums->count + 1, sizeof(*grown));
	if (!grown)
		return NULL;
	sums->sum = grown;
	sums->hint = sums->count;
	grown[sums->count] = (struct sum){ .vm = vm, .vcpu = vcpu };
	return &grown[sums->count++];
}

void sums_release(struct sums *sums)
{
	for (size_t i = 0; i < sums->count; i++)
		books_release(&sums->sum[i].books);
	free(sums->sum);
	*sums = (struct sums){ 0 };
}

static int add_interval(void *context, const struct reader_interval *interval)
{
	struct sums *sums = context;

	sums->lost += interval->lost;
	return 0;
}

static int add_books(void *context, const struct reader_books *from)
{
	struct sum *sum = sum_of(context, from->vm, from->vcpu);
	/*
	 * The total is the sum of the rows, but some recordings contain kvm_tsc only as a total.
	 */
	const struct books part = { .total.kvm_tsc = from->total.kvm_tsc,
				    .audit = from->audit,
				    .lost = from->lost,
				    .wall_tsc = from->wall_tsc };

	if (!sum)
		return -ENOMEM;
	if (from->vcpus > sum->vcpus)
		sum->vcpus = from->vcpus;
	return books_add(&sum->books, &part);
}

static int add_row(void *context, const struct reader_row *from)
{
	struct sum *sum = sum_of(context, from->vm, from->vcpu);
	struct snapshot_row row = from->row;
	struct books part = { .row = &row, .rows = 1 };

	return sum ? books_add(&sum->books, &part) : -ENOMEM;
}

static struct snapshot_vm *take_vm(const struct reader *reader, int64_t id,
				   struct snapshot *snapshot)
{
	const struct reader_vm *from = reader_vm_find(reader, id);
	struct snapshot_vm *vm;

	vm = snapshot_vm_get(snapshot, (uint32_t)id, from ? from->pid : 0);
	if (!vm || !from)
		return vm;
	memcpy(vm->name, from->name, sizeof(vm->name));
	memcpy(vm->uuid, from->uuid, sizeof(vm->uuid));
	memcpy(vm->manager_id, from->manager_id, sizeof(vm->manager_id));
	return vm;
}

/* Convert a sum to a vCPU of the snapshot. */
static int take_vcpu(const struct reader *reader, const struct sum *sum, struct snapshot *snapshot)
{
	struct snapshot_vm *vm = take_vm(reader, sum->vm, snapshot);
	struct snapshot_vcpu *vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	const struct books *books = &sum->books;

	if (!vcpu || snapshot_rows_alloc(snapshot, vcpu, books->rows + 1))
		return -ENOMEM;
	memcpy(vcpu->row, books->row, books->rows * sizeof(*vcpu->row));
	vcpu->row[books->rows] = books->observer;
	vcpu->row[books->rows].flags |= ROW_OBSERVER;
	/* Like a saved sum, this sum includes open exits, which are not in the histograms. */
	vcpu->flags = VCPU_SUM;
	vcpu->index = sum->vcpu == SCHEMA_ALL_VCPUS ? 0 : (uint32_t)sum->vcpu;
	vcpu->vcpus = sum->vcpus;
	vcpu->total_kvm_tsc = books->total.kvm_tsc;
	vcpu->wall_tsc = books->wall_tsc;
	vcpu->lost = books->lost;
	vcpu->audit = books->audit;
	return 0;
}

struct reader_visitor sums_visitor(struct sums *sums)
{
	return (struct reader_visitor){ add_interval, add_books, add_row, sums };
}

int sums_take(const struct sums *sums, const struct reader *reader, struct snapshot *snapshot)
{
	int error = 0;

	for (size_t i = 0; i < sums->count && !error; i++)
		error = take_vcpu(reader, &sums->sum[i], snapshot);
	snapshot->lost = sums->lost;
	return error;
}
