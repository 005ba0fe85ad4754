/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exporter reads a source, keeps a tally, and makes the pages with the metrics. It reads the
 * source when a request arrives, but at most once per second. It also reads the source at regular
 * intervals. Otherwise, VMs that start and end between two requests would be missed.
 *
 * The source is opened for each reading and closed afterwards, so that the module can be unloaded.
 * If the source cannot be read, the metrics keep their values, and vmtoll_up is 0.
 */
#ifndef VMTOLL_EXPORTER_H
#define VMTOLL_EXPORTER_H

#include "analysis/tally.h"
#include "kvm/host_paths.h"
#include "serve/http.h"
#include "serve/push.h"
#include "source/source.h"

#define EXPORTER_READ_S 10 /* the longest time between two readings */

/**
 * struct exporter_options - the options of an exporter
 * @program: the name of the program in messages
 * @version: the version of vmtoll
 * @source: the source to read; its kind must not change
 * @host: the directories of the host that the source covers, or NULL if it is unknown
 * @push: pushes the metrics; NULL if vmtoll does not push
 */
struct exporter_options {
	const char *program;
	const char *version;
	struct source_options source;
	const struct host_paths *host;
	struct push *push;
	struct tally_options tally;
};

struct exporter;

/*
 * Create an exporter and read the source for the first time. A source that does not exist yet is
 * not an error, because the module may be loaded later.
 */
int exporter_create(const struct exporter_options *options, struct exporter **exporter,
		    struct complaint *complaint);
void exporter_destroy(struct exporter *exporter); /* stop the HTTP server first */

/* Read the source if at least EXPORTER_READ_S seconds have passed since the last attempt. */
void exporter_tick(struct exporter *exporter);

/* Return a reference to the page for a request; see struct http_options. */
struct http_page *exporter_respond(void *exporter, const struct http_request *request);

#endif
