/* SPDX-License-Identifier: GPL-2.0 */
/* The width of lines of text. */
#ifndef VMTOLL_WIDTH_H
#define VMTOLL_WIDTH_H

#include <stdio.h>

/*
 * Return the number of columns for text on @out: the variable COLUMNS of the environment, else the
 * width of the terminal, else 80.
 */
int width_of(FILE *out);

#endif
