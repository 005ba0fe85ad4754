/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The view of `vmtoll report`: the history of a recording as text, JSON (schema vmtoll.report/1)
 * or CSV.
 */
#ifndef VMTOLL_REPORT_VIEW_H
#define VMTOLL_REPORT_VIEW_H

#include <stdint.h>
#include <stdio.h>

#include "analysis/history.h"

/*
 * An event. @vm is the VM's number in the recording, or 0 if the event does not concern a single
 * VM.
 */
struct report_event {
	uint64_t ns;
	int64_t vm;
	const char *kind;
	const char *text;
};

/**
 * struct report_view - what to show
 * @host, @kernel: the host name and the release of its kernel
 * @start_ns, @end_ns: time since 1970
 * @length_ns: the recorded time, without gaps
 * @event: the last @events events of the range, oldest first
 * @all_events: the total number of events in the range
 */
struct report_view {
	const struct origin *origin;
	const char *host;
	const char *kernel;
	const struct history *history;
	uint64_t intervals;
	uint64_t start_ns;
	uint64_t end_ns;
	uint64_t length_ns;
	const struct report_event *event;
	size_t events;
	uint64_t all_events;
};

/*
 * These functions return 0, or -ENOMEM if out of memory. The caller must check ferror(@out) for
 * write errors.
 */
int report_text(const struct report_view *view, FILE *out);
int report_json(const struct report_view *view, FILE *out);
int report_csv(const struct report_view *view, FILE *out);
int report_html(const struct report_view *view, FILE *out);

#endif
