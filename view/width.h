/* SPDX-License-Identifier: GPL-2.0 */
/* The width of lines of text. */
#ifndef VMTOLL_WIDTH_H
#define VMTOLL_WIDTH_H

#include <stdio.h>

/*
 * Return the number of columns for text on @out: the environment variable COLUMNS if it is set,
 * otherwise the width of the terminal, or 80 if that width is unknown.
 */
int width_of(FILE *out);

#endif
