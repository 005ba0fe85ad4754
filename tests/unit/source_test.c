// SPDX-License-Identifier: GPL-2.0
/* See source_test.h. */
#include "source_test.h"

#include <stdio.h>
#include <string.h>

int source_test_open_spec(struct source_test *test, const char *spec)
{
	const struct source_options options = { .spec = spec };

	memset(&test->complaint, 0, sizeof(test->complaint));
	return source_open(&options, &test->source, &test->complaint);
}

int source_test_open(struct source_test *test, const char *name)
{
	char spec[80];

	snprintf(spec, sizeof(spec), "%s:%s", name, test->fixture.path);
	return source_test_open_spec(test, spec);
}

int source_test_take(struct source_test *test)
{
	snapshot_destroy(test->snapshot);
	test->snapshot = NULL;
	return source_read(test->source, &SCOPE_ALL, &test->snapshot, &test->complaint);
}

void source_test_end(struct source_test *test)
{
	source_close(test->source);
	snapshot_destroy(test->snapshot);
	fixture_destroy(&test->fixture);
}
