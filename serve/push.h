/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Push metrics to a Prometheus remote-write receiver, for hosts that Prometheus cannot scrape.
 * Each interval produces one request, which contains all samples. The requests are queued on disk
 * until the receiver accepts them, see push_queue.h. A thread sends them, oldest first. If a
 * request fails, the thread waits before it tries again.
 *
 * A program that is built without libcurl or snappy cannot push, see no_push.c.
 */
#ifndef VMTOLL_PUSH_H
#define VMTOLL_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/complaint.h"
#include "serve/remote_write.h"
#include "view/metrics_view.h"

#define PUSH_LABELS 8

/**
 * struct push_options - where and how to push
 * @program: the name of the program in messages
 * @url: the address of the receiver
 * @headers: the path of a file with additional HTTP headers, or NULL
 * @directory: the directory of the queue
 * @limit: the highest total size of the queue in bytes
 * @every_ns: the length of an interval
 * @label: the labels that are added to all series
 */
struct push_options {
	const char *program;
	const char *url;
	const char *headers;
	const char *directory;
	uint64_t limit;
	uint64_t every_ns;
	struct remote_write_label label[PUSH_LABELS];
	size_t labels;
};

struct push;

/*
 * Open the queue and start the thread. The options must remain valid. Returns a negative errno if
 * an option is invalid or the queue cannot be used.
 */
int push_create(const struct push_options *options, struct push **push,
		struct complaint *complaint);

/* Stop the thread. The requests in the queue remain on the disk. */
void push_destroy(struct push *push);

/* Return true once per interval. */
bool push_is_due(struct push *push);

/*
 * Convert @page, which is in Prometheus' text format, to a request, and append the request to the
 * queue. All samples get the current time as their timestamp.
 */
void push_add(struct push *push, const char *page);

/* Copy the request counts and the size of the queue to *@figures. */
void push_figures(struct push *push, struct metrics_push *figures);

#endif
