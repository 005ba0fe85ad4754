// SPDX-License-Identifier: GPL-2.0
/* The runs of an experiment, see run.h. */
#include "analysis/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"

static const char *const ends[] = {
	[RUN_VALID] = "good",
	[RUN_FAILED] = "failed",
	[RUN_TIMED_OUT] = "timed out",
	[RUN_UNBALANCED] = "unbalanced",
};

const char *run_end_name(enum run_end end)
{
	return ends[end];
}

int run_end_parse(const char *name, enum run_end *end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(ends); i++) {
		if (!strcmp(name, ends[i])) {
			*end = i;
			return 0;
		}
	}
	return -EINVAL;
}

void run_fail(struct run *run, enum run_end end, const char *why)
{
	run->end = end;
	snprintf(run->why, sizeof(run->why), "%.*s", (int)sizeof(run->why) - 1, why);
}

void run_release(struct run *run)
{
	for (size_t i = 0; i < run->phases; i++)
		books_release(&run->phase[i].books);
	free(run->phase);
	run->phase = NULL;
	run->phases = 0;
}

void experiment_release(struct experiment *experiment)
{
	for (size_t i = 0; i < experiment->runs; i++)
		run_release(&experiment->run[i]);
	free(experiment->run);
	experiment->run = NULL;
	experiment->runs = 0;
	for (size_t i = 0; i < experiment->warnings; i++)
		free(experiment->warning[i]);
	free(experiment->warning);
	experiment->warning = NULL;
	experiment->warnings = 0;
}

int experiment_warn(struct experiment *experiment, const char *text)
{
	size_t count = experiment->warnings + 1;
	char **grown = reallocarray(experiment->warning, count, sizeof(*grown));
	char *copy = strdup(text);

	if (grown)
		experiment->warning = grown;
	if (!grown || !copy) {
		free(copy);
		return -ENOMEM;
	}
	grown[experiment->warnings++] = copy;
	return 0;
}

size_t experiment_valid(const struct experiment *experiment, unsigned int side)
{
	size_t good = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		good += experiment->run[i].side == side && experiment->run[i].end == RUN_VALID;
	return good;
}
