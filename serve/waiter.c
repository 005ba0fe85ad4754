// SPDX-License-Identifier: GPL-2.0
/* Suspend and resume the connections of waiting clients, see waiter.h. */
#include "serve/waiter.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "process/clock.h"

#define STREAM_BLOCK 16384

/**
 * struct http_waiter - a waiting client
 * @users: number of references
 * @is_ended: the connection ends, so a page can no longer be sent
 * @is_suspended: the connection is suspended until a page is delivered
 * @is_delivered: a page has been delivered, even if it has already been taken
 * @next: the delivered page, or NULL if NULL was delivered or if the page has been taken
 * @page: for a stream, the page that is being sent, or NULL
 * @sent: the number of bytes of @page that have been sent
 * @since_ns: the time when the stream began to send @page
 */
struct http_waiter {
	unsigned int users;
	struct MHD_Connection *mhd;
	bool is_stream;
	bool is_ended;
	bool is_suspended;
	bool is_delivered;
	struct http_page *next;
	struct http_page *page;
	size_t sent;
	uint64_t since_ns;
};

/* Protects all members of all waiters, except @users. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

struct http_waiter *waiter_create(struct MHD_Connection *mhd, bool is_stream)
{
	struct http_waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return NULL;
	waiter->users = 1;
	waiter->mhd = mhd;
	waiter->is_stream = is_stream;
	return waiter;
}

struct http_waiter *http_waiter_use(struct http_waiter *waiter)
{
	__atomic_fetch_add(&waiter->users, 1, __ATOMIC_RELAXED);
	return waiter;
}

void http_waiter_release(struct http_waiter *waiter)
{
	if (!waiter || __atomic_sub_fetch(&waiter->users, 1, __ATOMIC_ACQ_REL))
		return;
	http_page_release(waiter->next);
	http_page_release(waiter->page);
	free(waiter);
}

bool waiter_is_stream(const struct http_waiter *waiter)
{
	return waiter->is_stream;
}

/* Resume the connection if it is suspended. The caller holds the lock. */
static void resume(struct http_waiter *waiter)
{
	if (!waiter->is_suspended)
		return;
	waiter->is_suspended = false;
	MHD_resume_connection(waiter->mhd);
}

/* Suspend the connection in the thread of the server. The caller holds the lock. */
static void suspend(struct http_waiter *waiter)
{
	waiter->is_suspended = true;
	MHD_suspend_connection(waiter->mhd);
}

bool http_deliver(struct http_waiter *waiter, struct http_page *page)
{
	bool is_ended;

	pthread_mutex_lock(&lock);
	is_ended = waiter->is_ended;
	if (!is_ended) {
		/*
		 * If the previous page has not been sent yet because the client is slow, drop that
		 * page.
		 */
		http_page_release(waiter->next);
		waiter->next = page;
		waiter->is_delivered = true;
		resume(waiter);
	}
	pthread_mutex_unlock(&lock);
	if (is_ended)
		http_page_release(page);
	return !is_ended;
}

bool http_is_waiting(struct http_waiter *waiter)
{
	bool is_ended;

	pthread_mutex_lock(&lock);
	is_ended = waiter->is_ended;
	pthread_mutex_unlock(&lock);
	return !is_ended;
}

bool waiter_take(struct http_waiter *waiter, struct http_page **page)
{
	bool is_over;

	*page = NULL;
	pthread_mutex_lock(&lock);
	is_over = waiter->is_delivered || waiter->is_ended;
	if (is_over) {
		*page = waiter->next;
		waiter->next = NULL;
	} else {
		suspend(waiter);
	}
	pthread_mutex_unlock(&lock);
	return is_over;
}

/* Begin to send the next page, if there is one. The caller holds the lock. */
static void next_page(struct http_waiter *waiter)
{
	waiter->page = waiter->next;
	waiter->next = NULL;
	waiter->sent = 0;
	waiter->since_ns = clock_monotonic_ns();
}

/* Copy the next part of the stream to @buffer. libmicrohttpd calls this function. */
static ssize_t read_stream(void *context, uint64_t position, char *buffer, size_t size)
{
	struct http_waiter *waiter = context;
	ssize_t bytes = 0;

	(void)position;
	pthread_mutex_lock(&lock);
	if (!waiter->page)
		next_page(waiter);
	if (waiter->is_ended) {
		bytes = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (!waiter->page) {
		suspend(waiter);
	} else {
		size_t left = waiter->page->bytes - waiter->sent;

		bytes = (ssize_t)(left < size ? left : size);
		memcpy(buffer, waiter->page->text + waiter->sent, (size_t)bytes);
		waiter->sent += (size_t)bytes;
		if (waiter->sent == waiter->page->bytes) {
			http_page_release(waiter->page);
			waiter->page = NULL;
		}
	}
	pthread_mutex_unlock(&lock);
	return bytes;
}

static void release_stream(void *context)
{
	http_waiter_release(context);
}

struct MHD_Response *waiter_stream(struct http_waiter *waiter)
{
	struct MHD_Response *response =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream,
						  http_waiter_use(waiter), release_stream);

	if (!response)
		http_waiter_release(waiter);
	return response;
}

uint64_t waiter_sending_since_ns(const struct http_waiter *waiter)
{
	uint64_t since_ns;

	pthread_mutex_lock(&lock);
	since_ns = waiter->page ? waiter->since_ns : 0;
	pthread_mutex_unlock(&lock);
	return since_ns;
}

void waiter_end(struct http_waiter *waiter)
{
	pthread_mutex_lock(&lock);
	waiter->is_ended = true;
	resume(waiter);
	pthread_mutex_unlock(&lock);
}
