/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An HTTP server with bounded memory. A single thread serves all clients, so that a client that
 * sends or reads slowly does not delay the others. The limits are:
 *
 * - A request must be complete, and its response must be read, within a limited time.
 * - A request header may have at most HTTP_CONNECTION_BYTES bytes. A request must have no body.
 * - If too many clients are connected, the connection that has waited longest is closed.
 * - At most HTTP_PAGES different pages are kept for clients that read slowly. When another page is
 *   sent, the connections that read the oldest page are closed.
 *
 * A page that takes time is delivered later by another thread, see http_wait(). Meanwhile, the
 * server serves other clients.
 *
 * A static program has no HTTP server, because libmicrohttpd needs shared libraries.
 */
#ifndef VMTOLL_HTTP_H
#define VMTOLL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "model/complaint.h"

#define HTTP_CONNECTIONS      512
#define HTTP_CONNECTION_BYTES 8192
#define HTTP_PAGES	      3

/**
 * struct http_page - a response that may be sent to several clients at the same time
 * @users: number of references
 * @type: value of the header Content-Type, a string constant
 * @text: the body of the response, allocated with malloc()
 * @bytes: the size of @text
 */
struct http_page {
	unsigned int users;
	unsigned int status;
	const char *type;
	char *text;
	size_t bytes;
	uint64_t created_ns;
};

/*
 * Create a page with one reference. The function takes ownership of @text, even on failure.
 * Returns NULL if @text is NULL or if out of memory.
 */
struct http_page *http_page_create(unsigned int status, const char *type, char *text, size_t bytes);

/* Create a page with a message as plain text. Returns NULL if out of memory. */
struct http_page *http_page_text(unsigned int status, const char *text);

/* Write the body of a page. Return 0 or -ENOMEM. */
typedef int http_page_writer(const void *context, FILE *out);

/* Create a page, and call @write to write its body. Returns NULL if out of memory. */
struct http_page *http_page_write(unsigned int status, const char *type, http_page_writer *write,
				  const void *context);

/* Add and drop a reference. These functions may be called in any thread. */
struct http_page *http_page_use(struct http_page *page);
void http_page_release(struct http_page *page);

/**
 * struct http_request - a request with the method GET or HEAD
 * @path: the path without the query
 * @accept: the value of the header Accept, or NULL
 * @ms, @pid, @vm: the values of the query parameters with these names, or NULL
 * @connection: used by http_wait()
 */
struct http_request {
	const char *path;
	const char *accept;
	const char *ms;
	const char *pid;
	const char *vm;
	void *connection;
};

struct http_waiter;

/*
 * Create a waiter, so that a page can be delivered to the client of @request later. Call this
 * function only in http_options.respond(). If respond() then returns NULL, the client waits until
 * http_deliver() is called. If @is_stream is true, the response has the type text/event-stream and
 * contains all pages that are delivered until the client disconnects.
 *
 * Returns NULL if out of memory or if the server is being stopped. The caller must release the
 * waiter.
 */
struct http_waiter *http_wait(const struct http_request *request, bool is_stream);

/* Add and drop a reference. */
struct http_waiter *http_waiter_use(struct http_waiter *waiter);
void http_waiter_release(struct http_waiter *waiter);

/*
 * Deliver a page, and drop the reference to it. If the caller could not create the page because
 * it was out of memory, @page is NULL. Any thread may call this function. Returns false if the
 * client has disconnected.
 */
bool http_deliver(struct http_waiter *waiter, struct http_page *page);

/* Return true if the client has not disconnected. */
bool http_is_waiting(struct http_waiter *waiter);

/* Return the file @path of the live page, or NULL if the program does not contain this file. */
struct http_page *http_site(const char *path);

struct web_config;

/**
 * struct http_options - the options of a server
 * @socket: the listening socket; the server closes it
 * @timeout_s: the time limit of a request, in seconds
 * @web: TLS and authentication, or NULL for neither. It must remain valid.
 * @is_local_only: refuse requests whose header Host names another machine
 * @respond: called in the server's thread. Returns a reference to the page for a request. Returns
 *	     NULL if out of memory, or if the client is to wait (see http_wait()).
 */
struct http_options {
	int socket;
	unsigned int timeout_s;
	const struct web_config *web;
	bool is_local_only;
	struct http_page *(*respond)(void *context, const struct http_request *request);
	void *context;
};

struct http;

/* Return 0 if this program has an HTTP server. Otherwise return -ENOTSUP. */
int http_check(struct complaint *complaint);

/* Start and stop a server. */
int http_start(const struct http_options *options, struct http **http, struct complaint *complaint);
void http_stop(struct http *http);

/* Close the connections that have exceeded the time limit. Call this function every second. */
void http_expire(struct http *http);

#endif
