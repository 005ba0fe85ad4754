// SPDX-License-Identifier: GPL-2.0
/* Memory management of snapshots. */
#include "model/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct snapshot *snapshot_create(void)
{
	return calloc(1, sizeof(struct snapshot));
}

/*
 * A memory block that holds the rows of many vCPUs. A large host has 100,000 rows, so vCPUs do
 * not get separate allocations.
 */
struct snapshot_pool {
	struct snapshot_pool *next;
	size_t used;
	size_t size;
	struct snapshot_row row[];
};

#define POOL_FIRST_ROWS 64

static struct snapshot_pool *pool_create(struct snapshot_pool *next, size_t rows)
{
	size_t size = next ? 2 * next->size : POOL_FIRST_ROWS;
	struct snapshot_pool *pool;

	if (size < rows)
		size = rows;
	pool = malloc(sizeof(*pool) + size * sizeof(pool->row[0]));
	if (!pool)
		return NULL;
	pool->next = next;
	pool->used = 0;
	pool->size = size;
	return pool;
}

static void pools_destroy(struct snapshot_pool *pool)
{
	while (pool) {
		struct snapshot_pool *next = pool->next;

		free(pool);
		pool = next;
	}
}

void snapshot_clear(struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++)
		free(snapshot->vm[i].vcpu);
	free(snapshot->vm);
	free(snapshot->by_id);
	pools_destroy(snapshot->pool);
	snapshot->pool = NULL;
	snapshot->vm = NULL;
	snapshot->vms = 0;
	snapshot->by_id = NULL;
	snapshot->by_id_size = 0;
	vm_ends_release(&snapshot->ends);
	snapshot_destroy(snapshot->ended);
	snapshot->ended = NULL;
	snapshot->has_departed = false;
	memset(&snapshot->departed, 0, sizeof(snapshot->departed));
}

void snapshot_destroy(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	snapshot_clear(snapshot);
	free(snapshot);
}

/*
 * Append a zeroed element to an array and return it, or NULL if out of memory. The capacity
 * doubles whenever @count reaches a power of two.
 */
static void *array_grow(void **array, size_t *count, size_t bytes)
{
	char *grown = *array;

	if (!(*count & (*count - 1)))
		grown = reallocarray(*array, *count ? 2 * *count : 1, bytes);
	if (!grown)
		return NULL;
	*array = grown;
	grown += (*count)++ * bytes;
	memset(grown, 0, bytes);
	return grown;
}

bool snapshot_copy_names(const struct snapshot *before, struct snapshot_vm *vm)
{
	const struct snapshot_vm *old = before ? snapshot_vm_find(before, vm->id) : NULL;

	if (!old && before && before->ended)
		old = snapshot_vm_find(before->ended, vm->id);
	if (!old)
		return false;
	memcpy(vm->name, old->name, sizeof(vm->name));
	memcpy(vm->uuid, old->uuid, sizeof(vm->uuid));
	memcpy(vm->manager_id, old->manager_id, sizeof(vm->manager_id));
	return true;
}

int vm_ends_add(struct vm_ends *ends, uint32_t pid, uint64_t tsc)
{
	struct vm_end *end = array_grow((void **)&ends->vm, &ends->count, sizeof(*end));

	if (!end)
		return -ENOMEM;
	*end = (struct vm_end){ .pid = pid, .tsc = tsc };
	return 0;
}

void vm_ends_release(struct vm_ends *ends)
{
	free(ends->vm);
	*ends = (struct vm_ends){ 0 };
}

/*
 * Return the hash-table entry of the VM with this ID, or the free entry in which to insert the VM.
 * An entry contains the index of the VM plus 1; 0 marks a free entry. The table is at most half
 * full and IDs are consecutive numbers, so the first entry tried usually matches.
 */
static uint32_t *id_place(const struct snapshot *snapshot, uint32_t id)
{
	size_t i = id & (snapshot->by_id_size - 1);

	while (snapshot->by_id[i] && snapshot->vm[snapshot->by_id[i] - 1].id != id)
		i = (i + 1) & (snapshot->by_id_size - 1);
	return &snapshot->by_id[i];
}

/* Grow the hash table if it has no capacity for another VM. */
static int ids_reserve(struct snapshot *snapshot)
{
	size_t size = snapshot->by_id_size ? 2 * snapshot->by_id_size : 16;
	uint32_t *grown;

	if (2 * (snapshot->vms + 1) <= snapshot->by_id_size)
		return 0;
	grown = calloc(size, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	free(snapshot->by_id);
	snapshot->by_id = grown;
	snapshot->by_id_size = size;
	for (size_t i = 0; i < snapshot->vms; i++)
		*id_place(snapshot, snapshot->vm[i].id) = (uint32_t)i + 1;
	return 0;
}

struct snapshot_vm *snapshot_vm_get(struct snapshot *snapshot, uint32_t id, uint32_t pid)
{
	struct snapshot_vm *vm;
	uint32_t *place;

	if (ids_reserve(snapshot))
		return NULL;
	place = id_place(snapshot, id);
	if (*place)
		return &snapshot->vm[*place - 1];
	vm = array_grow((void **)&snapshot->vm, &snapshot->vms, sizeof(*vm));
	if (vm) {
		*place = (uint32_t)snapshot->vms;
		vm->id = id;
		vm->pid = pid;
	}
	return vm;
}

struct snapshot_vm *snapshot_vm_find(const struct snapshot *snapshot, uint32_t id)
{
	const uint32_t *place = snapshot->by_id_size ? id_place(snapshot, id) : NULL;

	return place && *place ? &snapshot->vm[*place - 1] : NULL;
}

struct snapshot_vcpu *snapshot_vcpu_add(struct snapshot_vm *vm)
{
	struct snapshot_vcpu *vcpu;

	vcpu = array_grow((void **)&vm->vcpu, &vm->vcpus, sizeof(*vcpu));
	if (vcpu)
		vcpu->vcpus = 1;
	return vcpu;
}

int snapshot_rows_reserve(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows)
{
	struct snapshot_pool *pool = snapshot->pool;

	if (!pool || pool->size - pool->used < rows)
		pool = pool_create(pool, rows);
	if (!pool)
		return -ENOMEM;
	snapshot->pool = pool;
	vcpu->row = &pool->row[pool->used];
	vcpu->rows = rows;
	pool->used += rows;
	return 0;
}

int snapshot_rows_alloc(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows)
{
	int error = snapshot_rows_reserve(snapshot, vcpu, rows);

	if (!error)
		memset(vcpu->row, 0, rows * sizeof(*vcpu->row));
	return error;
}
