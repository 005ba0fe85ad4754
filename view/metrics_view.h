/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write the totals of a tally for Prometheus, in one of two formats: OpenMetrics 1.0, or the text
 * format of Prometheus (version 0.0.4). vmtoll-serve(8) lists the metrics.
 */
#ifndef VMTOLL_METRICS_VIEW_H
#define VMTOLL_METRICS_VIEW_H

#include <stdio.h>

#include "analysis/tally.h"

enum metrics_format { METRICS_TEXT, METRICS_OPENMETRICS, METRICS_FORMATS };

/**
 * struct metrics_kvm - facts about KVM on the host
 * @module, @paging, @kernel: values of labels, or ""
 * @references: reference count of the module, or -1 if unknown
 * @uptime_ns: time since the host was booted, or 0 if unknown
 */
struct metrics_kvm {
	const char *module;
	const char *paging;
	const char *kernel;
	int64_t references;
	uint64_t uptime_ns;
};

/**
 * struct metrics_push - counters of the requests that vmtoll pushes to a receiver
 * @accepted: requests that the receiver has stored
 * @rejected: requests that were dropped because the receiver rejected them
 * @dropped: requests that were dropped for any other reason, such as a full queue
 * @failures: failed attempts to send a request; vmtoll repeats these attempts
 * @queued, @queued_bytes: number and total size of the requests in the queue
 */
struct metrics_push {
	uint64_t accepted;
	uint64_t rejected;
	uint64_t dropped;
	uint64_t failures;
	uint64_t queued;
	uint64_t queued_bytes;
};

/**
 * struct metrics_view - the contents of a page of metrics
 * @version: the version of vmtoll
 * @is_up: true if the last attempt to read the source succeeded
 * @read_at_ns: when the source was last read completely (CLOCK_REALTIME), or 0 if never
 * @read_took_ns: how long the last complete reading took
 * @errors: how many attempts to read the source have failed
 * @kvm: KVM on the host, or NULL if the source is not this host
 * @push: counters of the pushed requests, or NULL if vmtoll does not push
 */
struct metrics_view {
	const struct tally *tally;
	const char *version;
	bool is_up;
	uint64_t read_at_ns;
	uint64_t read_took_ns;
	uint64_t errors;
	const struct metrics_kvm *kvm;
	const struct metrics_push *push;
};

/* Write all metrics. Returns 0; the caller must check ferror(@out) for write errors. */
int metrics_write(const struct metrics_view *view, enum metrics_format format, FILE *out);

/* Return the value of the HTTP header Content-Type for a format. */
const char *metrics_content_type(enum metrics_format format);

/*
 * Return the format that a client prefers. @accept is the value of the HTTP header Accept, or NULL
 * if the client did not send it. The text format is the default, and is also used if the client
 * accepts neither format.
 */
enum metrics_format metrics_negotiate(const char *accept);

/* Return the value of the label `class` for a class of exit reasons. */
const char *metrics_class(enum reason_class class);

#endif
