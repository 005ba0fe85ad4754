/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write a recording. Each interval is one transaction, and the write-ahead log is synchronized to
 * the disk when the transaction is committed (PRAGMA synchronous=FULL). If vmtoll is killed or the
 * power fails, the recording therefore loses at most the interval that is being written. With
 * synchronous=NORMAL, a power failure would lose all intervals since the last checkpoint.
 */
#ifndef VMTOLL_WRITER_H
#define VMTOLL_WRITER_H

#include <stdint.h>

#include "analysis/books.h"
#include "model/complaint.h"
#include "model/snapshot.h"

struct writer;

/* The smallest value of writer_options.max_bytes. */
#define WRITER_MIN_BYTES (1024 * 1024)

/**
 * struct writer_options - how to write a recording
 * @max_bytes: the maximum size of the file, without its write-ahead log; 0: unlimited. The oldest
 *	       intervals are deleted to keep the file below this size.
 */
struct writer_options {
	uint64_t max_bytes;
};

/**
 * struct recorded_host - the host of a recording
 * @name, @boot_id, @kernel: the host's name, boot ID and kernel release
 * @version: the version of vmtoll
 * @origin: the source of the figures
 */
struct recorded_host {
	char name[65];
	char boot_id[40];
	char kernel[80];
	char version[32];
	struct origin origin;
};

/**
 * struct recorded_interval - an interval to write
 * @start_ns, @end_ns: nanoseconds since 1970. @end_ns is read from the host's clock. @start_ns is
 *		       calculated as @end_ns minus the length of the interval, so it is never after
 *		       @end_ns, even if the clock is set during the interval.
 * @length_tsc: the length in TSC cycles, or 0 if the source has no TSC
 * @lost: the number of exits that were lost on vCPUs without a ledger
 */
struct recorded_interval {
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_tsc;
	uint64_t lost;
};

/**
 * struct recorded_event - an event to write
 * @ns: nanoseconds since 1970
 * @kind: one of the kinds in vmtoll-recording(5)
 * @vm: the VM's number in the recording, or 0 if the event is not about a single VM
 */
struct recorded_event {
	uint64_t ns;
	const char *kind;
	int64_t vm;
	const char *text;
};

/*
 * Create the recording @path, or continue an existing one. If the file is not a recording, or
 * if another process is writing it, sets @complaint and returns a negative errno.
 */
int writer_open(const char *path, const struct writer_options *options, struct writer **writer,
		struct complaint *complaint);

/*
 * Copy the write-ahead log to the recording, and close the recording. If the log cannot be
 * copied, sets @complaint and returns a negative errno. The recording is then complete only
 * together with the log.
 */
int writer_close(struct writer *writer, struct complaint *complaint);

/*
 * Begin and end a transaction. The functions in between do nothing after an error.
 * writer_commit() then undoes the whole transaction, sets @complaint, and returns a negative
 * errno.
 */
void writer_begin(struct writer *writer);
int writer_commit(struct writer *writer, struct complaint *complaint);

/* Undo the transaction. Afterwards, the caller can only close the writer. */
void writer_rollback(struct writer *writer);

/*
 * Set the host of all VMs and intervals that are added from now on. If @host is not the latest
 * host in the recording, add it. If the host has changed, forget the previous host's VMs.
 */
int writer_host(struct writer *writer, const struct recorded_host *host,
		struct complaint *complaint);

/*
 * Forget all VMs that have been added. The caller must do this after the module has been reloaded,
 * because the module then assigns their numbers to other VMs.
 */
void writer_forget_vms(struct writer *writer);

/*
 * writer_vm() returns the ID of a VM in the recording, or 0 if the VM has not been added yet.
 * writer_add_vm() adds a VM and returns its ID. @started_ns is 0 if the VM was already running
 * when the recording began.
 */
int64_t writer_vm(const struct writer *writer, const struct snapshot_vm *vm);
int64_t writer_add_vm(struct writer *writer, const struct snapshot_vm *vm, uint64_t started_ns);
void writer_end_vm(struct writer *writer, int64_t vm, uint64_t ended_ns);

/* Add an interval. All figures that are added from now on belong to this interval. */
void writer_interval(struct writer *writer, const struct recorded_interval *interval);

/*
 * Add the figures of a VM, or of one of its vCPUs, to the current interval. Rows that did not
 * change in the interval are left out. @vcpu is the index of the vCPU, or SCHEMA_ALL_VCPUS for the
 * sum of all vCPUs.
 */
void writer_books(struct writer *writer, int64_t vm, int64_t vcpu, const struct books *books);

void writer_event(struct writer *writer, const struct recorded_event *event);

/*
 * Copy the write-ahead log to the file, so that the file is complete without the log. On
 * failure, sets @complaint and returns a negative errno.
 */
int writer_flush(struct writer *writer, struct complaint *complaint);

/* Return how many bytes the file and its write-ahead log take together. */
uint64_t writer_bytes(const struct writer *writer);

#endif
