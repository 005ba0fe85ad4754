// SPDX-License-Identifier: GPL-2.0
/* Measure intervals in a thread, see live.h. */
#include "serve/live.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "analysis/books.h"
#include "analysis/interval.h"
#include "analysis/toll.h"
#include "process/clock.h"
#include "process/condition.h"
#include "serve/api.h"
#include "view/stat_view.h"
#include "view/top_view.h"

#define EVENT_NS 1000000000ull

/**
 * struct watcher - a client that receives events
 * @pid: the process of the selected VM, or 0
 */
struct watcher {
	struct http_waiter *waiter;
	uint32_t pid;
};

/**
 * struct measurement - an interval that is being measured
 * @ms: the length of the interval, in milliseconds
 * @vm: the VM to measure; all VMs if its process is 0
 * @before: the first reading, or NULL if it has not been taken yet
 * @due_ns: when the interval ends (CLOCK_MONOTONIC)
 * @waiter: an array of @waiters clients that wait for the result
 */
struct measurement {
	uint64_t ms;
	struct snapshot_vm vm;
	struct snapshot *before;
	uint64_t due_ns;
	struct http_waiter *waiter[LIVE_SHARERS];
	size_t waiters;
};

/**
 * struct live - the thread and its clients
 * @lock: protects @is_ending, the watchers and the list of measurements
 * @changed: signalled when a member that @lock protects has changed
 * @before: the previous reading for the watchers, or NULL
 * @event_ns: when to send the next event (CLOCK_MONOTONIC)
 */
struct live {
	struct live_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_ending;
	struct watcher watcher[LIVE_WATCHERS];
	size_t watchers;
	struct measurement *measurement[LIVE_MEASUREMENTS];
	size_t measurements;
	struct snapshot *before;
	uint64_t event_ns;
};

/* The context of write_event(). */
struct event {
	const struct top_view *view;
	const struct toll *selected;
};

static struct http_page *event_page(http_page_writer *write, const void *context)
{
	return http_page_write(200, "text/event-stream", write, context);
}

static int write_event(const void *context, FILE *out)
{
	const struct event *event = context;
	int error;

	fputs("data: ", out);
	error = live_json(event->view, event->selected, out);
	fputs("\n", out);
	return error;
}

static int write_failure(const void *context, FILE *out)
{
	int error;

	fputs("event: failure\ndata: ", out);
	error = api_write_error(context, out);
	fputs("\n", out);
	return error;
}

/*
 * Set the names of the VMs in @snapshot. If the previous reading contains a VM, copy the VM's
 * names from that reading.
 */
static void name_vms(const struct live *live, struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->vms; i++)
		if (!snapshot_copy_names(live->before, &snapshot->vm[i]) && live->options.name_vm &&
		    snapshot->vm[i].pid)
			live->options.name_vm(live->options.context, &snapshot->vm[i]);
	for (size_t i = 0; snapshot->ended && i < snapshot->ended->vms; i++)
		snapshot_copy_names(live->before, &snapshot->ended->vm[i]);
}

/*
 * Call @make to create a page for each watcher, and deliver the page. Watchers that selected the
 * same VM share a page. The caller must not hold the lock.
 */
static void deliver(struct live *live, struct http_page *(*make)(const void *context, uint32_t pid),
		    const void *context)
{
	struct watcher watcher[LIVE_WATCHERS];
	struct http_page *page[LIVE_WATCHERS];
	size_t watchers;

	pthread_mutex_lock(&live->lock);
	watchers = live->watchers;
	for (size_t i = 0; i < watchers; i++) {
		watcher[i] = live->watcher[i];
		http_waiter_use(watcher[i].waiter);
	}
	pthread_mutex_unlock(&live->lock);
	for (size_t i = 0; i < watchers; i++) {
		size_t same = 0;

		while (watcher[same].pid != watcher[i].pid)
			same++;
		page[i] = same == i ? make(context, watcher[i].pid) : page[same];
		if (page[i] && same < i)
			http_page_use(page[i]);
	}
	for (size_t i = 0; i < watchers; i++) {
		http_deliver(watcher[i].waiter, page[i]);
		http_waiter_release(watcher[i].waiter);
	}
}

/* The context of make_event(). */
struct lines {
	struct top_view view;
	struct toll *toll;
	size_t tolls;
};

static struct http_page *make_event(const void *context, uint32_t pid)
{
	const struct lines *lines = context;
	struct event event = { .view = &lines->view };

	for (size_t i = 0; i < lines->tolls && pid; i++)
		if (lines->toll[i].vm->vm->pid == pid &&
		    (!event.selected || !lines->toll[i].vm->ended))
			event.selected = &lines->toll[i];
	return event_page(write_event, &event);
}

static struct http_page *make_failure(const void *context, uint32_t pid)
{
	(void)pid;
	return event_page(write_failure, context);
}

/* Deliver the exits that occurred between the last two readings to all watchers. */
static int deliver_activity(struct live *live, const struct activity *activity)
{
	struct toll *toll = calloc(activity->vms + 1, sizeof(*toll));
	struct lines lines = { .toll = toll, .tolls = activity->vms };
	struct books sum;

	if (!toll)
		return -ENOMEM;
	for (size_t i = 0; i < activity->vms; i++)
		toll[i] = toll_of_vm(&activity->vm[i]);
	toll_sort(toll, activity->vms, "toll", false);
	activity_sum(activity, &sum);
	lines.view = (struct top_view){
		.origin = &activity->after->origin,
		.toll = toll,
		.tolls = activity->vms < LIVE_VMS ? activity->vms : LIVE_VMS,
		.vms = activity->vms,
		.vcpus = sum.counts.vcpus,
		.sum = &sum,
		.clock_ns = activity->after->clock_ns,
		.length_ns = activity->length_ns,
		.lost = sum.lost,
	};
	deliver(live, make_event, &lines);
	free(toll);
	return 0;
}

/* Take a reading, and deliver the exits since the previous reading. */
static int take_event(struct live *live, struct complaint *complaint)
{
	struct snapshot *after;
	struct activity activity;
	int error = source_take(&live->options.source, &SCOPE_ALL, &after, complaint);

	if (error)
		return error;
	name_vms(live, after);
	if (live->before) {
		error = activity_make(live->before, after, &SCOPE_ALL, &activity, complaint);
		if (!error) {
			error = deliver_activity(live, &activity);
			activity_release(&activity);
		}
	}
	snapshot_destroy(live->before);
	live->before = after;
	return error;
}

/* Remove the watchers whose clients have disconnected. The caller holds the lock. */
static void remove_watchers(struct live *live)
{
	size_t kept = 0;

	for (size_t i = 0; i < live->watchers; i++) {
		if (http_is_waiting(live->watcher[i].waiter))
			live->watcher[kept++] = live->watcher[i];
		else
			http_waiter_release(live->watcher[i].waiter);
	}
	live->watchers = kept;
}

static void events(struct live *live)
{
	struct complaint complaint = { "" };
	uint64_t now_ns;

	if (take_event(live, &complaint)) {
		deliver(live, make_failure, &complaint);
		snapshot_destroy(live->before);
		live->before = NULL;
	}
	/* If the reading took longer than a second, do not make up for the missed events. */
	now_ns = clock_monotonic_ns();
	live->event_ns += EVENT_NS;
	if (live->event_ns <= now_ns)
		live->event_ns = now_ns + EVENT_NS;
}

static void measurement_release(struct measurement *measurement)
{
	for (size_t i = 0; i < measurement->waiters; i++)
		http_waiter_release(measurement->waiter[i]);
	snapshot_destroy(measurement->before);
	free(measurement);
}

/*
 * Return a page with the exits that occurred between the readings measurement->before and @after.
 * Returns NULL on failure.
 */
static struct http_page *interval_page(struct measurement *measurement, struct snapshot *after,
				       struct complaint *complaint)
{
	const struct snapshot_vm *vm = &measurement->vm;
	struct scope scope = scope_of(vm->pid, -1);
	uint64_t length_ns = interval_length_ns(measurement->before, after);
	const struct stat_interval interval = {
		.number = 1,
		.elapsed_ns = length_ns,
		.length_ns = length_ns,
	};
	struct http_page *page;
	struct books books;

	if (interval_books(measurement->before, after, &scope, &books, complaint))
		return NULL;
	page = api_books(after, &books, vm->pid ? vm : NULL, &interval);
	books_release(&books);
	return page;
}

/* Take the second reading of a measurement, and deliver the result to its clients. */
static void measurement_end(const struct live *live, struct measurement *measurement,
			    struct complaint *complaint)
{
	struct snapshot *after = NULL;
	struct http_page *page = NULL;

	if (measurement->before &&
	    !source_take(&live->options.source, &SCOPE_ALL, &after, complaint))
		page = interval_page(measurement, after, complaint);
	snapshot_destroy(after);
	if (!page)
		page = api_error(complaint);
	for (size_t i = 0; i < measurement->waiters; i++)
		http_deliver(measurement->waiter[i], page ? http_page_use(page) : NULL);
	http_page_release(page);
	measurement_release(measurement);
}

/*
 * Remove measurement @i from the list, and end the measurement. The caller must hold the lock. The
 * function releases the lock while it ends the measurement.
 */
static void measurement_remove(struct live *live, size_t i, struct complaint *complaint)
{
	struct measurement *measurement = live->measurement[i];

	live->measurement[i] = live->measurement[--live->measurements];
	pthread_mutex_unlock(&live->lock);
	measurement_end(live, measurement, complaint);
	pthread_mutex_lock(&live->lock);
}

/*
 * Take the first reading of each measurement that does not have one yet. If the reading fails, end
 * the measurement. The caller must hold the lock. The function releases the lock during each
 * reading and while it ends a measurement.
 */
static void begin_measurements(struct live *live)
{
	for (size_t i = 0; i < live->measurements; i++) {
		struct measurement *measurement = live->measurement[i];
		struct complaint complaint = { "" };

		if (measurement->before)
			continue;
		pthread_mutex_unlock(&live->lock);
		source_take(&live->options.source, &SCOPE_ALL, &measurement->before, &complaint);
		measurement->due_ns = clock_monotonic_ns() + measurement->ms * 1000000ull;
		pthread_mutex_lock(&live->lock);
		if (measurement->before)
			continue;
		measurement_remove(live, i--, &complaint);
	}
}

/*
 * End the measurements whose intervals are over. The caller must hold the lock. The function
 * releases the lock while it ends a measurement.
 */
static void end_measurements(struct live *live)
{
	for (size_t i = 0; i < live->measurements; i++) {
		struct measurement *measurement = live->measurement[i];
		struct complaint complaint = { "" };

		if (!measurement->before || clock_monotonic_ns() < measurement->due_ns)
			continue;
		measurement_remove(live, i--, &complaint);
	}
}

/* Return the time of the next reading, or 0 if no client is waiting. The caller holds the lock. */
static uint64_t next_ns(const struct live *live)
{
	uint64_t next = live->watchers ? live->event_ns : 0;

	for (size_t i = 0; i < live->measurements; i++) {
		uint64_t due_ns = live->measurement[i]->before ? live->measurement[i]->due_ns : 1;

		if (!next || due_ns < next)
			next = due_ns;
	}
	return next;
}

/* Wait until the next reading or until a client arrives. The caller holds the lock. */
static void wait_for_work(struct live *live)
{
	uint64_t next = next_ns(live);

	if (!next)
		pthread_cond_wait(&live->changed, &live->lock);
	else if (next > clock_monotonic_ns())
		condition_wait_until(&live->changed, &live->lock, next);
}

/* Free the last reading, and return the memory to the kernel. */
static void forget(struct live *live)
{
	snapshot_destroy(live->before);
	live->before = NULL;
	malloc_trim(0);
}

static void *run(void *context)
{
	struct live *live = context;

	pthread_mutex_lock(&live->lock);
	while (!live->is_ending) {
		begin_measurements(live);
		end_measurements(live);
		remove_watchers(live);
		if (live->watchers && clock_monotonic_ns() >= live->event_ns) {
			pthread_mutex_unlock(&live->lock);
			events(live);
			pthread_mutex_lock(&live->lock);
		}
		if (!live->watchers && live->before)
			forget(live);
		if (!live->is_ending)
			wait_for_work(live);
	}
	pthread_mutex_unlock(&live->lock);
	return NULL;
}

struct live *live_create(const struct live_options *options)
{
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return NULL;
	live->options = *options;
	pthread_mutex_init(&live->lock, NULL);
	condition_init(&live->changed);
	if (!pthread_create(&live->thread, NULL, run, live))
		return live;
	pthread_cond_destroy(&live->changed);
	pthread_mutex_destroy(&live->lock);
	free(live);
	return NULL;
}

void live_destroy(struct live *live)
{
	if (!live)
		return;
	pthread_mutex_lock(&live->lock);
	live->is_ending = true;
	pthread_cond_signal(&live->changed);
	pthread_mutex_unlock(&live->lock);
	pthread_join(live->thread, NULL);
	for (size_t i = 0; i < live->watchers; i++)
		http_waiter_release(live->watcher[i].waiter);
	for (size_t i = 0; i < live->measurements; i++)
		measurement_release(live->measurement[i]);
	snapshot_destroy(live->before);
	pthread_cond_destroy(&live->changed);
	pthread_mutex_destroy(&live->lock);
	free(live);
}

/*
 * Return the measurement of @vm that lasts @ms milliseconds. If there is none, create it. If @vm
 * is NULL, the measurement covers all VMs. Returns NULL if there are too many measurements or if
 * out of memory. The caller holds the lock.
 */
static struct measurement *measurement_get(struct live *live, uint64_t ms,
					   const struct snapshot_vm *vm)
{
	struct measurement *measurement;

	for (size_t i = 0; i < live->measurements; i++) {
		measurement = live->measurement[i];
		if (measurement->ms == ms && measurement->vm.pid == (vm ? vm->pid : 0))
			return measurement;
	}
	if (live->measurements == LIVE_MEASUREMENTS)
		return NULL;
	measurement = calloc(1, sizeof(*measurement));
	if (!measurement)
		return NULL;
	measurement->ms = ms;
	if (vm)
		measurement->vm = *vm;
	live->measurement[live->measurements++] = measurement;
	return measurement;
}

bool live_measure(struct live *live, uint64_t ms, const struct snapshot_vm *vm,
		  struct http_waiter *waiter)
{
	struct measurement *measurement;
	bool is_added = false;

	pthread_mutex_lock(&live->lock);
	measurement = measurement_get(live, ms, vm);
	if (measurement && measurement->waiters < LIVE_SHARERS) {
		measurement->waiter[measurement->waiters++] = http_waiter_use(waiter);
		is_added = true;
		pthread_cond_signal(&live->changed);
	}
	pthread_mutex_unlock(&live->lock);
	return is_added;
}

bool live_watch(struct live *live, uint32_t pid, struct http_waiter *waiter)
{
	bool is_added = false;

	pthread_mutex_lock(&live->lock);
	remove_watchers(live);
	if (live->watchers < LIVE_WATCHERS) {
		/*
		 * Take the first reading now. The first watcher receives its first event one
		 * second later.
		 */
		if (!live->watchers)
			live->event_ns = clock_monotonic_ns();
		live->watcher[live->watchers++] = (struct watcher){ http_waiter_use(waiter), pid };
		is_added = true;
		pthread_cond_signal(&live->changed);
	}
	pthread_mutex_unlock(&live->lock);
	return is_added;
}
