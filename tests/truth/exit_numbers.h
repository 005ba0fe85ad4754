/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which exit numbers the manuals define: the file `numbers`, compiled in.
 */
#ifndef TRUTH_EXIT_NUMBERS_H
#define TRUTH_EXIT_NUMBERS_H

#include <stdint.h>

#include "platform.h"

enum exit_number_class {
	NUMBER_UNDEFINED,
	NUMBER_DEFINED,
	NUMBER_EDITION, /* depends on the manual's edition: either answer will do */
};

/* 0 or a negative errno: the file cannot be understood. */
int exit_number_class(enum isa isa, uint32_t number, enum exit_number_class *found);

#endif
