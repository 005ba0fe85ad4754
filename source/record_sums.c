// SPDX-License-Identifier: GPL-2.0
/* Add up the figures of several intervals of a recording, see record_sums.h. */
#include "source/record_sums.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/schema.h"

static int compare(const struct sum *sum, int64_t vm, int64_t vcpu)
{
	if (sum->vm != vm)
		return sum->vm < vm ? -1 : 1;
	return (sum->vcpu > vcpu) - (sum->vcpu < vcpu);
}

/*
 * Return the index of the element for this VM and vCPU. If there is none, return the index where
 * it must be inserted.
 */
static size_t find(const struct sums *sums, int64_t vm, int64_t vcpu)
{
	size_t first = 0;
	size_t end = sums->count;

	while (first < end) {
		size_t middle = (first + end) / 2;

		if (compare(&sums->sum[middle], vm, vcpu) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static int reserve(struct sums *sums)
{
	size_t capacity = sums->capacity ? 2 * sums->capacity : 16;
	struct sum *grown;

	if (sums->count < sums->capacity)
		return 0;
	grown = reallocarray(sums->sum, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	sums->sum = grown;
	sums->capacity = capacity;
	return 0;
}

/*
 * Return the entry of @sums for a VM or vCPU. If there is no such entry, insert an empty one.
 * Returns NULL if out of memory.
 */
static struct sum *sum_of(struct sums *sums, int64_t vm, int64_t vcpu)
{
	size_t i = sums->hint;

	for (int tries = 0; tries < 2 && i < sums->count; tries++, i++)
		if (!compare(&sums->sum[i], vm, vcpu)) {
			sums->hint = i;
			return &sums->sum[i];
		}
	i = find(sums, vm, vcpu);
	sums->hint = i;
	if (i < sums->count && !compare(&sums->sum[i], vm, vcpu))
		return &sums->sum[i];
	if (reserve(sums))
		return NULL;
	memmove(&sums->sum[i + 1], &sums->sum[i], (sums->count - i) * sizeof(*sums->sum));
	sums->sum[i] = (struct sum){ .vm = vm, .vcpu = vcpu };
	sums->count++;
	return &sums->sum[i];
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
	 * Take kvm_tsc from the recorded totals, because some recordings contain no kvm_tsc per
	 * row. add_row() computes the other totals from the rows.
	 */
	const struct books part = { .total.kvm_tsc = from->total.kvm_tsc,
				    .audit = from->audit,
				    .lost = from->lost,
				    .wall_tsc = from->wall_tsc,
				    .guest_tsc = from->guest_tsc,
				    .ready_tsc = from->ready_tsc,
				    .polled_tsc = from->polled_tsc };

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

/* Add a vCPU to the snapshot, and copy the figures of @sum to it. */
static int take_vcpu(const struct reader *reader, const struct sum *sum, struct snapshot *snapshot)
{
	struct snapshot_vm *vm = take_vm(reader, sum->vm, snapshot);
	struct snapshot_vcpu *vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	const struct books *books = &sum->books;

	if (!vcpu || snapshot_rows_alloc(snapshot, vcpu, books->rows + 1))
		return -ENOMEM;
	if (books->rows)
		memcpy(vcpu->row, books->row, books->rows * sizeof(*vcpu->row));
	vcpu->row[books->rows] = books->observer;
	vcpu->row[books->rows].flags |= ROW_OBSERVER;
	vcpu->flags = VCPU_RECORDED | (sum->vcpu == SCHEMA_ALL_VCPUS ? VCPU_SUM : 0);
	vcpu->index = sum->vcpu == SCHEMA_ALL_VCPUS ? 0 : (uint32_t)sum->vcpu;
	vcpu->vcpus = sum->vcpus;
	vcpu->total_kvm_tsc = books->total.kvm_tsc;
	vcpu->wall_tsc = books->wall_tsc;
	vcpu->guest_tsc = books->guest_tsc;
	vcpu->ready_tsc = books->ready_tsc;
	vcpu->polled_tsc = books->polled_tsc;
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
