/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The history of VMs over time. The time is divided into bins of equal length. A bin contains
 * the sums over all intervals that end in it, and the longest exit in any of them.
 */
#ifndef VMTOLL_HISTORY_H
#define VMTOLL_HISTORY_H

#include "analysis/books.h"
#include "analysis/toll.h"

/**
 * struct history_slot - the figures of a VM in one bin
 * @row: the sum of all rows except the observer row. Its longest exit is the longest of any row
 * @wall_tsc: observation time, summed over the vCPUs
 * @guest_tsc, @ready_tsc, @polled_tsc: as in struct books
 * @observer_kvm_tsc, @observer_vmm_tsc, @observer_halt_tsc: the times of the observer row
 */
struct history_slot {
	struct snapshot_row row;
	uint64_t wall_tsc;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	uint64_t polled_tsc;
	uint64_t observer_kvm_tsc;
	uint64_t observer_vmm_tsc;
	uint64_t observer_halt_tsc;
	uint64_t lost;
};

/**
 * struct history_array - an array with one element per bin
 * @element: the elements from bin @first to bin @first + @count - 1. All other elements are 0.
 */
struct history_array {
	void *element;
	size_t first;
	size_t count;
};

/**
 * struct history_reason - the history of one exit reason of a VM
 * @key: identifies the reason by its code and flags; see row_has_same_key()
 * @toll_tsc: the time in KVM and in the VMM, per bin; see history_reason_toll()
 */
struct history_reason {
	struct snapshot_row key;
	struct history_array toll_tsc;
};

/**
 * struct history_vm - a VM, or one of its vCPUs
 * @id: the number of the VM in the recording, the index of the vCPU, or 0 for the sum over all VMs
 * @vcpus: the largest number of vCPUs that the VM had in any interval
 * @started_ns, @ended_ns: time since 1970, or 0 if unknown
 * @books: the figures of the VM, summed over all bins
 * @slots: the figures of each bin, see history_slot()
 * @reason: an array of @reasons exit reasons
 * @vcpu: an array of @vcpu_count vCPUs, sorted by index; empty if the history has no vCPUs
 */
struct history_vm {
	int64_t id;
	uint32_t pid;
	uint32_t vcpus;
	uint64_t started_ns;
	uint64_t ended_ns;
	char name[64];
	char uuid[37];
	char manager_id[65];
	struct books books;
	struct history_array slots;
	struct history_reason *reason;
	size_t reasons;
	struct history_vm *vcpu;
	size_t vcpu_count;
};

/**
 * struct history_bin - one bin of the history
 * @length_ns: the recorded time in the bin; less than @end_ns - @start_ns if the recording has
 *	       gaps
 * @lost: lost exits of vCPUs without a ledger
 */
struct history_bin {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_ns;
	uint64_t intervals;
	uint64_t lost;
};

/**
 * struct history - the history of several VMs
 * @all: the sum over all VMs
 * @current: the bin of the current interval
 * @hint: the index of the VM that was found last
 * @by_id: the indices of the VMs, sorted by id
 * @bytes: total size of the arrays that have one element per bin
 * @has_row_times: the times of each reason are known, not only the total times of a VM
 */
struct history {
	struct history_bin *bin;
	size_t bins;
	struct history_vm all;
	struct history_vm *vm;
	size_t vms;
	size_t current;
	size_t hint;
	size_t *by_id;
	size_t bytes;
	bool has_row_times;
};

/*
 * Create a history that covers the time from @start_ns to @end_ns in @bins bins. Returns -ENOMEM
 * if out of memory. The caller must call history_release(), even after an error.
 */
int history_create(struct history *history, uint64_t start_ns, uint64_t end_ns, size_t bins);
void history_release(struct history *history);

/* Begin an interval. All figures that are added from now on belong to this interval. */
void history_interval(struct history *history, uint64_t end_ns, uint64_t length_ns, uint64_t lost);

/*
 * Return the VM with this id. If there is none, append one. Returns NULL if out of memory. Do not
 * call this function after history_sort().
 */
struct history_vm *history_vm(struct history *history, int64_t id);

/*
 * Return the vCPU with this index. If there is none, insert one. This invalidates pointers to the
 * other vCPUs of the VM. Returns NULL if out of memory.
 */
struct history_vm *history_vcpu(struct history_vm *vm, int64_t index);

/*
 * The largest size of a history. 1,000 VMs with 12 reasons each need 80 MB for one day in 240
 * bins.
 */
#define HISTORY_MOST_BYTES (1024ull * 1024 * 1024)

/*
 * Add figures of the current interval to @vm, to the sum over all VMs, and to @vcpu unless it is
 * NULL. The rows are added separately with history_add_row(). Returns -ENOMEM if out of memory, or
 * -E2BIG if the history would become larger than HISTORY_MOST_BYTES.
 */
int history_add(struct history *history, struct history_vm *vm, struct history_vm *vcpu,
		const struct books *part);
int history_add_row(struct history *history, struct history_vm *vm, struct history_vm *vcpu,
		    const struct snapshot_row *row);

/* Return the entry of @vm for the exit reason of @like, or NULL if there is none. */
struct history_reason *history_reason(const struct history_vm *vm, const struct snapshot_row *like);

/* Return the figures of a VM in a bin. All of them are 0 if the VM did not run in this bin. */
const struct history_slot *history_slot(const struct history_vm *vm, size_t bin);

/* Return how a VM spent its time in a bin; see toll_places(). */
struct toll_places history_places(const struct history_slot *slot, unsigned int knows);

/*
 * Return the toll of a reason in one bin: how long KVM and the VMM took to handle the exits with
 * this reason.
 */
uint64_t history_reason_toll(const struct history_reason *reason, size_t bin);

/* Sort the VMs by their toll, highest first. */
void history_sort(struct history *history);

/* Return the toll of a row: how long KVM and the VMM took to handle its exits. */
uint64_t row_toll_tsc(const struct snapshot_row *row);

/* Return the VM with the highest toll in a bin, or NULL if no VM ran. */
const struct history_vm *history_worst(const struct history *history, size_t bin);

#endif
