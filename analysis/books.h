/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The books: the rows of a snapshot, or of the difference of two, added up over
 * the vCPUs in a scope. One row per exit reason, the observer's apart, a total.
 */
#ifndef VMTOLL_BOOKS_H
#define VMTOLL_BOOKS_H

#include "model/complaint.h"
#include "model/snapshot.h"

/**
 * struct books - see above
 * @row: one per reason; the open exits are in row.exits, row.open is 0
 * @total: the sum over @row; where kvm_tsc is not known row by row, the source's own total
 * @observer: exits that reading the leaves caused, in no other figure
 * @lost: exits not counted
 * @audit: the ledger against KVM's own count
 * @wall_tsc: how long the vCPUs were watched, summed; 0 where nobody knows
 * @counts: VMs in it, vCPUs that are there, vCPUs that are gone
 */
struct books {
	struct snapshot_row *row;
	size_t rows;
	struct snapshot_row total;
	struct snapshot_row observer;
	uint64_t lost;
	struct audit_figures audit;
	uint64_t wall_tsc;
	struct vm_counts counts;
};

/* Adds up what is in @scope; -ENOENT if nothing is, -ENOMEM. The result wants books_release(). */
int books_gather(const struct snapshot *snapshot, const struct scope *scope, struct books *books,
		 struct complaint *complaint);

/*
 * What happened between two gathers. Rows without an exit and without time are left out. The
 * longest exit of the interval is exact where it grew, else an upper bound (ROW_AT_MOST).
 * -ESTALE if a counter ran backwards: a vCPU of the scope went away, or vmtoll was reloaded.
 */
int books_delta(const struct books *before, const struct books *after, struct books *delta,
		struct complaint *complaint);

/* Adds @part to @sum, row by row; -ENOMEM. */
int books_add(struct books *sum, const struct books *part);

void books_release(struct books *books);

/* The row with the code and the ROW_KEY flags of @like, or NULL. */
struct snapshot_row *books_find(const struct books *books, const struct snapshot_row *like);

/* All places together. */
uint64_t row_whole_tsc(const struct snapshot_row *row);

/* A row's mean whole exit time; 0 without exits. */
uint64_t row_mean_tsc(const struct snapshot_row *row);

/*
 * Sorts the rows by a key ("exits", "time", "kvm", "vmm", "halt", "mean", "longest",
 * "code", "reason"), biggest first, code and reason upwards. -EINVAL: no such key.
 */
int books_sort(struct books *books, enum reason_isa isa, const char *key);
extern const char books_sort_keys[];
int books_sort_check(const char *key);

#endif
