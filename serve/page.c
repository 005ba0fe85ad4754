// SPDX-License-Identifier: GPL-2.0
/* Pages that several clients share, see http.h. */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>

#include "process/clock.h"

struct http_page *http_page_create(unsigned int status, const char *type, char *text, size_t bytes)
{
	struct http_page *page = text ? malloc(sizeof(*page)) : NULL;

	if (!page) {
		free(text);
		return NULL;
	}
	*page = (struct http_page){
		.users = 1,
		.status = status,
		.type = type,
		.text = text,
		.bytes = bytes,
		.created_ns = clock_monotonic_ns(),
	};
	return page;
}

struct http_page *http_page_text(unsigned int status, const char *text)
{
	return http_page_create(status, "text/plain; charset=utf-8", strdup(text), strlen(text));
}

struct http_page *http_page_write(unsigned int status, const char *type, http_page_writer *write,
				  const void *context)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	char *fitted;
	int error;

	if (!out)
		return NULL;
	error = write(context, out);
	if (ferror(out) | fclose(out) || error) {
		free(text);
		return NULL;
	}
	/* The stream may have allocated twice the memory that the page needs. */
	fitted = realloc(text, bytes + 1);
	return http_page_create(status, type, fitted ?: text, bytes);
}

struct http_page *http_page_use(struct http_page *page)
{
	__atomic_fetch_add(&page->users, 1, __ATOMIC_RELAXED);
	return page;
}

void http_page_release(struct http_page *page)
{
	if (!page || __atomic_sub_fetch(&page->users, 1, __ATOMIC_ACQ_REL))
		return;
	free(page->text);
	free(page);
}
