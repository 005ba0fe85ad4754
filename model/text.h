/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Make text from other programs safe to print, such as names of VMs and command lines. Such text
 * may contain invalid UTF-8, which JSON does not allow, or control characters, which would change
 * the state of a terminal.
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

#define TEXT_PART 12 /* the size of a buffer for one character, escaped or not, and a NUL */

/*
 * Convert the first character of @text to a string in @part, like text_escape() if @escape is
 * true, and like text_copy() otherwise. Returns the number of bytes that the character occupies in
 * @text.
 */
size_t text_part(const char *text, bool escape, char part[TEXT_PART]);

/*
 * Return how many terminal columns text_escape() needs for the text from @text to @end. Each
 * printable character counts as one column.
 */
int text_columns(const char *text, const char *end);

/*
 * Copy @from to @text, a buffer of @bytes bytes. Each byte that is not part of valid UTF-8
 * becomes U+FFFD. Text that is too long is cut off after a complete character. The result ends
 * with a NUL. Returns @text.
 */
const char *text_copy(const char *from, char *text, size_t bytes);

/*
 * Copy text for a terminal. The function does the same as text_copy(), and also escapes control
 * characters and characters that change the writing direction. Escape sequences look like \x1b
 * or \u202e.
 */
const char *text_escape(const char *from, char *text, size_t bytes);

#endif
