// SPDX-License-Identifier: GPL-2.0
/* A program without an HTTP server, see http.h. */
#include "serve/http.h"
#include "serve/web_config.h"

#include <errno.h>

int http_check(struct complaint *complaint)
{
	return complain(complaint, -ENOTSUP,
			"this vmtoll has no HTTP server, because it is linked statically or was "
			"built without libmicrohttpd; on the host, install the package vmtoll");
}

int http_start(const struct http_options *options, struct http **http, struct complaint *complaint)
{
	(void)options;
	(void)http;
	return http_check(complaint);
}

struct http_waiter *http_wait(const struct http_request *request, bool is_stream)
{
	(void)request;
	(void)is_stream;
	return NULL;
}

struct http_waiter *http_waiter_use(struct http_waiter *waiter)
{
	return waiter;
}

void http_waiter_release(struct http_waiter *waiter)
{
	(void)waiter;
}

bool http_deliver(struct http_waiter *waiter, struct http_page *page)
{
	(void)waiter;
	http_page_release(page);
	return false;
}

bool http_is_waiting(struct http_waiter *waiter)
{
	(void)waiter;
	return false;
}

struct http_page *http_site(const char *path)
{
	(void)path;
	return NULL;
}

int web_config_read(const char *path, struct web_config *config, struct complaint *complaint)
{
	(void)path;
	(void)config;
	return http_check(complaint);
}

void web_config_release(struct web_config *config)
{
	(void)config;
}

void http_stop(struct http *http)
{
	(void)http;
}

void http_expire(struct http *http)
{
	(void)http;
}
