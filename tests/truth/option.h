/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A parser of numeric options. A table lists each option's letter, its destination, and the
 * range of its number.
 */
#ifndef TRUTH_OPTION_H
#define TRUTH_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct number_option {
	int letter;
	size_t at; /* offset of a uint64_t in the destination */
	uint64_t min;
	uint64_t max;
};

/*
 * Parse the options up to the first argument that is not an option, and set optind to its index.
 * Returns -EINVAL if an option or its number is not valid.
 */
int options_take(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

/* Like options_take(), but return -EINVAL if any argument is not an option. */
int options_only(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into);

/*
 * Return true if @name is one of the arguments after the options, or if there are no such
 * arguments. The caller must call options_take() first.
 */
bool options_select(int argc, char **argv, const char *name);

#endif
