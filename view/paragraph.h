/* SPDX-License-Identifier: GPL-2.0 */
/* Printing of paragraphs, wrapped to the width of a terminal. */
#ifndef VMTOLL_PARAGRAPH_H
#define VMTOLL_PARAGRAPH_H

#include <stdio.h>

/* Print @text with @label before the first line. Indent the other lines by @indent columns. */
void paragraph_put(const char *label, int indent, const char *text, FILE *out);

#endif
