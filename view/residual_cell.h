/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Cells for the residual, which is the part of the wall-clock time that the measured times do not
 * account for. All these cells are empty if the residual is unknown.
 */
#ifndef VMTOLL_RESIDUAL_CELL_H
#define VMTOLL_RESIDUAL_CELL_H

#include "analysis/toll.h"
#include "view/table.h"

/* Set a cell of the kind CELL_TSC to the residual. */
void residual_cell(struct cell *cell, const struct toll_places *places);

/* Set a cell of the kind CELL_SIGNED_SHARE to the residual as a share of the wall-clock time. */
void residual_share_cell(struct cell *cell, const struct toll_places *places);

/* Set a cell of the kind CELL_FLAG to whether the residual is large enough for a warning. */
void large_residual_cell(struct cell *cell, const struct toll_places *places);

#endif
