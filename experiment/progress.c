// SPDX-License-Identifier: GPL-2.0
/* What an experiment says of itself, see progress.h. */
#include "progress.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "child.h"

void progress_say(const char *format, ...)
{
	va_list args;

	fputs("vmtoll compare: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void progress_tell_run(const struct run *run, const char *side, size_t done, size_t all,
		       uint64_t began_ns)
{
	double spent = (double)(child_now_ns() - began_ns) / 1e9;
	double left = spent / (double)done * (double)(all - done);
	char rest[40] = "";

	if (done < all)
		snprintf(rest, sizeof(rest), ", about %.0f s left", left);
	if (run->end == RUN_GOOD)
		progress_say("run %zu of %zu (%s): %" PRIu64 " exits in %.1f s%s", done, all, side,
			     run->phase[0].books.total.exits, (double)run->wall_ns / 1e9, rest);
	else
		progress_say("run %zu of %zu (%s): %s: %s; it is kept out of the figures%s", done,
			     all, side, run_end_name(run->end), run->why, rest);
}
