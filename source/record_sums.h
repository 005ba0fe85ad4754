/* SPDX-License-Identifier: GPL-2.0 */
/* Add up the figures of several intervals of a recording, and convert the sums to a snapshot. */
#ifndef VMTOLL_RECORD_SUMS_H
#define VMTOLL_RECORD_SUMS_H

#include "analysis/books.h"
#include "store/reader.h"

/* The figures of one VM or vCPU, added up over the intervals. */
struct sum {
	int64_t vm;
	int64_t vcpu;
	uint32_t vcpus;
	struct books books;
};

/**
 * struct sums - the sums of all VMs and vCPUs
 * @sum: an array of @count elements, sorted by VM and vCPU
 * @hint: the index of the element that was used last. Each interval is sorted in the same way as
 *	  @sum, so the element to use next is usually the same one or the following one
 * @lost: lost exits of vCPUs without a ledger
 */
struct sums {
	struct sum *sum;
	size_t count;
	size_t capacity;
	size_t hint;
	uint64_t lost;
};

/*
 * Return a visitor for reader_each() and reader_one() that adds the figures of each visited
 * interval to @sums.
 */
struct reader_visitor sums_visitor(struct sums *sums);

/* Add the sums to an empty snapshot. Returns -ENOMEM if out of memory. */
int sums_take(const struct sums *sums, const struct reader *reader, struct snapshot *snapshot);

void sums_release(struct sums *sums);

#endif
