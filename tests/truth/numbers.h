/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which exit numbers the manuals define: the file `numbers`, compiled in.
 */
#ifndef TRUTH_NUMBERS_H
#define TRUTH_NUMBERS_H

#include <stdint.h>

#include "host.h"

enum number_class {
	NUMBER_UNDEFINED,
	NUMBER_DEFINED,
	NUMBER_EDITION, /* depends on the manual's edition: either answer will do */
};

/* 0 or a negative errno: the file cannot be understood. */
int number_class(enum isa isa, uint32_t number, enum number_class *found);

#endif
