/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A table of numeric options: the letter, the destination, and the range of the number.
 */
#ifndef TRUTH_OPTION_H
#define TRUTH_OPTION_H

#include <stddef.h>
#include <stdint.h>

struct number_option {
	int letter;
	size_t at; /* offset of a uint64_t in the destination */
	uint64_t min;
	uint64_t max;
};

/*
 * Parse the options up to the first other argument, whose index is then in optind. Returns -EINVAL
 * if an option or its number is not valid.
 */
int options_take(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

/* Like options_take(), but other arguments are not allowed. */
int options_only(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

#endif
