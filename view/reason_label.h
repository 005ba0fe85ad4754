/* SPDX-License-Identifier: GPL-2.0 */
/* The labels of the rows in every view. */
#ifndef VMTOLL_REASON_LABEL_H
#define VMTOLL_REASON_LABEL_H

#include <stddef.h>

#include "model/snapshot.h"

/*
 * Write the reason of a row: "NPF", "L2 NPF", "(other, last code)", or the code if it has no
 * name. Returns @text.
 */
const char *reason_label(enum reason_isa isa, const struct snapshot_row *row, char *text,
			 size_t bytes);

#endif
