// SPDX-License-Identifier: GPL-2.0
/* Parse times of day, see moment.h. */
#include "model/moment.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "model/array.h"
#include "model/number.h"
#include "model/quantity.h"

#define SECOND 1000000000ull

/* The formats for strptime(). A time without a date means that time today, in local time. */
static const struct {
	const char *format;
	bool has_date;
} formats[] = {
	{ "%Y-%m-%d %H:%M:%S", true },
	{ "%Y-%m-%dT%H:%M:%S", true },
	{ "%Y-%m-%d %H:%M", true },
	{ "%Y-%m-%dT%H:%M", true },
	{ "%Y-%m-%d", true },
	{ "%H:%M:%S", false },
	{ "%H:%M", false },
};

/* Return local midnight of the day that is @days days before @now_ns. */
static struct tm midnight(uint64_t now_ns, int days)
{
	time_t seconds = (time_t)(now_ns / SECOND);
	struct tm local;

	localtime_r(&seconds, &local);
	local.tm_mday -= days;
	local.tm_hour = 0;
	local.tm_min = 0;
	local.tm_sec = 0;
	local.tm_isdst = -1;
	return local;
}

/*
 * Convert @time with @convert, which is mktime() or timegm(). If the day does not exist, both
 * functions convert it to another day, such as February 30 to a day in March. Return -EINVAL in
 * this case.
 */
static int from_broken_down(struct tm time, time_t (*convert)(struct tm *), uint64_t *ns)
{
	struct tm converted = time;
	time_t seconds;

	converted.tm_isdst = -1;
	seconds = convert(&converted);
	if (converted.tm_mday != time.tm_mday || seconds < 0 ||
	    (uint64_t)seconds > INT64_MAX / SECOND)
		return -EINVAL;
	*ns = (uint64_t)seconds * SECOND;
	return 0;
}

static int from_local(struct tm local, uint64_t *ns)
{
	return from_broken_down(local, mktime, ns);
}

/* Parse a date, a time, or both. After a date, the suffix "Z" means UTC. */
static int parse_date(const char *text, uint64_t now_ns, uint64_t *ns)
{
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct tm local = midnight(now_ns, 0);
		const char *end = strptime(text, formats[i].format, &local);

		if (end && !*end)
			return from_local(local, ns);
		if (end && formats[i].has_date && !strcmp(end, "Z"))
			return from_broken_down(local, timegm, ns);
	}
	return -EINVAL;
}

static int parse_before(const char *text, uint64_t end_ns, uint64_t *ns)
{
	uint64_t before;

	if (quantity_parse_duration(text, &before))
		return -EINVAL;
	*ns = before < end_ns ? end_ns - before : 0;
	return 0;
}

static int parse_epoch(const char *text, uint64_t *ns)
{
	uint64_t seconds;

	if (number_parse(text, 0, INT64_MAX / SECOND, &seconds))
		return -EINVAL;
	*ns = seconds * SECOND;
	return 0;
}

static int parse_yesterday(uint64_t now_ns, uint64_t *ns)
{
	struct tm local = midnight(now_ns, 1);

	mktime(&local); /* the day before the first of a month is in the previous month */
	return from_local(local, ns);
}

int moment_parse(const char *text, const struct moment_base *base, uint64_t *ns)
{
	if (*text == '-')
		return parse_before(text + 1, base->end_ns, ns);
	if (*text == '@')
		return parse_epoch(text + 1, ns);
	if (!strcmp(text, "now")) {
		*ns = base->now_ns;
		return 0;
	}
	if (!strcmp(text, "today"))
		return from_local(midnight(base->now_ns, 0), ns);
	if (!strcmp(text, "yesterday"))
		return parse_yesterday(base->now_ns, ns);
	return parse_date(text, base->now_ns, ns);
}

uint64_t moment_period(uint64_t ns, uint64_t period_ns)
{
	const int64_t monday = 3 * 86400; /* 1970-01-01 was a Thursday */
	time_t seconds = (time_t)(ns / SECOND);
	struct tm local;

	localtime_r(&seconds, &local);
	return (ns + (uint64_t)(local.tm_gmtoff + monday) * SECOND) / period_ns;
}

const char *moment_text(uint64_t ns, char *text, size_t bytes)
{
	time_t seconds = (time_t)(ns / SECOND);
	struct tm local;

	localtime_r(&seconds, &local);
	if (!strftime(text, bytes, "%Y-%m-%d %H:%M:%S", &local) && bytes)
		*text = '\0';
	return text;
}
