// SPDX-License-Identifier: GPL-2.0
/* Wrapping of paragraphs, see paragraph.h. */
#include "view/paragraph.h"

#include <string.h>

void paragraph_put(const char *label, int indent, const char *text, FILE *out)
{
	int column = indent;

	fprintf(out, "%-*s", indent, label);
	while (*text) {
		int word = (int)strcspn(text, " ");

		if (column > indent && column + 1 + word > PARAGRAPH_WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", word, text);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
