/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read a recording. Another process may still be writing it. All times are TSC cycles at the
 * frequency that reader_origin() reports. Times from a host with a different TSC frequency are
 * converted.
 */
#ifndef VMTOLL_READER_H
#define VMTOLL_READER_H

#include <stddef.h>
#include <stdint.h>

#include "model/complaint.h"
#include "model/snapshot.h"

struct reader;

/*
 * A time range, in nanoseconds since 1970. It selects the intervals that end after @from_ns and no
 * later than @to_ns.
 */
struct reader_range {
	uint64_t from_ns;
	uint64_t to_ns;
};

#define READER_ALL ((struct reader_range){ 0, INT64_MAX })

/**
 * struct reader_bounds - a summary of the intervals in a range
 * @start_ns, @end_ns: the start of the first interval, and the end of the last one
 * @length_ns: sum of the lengths of the intervals; gaps are not included
 */
struct reader_bounds {
	uint64_t intervals;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_ns;
};

/**
 * struct reader_vm - a VM in the recording
 * @id: its number in the recording
 * @started_ns, @ended_ns: time since 1970, or 0 if the VM started before the recording or did not
 *			   end
 */
struct reader_vm {
	int64_t id;
	uint32_t pid;
	uint64_t started_ns;
	uint64_t ended_ns;
	char name[64];
	char uuid[37];
	char manager_id[65];
};

struct reader_event {
	uint64_t ns;
	int64_t vm;
	char kind[16];
	char text[200];
};

/**
 * struct reader_interval - an interval of the recording
 * @length_ns, @length_tsc: the length of the interval, measured with the TSC. If the TSC was not
 *			    recorded, @length_tsc is 0, and @length_ns is @end_ns - @start_ns.
 */
struct reader_interval {
	int64_t id;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_ns;
	uint64_t length_tsc;
	uint64_t lost;
};

/**
 * struct reader_books - the figures of a VM or of a vCPU in an interval
 * @vcpu: the index of the vCPU, or SCHEMA_ALL_VCPUS
 * @vcpus: the number of vCPUs
 * @total: exits and times, without the observer row
 * @guest_tsc, @ready_tsc, @polled_tsc: as in struct books
 */
struct reader_books {
	int64_t vm;
	int64_t vcpu;
	uint32_t vcpus;
	uint64_t wall_tsc;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	uint64_t polled_tsc;
	uint64_t lost;
	struct audit_figures audit;
	struct snapshot_row total;
};

/* A row that changed in an interval. */
struct reader_row {
	int64_t vm;
	int64_t vcpu;
	struct snapshot_row row;
};

/**
 * struct reader_visitor - the functions that reader_each() calls
 * @interval: called at the start of each interval
 * @books: called next, for each VM or vCPU in the interval
 * @row: called last, for each row that changed in the interval
 *
 * The calls of @books are ordered by VM and vCPU, and so are the calls of @row. Each function
 * returns 0 to continue, or a negative errno to stop.
 */
struct reader_visitor {
	int (*interval)(void *context, const struct reader_interval *interval);
	int (*books)(void *context, const struct reader_books *books);
	int (*row)(void *context, const struct reader_row *row);
	void *context;
};

/*
 * Open a recording. If the file is not a recording, sets @complaint and returns a negative
 * errno.
 */
int reader_open(const char *path, struct reader **reader, struct complaint *complaint);
void reader_close(struct reader *reader);

/*
 * Return the origin of the latest host, with the following changes:
 *
 * - @knows contains only the figures that all hosts report.
 * - @emulated and @tsc_unreliable are set if they are set for any host.
 * - @source also contains the path of the recording.
 */
const struct origin *reader_origin(const struct reader *reader);

/* Return the name and the kernel of the latest host, or "". */
const char *reader_host_name(const struct reader *reader);
const char *reader_kernel(const struct reader *reader);

/* Return the VMs of the recording, ordered by id. The array belongs to the reader. */
const struct reader_vm *reader_vms(const struct reader *reader, size_t *count);

/* Return the VM with this id, or NULL. */
const struct reader_vm *reader_vm_find(const struct reader *reader, int64_t id);

int reader_bounds(struct reader *reader, const struct reader_range *range,
		  struct reader_bounds *bounds, struct complaint *complaint);

/* Visit all figures of a range. On error, sets @complaint and returns a negative errno. */
int reader_each(struct reader *reader, const struct reader_range *range,
		const struct reader_visitor *visitor, struct complaint *complaint);

/*
 * List the intervals of a range, in the order in which they were recorded. Returns the number
 * of elements in the array, which the caller must free(). On error, sets @complaint and returns
 * a negative errno.
 *
 * This function ends the reader's transaction, because an open transaction would make the
 * write-ahead log grow while the recording is still being written.
 */
long reader_intervals(struct reader *reader, const struct reader_range *range,
		      struct reader_interval **interval, struct complaint *complaint);

/*
 * Visit the figures of the interval with this id. If the interval has been deleted because of
 * --max-size, do not call any function of @visitor. On error, sets @complaint and returns a
 * negative errno.
 */
int reader_one(struct reader *reader, int64_t id, const struct reader_visitor *visitor,
	       struct complaint *complaint);

/*
 * Read the last @most events of a range, oldest first. Set *@total to the total number of
 * events in the range. Returns the number of elements in the array, which the caller must
 * free(), or a negative errno.
 */
long reader_events(struct reader *reader, const struct reader_range *range, size_t most,
		   struct reader_event **events, uint64_t *total, struct complaint *complaint);

#endif
