/* SPDX-License-Identifier: GPL-2.0 */
/* Send remote-write requests over HTTP or HTTPS. */
#ifndef VMTOLL_PUSH_SEND_H
#define VMTOLL_PUSH_SEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/complaint.h"

struct push_sender;

/**
 * enum push_result - whether the receiver accepted a request
 */
enum push_result {
	PUSH_ACCEPTED, /* the receiver has stored the request */
	PUSH_REJECTED, /* the receiver will never accept this request */
	PUSH_FAILED, /* the request may succeed later */
};

/**
 * struct push_answer - the answer to a request
 * @retry_ns: how long the receiver asks the sender to wait before the next request, or 0
 * @why: an error message if the request was not accepted
 */
struct push_answer {
	enum push_result result;
	uint64_t retry_ns;
	char why[400];
};

/*
 * Create a sender for the address @url. @headers is a file with headers to add to each request,
 * or NULL. Requests are aborted while *@stop is true. The strings @url and @headers must remain
 * valid. Returns -EINVAL if the URL is invalid or the file cannot be read.
 */
int push_sender_create(const char *url, const char *headers, const bool *stop,
		       struct push_sender **sender, struct complaint *complaint);
void push_sender_destroy(struct push_sender *sender);

/* Send a request, and wait at most 30 seconds for the answer. */
void push_send(struct push_sender *sender, const void *request, size_t bytes,
	       struct push_answer *answer);

#endif
