// SPDX-License-Identifier: GPL-2.0
/* The cursor of `vmtoll top` in a recording, see top_replay.h. */
#include "cmd/top_replay.h"

#include <stdio.h>
#include <string.h>

#include "model/moment.h"

#define LEAST_WIDTH 12

size_t replay_step(const struct replay *replay, size_t i, long steps)
{
	size_t last = replay->intervals - 1;

	if (steps < 0)
		return (size_t)-steps > i ? 0 : i - (size_t)-steps;
	return (size_t)steps > last - i ? last : i + (size_t)steps;
}

size_t replay_jump(const struct replay *replay, size_t i, long seconds)
{
	uint64_t start_ns = replay->interval[i].end_ns;
	uint64_t distance_ns = (uint64_t)(seconds < 0 ? -seconds : seconds) * 1000000000;
	size_t to = i;

	do {
		size_t next = replay_step(replay, to, seconds < 0 ? -1 : 1);
		uint64_t ns = replay->interval[next].end_ns;

		if (next == to)
			break;
		to = next;
		if (seconds < 0 ? ns + distance_ns <= start_ns : ns >= start_ns + distance_ns)
			break;
	} while (true);
	return to;
}

int replay_find(const struct replay *replay, size_t i, const char *text, size_t *found)
{
	const struct moment_base base = {
		.now_ns = replay->interval[i].end_ns,
		.end_ns = replay->interval[replay->intervals - 1].end_ns,
	};
	uint64_t ns;
	int error = moment_parse(text, &base, &ns);

	if (error)
		return error;
	*found = 0;
	while (*found + 1 < replay->intervals && replay->interval[*found].end_ns < ns)
		(*found)++;
	return 0;
}

const char *replay_text(const struct replay *replay, size_t i, char *text, size_t bytes)
{
	char time[MOMENT_BYTES];

	snprintf(text, bytes, "%s %zu/%zu",
		 moment_text(replay->interval[i].end_ns, time, sizeof(time)), i + 1,
		 replay->intervals);
	return text;
}

const char *replay_line(const struct replay *replay, size_t i, size_t width, char *text,
			size_t bytes)
{
	size_t inside = width - 2;
	size_t last = replay->intervals - 1;

	*text = '\0';
	if (width < LEAST_WIDTH || width >= bytes)
		return text;
	memset(text, '-', width);
	text[0] = '[';
	text[1 + (last ? i * (inside - 1) / last : 0)] = '|';
	text[width - 1] = ']';
	text[width] = '\0';
	return text;
}

size_t replay_at(const struct replay *replay, size_t x, size_t width)
{
	size_t last = replay->intervals - 1;
	size_t inside = width - 2;

	if (x <= 1)
		return 0;
	return x > inside ? last : last * (x - 1) / (inside - 1);
}
