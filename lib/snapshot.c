// SPDX-License-Identifier: GPL-2.0
/* The memory of a snapshot, see snapshot.h. */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct snapshot *snapshot_create(void)
{
	return calloc(1, sizeof(struct snapshot));
}

static void vm_release(struct snapshot_vm *vm)
{
	for (size_t i = 0; i < vm->vcpus; i++)
		free(vm->vcpu[i].row);
	free(vm->vcpu);
}

void snapshot_destroy(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	for (size_t i = 0; i < snapshot->vms; i++)
		vm_release(&snapshot->vm[i]);
	free(snapshot->vm);
	free(snapshot->departed.row);
	free(snapshot);
}

/* One element more, zeroed, at the end of an array; NULL without memory. */
static void *array_grow(void **array, size_t *count, size_t bytes)
{
	char *grown = reallocarray(*array, *count + 1, bytes);

	if (!grown)
		return NULL;
	*array = grown;
	grown += (*count)++ * bytes;
	memset(grown, 0, bytes);
	return grown;
}

struct snapshot_vm *snapshot_vm_get(struct snapshot *snapshot, uint32_t id, uint32_t pid)
{
	struct snapshot_vm *vm;

	for (size_t i = 0; i < snapshot->vms; i++)
		if (snapshot->vm[i].id == id)
			return &snapshot->vm[i];
	vm = array_grow((void **)&snapshot->vm, &snapshot->vms, sizeof(*vm));
	if (vm) {
		vm->id = id;
		vm->pid = pid;
	}
	return vm;
}

struct snapshot_vcpu *snapshot_vcpu_add(struct snapshot_vm *vm)
{
	struct snapshot_vcpu *vcpu;

	vcpu = array_grow((void **)&vm->vcpu, &vm->vcpus, sizeof(*vcpu));
	if (vcpu)
		vcpu->vcpus = 1;
	return vcpu;
}

int snapshot_rows_alloc(struct snapshot_vcpu *vcpu, size_t rows)
{
	vcpu->row = calloc(rows ? rows : 1, sizeof(*vcpu->row));
	if (!vcpu->row)
		return -ENOMEM;
	vcpu->rows = rows;
	return 0;
}
