/* SPDX-License-Identifier: GPL-2.0 */
/* Parse times of day from the command line. */
#ifndef VMTOLL_MOMENT_H
#define VMTOLL_MOMENT_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct moment_base - reference points for relative times, in nanoseconds since 1970
 * @now_ns: the current time, for "now", "today", "yesterday" and times without a date
 * @end_ns: the end of the recording, for times such as "-2h"
 */
struct moment_base {
	uint64_t now_ns;
	uint64_t end_ns;
};

/*
 * Parse a time and convert it to nanoseconds since 1970. The time is one of these:
 * - a local date and time: "2026-11-21 14:30:00" or "2026-11-21 14:30"
 * - a local date, which stands for midnight: "2026-11-21"
 * - one of these followed by "Z", which is a time in UTC: "2026-11-21T14:30Z"
 * - a local time today: "14:30:00" or "14:30"
 * - "today" or "yesterday" (midnight), or "now"
 * - a duration before the end of the recording: "-90s", "-30m", "-2h", "-1d"
 * - "@SECONDS" since 1970
 *
 * Returns -EINVAL if @text is none of these.
 */
int moment_parse(const char *text, const struct moment_base *base, uint64_t *ns);

/* Write a local time such as "2026-11-21 14:30:00" to @text. Returns @text. */
#define MOMENT_BYTES 32
const char *moment_text(uint64_t ns, char *text, size_t bytes);

/*
 * Divide local time into periods of @period_ns, and return the number of the period that contains
 * the time @ns. Six-hour periods begin at 0, 6, 12 and 18 o'clock, days at midnight, and weeks on
 * Monday.
 *
 * A period in which daylight saving time begins or ends is shorter or longer than the others. When
 * the clock is set back, one hour of local time occurs twice. If the periods are shorter than an
 * hour, the periods in this hour have the same numbers both times.
 */
uint64_t moment_period(uint64_t ns, uint64_t period_ns);

#endif
