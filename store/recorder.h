/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Turn a sequence of snapshots into a recording. Each snapshot ends an interval that began with
 * the previous snapshot. The recorder also detects events: VMs that start and stop, a reloaded
 * module, a clock that was set, lost exits, and audits that do not balance.
 */
#ifndef VMTOLL_RECORDER_H
#define VMTOLL_RECORDER_H

#include "model/complaint.h"
#include "model/scope.h"
#include "model/snapshot.h"
#include "store/writer.h"

struct recorder;

/**
 * struct recorder_options - what to record
 * @scope: the VMs to record
 * @per_vcpu: store the figures of each vCPU instead of their sum
 * @host: the host to record; the recorder sets @host.origin
 * @name_vm: a function that sets the names of a new VM, or NULL
 * @context: the argument of @name_vm
 */
struct recorder_options {
	struct scope scope;
	bool per_vcpu;
	struct recorded_host host;
	void (*name_vm)(void *context, struct snapshot_vm *vm);
	void *context;
};

/*
 * Create a recorder that writes to @writer. The writer must exist as long as the recorder. Returns
 * NULL if out of memory.
 */
struct recorder *recorder_create(const struct recorder_options *options, struct writer *writer);
void recorder_destroy(struct recorder *recorder);

/*
 * Switch to @writer, which writes to another file. The next interval is the first one in that
 * file. If the host cannot be added to the file, sets @complaint and returns a negative errno.
 */
int recorder_change_writer(struct recorder *recorder, struct writer *writer,
			   struct complaint *complaint);

/*
 * Write the interval that ends with @snapshot. The first snapshot only starts the first
 * interval. The recorder takes ownership of @snapshot, even after an error. If the interval
 * cannot be written, sets @complaint and returns a negative errno; the recording then ends with
 * the previous interval.
 */
int recorder_add(struct recorder *recorder, struct snapshot *snapshot, struct complaint *complaint);

/* Write an event in a transaction of its own. @ns is the current time. */
int recorder_note(struct recorder *recorder, uint64_t ns, const char *kind, const char *text,
		  struct complaint *complaint);

/**
 * struct recorder_state - the state after the last snapshot
 * @vms: number of live VMs in the scope
 * @exits, @length_ns: exits in the last interval, and its length
 */
struct recorder_state {
	size_t vms;
	uint64_t exits;
	uint64_t length_ns;
};

struct recorder_state recorder_state(const struct recorder *recorder);

#endif
