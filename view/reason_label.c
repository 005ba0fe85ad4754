// SPDX-License-Identifier: GPL-2.0
/* The labels of rows, see reason_label.h. */
#include "view/reason_label.h"

#include <stdio.h>

#include "view/format.h"

const char *reason_label(enum reason_isa isa, const struct snapshot_row *row, char *text,
			 size_t bytes)
{
	const struct reason *reason = reason_find(isa, row->code);
	const char *nested = row->flags & ROW_NESTED ? "L2 " : "";
	char code[FORMAT_BYTES];

	if (row->flags & ROW_TOTAL)
		snprintf(text, bytes, "total");
	else if (row->flags & ROW_OBSERVER)
		snprintf(text, bytes, "(observer)");
	else if (row->flags & ROW_LOST)
		snprintf(text, bytes, "(lost)");
	else if (row->flags & ROW_OTHER)
		snprintf(text, bytes, "(other, last code)");
	else
		snprintf(text, bytes, "%s%s", nested,
			 reason ? reason->name : format_code(isa, row->code, code, sizeof(code)));
	return text;
}
