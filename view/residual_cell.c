// SPDX-License-Identifier: GPL-2.0
#include "view/residual_cell.h"

static void empty_if_unknown(struct cell *cell, const struct toll_places *places)
{
	if (!places->has_residual)
		cell->kind = CELL_NONE;
}

void residual_cell(struct cell *cell, const struct toll_places *places)
{
	cell_set_signed(cell, places->residual_tsc);
	empty_if_unknown(cell, places);
}

void residual_share_cell(struct cell *cell, const struct toll_places *places)
{
	cell->number = (uint64_t)places->residual_tsc;
	cell->whole = places->wall_tsc;
	empty_if_unknown(cell, places);
}

void large_residual_cell(struct cell *cell, const struct toll_places *places)
{
	cell->number = toll_has_large_residual(places);
	empty_if_unknown(cell, places);
}
