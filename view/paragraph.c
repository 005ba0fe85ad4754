// SPDX-License-Identifier: GPL-2.0
/* Wrapping of paragraphs, see paragraph.h. */
#include "view/paragraph.h"

#include <string.h>

#include "model/text.h"
#include "view/width.h"

/* Print a word for a terminal and return its columns. With a NULL @out, only count them. */
static int put_word(const char *word, size_t length, FILE *out)
{
	const char *end = word + length;
	int columns = 0;

	while (word < end) {
		char part[TEXT_PART];
		size_t from = text_part(word, true, part);

		/* A printable character has one column. An escaped one is ASCII. */
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
