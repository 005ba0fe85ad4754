// SPDX-License-Identifier: GPL-2.0
/* The live page, which script/build-web builds from web/. See http_site(). */
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "serve/http.h"
#include "view/page.h"

/**
 * struct site_file - a file of the live page
 * @bytes: its size, or 0 if vmtoll was built without npm
 */
struct site_file {
	const char *path;
	const char *type;
	const unsigned char *text;
	const size_t *bytes;
};

static const struct site_file files[] = {
	{ "/", "text/html; charset=utf-8", live_page, &live_page_bytes },
	{ "/live.js", "text/javascript; charset=utf-8", live_script, &live_script_bytes },
};

struct http_page *http_site(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		size_t bytes = *files[i].bytes;
		char *text;

		if (strcmp(files[i].path, path) || !bytes)
			continue;
		text = malloc(bytes);
		if (text)
			memcpy(text, files[i].text, bytes);
		return http_page_create(200, files[i].type, text, bytes);
	}
	return NULL;
}
