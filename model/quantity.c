// SPDX-License-Identifier: GPL-2.0
/* Parse sizes and durations, see quantity.h. */
#include "model/quantity.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#include "model/array.h"

struct suffix {
	char letter; /* '\0' if there is no suffix */
	uint64_t factor;
};

#define SECOND 1000000000ull

static const struct suffix sizes[] = {
	{ '\0', 1 },	     { 'K', 1ull << 10 }, { 'M', 1ull << 20 },
	{ 'G', 1ull << 30 }, { 'T', 1ull << 40 },
};

static const struct suffix durations[] = {
	{ '\0', SECOND },	{ 's', SECOND },	 { 'm', 60 * SECOND },
	{ 'h', 3600 * SECOND }, { 'd', 86400 * SECOND }, { 'w', 7 * 86400 * SECOND },
};

static int parse(const char *text, const struct suffix *suffixes, size_t count, uint64_t *value)
{
	char *end;
	uint64_t number;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno)
		return -ERANGE;
	if (*end && end[1])
		return -EINVAL;
	for (size_t i = 0; i < count; i++)
		if (*end == suffixes[i].letter)
			return __builtin_mul_overflow(number, suffixes[i].factor, value) ||
					       *value > INT64_MAX
				       ? -ERANGE
				       : 0;
	return -EINVAL;
}

int quantity_parse_bytes(const char *text, uint64_t *bytes)
{
	return parse(text, sizes, ARRAY_SIZE(sizes), bytes);
}

int quantity_parse_duration(const char *text, uint64_t *ns)
{
	return parse(text, durations, ARRAY_SIZE(durations), ns);
}
