// SPDX-License-Identifier: GPL-2.0
/* The width of lines of text, see width.h. */
#include "view/width.h"

#include <stdlib.h>
#include <sys/ioctl.h>

#include "model/number.h"

#define WIDTH_DEFAULT 80
#define WIDTH_LEAST   40 /* labels and tables need some space */
#define WIDTH_MOST    1000

int width_of(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (columns && !number_parse(columns, WIDTH_LEAST, WIDTH_MOST, &width))
		return (int)width;
	if (fileno(out) >= 0 && !ioctl(fileno(out), TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col > WIDTH_LEAST ? size.ws_col : WIDTH_LEAST;
	return WIDTH_DEFAULT;
}
