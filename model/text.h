/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Text that other programs have chosen, such as names of VMs and command lines. It may contain
 * invalid UTF-8, which JSON does not allow, and control characters, which terminals execute.
 */
#ifndef VMTOLL_TEXT_H
#define VMTOLL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Return the length of the UTF-8 character at @text and set *code. Returns 0 if the bytes are
 * not valid UTF-8. @text must not be empty.
 */
size_t text_character(const char *text, uint32_t *code);

#define TEXT_PART 12 /* enough for one character, escaped or not, and the NUL */

/*
 * Convert the first character of @text and write the result to @part. The conversion is that of
 * text_escape() if @escape is set, and else that of text_copy(). Returns the number of bytes
 * that the character has in @text.
 */
size_t text_part(const char *text, bool escape, char part[TEXT_PART]);

/*
 * Copy @from to @text, which has room for @bytes bytes with the NUL. Each byte that is not part
 * of valid UTF-8 becomes U+FFFD. Text that is too long is cut off between two characters.
 * Returns @text.
 */
const char *text_copy(const char *from, char *text, size_t bytes);

/*
 * Copy like text_copy(), for a terminal: escape control characters and characters that change the
 * direction of writing, as \x1b or \u202e.
 */
const char *text_escape(const char *from, char *text, size_t bytes);

#endif
