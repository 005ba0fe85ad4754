/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exit numbers that the manuals define, read from the embedded file `exit_numbers`.
 */
#ifndef TRUTH_EXIT_NUMBERS_H
#define TRUTH_EXIT_NUMBERS_H

#include <stdint.h>

#include "platform.h"

enum exit_number_class {
	NUMBER_UNDEFINED,
	NUMBER_DEFINED,
	/*
	 * Only newer editions of the manual define the number. Both answers are correct: the one
	 * for a defined number and the one for an undefined number.
	 */
	NUMBER_EDITION,
};

/* Store the class of @number in @found. Returns a negative errno if the file cannot be parsed. */
int exit_number_class(enum isa isa, uint32_t number, enum exit_number_class *found);

#endif
