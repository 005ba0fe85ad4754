/* SPDX-License-Identifier: GPL-2.0 */
/* Read small text files below a root directory, in order to gather the facts in kvm/host.h. */
#ifndef VMTOLL_HOST_TEXT_H
#define VMTOLL_HOST_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Return true if a file with this name exists below @root. The name is a printf() format. */
bool host_has(const char *root, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Read the first line of the file @name below @root, without the newline. The line is cut off if
 * it does not fit into @bytes. Sets @text to "" if the file cannot be read.
 */
void host_line(const char *root, const char *name, char *text, size_t bytes);

/*
 * Return the contents of the file @name below @root with a NUL appended, and set *@bytes to the
 * size without the NUL. Returns NULL if the file cannot be read or is larger than 64 MiB. The
 * caller must free() the result.
 */
char *host_file(const char *root, const char *name, size_t *bytes);

/*
 * Return true if @word is one of the words in @text, which are separated by blanks or newlines.
 */
bool host_has_word(const char *text, const char *word);

#endif
