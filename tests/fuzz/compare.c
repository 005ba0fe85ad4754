// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the files that `vmtoll compare` reads. Each input is parsed twice: as the output
 * of `vmtoll compare --json`, and as the output of `vmtoll stat --json`. In the second case, the
 * file is compared with itself.
 */
#include "fuzz.h"

#include "view/compare_view.h"
#include "experiment/load.h"

static void show(const struct experiment *experiment)
{
	struct complaint complaint;
	struct comparison comparison;

	if (compare_make(experiment, &comparison, &complaint))
		return;
	compare_text(&comparison, nowhere());
	compare_json(&comparison, nowhere());
	compare_csv(&comparison, nowhere());
	compare_release(&comparison);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path = input_file(data, size);
	const char *pair[SIDES] = { path, path };
	struct experiment experiment = { 0 };
	struct complaint complaint;

	if (!load_experiment(path, &experiment, &complaint))
		show(&experiment);
	experiment_release(&experiment);
	experiment = (struct experiment){ 0 };
	if (!load_pair(pair, &experiment, &complaint))
		show(&experiment);
	experiment_release(&experiment);
	return 0;
}
