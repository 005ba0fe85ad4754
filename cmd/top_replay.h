/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cursor of `vmtoll top` in a recording. The functions compute the index of an interval; they
 * do not read the recording. All times are local times.
 */
#ifndef VMTOLL_TOP_REPLAY_H
#define VMTOLL_TOP_REPLAY_H

#include "source/replay.h"

/* Return the index that is @steps intervals after @i, or the nearest valid index. */
size_t replay_step(const struct replay *replay, size_t i, long steps);

/*
 * Return the index of the interval that ends @seconds after the end of interval @i, or before the
 * end if @seconds is negative. If no interval ends exactly at this time, return the next interval
 * in the direction of the jump. If the time lies outside the recording, return the first or the
 * last interval.
 */
size_t replay_jump(const struct replay *replay, size_t i, long seconds);

/*
 * Find the first interval that ends at or after the time @text, or the last interval if there is
 * none. For the format of @text, see moment_parse(). A relative time refers to the end of interval
 * @i. A time of day without a date refers to the day on which interval @i ends. Returns -EINVAL if
 * @text is not a time.
 */
int replay_find(const struct replay *replay, size_t i, const char *text, size_t *found);

/*
 * Write the time of interval @i and its number, such as "2026-11-21 14:30:00 5/8640". Returns
 * @text.
 */
const char *replay_text(const struct replay *replay, size_t i, char *text, size_t bytes);

/*
 * Write a line of @width characters that represents all intervals, with the cursor at interval
 * @i: "[---|-------]". Write "" if @width is too small. Returns @text.
 */
const char *replay_line(const struct replay *replay, size_t i, size_t width, char *text,
			size_t bytes);

/* Return the index of the interval at column @x of replay_line(). */
size_t replay_at(const struct replay *replay, size_t x, size_t width);

#endif
