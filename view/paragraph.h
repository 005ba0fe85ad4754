/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Print paragraphs, wrapped to the width of the terminal. Words are never broken, so a line
 * that consists of a single word, such as a long path, can be longer than the terminal.
 */
#ifndef VMTOLL_PARAGRAPH_H
#define VMTOLL_PARAGRAPH_H

#include <stdio.h>

/*
 * Print @text after @label, and indent all lines but the first by @indent columns. If @indent is
 * more than half of the width, print the label on a line of its own, and indent all lines of the
 * text by a few columns instead.
 */
void paragraph_put(const char *label, int indent, const char *text, FILE *out);

/*
 * Print a message: @label, immediately followed by @text. If @out is a terminal, wrap the
 * message and indent all but the first line. Otherwise print it as a single line, because
 * scripts and logs expect one line per message.
 */
void paragraph_message(const char *label, const char *text, FILE *out);

#endif
