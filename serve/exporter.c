// SPDX-License-Identifier: GPL-2.0
/* Read a source and make the pages with its metrics, see exporter.h. */
#include "serve/exporter.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kvm/usage.h"
#include "model/number.h"
#include "serve/api.h"
#include "serve/live.h"
#include "process/clock.h"
#include "view/metrics_view.h"

#define API_SNAPSHOT "/api/v1/snapshot"
#define API_VM	     "/api/v1/vm/"
#define API_INTERVAL "/api/v1/interval"
#define API_EVENTS   "/api/v1/events"

#define DEFAULT_MS 1000
#define CACHED	   8 /* the most pages with JSON that are kept */

#define LEAST_AGE_NS 1000000000ull /* a page and a reading are used for this time */

/*
 * A JSON page that was created for a request for @path. For one second, it is also the response to
 * further requests for @path.
 */
struct cached {
	char path[128];
	struct http_page *page;
};

/**
 * struct exporter - the state of the exporter
 * @lock: protects all members below, except @live
 * @attempt_ns: when the exporter last tried to read the source (CLOCK_MONOTONIC)
 * @view: the version of vmtoll and the state of the source, for metrics_write()
 * @was_up: false if the last message reported that the source cannot be read
 * @page: the last page in each format, or NULL
 * @cached: the last JSON pages
 * @next_cached: the index of the element of @cached to replace next
 * @live: measures intervals in a separate thread
 */
struct exporter {
	struct exporter_options options;
	pthread_mutex_t lock;
	struct tally *tally;
	uint64_t attempt_ns;
	struct metrics_view view;
	bool was_up;
	struct http_page *page[METRICS_FORMATS];
	struct cached cached[CACHED];
	size_t next_cached;
	struct live *live;
};

static int begin(void *context)
{
	tally_begin(((struct exporter *)context)->tally);
	return 0;
}

static int part(void *context, const struct snapshot *snapshot)
{
	return tally_add(((struct exporter *)context)->tally, snapshot);
}

static int read_source(struct exporter *exporter, struct complaint *complaint)
{
	const struct source_parts parts = { .begin = begin, .part = part, .context = exporter };
	struct source *source;
	int error = source_open(&exporter->options.source, &source, complaint);

	if (error)
		return error;
	error = source_read_parts(source, &parts, complaint);
	source_close(source);
	return error ?: tally_end(exporter->tally, clock_realtime_ns());
}

/* Print a message when the source can no longer be read, and when it can be read again. */
static void report(struct exporter *exporter, const struct complaint *why)
{
	if (exporter->view.is_up == exporter->was_up)
		return;
	exporter->was_up = exporter->view.is_up;
	if (exporter->was_up)
		fprintf(stderr, "%s: the source can be read again\n", exporter->options.program);
	else
		fprintf(stderr, "%s: warning: %s; trying again\n", exporter->options.program,
			why->text[0] ? why->text : strerror(-why->error));
}

/* Read the source. The caller holds the lock. */
static int read_now(struct exporter *exporter, struct complaint *complaint)
{
	uint64_t began_ns = clock_monotonic_ns();
	int error = read_source(exporter, complaint);

	exporter->attempt_ns = clock_monotonic_ns();
	exporter->view.is_up = !error;
	if (error == -ENOMEM && !complaint->text[0])
		complain(complaint, error, "adding up the exits: out of memory");
	if (error) {
		exporter->view.errors++;
		return error;
	}
	exporter->view.read_at_ns = clock_realtime_ns();
	exporter->view.read_took_ns = exporter->attempt_ns - began_ns;
	return 0;
}

static void refresh(struct exporter *exporter, uint64_t age_ns)
{
	struct complaint why = { "" };

	if (clock_monotonic_ns() - exporter->attempt_ns < age_ns)
		return;
	read_now(exporter, &why);
	report(exporter, &why);
}

/* Return true if the source may appear later, for example because the module is not loaded yet. */
static bool may_appear(int error)
{
	return error == -ENOENT || error == -ENODEV || error == -ENXIO;
}

int exporter_create(const struct exporter_options *options, struct exporter **exporter,
		    struct complaint *complaint)
{
	struct exporter *created = calloc(1, sizeof(*created));
	const struct live_options live = {
		.source = options->source,
		.name_vm = options->tally.name_vm,
		.context = options->tally.context,
	};
	struct complaint why = { "" };
	int error;

	if (created)
		created->tally = tally_create(&options->tally);
	if (created && created->tally)
		created->live = live_create(&live);
	if (!created || !created->live) {
		if (created)
			tally_destroy(created->tally);
		free(created);
		return complain(complaint, -ENOMEM, "cannot serve: out of memory");
	}
	created->options = *options;
	created->view.tally = created->tally;
	created->view.version = options->version;
	created->was_up = true;
	pthread_mutex_init(&created->lock, NULL);
	error = read_now(created, &why);
	if (error && !may_appear(error)) {
		*complaint = why;
		exporter_destroy(created);
		return error;
	}
	report(created, &why);
	*exporter = created;
	return 0;
}

void exporter_destroy(struct exporter *exporter)
{
	if (!exporter)
		return;
	live_destroy(exporter->live);
	for (int i = 0; i < METRICS_FORMATS; i++)
		http_page_release(exporter->page[i]);
	for (int i = 0; i < CACHED; i++)
		http_page_release(exporter->cached[i].page);
	tally_destroy(exporter->tally);
	pthread_mutex_destroy(&exporter->lock);
	free(exporter);
}

void exporter_tick(struct exporter *exporter)
{
	pthread_mutex_lock(&exporter->lock);
	refresh(exporter, EXPORTER_READ_S * 1000000000ull);
	pthread_mutex_unlock(&exporter->lock);
}

/* The context of write_metrics(). */
struct metrics_page {
	const struct exporter *exporter;
	enum metrics_format format;
};

/* Write the metrics, with the current state of the host's KVM. */
static int write_metrics(const void *context, FILE *out)
{
	const struct metrics_page *page = context;
	const struct exporter *exporter = page->exporter;
	struct metrics_view view = exporter->view;
	struct metrics_kvm kvm;
	struct metrics_push push;
	struct kvm_usage usage;

	if (exporter->options.host) {
		kvm_usage_read(exporter->options.host, &usage);
		kvm = (struct metrics_kvm){
			.module = usage.module,
			.paging = usage.paging,
			.kernel = usage.kernel,
			.references = usage.references,
			.uptime_ns = usage.uptime_ns,
		};
		view.kvm = &kvm;
	}
	if (exporter->options.push) {
		push_figures(exporter->options.push, &push);
		view.push = &push;
	}
	return metrics_write(&view, page->format, out);
}

static struct http_page *make_page(const struct exporter *exporter, enum metrics_format format)
{
	const struct metrics_page page = { exporter, format };

	return http_page_write(200, metrics_content_type(format), write_metrics, &page);
}

static struct http_page *metrics_page(struct exporter *exporter, enum metrics_format format)
{
	struct http_page *page;

	pthread_mutex_lock(&exporter->lock);
	page = exporter->page[format];
	if (!page || clock_monotonic_ns() - page->created_ns >= LEAST_AGE_NS) {
		refresh(exporter, LEAST_AGE_NS);
		http_page_release(page);
		page = make_page(exporter, format);
		exporter->page[format] = page;
	}
	if (page)
		http_page_use(page);
	pthread_mutex_unlock(&exporter->lock);
	return page;
}

/*
 * Find the VM with this label or, if @label is NULL, the live VM with this process ID. Store a
 * copy of the VM in @vm. Return false if there is no such VM.
 */
static bool find_vm(struct exporter *exporter, const char *label, uint32_t pid,
		    struct snapshot_vm *vm)
{
	const struct tally_vm *found = NULL;

	pthread_mutex_lock(&exporter->lock);
	if (label)
		found = tally_find(exporter->tally, label);
	for (size_t i = 0; !label && i < exporter->tally->vms; i++)
		if (exporter->tally->vm[i].vm.pid == pid && !exporter->tally->vm[i].ended_ns)
			found = &exporter->tally->vm[i];
	if (found)
		*vm = found->vm;
	pthread_mutex_unlock(&exporter->lock);
	return found;
}

static struct http_page *no_such_vm(void)
{
	return http_page_text(404, "there is no VM with this name or process\n");
}

/*
 * Return a page with the figures of the VM with this label. The lock is not held while the source
 * is read.
 */
static struct http_page *vm_page(struct exporter *exporter, const char *label)
{
	struct snapshot_vm vm;

	if (!find_vm(exporter, label, 0, &vm))
		return no_such_vm();
	return api_stat(&exporter->options.source, &vm);
}

/* Return the cached page for this path, or NULL if there is none or if it is too old. */
static struct http_page *cached_page(struct exporter *exporter, const char *path)
{
	struct http_page *page = NULL;
	uint64_t now_ns = clock_monotonic_ns();

	pthread_mutex_lock(&exporter->lock);
	for (size_t i = 0; i < CACHED && !page; i++) {
		const struct cached *cached = &exporter->cached[i];

		if (cached->page && !strcmp(cached->path, path) &&
		    now_ns - cached->page->created_ns < LEAST_AGE_NS)
			page = http_page_use(cached->page);
	}
	pthread_mutex_unlock(&exporter->lock);
	return page;
}

/* Add a page to the cache. If the cache is full, the page replaces the oldest page in it. */
static void cache_page(struct exporter *exporter, const char *path, struct http_page *page)
{
	struct cached *cached = &exporter->cached[exporter->next_cached];

	if (!page || strlen(path) >= sizeof(cached->path))
		return;
	pthread_mutex_lock(&exporter->lock);
	http_page_release(cached->page);
	snprintf(cached->path, sizeof(cached->path), "%s", path);
	cached->page = http_page_use(page);
	exporter->next_cached = (exporter->next_cached + 1) % CACHED;
	pthread_mutex_unlock(&exporter->lock);
}

/* Return a page with the figures since counting started. The page may be up to one second old. */
static struct http_page *stat_page(struct exporter *exporter, const char *path)
{
	struct http_page *page = cached_page(exporter, path);

	if (page)
		return page;
	if (!strcmp(path, API_SNAPSHOT))
		page = api_stat(&exporter->options.source, NULL);
	else
		page = vm_page(exporter, path + strlen(API_VM));
	cache_page(exporter, path, page);
	return page;
}

/*
 * If the query contains the parameter `vm` or `pid`, set *@is_selected to true and find this VM.
 * Return false if the VM does not exist. If the query contains neither, set *@is_selected to false
 * and return true.
 */
static bool select_vm(struct exporter *exporter, const struct http_request *request,
		      struct snapshot_vm *vm, bool *is_selected)
{
	uint32_t pid = 0;

	*is_selected = request->vm || request->pid;
	if (!*is_selected)
		return true;
	if (!request->vm && (number_parse_u32(request->pid, &pid) || !pid))
		return false;
	return find_vm(exporter, request->vm, pid, vm);
}

static struct http_page *too_many(void)
{
	return http_page_text(503, "too many clients; try again\n");
}

/* Let the client wait until an interval has been measured. */
static struct http_page *interval_page(struct exporter *exporter,
				       const struct http_request *request)
{
	struct http_waiter *waiter;
	struct snapshot_vm vm;
	uint64_t ms = DEFAULT_MS;
	bool is_selected;
	bool is_added;

	if (request->ms && number_parse(request->ms, LIVE_LEAST_MS, LIVE_MOST_MS, &ms))
		return http_page_text(400, "ms must be a number from 100 to 10000\n");
	if (!select_vm(exporter, request, &vm, &is_selected))
		return no_such_vm();
	waiter = http_wait(request, false);
	if (!waiter)
		return NULL;
	is_added = live_measure(exporter->live, ms, is_selected ? &vm : NULL, waiter);
	http_waiter_release(waiter);
	return is_added ? NULL : too_many();
}

/* Let the client wait for events. Do not look up the selected VM, because it may have ended. */
static struct http_page *events_page(struct exporter *exporter, const struct http_request *request)
{
	struct http_waiter *waiter;
	uint32_t pid = 0;
	bool is_added;

	if (request->pid && number_parse_u32(request->pid, &pid))
		return http_page_text(400, "pid must be a number\n");
	waiter = http_wait(request, true);
	if (!waiter)
		return NULL;
	is_added = live_watch(exporter->live, pid, waiter);
	http_waiter_release(waiter);
	return is_added ? NULL : too_many();
}

struct http_page *exporter_respond(void *context, const struct http_request *request)
{
	struct exporter *exporter = context;
	struct http_page *page;

	if (!strcmp(request->path, "/metrics"))
		return metrics_page(exporter, metrics_negotiate(request->accept));
	if (!strcmp(request->path, API_SNAPSHOT) || !strncmp(request->path, API_VM, strlen(API_VM)))
		return stat_page(exporter, request->path);
	if (!strcmp(request->path, API_INTERVAL))
		return interval_page(exporter, request);
	if (!strcmp(request->path, API_EVENTS))
		return events_page(exporter, request);
	page = http_site(request->path);
	if (page)
		return page;
	if (!strcmp(request->path, "/"))
		return http_page_text(200,
				      "/metrics\n" API_SNAPSHOT "\n" API_VM "NAME\n" API_INTERVAL
				      "?ms=1000&vm=NAME\n" API_EVENTS "?pid=PID\n");
	return http_page_text(404, "not found; the metrics are at /metrics\n");
}
