// SPDX-License-Identifier: GPL-2.0
/* Choose the format of the metrics from the HTTP header Accept (RFC 9110, section 12.5.1). */
#include "view/metrics_view.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/**
 * struct range - one element of the header Accept
 * @type: the media range, such as "text/plain" or "text/" followed by an asterisk
 * @version: the parameter `version`, or ""
 * @quality: the parameter `q`, from 0 to 1
 */
struct range {
	char type[64];
	char version[16];
	double quality;
};

/* Copy the text without leading and trailing blanks. Text that is too long becomes "". */
static void copy_trimmed(const char *from, size_t length, char *to, size_t bytes)
{
	while (length && strchr(" \t\"", *from)) {
		from++;
		length--;
	}
	while (length && strchr(" \t\"", from[length - 1]))
		length--;
	if (length >= bytes)
		length = 0;
	memcpy(to, from, length);
	to[length] = '\0';
}

static void parse_parameter(const char *text, size_t length, struct range *range)
{
	const char *equals = memchr(text, '=', length);
	char name[16];
	char value[16];

	if (!equals)
		return;
	copy_trimmed(text, (size_t)(equals - text), name, sizeof(name));
	copy_trimmed(equals + 1, length - (size_t)(equals - text) - 1, value, sizeof(value));
	if (!strcasecmp(name, "q"))
		range->quality = strtod(value, NULL);
	else if (!strcasecmp(name, "version"))
		memcpy(range->version, value, sizeof(value));
}

/* Parse the element at @text. Return the start of the next element, or the end of the header. */
static const char *parse_range(const char *text, struct range *range)
{
	size_t length = strcspn(text, ";,");

	*range = (struct range){ .quality = 1 };
	copy_trimmed(text, length, range->type, sizeof(range->type));
	text += length;
	while (*text == ';') {
		length = strcspn(++text, ";,");
		parse_parameter(text, length, range);
		text += length;
	}
	return *text ? text + 1 : text;
}

/* Return true if the range selects a version of OpenMetrics that metrics_write() can produce. */
static bool is_openmetrics(const struct range *range)
{
	return !strcasecmp(range->type, "application/openmetrics-text") &&
	       (!range->version[0] || !strcmp(range->version, "1.0.0") ||
		!strcmp(range->version, "0.0.1"));
}

static bool is_text(const struct range *range)
{
	return !strcasecmp(range->type, "text/plain") &&
	       (!range->version[0] || !strcmp(range->version, "0.0.4"));
}

enum metrics_format metrics_negotiate(const char *accept)
{
	double openmetrics = 0;
	double text = 0;

	while (accept && *accept) {
		struct range range;

		accept = parse_range(accept, &range);
		if (is_openmetrics(&range) && range.quality > openmetrics)
			openmetrics = range.quality;
		else if (is_text(&range) && range.quality > text)
			text = range.quality;
	}
	return openmetrics > text ? METRICS_OPENMETRICS : METRICS_TEXT;
}

const char *metrics_content_type(enum metrics_format format)
{
	return format == METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
