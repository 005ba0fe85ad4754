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
 * Return the length of the UTF-8 character at @text and set *code. If the bytes are not valid
 * UTF-8, return 0. @text is not at its terminating NUL.
 */
size_t text_character(const char *text, uint32_t *code);

#define TEXT_PART 12 /* bytes of one character, escaped or not, with the NUL */

/*
 * Write the first character of @text to @part as text_copy() or, with @escape, text_escape() does.
 * Returns the number of bytes of @text that it stands for.
 */
size_t text_part(const char *text, bool escape, char part[TEXT_PART]);

/*
 * Copy @from to @text, which has room for @bytes bytes with the NUL. Each byte that is not part of
 * valid UTF-8 becomes U+FFFD. A text that is too long is cut between two characters. Returns
 * @text.
 */
const char *text_copy(const char *from, char *text, size_t bytes);

/*
 * Copy like text_copy(), for a terminal: escape control characters and characters that change the
 * direction of writing, as \x1b or \u202e.
 */
const char *text_escape(const char *from, char *text, size_t bytes);

#endif
