/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Let clients of the server in http.c wait for a page. While a client waits, libmicrohttpd
 * suspends its connection, and the server handles other requests. Any thread may deliver the page.
 */
#ifndef VMTOLL_WAITER_H
#define VMTOLL_WAITER_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

#include "serve/http.h"

/* Create a waiter with one reference. Returns NULL if out of memory. */
struct http_waiter *waiter_create(struct MHD_Connection *mhd, bool is_stream);

/* Return true if the waiter receives a stream of pages. */
bool waiter_is_stream(const struct http_waiter *waiter);

/*
 * If http_deliver() has been called, set *@page to the delivered page, which may be NULL, and
 * return true. The caller must release the page. If the server is being stopped and no page has
 * been delivered, set *@page to NULL and return true.
 *
 * Otherwise, suspend the connection and return false. When a page is delivered, libmicrohttpd
 * calls the handler of the request again.
 */
bool waiter_take(struct http_waiter *waiter, struct http_page **page);

/* Create a response that sends each delivered page. Returns NULL if out of memory. */
struct MHD_Response *waiter_stream(struct http_waiter *waiter);

/*
 * Return the time when the stream began to send the current page, or 0 if no page is being sent.
 */
uint64_t waiter_sending_since_ns(const struct http_waiter *waiter);

/*
 * Stop waiting. If the connection is suspended, resume it. If the response is a stream, the stream
 * ends. A later delivery has no effect.
 */
void waiter_end(struct http_waiter *waiter);

#endif
