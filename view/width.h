/* SPDX-License-Identifier: GPL-2.0 */
/* The width of lines of text. */
#ifndef VMTOLL_WIDTH_H
#define VMTOLL_WIDTH_H

#include <stdio.h>

/*
 * Return the number of columns for text on @out: the value of the environment variable COLUMNS,
 * or else the width of the terminal, or else 80.
 */
int width_of(FILE *out);

#endif
