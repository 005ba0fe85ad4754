/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Books hold figures that are summed over all vCPUs in a scope. They are computed from one
 * snapshot, or from the difference between two snapshots. Books have one row per exit reason,
 * one row for the observer, and a total.
 */
#ifndef VMTOLL_BOOKS_H
#define VMTOLL_BOOKS_H

#include "model/complaint.h"
#include "model/scope.h"
#include "model/snapshot.h"

/**
 * struct books - rows added up over several vCPUs
 * @row: one row per exit reason. row.exits includes open exits, and row.open is 0.
 * @capacity: number of rows for which @row has memory
 * @total: sum of @row. If the source reports kvm_tsc only as a total, that total is used.
 * @observer: exits caused by reading the CPUID leaves; no other figure includes them
 * @lost: exits that could not be recorded
 * @untimed: number of exits whose duration is not in the rows: the last exits of departed vCPUs
 * @audit: figures of the ledger and of KVM's own count
 * @wall_tsc: observation time, summed over the vCPUs; 0 if unknown. See @lacks_departed
 * @guest_tsc: time in the guest; 0 if unknown
 * @ready_tsc: time waiting for a CPU; 0 if unknown
 * @polled_tsc: the part of the halted time in which KVM polled for a wakeup; 0 if unknown. An
 *	       interval may contain the polled time of a halt that was counted before
 * @lacks_departed: @wall_tsc does not include the departed vCPUs, although the rows do. It
 *		    includes them if the source reports the time in the guest. Their observation
 *		    time is then the sum of their times in all places
 * @clock_tsc: TSC of the snapshot; in a difference, the length of the interval; 0 if unknown
 * @ended_tsc: TSC when the last VM in scope ended, or 0 if no VM has ended; in a difference,
 *	       cycles since the start of the interval
 * @ends: the VMs in scope that have ended; their times follow the same convention as @ended_tsc
 * @counts: number of VMs, live vCPUs and departed vCPUs
 */
struct books {
	struct snapshot_row *row;
	size_t rows;
	size_t capacity;
	struct snapshot_row total;
	struct snapshot_row observer;
	uint64_t lost;
	uint64_t untimed;
	struct audit_figures audit;
	uint64_t wall_tsc;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	uint64_t polled_tsc;
	bool lacks_departed;
	uint64_t clock_tsc;
	uint64_t ended_tsc;
	struct vm_ends ends;
	struct vm_counts counts;
};

/*
 * Add up the vCPUs of @snapshot that are in @scope. Returns -ENOENT if there are none, or
 * -ENOMEM. The caller must release the result with books_release().
 */
int books_gather(const struct snapshot *snapshot, const struct scope *scope, struct books *books,
		 struct complaint *complaint);

/*
 * Compute the difference between two results of books_gather(). Rows with neither exits nor
 * time are left out. If an exit began before the interval or is still open, only the part
 * within the interval counts. This also applies to the longest exit. The duration of the
 * longest exit may be only an upper bound (ROW_AT_MOST). While an exit is open, its time may be
 * counted in the wrong place. If the time moves to the correct place in the interval, the other
 * times are adjusted, so that no time is negative and the sum over all places is correct.
 * Returns -ESTALE if a counter ran backwards, because a vCPU in scope departed or vmtoll was
 * reloaded. The caller must release the result with books_release().
 */
int books_delta(const struct books *before, const struct books *after, struct books *delta,
		struct complaint *complaint);

/*
 * Add the duration of a departed vCPU's last exit, and correct the observation time. @vcpu is the
 * ledger that the module kept when the vCPU ended. @books must already contain the ledger of all
 * departed vCPUs. That ledger counts the exit, but contains only the times that were complete when
 * the vCPU ended. Returns -ENOMEM if out of memory.
 */
int books_add_last_exit(struct books *books, const struct snapshot_vcpu *vcpu);

/*
 * Add the figures of one vCPU for the interval between two snapshots. @before is the vCPU in the
 * first snapshot, or NULL if the vCPU did not exist then. The KNOWS_* bits in @knows specify
 * which figures the source reports. @length is the length of the interval in TSC cycles, or 0 if
 * unknown. If an exit began before the interval or is still open, only its time within the
 * interval is added. Returns -ESTALE if a counter ran backwards, or -ENOMEM. After an error, the
 * books are incomplete.
 */
int books_add_interval(struct books *books, const struct snapshot_vcpu *before,
		       const struct snapshot_vcpu *after, unsigned int knows, uint64_t length);

/*
 * Add all figures of one vCPU, or of a sum over vCPUs. @knows holds the KNOWS_* bits of the
 * source. Returns -ENOMEM if out of memory.
 */
int books_add_vcpu(struct books *books, const struct snapshot_vcpu *vcpu, unsigned int knows);

/* Add @part to @sum, row by row. Returns -ENOMEM if out of memory. */
int books_add(struct books *sum, const struct books *part);

void books_release(struct books *books);

/*
 * Return the row with the same key as @like (see row_has_same_key()), or NULL if there is none.
 */
struct snapshot_row *books_find(const struct books *books, const struct snapshot_row *like);

/*
 * Return how long a row's exits took in total. This is the sum of the time in KVM, the time in the
 * VMM and the time halted. It does not include the time waiting for a CPU.
 */
uint64_t row_whole_tsc(const struct snapshot_row *row);

/*
 * Return the sum of all measured times: in KVM, in the VMM, halted, in the guest and waiting for a
 * CPU. The observer row is included. If the source reports the time in the guest, the sum differs
 * from the observation time only by a small residual.
 */
uint64_t books_measured_tsc(const struct books *books);
uint64_t vcpu_measured_tsc(const struct snapshot_vcpu *vcpu);

/*
 * Return the duration of a row's longest exit. An open exit is included, with its duration so
 * far.
 */
uint64_t row_longest_tsc(const struct snapshot_row *row);

/*
 * Add the exits, the times and the histogram of @part to @sum. If the longest exit of @part is
 * longer than that of @sum, it becomes the longest exit of @sum. An open exit of @part counts as
 * an exit, but its time must already be in the times of @part.
 */
void row_add(struct snapshot_row *sum, const struct snapshot_row *part);

/* Return the class of a row. The class of the observer row is the class of CPUID exits. */
enum reason_class row_class(enum reason_isa isa, const struct snapshot_row *row);

/* Return the mean time per exit of a row, or 0 if the row has no exits. */
uint64_t row_mean_tsc(const struct snapshot_row *row);

/*
 * Sort the rows by a key. The order is descending for "exits", "time", "kvm", "vmm", "halt",
 * "mean" and "longest", and ascending for "code" and "reason". Returns -EINVAL if there is no
 * such key.
 */
int books_sort(struct books *books, enum reason_isa isa, const char *key);
extern const char books_sort_keys[];
int books_sort_check(const char *key);

#endif
