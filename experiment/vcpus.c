// SPDX-License-Identifier: GPL-2.0
/* Compare the vCPUs of the runs, see vcpus.h. */
#include "experiment/vcpus.h"

#include <inttypes.h>
#include <stdio.h>

#include "experiment/progress.h"

/*
 * Return the number of vCPUs in a run. All of them have departed when the run ends, so this is
 * the number of departed vCPUs.
 */
static uint32_t vcpus_of(const struct run *run)
{
	return run->phase[0].books.counts.departed;
}

/* Return true if @run is a valid run of @side. */
static bool is_valid(const struct run *run, unsigned int side)
{
	return run->side == side && run->end == RUN_VALID;
}

static size_t runs_with(const struct experiment *experiment, unsigned int side, uint32_t vcpus)
{
	size_t runs = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		runs += is_valid(&experiment->run[i], side) &&
			vcpus_of(&experiment->run[i]) == vcpus;
	return runs;
}

/*
 * Find the most frequent number of vCPUs among the side's valid runs. If two numbers are
 * equally frequent, choose the smaller number. Return false if the side has no valid run.
 */
static bool majority_of(const struct experiment *experiment, unsigned int side, uint32_t *majority)
{
	size_t most = 0;

	for (size_t i = 0; i < experiment->runs; i++) {
		uint32_t vcpus = vcpus_of(&experiment->run[i]);
		size_t runs = runs_with(experiment, side, vcpus);

		if (runs < most || (runs == most && (!runs || vcpus >= *majority)))
			continue;
		most = runs;
		*majority = vcpus;
	}
	return most;
}

static void fail_run(struct run *run, size_t number, uint32_t majority)
{
	char why[sizeof(run->why)];

	snprintf(why, sizeof(why),
		 "number of vCPUs: %" PRIu32 ", but %" PRIu32
		 " in most runs of this side; another VM was counted too, or the guest differs",
		 vcpus_of(run), majority);
	run_fail(run, RUN_FAILED, why);
	progress_run_failed(run, number);
}

void vcpus_judge(struct experiment *experiment)
{
	uint32_t majority[SIDES];
	bool known = true;

	for (unsigned int side = 0; side < SIDES; side++) {
		known &= majority_of(experiment, side, &majority[side]);
		for (size_t i = 0; i < experiment->runs; i++)
			if (is_valid(&experiment->run[i], side) &&
			    vcpus_of(&experiment->run[i]) != majority[side])
				fail_run(&experiment->run[i], i + 1, majority[side]);
	}
	if (known && majority[0] != majority[1])
		progress_warn(experiment,
			      "different numbers of vCPUs ran: %" PRIu32 " with %s, %" PRIu32
			      " with %s; if both sides run the same guest, another VM was counted "
			      "with it",
			      majority[0], experiment->side[0].name, majority[1],
			      experiment->side[1].name);
}
