// SPDX-License-Identifier: GPL-2.0
/* How many vCPUs each run had, see vcpus.h. */
#include "experiment/vcpus.h"

#include <inttypes.h>
#include <stdio.h>

#include "experiment/progress.h"

/* All that ran are gone when a run is over. */
static uint32_t vcpus_of(const struct run *run)
{
	return run->phase[0].books.counts.departed;
}

static bool counts(const struct run *run, unsigned int side)
{
	return run->side == side && run->end == RUN_GOOD;
}

static size_t runs_with(const struct experiment *experiment, unsigned int side, uint32_t vcpus)
{
	size_t runs = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		runs += counts(&experiment->run[i], side) && vcpus_of(&experiment->run[i]) == vcpus;
	return runs;
}

/* What most good runs of the side have; false if there is no good one. */
static bool usual_of(const struct experiment *experiment, unsigned int side, uint32_t *usual)
{
	size_t most = 0;

	for (size_t i = 0; i < experiment->runs; i++) {
		uint32_t vcpus = vcpus_of(&experiment->run[i]);
		size_t runs = runs_with(experiment, side, vcpus);

		if (runs < most || (runs == most && (!runs || vcpus >= *usual)))
			continue;
		most = runs;
		*usual = vcpus;
	}
	return most;
}

static void run_is_odd(struct run *run, size_t number, uint32_t usual)
{
	char why[sizeof(run->why)];

	snprintf(why, sizeof(why),
		 "vCPUs that ran: %" PRIu32 ", but %" PRIu32
		 " in other runs of its setting: another VM was counted with it, or its guest was "
		 "not the same",
		 vcpus_of(run), usual);
	run_fail(run, RUN_FAILED, why);
	progress_run_failed(run, number);
}

void vcpus_judge(struct experiment *experiment)
{
	uint32_t usual[SIDES];
	bool known = true;

	for (unsigned int side = 0; side < SIDES; side++) {
		known &= usual_of(experiment, side, &usual[side]);
		for (size_t i = 0; i < experiment->runs; i++)
			if (counts(&experiment->run[i], side) &&
			    vcpus_of(&experiment->run[i]) != usual[side])
				run_is_odd(&experiment->run[i], i + 1, usual[side]);
	}
	if (known && usual[0] != usual[1])
		progress_warn(experiment,
			      "different numbers of vCPUs ran: %" PRIu32 " with %s, %" PRIu32
			      " with %s; if both sides run the same guest, another VM was counted "
			      "with it",
			      usual[0], experiment->side[0].name, usual[1],
			      experiment->side[1].name);
}
