// SPDX-License-Identifier: GPL-2.0
/*
 * A fleet of synthetic hosts in one process. Each host has an exporter of its own, as in `vmtoll
 * serve`. The metrics of host N are at /host/N. All hosts share one file with ledgers. Before a
 * host is read, the file is set to the load of this host.
 *
 * fleet PORT FILE HOSTS VMS VCPUS ROOT...
 *	Serve the metrics of HOSTS hosts with VMS virtual machines of VCPUS vCPUs each on this port
 *	of 127.0.0.1. FILE is created. The hosts take their kernels and modules from the
 *	directories ROOT, in turn. Print "ready" when all hosts have been read once.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "model/number.h"
#include "process/clock.h"
#include "serve/address.h"
#include "serve/exporter.h"

#define KEEP_NS	  (300ull * 1000000000u)
#define UPTIME_US (86400ull * 1000000u) /* the age of the VMs when the program starts */
#define FIRST_ARG 6 /* the first ROOT */

struct host {
	char sys[PATH_MAX];
	char proc[PATH_MAX];
	struct host_paths paths;
	struct exporter *exporter;
};

struct fleet {
	struct fixture fixture;
	uint64_t began_ns;
	struct host *host;
	uint32_t hosts;
};

static void fail(const struct complaint *complaint)
{
	fprintf(stderr, "fleet: %s\n", complaint->text);
	exit(2);
}

static uint32_t number(const char *text)
{
	uint64_t value;

	if (!number_parse(text, 1, 65535, &value))
		return (uint32_t)value;
	fprintf(stderr, "fleet: '%s' is not a number\n", text);
	exit(2);
}

/* Set the ledgers to the load of a host. */
static void set_load(struct fleet *fleet, uint32_t index)
{
	load_set(&fleet->fixture, UPTIME_US + (clock_monotonic_ns() - fleet->began_ns) / 1000,
		 index);
}

/* Start the exporter of a host, with the default options of vmtoll serve. */
static void start_host(struct fleet *fleet, uint32_t index, const char *spec, const char *root)
{
	struct host *host = &fleet->host[index];
	struct exporter_options options = {
		.program = "fleet",
		.version = "0",
		.source.spec = spec,
		.host = &host->paths,
		.tally = { .mode = TALLY_TOP, .top = 4, .keep_ns = KEEP_NS },
	};
	struct complaint complaint;

	snprintf(host->sys, sizeof(host->sys), "%s/sys/module", root);
	snprintf(host->proc, sizeof(host->proc), "%s/proc", root);
	host->paths = (struct host_paths){ .sys = host->sys, .proc = host->proc };
	set_load(fleet, index);
	if (exporter_create(&options, &host->exporter, &complaint))
		fail(&complaint);
}

static struct http_page *respond(void *context, const struct http_request *request)
{
	struct fleet *fleet = context;
	struct http_request metrics = *request;
	uint64_t index;

	metrics.path = "/metrics";
	if (strncmp(request->path, "/host/", 6) ||
	    number_parse(request->path + 6, 0, fleet->hosts - 1, &index))
		return http_page_create(404, "text/plain", strdup(""), 0);
	set_load(fleet, (uint32_t)index);
	return exporter_respond(fleet->host[index].exporter, &metrics);
}

static void serve(struct fleet *fleet, const char *port)
{
	struct http_options options = { .timeout_s = 30, .respond = respond, .context = fleet };
	struct complaint complaint;
	struct address address;
	struct http *http;
	char text[32];

	snprintf(text, sizeof(text), "127.0.0.1:%s", port);
	if (address_parse(text, &address, &complaint))
		fail(&complaint);
	options.socket = address_listen(&address, &complaint);
	if (options.socket < 0 || http_start(&options, &http, &complaint))
		fail(&complaint);
	puts("ready");
	fflush(stdout);
	for (;;) {
		sleep(1);
		http_expire(http);
	}
}

int main(int argc, char **argv)
{
	struct fleet fleet = { .began_ns = clock_monotonic_ns() };
	char spec[PATH_MAX + 8];

	if (argc <= FIRST_ARG) {
		fprintf(stderr, "Usage: fleet PORT FILE HOSTS VMS VCPUS ROOT...\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	fleet.hosts = number(argv[3]);
	fleet.host = calloc(fleet.hosts, sizeof(*fleet.host));
	if (!fleet.host)
		return 2;
	load_create(&fleet.fixture, argv[2], VMTOLL_ISA_SVM, number(argv[4]), number(argv[5]));
	snprintf(spec, sizeof(spec), "kmod:%s", argv[2]);
	for (uint32_t i = 0; i < fleet.hosts; i++)
		start_host(&fleet, i, spec, argv[FIRST_ARG + i % (uint32_t)(argc - FIRST_ARG)]);
	serve(&fleet, argv[1]);
	return 0;
}
