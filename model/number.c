// SPDX-License-Identifier: GPL-2.0
/* Parse numbers from the command line. */
#include "model/number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

/*
 * Return the base of the number, or 0 if @text does not start with a digit. strtoull() alone is
 * not strict enough, because it accepts leading blanks and signs. With base 0, it also accepts
 * octal numbers.
 */
static int base_of(const char *text)
{
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		return isxdigit((unsigned char)text[2]) ? 16 : 0;
	return isdigit((unsigned char)text[0]) ? 10 : 0;
}

int number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *value)
{
	int base = base_of(text);
	unsigned long long parsed;
	char *end;

	if (!base)
		return -EINVAL;
	errno = 0;
	parsed = strtoull(text, &end, base);
	if (*end)
		return -EINVAL;
	if (errno || parsed < least || parsed > most)
		return -ERANGE;
	*value = parsed;
	return 0;
}

int number_parse_u32(const char *text, uint32_t *value)
{
	uint64_t wide = 0;
	int error = number_parse(text, 0, UINT32_MAX, &wide);

	if (!error)
		*value = (uint32_t)wide;
	return error;
}
