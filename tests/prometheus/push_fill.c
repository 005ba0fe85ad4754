// SPDX-License-Identifier: GPL-2.0
/*
 * Fill the queue of `vmtoll serve --push` as if the receiver had been down for a long time.
 *
 * push_fill DIRECTORY REQUESTS STEP
 *	Append REQUESTS requests to the queue. They are STEP seconds apart, and the last one is
 *	STEP seconds old. Each has one sample of vmtoll_exits_total, which counts 3,000 exits per
 *	second.
 */
#include <stdio.h>
#include <stdlib.h>

#include "process/clock.h"
#include "serve/push_queue.h"
#include "serve/remote_write.h"

#define EXITS_PER_SECOND 3000

static void append(struct push_queue *queue, uint64_t exits, int64_t ms)
{
	static const struct remote_write_label label[] = { { "instance", "filled" },
							   { "job", "vmtoll" } };
	char page[100];
	void *request;
	size_t bytes;

	snprintf(page, sizeof(page), "vmtoll_exits_total{vm=\"x\"} %llu\n",
		 (unsigned long long)exits);
	if (remote_write_encode(page, label, 2, ms, &request, &bytes) ||
	    push_queue_append(queue, request, bytes))
		abort();
	free(request);
}

int main(int argc, char **argv)
{
	struct complaint complaint;
	struct push_queue queue;
	int64_t now_ms = (int64_t)(clock_realtime_ns() / 1000000);
	int64_t requests, step;

	if (argc != 4) {
		fprintf(stderr, "Usage: push_fill DIRECTORY REQUESTS STEP\n");
		return 2;
	}
	requests = atoll(argv[2]);
	step = atoll(argv[3]);
	if (push_queue_open(&queue, argv[1], 256 << 20, &complaint)) {
		fprintf(stderr, "push_fill: %s\n", complaint.text);
		return 2;
	}
	for (int64_t i = 0; i < requests; i++)
		append(&queue, (uint64_t)(i * step) * EXITS_PER_SECOND,
		       now_ms - (requests - i) * step * 1000);
	push_queue_close(&queue);
	return 0;
}
