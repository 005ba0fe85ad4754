// SPDX-License-Identifier: GPL-2.0
/* Push metrics to a Prometheus remote-write receiver, see push.h. */
#include "serve/push.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process/clock.h"
#include "process/condition.h"
#include "serve/push_queue.h"
#include "serve/push_send.h"

#define SECOND_NS	1000000000ull
#define LEAST_WAIT_NS	SECOND_NS
#define LONGEST_WAIT_NS (60 * SECOND_NS)

/**
 * struct push - the queue of requests, and the thread that sends them
 * @lock: protects the members below, except @sender, which only the thread uses
 * @wake: signalled when the queue has a new request, or when the thread must stop
 * @stop: the thread must stop
 * @next_ns: the end of the current interval (CLOCK_MONOTONIC)
 * @wait_ns: how long to wait if the next request fails
 * @last: the result of the last request. A message is printed only when the result changes
 * @was_dropped: the last call of push_add() dropped a request
 */
struct push {
	struct push_options options;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct push_queue queue;
	struct push_sender *sender;
	bool stop;
	uint64_t next_ns;
	uint64_t wait_ns;
	enum push_result last;
	bool was_dropped;
	struct metrics_push figures;
};

/* Wait until @deadline_ns or until the thread must stop. The caller holds the lock. */
static void wait_until(struct push *push, uint64_t deadline_ns)
{
	while (!push->stop && clock_monotonic_ns() < deadline_ns)
		condition_wait_until(&push->wake, &push->lock, deadline_ns);
}

/* Print a message if the result differs from the previous one. */
static void report(struct push *push, const struct push_answer *answer)
{
	if (answer->result == push->last)
		return;
	push->last = answer->result;
	switch (answer->result) {
	case PUSH_ACCEPTED:
		fprintf(stderr, "%s: pushing to %s succeeds again\n", push->options.program,
			push->options.url);
		break;
	case PUSH_REJECTED:
		fprintf(stderr, "%s: warning: %s rejected samples, which are dropped: %s\n",
			push->options.program, push->options.url, answer->why);
		break;
	case PUSH_FAILED:
		fprintf(stderr, "%s: warning: cannot push to %s: %s; trying again\n",
			push->options.program, push->options.url, answer->why);
	}
}

/*
 * Process the answer to a request. If the request may succeed later, keep it in the queue and
 * wait. Otherwise, remove it. The caller holds the lock.
 */
static void handle(struct push *push, uint64_t number, const struct push_answer *answer)
{
	uint64_t wait_ns;

	report(push, answer);
	if (answer->result != PUSH_FAILED) {
		push_queue_remove(&push->queue, number);
		push->figures.accepted += answer->result == PUSH_ACCEPTED;
		push->figures.rejected += answer->result == PUSH_REJECTED;
		push->wait_ns = LEAST_WAIT_NS;
		return;
	}
	push->figures.failures++;
	wait_ns = answer->retry_ns > push->wait_ns ? answer->retry_ns : push->wait_ns;
	push->wait_ns *= 2;
	if (push->wait_ns > LONGEST_WAIT_NS)
		push->wait_ns = LONGEST_WAIT_NS;
	wait_until(push, clock_monotonic_ns() + wait_ns);
}

/* The thread that sends the requests. */
static void *send_all(void *context)
{
	struct push *push = context;

	pthread_mutex_lock(&push->lock);
	while (!push->stop) {
		struct push_answer answer;
		void *request;
		size_t bytes;
		uint64_t number = push_queue_first(&push->queue, &request, &bytes);

		if (!number) {
			pthread_cond_wait(&push->wake, &push->lock);
			continue;
		}
		pthread_mutex_unlock(&push->lock);
		push_send(push->sender, request, bytes, &answer);
		free(request);
		pthread_mutex_lock(&push->lock);
		if (!push->stop || answer.result != PUSH_FAILED)
			handle(push, number, &answer);
	}
	pthread_mutex_unlock(&push->lock);
	return NULL;
}

static void initialize(struct push *push, const struct push_options *options)
{
	push->options = *options;
	push->next_ns = clock_monotonic_ns();
	push->wait_ns = LEAST_WAIT_NS;
	push->last = PUSH_ACCEPTED;
	pthread_mutex_init(&push->lock, NULL);
	condition_init(&push->wake);
}

static void release(struct push *push)
{
	push_queue_close(&push->queue);
	push_sender_destroy(push->sender);
	pthread_cond_destroy(&push->wake);
	pthread_mutex_destroy(&push->lock);
	free(push);
}

int push_create(const struct push_options *options, struct push **push, struct complaint *complaint)
{
	struct push *created = calloc(1, sizeof(*created));
	int error;

	if (!created)
		return complain(complaint, -ENOMEM, "cannot push: out of memory");
	initialize(created, options);
	error = push_queue_open(&created->queue, options->directory, options->limit, complaint);
	if (!error)
		error = push_sender_create(options->url, options->headers, &created->stop,
					   &created->sender, complaint);
	if (!error && pthread_create(&created->thread, NULL, send_all, created))
		error = complain(complaint, -EAGAIN, "cannot push: cannot create a thread");
	if (error) {
		release(created);
		return error;
	}
	*push = created;
	return 0;
}

void push_destroy(struct push *push)
{
	if (!push)
		return;
	pthread_mutex_lock(&push->lock);
	__atomic_store_n(&push->stop, true, __ATOMIC_RELAXED);
	pthread_cond_signal(&push->wake);
	pthread_mutex_unlock(&push->lock);
	pthread_join(push->thread, NULL);
	release(push);
}

bool push_is_due(struct push *push)
{
	uint64_t now_ns = clock_monotonic_ns();

	if (now_ns < push->next_ns)
		return false;
	while (push->next_ns <= now_ns)
		push->next_ns += push->options.every_ns;
	return true;
}

/*
 * Print a warning if push_add() has just dropped requests. @before is the number of requests that
 * had been dropped before. If push_add() also dropped requests in the previous call, print
 * nothing, so that the warning is not repeated.
 */
static void report_dropped(struct push *push, uint64_t before, int error)
{
	bool is_dropped = push->queue.dropped > before;

	if (is_dropped && !push->was_dropped)
		fprintf(stderr, "%s: warning: samples are dropped: %s\n", push->options.program,
			error ? strerror(-error) : "the queue has reached --push-limit");
	push->was_dropped = is_dropped;
}

/*
 * Convert a page to a request. Add the series "up" with the value 1, as Prometheus does for each
 * host that it scrapes.
 */
static int encode(const struct push *push, const char *page, void **request, size_t *bytes)
{
	char *text;
	int error;

	if (asprintf(&text, "%sup 1\n", page) < 0)
		return -ENOMEM;
	error = remote_write_encode(text, push->options.label, push->options.labels,
				    (int64_t)(clock_realtime_ns() / 1000000), request, bytes);
	free(text);
	return error;
}

void push_add(struct push *push, const char *page)
{
	void *request = NULL;
	size_t bytes = 0;
	int error = encode(push, page, &request, &bytes);
	uint64_t before;

	pthread_mutex_lock(&push->lock);
	before = push->queue.dropped;
	if (error)
		push->queue.dropped++;
	else
		error = push_queue_append(&push->queue, request, bytes);
	report_dropped(push, before, error);
	pthread_cond_signal(&push->wake);
	pthread_mutex_unlock(&push->lock);
	free(request);
}

void push_figures(struct push *push, struct metrics_push *figures)
{
	pthread_mutex_lock(&push->lock);
	*figures = push->figures;
	figures->dropped = push->queue.dropped;
	figures->queued = push->queue.entries;
	figures->queued_bytes = push->queue.bytes;
	pthread_mutex_unlock(&push->lock);
}
