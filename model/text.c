// SPDX-License-Identifier: GPL-2.0
/* Make text from other programs valid and printable, see text.h. */
#include "model/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "model/array.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The lead bytes of UTF-8 characters that are 1 to 4 bytes long (Unicode, table 3-6). */
static const struct lead {
	unsigned char mask;
	unsigned char value;
	uint32_t least; /* smaller codes must use a shorter form */
} leads[] = {
	{ 0x80, 0x00, 0 },
	{ 0xe0, 0xc0, 0x80 },
	{ 0xf0, 0xe0, 0x800 },
	{ 0xf8, 0xf0, 0x10000 },
};

size_t text_character(const char *text, uint32_t *code)
{
	const unsigned char *byte = (const unsigned char *)text;
	size_t more = 0;

	while (more < ARRAY_SIZE(leads) && (*byte & leads[more].mask) != leads[more].value)
		more++;
	if (more == ARRAY_SIZE(leads))
		return 0;
	*code = *byte & (unsigned char)~leads[more].mask;
	for (size_t i = 1; i <= more; i++) {
		if ((byte[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (byte[i] & 0x3f);
	}
	if (*code < leads[more].least || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return more + 1;
}

/* Return true if the character is unsafe to print on a terminal. */
static bool is_control(uint32_t code)
{
	static const struct {
		uint32_t first;
		uint32_t last;
	} ranges[] = {
		{ 0, 0x1f }, /* C0 */
		{ 0x7f, 0x9f }, /* DEL and C1 */
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, /* direction of writing, line breaks */
		{ 0x2066, 0x2069 }, /* direction of writing */
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

size_t text_part(const char *text, bool escape, char part[TEXT_PART])
{
	uint32_t code = 0;
	size_t length = text_character(text, &code);

	if (!length)
		snprintf(part, TEXT_PART, REPLACEMENT);
	else if (!escape || !is_control(code))
		snprintf(part, TEXT_PART, "%.*s", (int)length, text);
	else if (code < 0x80)
		snprintf(part, TEXT_PART, "\\x%02" PRIx32, code);
	else
		snprintf(part, TEXT_PART, "\\u%04" PRIx32, code);
	return length ? length : 1;
}

int text_columns(const char *text, const char *end)
{
	int columns = 0;

	while (text < end) {
		char part[TEXT_PART];

		text += text_part(text, true, part);
		/* Each character of an escape sequence occupies one column. */
		columns += *part == '\\' ? (int)strlen(part) : 1;
	}
	return columns;
}

static const char *copy(const char *from, char *text, size_t bytes, bool escape)
{
	size_t used = 0;

	while (*from) {
		char part[TEXT_PART];
		size_t length = text_part(from, escape, part);

		if (used + strlen(part) >= bytes)
			break;
		memcpy(text + used, part, strlen(part));
		used += strlen(part);
		from += length;
	}
	text[used] = '\0';
	return text;
}

const char *text_copy(const char *from, char *text, size_t bytes)
{
	return copy(from, text, bytes, false);
}

const char *text_escape(const char *from, char *text, size_t bytes)
{
	return copy(from, text, bytes, true);
}
