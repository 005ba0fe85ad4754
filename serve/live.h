/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure the exits in intervals, and deliver the results to waiting clients. A separate thread
 * reads the source, so that other clients are served meanwhile. The thread reads the source only
 * while a client waits:
 *
 * - A client of /api/v1/interval waits for a measurement, which consists of two readings. The
 *   result has the schema vmtoll.stat/1. Clients that ask for the same interval and VM share a
 *   measurement.
 * - An open live page is a watcher. About every second, it receives the exits of the last interval
 *   as a server-sent event with the schema vmtoll.live/1. All watchers share the readings.
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

/* Stop the thread. Clients that are still waiting receive nothing. */
void live_destroy(struct live *live);

/*
 * Count the exits of the next @ms milliseconds, and deliver the result to @waiter. If @vm is NULL,
 * count the exits of all VMs. Otherwise, count those of the VM whose process is @vm->pid. Only the
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
