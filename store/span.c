// SPDX-License-Identifier: GPL-2.0
/* The selected part of a recording, see span.h. */
#include "store/span.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "model/moment.h"

/*
 * Find the '@' between the file name and the range. The file name may itself contain '@'. Return
 * NULL if there is no range.
 */
static const char *find_range(const char *text)
{
	const char *at = strrchr(text, '@');

	/* A time may itself begin with '@', as in FILE@@SECONDS..@SECONDS. */
	while (at && at > text && !strstr(at, ".."))
		at = memrchr(text, '@', (size_t)(at - text));
	if (at && at > text && at[-1] == '@')
		at--;
	return at && strstr(at, "..") ? at : NULL;
}

int span_parse(const char *text, struct span *span, struct complaint *complaint)
{
	const char *at = find_range(text);
	size_t length = at ? (size_t)(at - text) : strlen(text);
	const char *dots = at ? strstr(at, "..") : NULL;

	*span = (struct span){ "" };
	if (length >= sizeof(span->path) || (at && ((size_t)(dots - at) > sizeof(span->from) ||
						    strlen(dots + 2) >= sizeof(span->to))))
		return complain(complaint, -EINVAL, "%s: the name or the range is too long", text);
	memcpy(span->path, text, length);
	if (at) {
		memcpy(span->from, at + 1, (size_t)(dots - at - 1));
		snprintf(span->to, sizeof(span->to), "%s", dots + 2);
	}
	return 0;
}

static int take_time(const char *what, const char *text, const struct moment_base *base,
		     uint64_t *ns, struct complaint *complaint)
{
	if (!*text || !moment_parse(text, base, ns))
		return 0;
	return complain(
		complaint, -EINVAL,
		"%s: '%s' is not a time such as \"2026-11-21 14:30\", 14:30, yesterday or -2h",
		what, text);
}

static int nothing_in(const struct span *span, const struct reader_bounds *all,
		      struct complaint *complaint)
{
	char start[MOMENT_BYTES];
	char end[MOMENT_BYTES];

	if (!all->intervals)
		return complain(complaint, -ENODATA, "%s contains no interval yet", span->path);
	return complain(complaint, -ENODATA,
			"%s contains no interval in this range; it begins at %s and ends at %s",
			span->path, moment_text(all->start_ns, start, sizeof(start)),
			moment_text(all->end_ns, end, sizeof(end)));
}

int span_range(const struct span *span, struct reader *reader, uint64_t now_ns,
	       struct reader_range *range, struct complaint *complaint)
{
	struct reader_bounds all;
	struct reader_bounds part;
	struct moment_base base = { .now_ns = now_ns };
	int error = reader_bounds(reader, &READER_ALL, &all, complaint);

	*range = READER_ALL;
	base.end_ns = all.end_ns;
	if (!error)
		error = take_time("--from", span->from, &base, &range->from_ns, complaint);
	if (!error)
		error = take_time("--to", span->to, &base, &range->to_ns, complaint);
	if (!error)
		error = reader_bounds(reader, range, &part, complaint);
	if (error)
		return error;
	return part.intervals ? 0 : nothing_in(span, &all, complaint);
}
