// SPDX-License-Identifier: GPL-2.0
/* Read the history of VMs from a recording, see history_reader.h. */
#include "store/history_reader.h"

#include <errno.h>
#include <string.h>

#include "store/schema.h"

/*
 * The context that reader_each() passes to the visitor's functions. @done is the number of
 * intervals that have been read so far.
 */
struct reading {
	const struct history_request *request;
	struct history *history;
	uint64_t done;
};

static bool is_in_scope(const struct reading *reading, int64_t vm, int64_t vcpu)
{
	const struct history_request *request = reading->request;

	if (request->vcpu >= 0 && vcpu != request->vcpu)
		return false;
	return !request->selects ||
	       request->selects(request->context, reader_vm_find(request->reader, vm));
}

static int add_interval(void *context, const struct reader_interval *interval)
{
	struct reading *reading = context;
	const struct history_request *request = reading->request;

	history_interval(reading->history, interval->end_ns, interval->length_ns,
			 request->all_vms ? interval->lost : 0);
	reading->done++;
	if (request->progress)
		request->progress(request->context, reading->done);
	return 0;
}

/* Return the history's entry for the VM, and set its names. Returns NULL if out of memory. */
static struct history_vm *vm_of(const struct reading *reading, int64_t id)
{
	struct history_vm *vm = history_vm(reading->history, id);
	const struct reader_vm *from;

	if (!vm || vm->vcpus)
		return vm;
	from = reader_vm_find(reading->request->reader, id);
	if (!from)
		return vm;
	vm->pid = from->pid;
	vm->started_ns = from->started_ns;
	vm->ended_ns = from->ended_ns;
	memcpy(vm->name, from->name, sizeof(vm->name));
	memcpy(vm->uuid, from->uuid, sizeof(vm->uuid));
	memcpy(vm->manager_id, from->manager_id, sizeof(vm->manager_id));
	return vm;
}

/*
 * Update the VM's number of vCPUs. If the recording has separate figures for each vCPU (--vcpus),
 * the number is the highest index of a vCPU plus 1.
 */
static void count_vcpus(struct history_vm *vm, const struct reader_books *books)
{
	uint32_t vcpus = books->vcpu == SCHEMA_ALL_VCPUS ? books->vcpus : (uint32_t)books->vcpu + 1;

	if (vcpus > vm->vcpus)
		vm->vcpus = vcpus;
}

/*
 * Set *@vcpu to the history of the vCPU with this index. Set it to NULL if the request does not
 * ask for a history of each vCPU, or if the figures are a sum of all vCPUs. Returns -ENOMEM if out
 * of memory.
 */
static int take_vcpu(const struct reading *reading, struct history_vm *vm, int64_t index,
		     struct history_vm **vcpu)
{
	*vcpu = NULL;
	if (!reading->request->per_vcpu || index == SCHEMA_ALL_VCPUS)
		return 0;
	*vcpu = history_vcpu(vm, index);
	return *vcpu ? 0 : -ENOMEM;
}

static int add_books(void *context, const struct reader_books *from)
{
	const struct reading *reading = context;
	const struct books part = { .total.kvm_tsc = from->total.kvm_tsc,
				    .audit = from->audit,
				    .lost = from->lost,
				    .wall_tsc = from->wall_tsc,
				    .guest_tsc = from->guest_tsc,
				    .ready_tsc = from->ready_tsc,
				    .polled_tsc = from->polled_tsc };
	struct history_vm *vcpu;
	struct history_vm *vm;

	if (!is_in_scope(reading, from->vm, from->vcpu))
		return 0;
	vm = vm_of(reading, from->vm);
	if (!vm || take_vcpu(reading, vm, from->vcpu, &vcpu))
		return -ENOMEM;
	count_vcpus(vm, from);
	return history_add(reading->history, vm, vcpu, &part);
}

static int add_row(void *context, const struct reader_row *from)
{
	const struct reading *reading = context;
	struct history_vm *vcpu;
	struct history_vm *vm;

	if (!is_in_scope(reading, from->vm, from->vcpu))
		return 0;
	vm = vm_of(reading, from->vm);
	if (!vm || take_vcpu(reading, vm, from->vcpu, &vcpu))
		return -ENOMEM;
	return history_add_row(reading->history, vm, vcpu, &from->row);
}

/* Sort the reasons of a VM and of its vCPUs. */
static int sort_reasons(struct history_vm *vm, enum reason_isa isa)
{
	int error = books_sort(&vm->books, isa, "time");

	for (size_t i = 0; i < vm->vcpu_count && !error; i++)
		error = books_sort(&vm->vcpu[i].books, isa, "time");
	return error;
}

static int sort(struct history *history, enum reason_isa isa, struct complaint *complaint)
{
	int error;

	history_sort(history);
	error = sort_reasons(&history->all, isa);
	for (size_t i = 0; i < history->vms && !error; i++)
		error = sort_reasons(&history->vm[i], isa);
	return error ? complain(complaint, error, "cannot sort the rows: %s", strerror(-error)) : 0;
}

int history_read(const struct history_request *request, struct history *history,
		 struct complaint *complaint)
{
	const struct origin *origin = reader_origin(request->reader);
	struct reading reading = { .request = request, .history = history };
	const struct reader_visitor visitor = { add_interval, add_books, add_row, &reading };
	int error = history_create(history, request->bounds.start_ns, request->bounds.end_ns,
				   request->bins);

	if (error)
		return complain(complaint, error, "cannot report: out of memory");
	history->has_row_times = origin->knows & KNOWS_ROW_TIME;
	error = reader_each(request->reader, &request->range, &visitor, complaint);
	if (error == -E2BIG)
		return complain(complaint, error,
				"the report would need more than %llu MB of memory; select fewer "
				"VMs (--vm), a shorter time (--from, --to) or fewer parts (--bins)",
				HISTORY_MOST_BYTES / (1024 * 1024));
	return error ? error : sort(history, origin->isa, complaint);
}
