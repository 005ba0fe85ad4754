/* SPDX-License-Identifier: GPL-2.0 */
/* Helpers for tests that open a fixture with a source and read it. */
#ifndef VMTOLL_TEST_SOURCE_TEST_H
#define VMTOLL_TEST_SOURCE_TEST_H

#include "fixture.h"
#include "source/source.h"

/**
 * struct source_test - a test that reads a fixture through a source
 * @fixture: the file that the source reads
 * @source: the open source, or NULL
 * @snapshot: the result of the last source_test_take(), or NULL
 * @complaint: the message of the last failure
 */
struct source_test {
	struct fixture fixture;
	struct source *source;
	struct snapshot *snapshot;
	struct complaint complaint;
};

/* Open the source @spec. Return the result of source_open(). */
int source_test_open_spec(struct source_test *test, const char *spec);

/* Open the file of the fixture with the source @name. Return the result of source_open(). */
int source_test_open(struct source_test *test, const char *name);

/* Read all VMs and replace the snapshot. Return the result of source_read(). */
int source_test_take(struct source_test *test);

/* Close the source, and destroy the snapshot and the fixture. */
void source_test_end(struct source_test *test);

#endif
