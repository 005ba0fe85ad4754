/* SPDX-License-Identifier: GPL-2.0 */
/* A paragraph of text, wrapped to the width of a terminal. */
#ifndef VMTOLL_PARAGRAPH_H
#define VMTOLL_PARAGRAPH_H

#include <stdio.h>

#define PARAGRAPH_WIDTH 79

/* @label goes in front of the first line; all lines are indented by @indent columns. */
void paragraph_put(const char *label, int indent, const char *text, FILE *out);

#endif
