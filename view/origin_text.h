/* SPDX-License-Identifier: GPL-2.0 */
/* The source of the figures as text. */
#ifndef VMTOLL_ORIGIN_TEXT_H
#define VMTOLL_ORIGIN_TEXT_H

#include <stdio.h>

#include "model/snapshot.h"

/* The note for a host whose TSC is unreliable (origin.tsc_unreliable). */
#define ORIGIN_TSC_UNRELIABLE \
	"the TSC of the host is unreliable, so times may be wrong (see the host's kernel log)"

/*
 * Print the source, the instruction set and the clock. Every text output begins with these
 * lines.
 */
void origin_text(const struct origin *origin, FILE *out);

#endif
