// SPDX-License-Identifier: GPL-2.0
/* Write the HTML pages of the option --html. Each page contains its data as JSON. */
#include "view/page_write.h"

#include <errno.h>

#include "view/page.h"

/*
 * Write JSON with each '<' escaped, because "</script>" or "<!--" in a name would break the
 * page.
 */
static void put_escaped(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '<')
			fputs("\\u003c", out);
		else
			fputc(*text, out);
	}
}

bool page_is_built(void)
{
	return page_head_bytes > 0;
}

int page_write(struct json_object *object, const unsigned char *tail, size_t bytes, FILE *out)
{
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);

	if (!object || !text) {
		json_object_put(object);
		return -ENOMEM;
	}
	fwrite(page_head, 1, page_head_bytes, out);
	put_escaped(text, out);
	fwrite(tail, 1, bytes, out);
	json_object_put(object);
	return 0;
}
