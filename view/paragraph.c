// SPDX-License-Identifier: GPL-2.0
/* Wrapping of paragraphs, see paragraph.h. */
#include "view/paragraph.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "model/text.h"
#include "view/width.h"

#define NARROW_INDENT  4 /* the indentation of a text below its label */
#define MESSAGE_INDENT 2

/*
 * Print @text and a newline. The text begins at column @column. If @width is not 0, wrap the text
 * to lines of fewer than @width columns, and indent the second and all further lines by @indent
 * blanks.
 */
static void wrap(const char *text, int column, int indent, int width, FILE *out)
{
	bool is_first = true;

	while (*text) {
		const char *end = text + (width ? strcspn(text, " ") : strlen(text));
		int columns = text_columns(text, end);

		if (width && column > indent && column + !is_first + columns >= width) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
		} else if (!is_first) {
			fputc(' ', out);
			column++;
		}
		while (text < end) {
			char part[TEXT_PART];

			text += text_part(text, true, part);
			fputs(part, out);
		}
		column += columns;
		is_first = false;
		text = end + strspn(end, " ");
	}
	fputc('\n', out);
}

/* Return the length of @label without trailing blanks. */
static size_t label_length(const char *label)
{
	size_t length = strlen(label);

	while (length && label[length - 1] == ' ')
		length--;
	return length;
}

void paragraph_put(const char *label, int indent, const char *text, FILE *out)
{
	int width = width_of(out);
	int column = (int)strlen(label);

	if (indent > width / 2) {
		indent = NARROW_INDENT;
		column = NARROW_INDENT;
		fprintf(out, "%.*s\n%*s", (int)label_length(label), label, indent, "");
	} else {
		fprintf(out, "%-*s", indent, label);
	}
	wrap(text, column > indent ? column : indent, indent, width, out);
}

void paragraph_message(const char *label, const char *text, FILE *out)
{
	fputs(label, out);
	wrap(text, (int)strlen(label), MESSAGE_INDENT, isatty(fileno(out)) ? width_of(out) : 0,
	     out);
}
