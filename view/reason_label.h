/* SPDX-License-Identifier: GPL-2.0 */
/* The labels of the rows in every view. */
#ifndef VMTOLL_REASON_LABEL_H
#define VMTOLL_REASON_LABEL_H

#include <stddef.h>

#include "model/snapshot.h"

/*
 * Write the label of a row, for example "NPF", or "L2 NPF" for exits of a nested guest. If the
 * exit reason has no name, write its code. The label of the row `other` is "(other, last
 * code)". Returns @text.
 */
const char *reason_label(enum reason_isa isa, const struct snapshot_row *row, char *text,
			 size_t bytes);

#endif
