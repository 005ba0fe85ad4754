// SPDX-License-Identifier: GPL-2.0
/* Send requests of Prometheus remote write, see push_send.h. */
#include "serve/push_send.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "model/text.h"

#define TIMEOUT_S	  30L
#define CONNECT_TIMEOUT_S 10L
#define LONGEST_RETRY_S	  3600

/**
 * struct push_sender - sends requests to one receiver
 * @answer: the beginning of the last response's body, which usually contains an error message
 */
struct push_sender {
	CURL *curl;
	const char *url;
	const char *headers;
	const bool *stop;
	char answer[200];
	size_t answer_bytes;
};

static const char *const fixed_headers[] = {
	"Content-Type: application/x-protobuf",
	"Content-Encoding: snappy",
	"X-Prometheus-Remote-Write-Version: 0.1.0",
	"User-Agent: vmtoll",
	"Expect:", /* do not wait for "100 Continue" */
};

/* Append a header. If out of memory, free the list and return NULL. */
static struct curl_slist *append(struct curl_slist *list, const char *header)
{
	struct curl_slist *longer = curl_slist_append(list, header);

	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

/*
 * Add the lines of a file to a list of headers. On failure, free the list, set errno and return
 * NULL.
 */
static struct curl_slist *append_file(struct curl_slist *list, const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t capacity = 0;

	if (!file) {
		curl_slist_free_all(list);
		return NULL;
	}
	while (list && getline(&line, &capacity, file) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		if (*line)
			list = append(list, line);
	}
	free(line);
	fclose(file);
	return list;
}

/* Return all headers of a request. The caller must free them. Returns NULL on failure. */
static struct curl_slist *make_headers(const struct push_sender *sender)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(fixed_headers); i++) {
		list = append(list, fixed_headers[i]);
		if (!list)
			return NULL;
	}
	return sender->headers ? append_file(list, sender->headers) : list;
}

static int check_headers(const struct push_sender *sender, struct complaint *complaint)
{
	struct curl_slist *list = make_headers(sender);

	if (!list)
		return complain(complaint, -EINVAL, "cannot read the headers in %s: %s",
				sender->headers ?: "", strerror(errno));
	curl_slist_free_all(list);
	return 0;
}

/*
 * Check that the URL is valid and that it contains neither a user name nor a password, because
 * other users could see the password.
 */
static int check_url(const char *url, struct complaint *complaint)
{
	CURLU *parts = curl_url();
	char *scheme = NULL;
	char *user = NULL;
	int error = 0;

	if (!parts || curl_url_set(parts, CURLUPART_URL, url, 0) ||
	    curl_url_get(parts, CURLUPART_SCHEME, &scheme, 0) ||
	    (strcmp(scheme, "http") && strcmp(scheme, "https")))
		error = complain(complaint, -EINVAL,
				 "--push: '%s' is not an address such as "
				 "https://HOST/api/v1/write",
				 url);
	else if (!curl_url_get(parts, CURLUPART_USER, &user, 0))
		error = complain(complaint, -EINVAL,
				 "--push: other users can see a password in the address; put the "
				 "header Authorization into a file, and use --push-headers");
	curl_free(user);
	curl_free(scheme);
	curl_url_cleanup(parts);
	return error;
}

/* Keep the beginning of the response's body. */
static size_t receive(char *text, size_t size, size_t count, void *context)
{
	struct push_sender *sender = context;
	size_t bytes = size * count;
	size_t capacity = sizeof(sender->answer) - 1 - sender->answer_bytes;

	if (bytes < capacity)
		capacity = bytes;
	memcpy(sender->answer + sender->answer_bytes, text, capacity);
	sender->answer_bytes += capacity;
	sender->answer[sender->answer_bytes] = '\0';
	return bytes;
}

/* A callback of libcurl. Return 1 to abort the request. */
static int progress(void *context, curl_off_t down, curl_off_t downs, curl_off_t up, curl_off_t ups)
{
	const struct push_sender *sender = context;

	(void)down;
	(void)downs;
	(void)up;
	(void)ups;
	return __atomic_load_n(sender->stop, __ATOMIC_RELAXED);
}

static void set_options(struct push_sender *sender)
{
	CURL *curl = sender->curl;

	curl_easy_setopt(curl, CURLOPT_URL, sender->url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, sender);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, sender);
}

int push_sender_create(const char *url, const char *headers, const bool *stop,
		       struct push_sender **sender, struct complaint *complaint)
{
	struct push_sender *created = calloc(1, sizeof(*created));
	int error;

	if (created && !curl_global_init(CURL_GLOBAL_DEFAULT))
		created->curl = curl_easy_init();
	if (!created || !created->curl) {
		free(created);
		return complain(complaint, -ENOMEM, "cannot push: out of memory");
	}
	created->url = url;
	created->headers = headers;
	created->stop = stop;
	error = check_url(url, complaint);
	if (!error)
		error = check_headers(created, complaint);
	if (error) {
		push_sender_destroy(created);
		return error;
	}
	set_options(created);
	*sender = created;
	return 0;
}

void push_sender_destroy(struct push_sender *sender)
{
	if (!sender)
		return;
	curl_easy_cleanup(sender->curl);
	curl_global_cleanup();
	free(sender);
}

static uint64_t retry_ns(CURL *curl)
{
	curl_off_t seconds = 0;

	curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
	if (seconds > LONGEST_RETRY_S)
		seconds = LONGEST_RETRY_S;
	return seconds > 0 ? (uint64_t)seconds * 1000000000u : 0;
}

/*
 * Return the result of a request with the HTTP status @status. A receiver sends 408 or 429 if it
 * is busy, and 401, 403 or 404 if the sender or the receiver is misconfigured. With these
 * statuses, the request may succeed later, so return PUSH_FAILED.
 */
static enum push_result result_of(long status)
{
	if (status >= 200 && status < 300)
		return PUSH_ACCEPTED;
	switch (status) {
	case 401:
	case 403:
	case 404:
	case 408:
	case 429:
		return PUSH_FAILED;
	}
	return status >= 400 && status < 500 ? PUSH_REJECTED : PUSH_FAILED;
}

static void set_answer(struct push_sender *sender, struct push_answer *answer)
{
	char body[sizeof(sender->answer)];
	long status = 0;

	curl_easy_getinfo(sender->curl, CURLINFO_RESPONSE_CODE, &status);
	answer->result = result_of(status);
	answer->retry_ns = retry_ns(sender->curl);
	sender->answer[strcspn(sender->answer, "\r\n")] = '\0';
	text_escape(sender->answer, body, sizeof(body));
	snprintf(answer->why, sizeof(answer->why), "status %ld%s%s", status, *body ? ": " : "",
		 body);
}

void push_send(struct push_sender *sender, const void *request, size_t bytes,
	       struct push_answer *answer)
{
	struct curl_slist *headers = make_headers(sender);
	CURLcode code;

	*answer = (struct push_answer){ .result = PUSH_FAILED };
	if (!headers) {
		snprintf(answer->why, sizeof(answer->why), "cannot read the headers: %s",
			 strerror(errno));
		return;
	}
	sender->answer[0] = '\0';
	sender->answer_bytes = 0;
	curl_easy_setopt(sender->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(sender->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)bytes);
	curl_easy_setopt(sender->curl, CURLOPT_POSTFIELDS, request);
	code = curl_easy_perform(sender->curl);
	curl_easy_setopt(sender->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	if (code)
		snprintf(answer->why, sizeof(answer->why), "%s", curl_easy_strerror(code));
	else
		set_answer(sender, answer);
}
