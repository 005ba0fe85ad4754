/* SPDX-License-Identifier: GPL-2.0 */
/* What an experiment says of itself on standard error while it is at work. */
#ifndef VMTOLL_PROGRESS_H
#define VMTOLL_PROGRESS_H

#include <stddef.h>
#include <stdint.h>

#include "run.h"

/* One line, after "vmtoll compare: ". */
void progress_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* How @run went, @done of @all, and the time left as the runs so far took since @began_ns. */
void progress_tell_run(const struct run *run, const char *side, size_t done, size_t all,
		       uint64_t began_ns);

#endif
