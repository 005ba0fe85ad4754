// SPDX-License-Identifier: GPL-2.0
/* Wrapping of paragraphs, see paragraph.h. */
#include "view/paragraph.h"

#include <string.h>

#include "model/text.h"
#include "view/width.h"

void paragraph_put(const char *label, int indent, const char *text, FILE *out)
{
	int width = width_of(out);
	int column = indent;

	fprintf(out, "%-*s", indent, label);
	while (*text) {
		const char *end = text + strcspn(text, " ");
		int columns = text_columns(text, end);

		if (column > indent && column + 1 + columns >= width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		column += columns;
		while (text < end) {
			char part[TEXT_PART];

			text += text_part(text, true, part);
			fputs(part, out);
		}
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
