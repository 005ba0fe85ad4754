/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure intervals for clients that wait. A separate thread reads the source, so that other
 * clients are served meanwhile. It reads the source only while a client waits:
 *
 * - A measurement consists of two readings, for /api/v1/interval. Its result has the schema
 *   vmtoll.stat/1. Clients that ask for the same interval and VM share a measurement.
 * - A watcher is an open live page. It receives an interval about every second, in the schema
 *   vmtoll.live/1, as a server-sent event. All watchers share the readings.
 */
#ifndef VMTOLL_LIVE_H
#define VMTOLL_LIVE_H

#include "serve/http.h"
#include "source/source.h"

#define LIVE_WATCHERS	  16
#define LIVE_MEASUREMENTS 4
#define LIVE_SHARERS	  64 /* the maximum number of clients that share a measurement */
#define LIVE_LEAST_MS	  100
#define LIVE_MOST_MS	  10000
#define LIVE_VMS	  100 /* the maximum number of VMs in an event */

/**
 * struct live_options - the options
 * @name_vm: called when a VM is seen for the first time, to set the VM's names; may be NULL
 * @context: the first argument of @name_vm
 */
struct live_options {
	struct source_options source;
	void (*name_vm)(void *context, struct snapshot_vm *vm);
	void *context;
};

struct live;

/* Start the thread. Returns NULL if out of memory. */
struct live *live_create(const struct live_options *options);

/* Stop the thread. Clients that still wait receive nothing. */
void live_destroy(struct live *live);

/*
 * Count the exits of the next @ms milliseconds and deliver the result to @waiter. If @vm is NULL,
 * the result covers all VMs. Otherwise, it covers the VM whose process is @vm->pid, and only the
 * names and the process in @vm are used. Returns false if there are too many clients, or if out of
 * memory.
 */
bool live_measure(struct live *live, uint64_t ms, const struct snapshot_vm *vm,
		  struct http_waiter *waiter);

/*
 * Deliver an event to @waiter about every second. @pid is the process of the selected VM, or 0.
 * Returns false if there are too many watchers.
 */
bool live_watch(struct live *live, uint32_t pid, struct http_waiter *waiter);

#endif
