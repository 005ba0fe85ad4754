// SPDX-License-Identifier: GPL-2.0
/* A comparison as an HTML page. The comparison is inserted into the bundled page as JSON. */
#include <errno.h>

#include "view/compare_view.h"
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

bool compare_has_html(void)
{
	return page_head_bytes > 0;
}

int compare_html(const struct comparison *comparison, FILE *out)
{
	struct json_object *object = compare_object(comparison);
	const char *text = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);

	if (!object || !text) {
		json_object_put(object);
		return -ENOMEM;
	}
	fwrite(page_head, 1, page_head_bytes, out);
	put_escaped(text, out);
	fwrite(page_tail, 1, page_tail_bytes, out);
	json_object_put(object);
	return 0;
}
