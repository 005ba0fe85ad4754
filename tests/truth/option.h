/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options that are numbers, as a table: which letter, where the number goes, and within what bounds.
 */
#ifndef TRUTH_OPTION_H
#define TRUTH_OPTION_H

#include <stddef.h>
#include <stdint.h>

struct number_option {
	int letter;
	size_t at; /* of a uint64_t in the verb's own struct */
	uint64_t min;
	uint64_t max;
};

/* Takes options up to the first argument, optind. */
int options_take(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

/* Likewise, of a verb that takes nothing else. */
int options_only(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

#endif
