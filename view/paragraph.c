// SPDX-License-Identifier: GPL-2.0
/* Wrapping of paragraphs, see paragraph.h. */
#include "view/paragraph.h"

#include <string.h>

#include "model/text.h"
#include "view/width.h"

/* Print a word for a terminal and return its width in columns. If @out is NULL, print nothing. */
static int put_word(const char *word, size_t length, FILE *out)
{
	const char *end = word + length;
	int columns = 0;

	while (word < end) {
		char part[TEXT_PART];
		size_t from = text_part(word, true, part);

		/*
		 * Each printable character counts as one column. Other characters are printed
		 * as escape sequences, which consist of several ASCII characters with one
		 * column each.
		 */
		columns += *part == '\\' ? (int)strlen(part) : 1;
		if (out)
			fputs(part, out);
		word += from;
	}
	return columns;
}

void paragraph_put(const char *label, int indent, const char *text, FILE *out)
{
	int width = width_of(out);
	int column = indent;

	fprintf(out, "%-*s", indent, label);
	while (*text) {
		size_t length = strcspn(text, " ");
		int word = put_word(text, length, NULL);

		if (column > indent && column + 1 + word >= width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', out);
			column++;
		}
		column += put_word(text, length, out);
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', out);
}
