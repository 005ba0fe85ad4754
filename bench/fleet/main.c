// SPDX-License-Identifier: GPL-2.0
/*
 * A fleet of synthetic hosts in one process. Each host has an exporter of its own, as in `vmtoll
 * serve`. All hosts share one file with ledgers. Before a host is read, the file is set to the
 * load of this host.
 *
 * fleet serve PORT FIRST HOSTS VMS VCPUS FILE ROOT...
 *	Serve the metrics of HOSTS hosts on this port of 127.0.0.1. Each host has VMS virtual
 *	machines with VCPUS vCPUs each. The metrics of host N are at /host/N. The number of the
 *	first host is FIRST. FILE is created. The hosts take their kernels and modules from the
 *	directories ROOT, in turn. Print "ready" when all hosts have been read once.
 *
 * fleet push URL FIRST HOSTS VMS VCPUS FILE START SCRAPES STEP ROOT...
 *	Push SCRAPES scrapes of these hosts to the address URL, as fast as the receiver accepts
 *	them, in the way of `vmtoll serve --push`. The time of the first scrape is START, in
 *	seconds since 1970, and the scrapes are STEP seconds apart. The instance of host N is hN.
 *	At the end, print the number of samples.
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
#include "serve/push_send.h"
#include "serve/remote_write.h"

#define SECOND_NS 1000000000ull
#define KEEP_NS	  (300 * SECOND_NS)
#define UPTIME_US (86400ull * 1000000u) /* the age of the VMs when the program starts */
#define ROUND_NS  (SECOND_NS * 11 / 10) /* an exporter reads the ledgers once per second */

struct host {
	char sys[PATH_MAX];
	char proc[PATH_MAX];
	struct host_paths paths;
	struct exporter *exporter;
};

/**
 * struct fleet - all synthetic hosts
 * @spec: the source that all hosts read
 * @began_ns: when the program was started (CLOCK_MONOTONIC)
 * @first: the number of the first host
 */
struct fleet {
	struct fixture fixture;
	char spec[PATH_MAX + 8];
	uint64_t began_ns;
	struct host *host;
	uint32_t first;
	uint32_t hosts;
};

static void fail(const struct complaint *complaint)
{
	fprintf(stderr, "fleet: %s\n", complaint->text);
	exit(2);
}

static uint64_t number(const char *text)
{
	uint64_t value;

	if (!number_parse(text, 0, UINT32_MAX, &value))
		return value;
	fprintf(stderr, "fleet: '%s' is not a number\n", text);
	exit(2);
}

/* Set the ledgers to the state of a host @us microseconds after the start. */
static void set_load(struct fleet *fleet, uint32_t index, uint64_t us)
{
	load_set(&fleet->fixture, UPTIME_US + us, fleet->first + index);
}

/* Start the exporter of a host. Its options are the defaults of `vmtoll serve`. */
static void start_host(struct fleet *fleet, uint32_t index, const char *root)
{
	struct host *host = &fleet->host[index];
	struct exporter_options options = {
		.program = "fleet",
		.version = "0",
		.source.spec = fleet->spec,
		.host = &host->paths,
		.tally = { .mode = TALLY_TOP, .top = 4, .keep_ns = KEEP_NS },
	};
	struct complaint complaint;

	snprintf(host->sys, sizeof(host->sys), "%s/sys/module", root);
	snprintf(host->proc, sizeof(host->proc), "%s/proc", root);
	host->paths = (struct host_paths){ .sys = host->sys, .proc = host->proc };
	set_load(fleet, index, 0);
	if (exporter_create(&options, &host->exporter, &complaint))
		fail(&complaint);
}

/*
 * Start all hosts. @argv contains the arguments FIRST, HOSTS, VMS, VCPUS and FILE. @root contains
 * the ROOT arguments, followed by NULL.
 */
static void start_hosts(struct fleet *fleet, char **argv, char **root)
{
	uint32_t roots = 0;

	while (root[roots])
		roots++;
	fleet->first = (uint32_t)number(argv[0]);
	fleet->hosts = (uint32_t)number(argv[1]);
	fleet->host = calloc(fleet->hosts, sizeof(*fleet->host));
	if (!fleet->host || !roots)
		exit(2);
	load_create(&fleet->fixture, argv[4], VMTOLL_ISA_SVM, (uint32_t)number(argv[2]),
		    (uint32_t)number(argv[3]));
	snprintf(fleet->spec, sizeof(fleet->spec), "kmod:%s", argv[4]);
	for (uint32_t i = 0; i < fleet->hosts; i++)
		start_host(fleet, i, root[(fleet->first + i) % roots]);
}

/* Return the metrics of a host, or NULL if out of memory. */
static struct http_page *read_host(struct fleet *fleet, uint32_t index, const char *accept)
{
	const struct http_request request = { .path = "/metrics", .accept = accept };

	return exporter_respond(fleet->host[index].exporter, &request);
}

static struct http_page *respond(void *context, const struct http_request *request)
{
	struct fleet *fleet = context;
	uint64_t host;

	if (strncmp(request->path, "/host/", 6) ||
	    number_parse(request->path + 6, fleet->first, fleet->first + fleet->hosts - 1, &host))
		return http_page_create(404, "text/plain", strdup(""), 0);
	host -= fleet->first;
	set_load(fleet, (uint32_t)host, (clock_monotonic_ns() - fleet->began_ns) / 1000);
	return read_host(fleet, (uint32_t)host, request->accept);
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

/* Return the number of samples in a page of the text format. */
static uint64_t count_samples(const char *text)
{
	uint64_t samples = 0;

	while (*text) {
		samples += *text != '#';
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return samples;
}

/*
 * Push the metrics in @page and the metric "up" with the labels of a host. Return the number of
 * samples.
 */
static uint64_t push_page(struct push_sender *sender, const char *page, uint32_t host, int64_t ms)
{
	char instance[16];
	struct remote_write_label label[] = { { "instance", instance }, { "job", "vmtoll" } };
	struct push_answer answer = { .why = "out of memory" };
	void *request = NULL;
	size_t bytes;
	char *text;

	snprintf(instance, sizeof(instance), "h%u", host);
	if (asprintf(&text, "%sup 1\n", page) >= 0 &&
	    !remote_write_encode(text, label, 2, ms, &request, &bytes))
		push_send(sender, request, bytes, &answer);
	if (!request || answer.result != PUSH_ACCEPTED) {
		fprintf(stderr, "fleet: cannot push host %u: %s\n", host, answer.why);
		exit(1);
	}
	free(request);
	free(text);
	return count_samples(page) + 1;
}

/*
 * Scrape each host once, @us microseconds after the start of its load. Push the results with the
 * timestamp @ms.
 */
static uint64_t push_round(struct fleet *fleet, struct push_sender *sender, uint64_t us, int64_t ms)
{
	uint64_t samples = 0;

	for (uint32_t i = 0; i < fleet->hosts; i++) {
		struct http_page *page;

		set_load(fleet, i, us);
		page = read_host(fleet, i, NULL);
		if (!page)
			exit(2);
		samples += push_page(sender, page->text, fleet->first + i, ms);
		http_page_release(page);
	}
	return samples;
}

/* @argv contains START, SCRAPES and STEP. */
static void push(struct fleet *fleet, const char *url, char **argv)
{
	static const bool stop;
	uint64_t start_s = number(argv[0]);
	uint64_t scrapes = number(argv[1]);
	uint64_t step_s = number(argv[2]);
	struct push_sender *sender;
	struct complaint complaint;
	uint64_t samples = 0;

	if (push_sender_create(url, NULL, &stop, &sender, &complaint))
		fail(&complaint);
	for (uint64_t i = 0; i < scrapes; i++) {
		uint64_t next_ns = clock_monotonic_ns() + ROUND_NS;
		uint64_t now_ns;

		samples += push_round(fleet, sender, i * step_s * 1000000,
				      (int64_t)(start_s + i * step_s) * 1000);
		now_ns = clock_monotonic_ns();
		if (now_ns < next_ns)
			usleep((useconds_t)((next_ns - now_ns) / 1000));
	}
	push_sender_destroy(sender);
	printf("%llu\n", (unsigned long long)samples);
}

int main(int argc, char **argv)
{
	struct fleet fleet = { .began_ns = clock_monotonic_ns() };

	signal(SIGPIPE, SIG_IGN);
	if (argc > 8 && !strcmp(argv[1], "serve")) {
		start_hosts(&fleet, argv + 3, argv + 8);
		serve(&fleet, argv[2]);
	} else if (argc > 11 && !strcmp(argv[1], "push")) {
		start_hosts(&fleet, argv + 3, argv + 11);
		push(&fleet, argv[2], argv + 8);
	} else {
		fprintf(stderr,
			"Usage: fleet serve PORT FIRST HOSTS VMS VCPUS FILE ROOT...\n"
			"       fleet push URL FIRST HOSTS VMS VCPUS FILE START SCRAPES STEP ROOT...\n");
		return 2;
	}
	return 0;
}
