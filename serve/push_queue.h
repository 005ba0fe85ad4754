/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A queue of requests, stored in a directory. The requests survive a restart of vmtoll and of the
 * host. Each request is a file whose name is the number of the request. A file appears in the
 * directory only when it is complete.
 *
 * The total size of the requests is limited. If a new request exceeds the limit, the oldest
 * requests are dropped. A lock on the directory prevents two processes from using the same queue.
 */
#ifndef VMTOLL_PUSH_QUEUE_H
#define VMTOLL_PUSH_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "model/complaint.h"

/**
 * struct push_entry - a request in the queue
 */
struct push_entry {
	uint64_t number;
	uint64_t bytes;
};

/**
 * struct push_queue - a queue
 * @directory, @lock: open files
 * @limit: the highest total size of the requests in bytes
 * @entry: the requests, oldest first
 * @next: the number of the next request
 * @bytes: the total size of the requests
 * @dropped: the number of requests that were dropped for any reason, such as the limit or a full
 *	     disk
 */
struct push_queue {
	int directory;
	int lock;
	uint64_t limit;
	struct push_entry *entry;
	size_t entries;
	uint64_t next;
	uint64_t bytes;
	uint64_t dropped;
};

/*
 * Open the queue in the directory @path, and create the directory if it does not exist. The parent
 * directory must exist. The caller must call push_queue_close(), even after an error.
 */
int push_queue_open(struct push_queue *queue, const char *path, uint64_t limit,
		    struct complaint *complaint);
void push_queue_close(struct push_queue *queue);

/*
 * Append a request. If this fails, for example because the disk is full, the request is counted
 * as dropped. Returns 0 or a negative errno.
 */
int push_queue_append(struct push_queue *queue, const void *request, size_t bytes);

/*
 * Read the oldest request. Returns its number, or 0 if the queue is empty. The caller must free()
 * @request. A request that cannot be read is dropped.
 */
uint64_t push_queue_first(struct push_queue *queue, void **request, size_t *bytes);

/* Remove a request, unless it has already been dropped. */
void push_queue_remove(struct push_queue *queue, uint64_t number);

#endif
