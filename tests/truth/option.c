// SPDX-License-Identifier: GPL-2.0
/* See option.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fail.h"
#include "option.h"

#define MAX_OPTIONS 16

static int take_number(const struct number_option *o, const char *text, void *into)
{
	uint64_t *number = (uint64_t *)((char *)into + o->at);
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	if (errno || !*text || *end || *text == '-' || *number < o->min || *number > o->max)
		return fail(-EINVAL, "use -%c `%s`: must be %" PRIu64 " to %" PRIu64, o->letter,
			    text, o->min, o->max);
	return 0;
}

int options_take(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into)
{
	char letters[2 * MAX_OPTIONS + 2] = "+";
	int letter, err = 0;

	for (size_t i = 0; i < count && i < MAX_OPTIONS; i++) {
		letters[1 + 2 * i] = (char)options[i].letter;
		letters[2 + 2 * i] = ':';
	}
	while (!err && (letter = getopt(argc, argv, letters)) != -1) {
		err = letter == '?' ? -EINVAL : 0;
		for (size_t i = 0; !err && i < count; i++)
			if (options[i].letter == letter)
				err = take_number(&options[i], optarg, into);
	}
	return err;
}

int options_only(int argc, char **argv, const struct number_option *options, size_t count,
		 void *into)
{
	int err = options_take(argc, argv, options, count, into);

	return err ?: optind == argc ? 0 : -EINVAL;
}

bool options_select(int argc, char **argv, const char *name)
{
	for (int i = optind; i < argc; i++) {
		if (!strcmp(argv[i], name))
			return true;
	}
	return optind == argc;
}
