// SPDX-License-Identifier: GPL-2.0
/* Read a fixture with the kmod source, see readings.h. */
#include "readings.h"

#include <stdio.h>
#include <stdlib.h>

static void die(const struct complaint *complaint)
{
	fprintf(stderr, "the fixture cannot be read: %s\n", complaint->text);
	abort();
}

struct source *readings_open(const struct fixture *fixture)
{
	struct complaint complaint;
	struct source *source;
	char spec[80];

	snprintf(spec, sizeof(spec), "kmod:%s", fixture->path);
	if (source_open(&(struct source_options){ .spec = spec }, &source, &complaint))
		die(&complaint);
	return source;
}

struct snapshot *readings_take(struct fixture *fixture, struct source *source, uint64_t tsc)
{
	struct snapshot *snapshot;
	struct complaint complaint;

	fixture->host->copied_tsc = tsc;
	if (source_read(source, &SCOPE_ALL, &snapshot, &complaint))
		die(&complaint);
	return snapshot;
}

void readings_release(struct fixture *fixture, struct source *source, struct snapshot **before,
		      struct snapshot **after)
{
	snapshot_destroy(*before);
	snapshot_destroy(*after);
	*before = NULL;
	*after = NULL;
	source_close(source);
	fixture_destroy(fixture);
}
