/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read a fixture with the kmod source, before and after a test changes it. All functions abort on
 * failure.
 */
#ifndef VMTOLL_TEST_READINGS_H
#define VMTOLL_TEST_READINGS_H

#include "fixture.h"
#include "model/snapshot.h"
#include "source/source.h"

/* Open the kmod source for the file of the fixture. The caller must call readings_release(). */
struct source *readings_open(const struct fixture *fixture);

/* Set the time of the fixture to @tsc, and read all VMs. */
struct snapshot *readings_take(struct fixture *fixture, struct source *source, uint64_t tsc);

/* Close the source, destroy the fixture and the snapshots, and set their pointers to NULL. */
void readings_release(struct fixture *fixture, struct source *source, struct snapshot **before,
		      struct snapshot **after);

#endif
