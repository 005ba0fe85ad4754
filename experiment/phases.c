// SPDX-License-Identifier: GPL-2.0
/* Read and check the phases of runs, see phases.h. */
#include "experiment/phases.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "experiment/progress.h"
#include "source/source.h"

/* If the file name has the form NN-NAME.json, return the length of NAME. Otherwise return 0. */
static size_t phase_name_length(const char *file)
{
	size_t length = strlen(file);

	if (length < 9 || !isdigit((unsigned char)file[0]) || !isdigit((unsigned char)file[1]) ||
	    file[2] != '-' || strcmp(file + length - 5, ".json"))
		return 0;
	return length - 8;
}

static int is_phase(const struct dirent *entry)
{
	return phase_name_length(entry->d_name) > 0;
}

static int phase_read(const char *path, struct origin *origin, struct books *books,
		      struct complaint *complaint)
{
	char spec[PATH_MAX + 8];
	struct source_options options = { .spec = spec };
	struct snapshot *snapshot;
	int error;

	snprintf(spec, sizeof(spec), "file:%s", path);
	error = source_take(&options, &SCOPE_ALL, &snapshot, complaint);
	if (error)
		return error;
	*origin = snapshot->origin;
	error = books_gather(snapshot, &SCOPE_ALL, books, complaint);
	snapshot_destroy(snapshot);
	return error;
}

static int phase_load(const char *directory, const char *file, struct run *run,
		      struct complaint *complaint)
{
	struct run_phase *grown = reallocarray(run->phase, run->phases + 1, sizeof(*grown));
	struct run_phase *phase;
	struct origin origin;
	char path[PATH_MAX];
	int error;

	if (!grown)
		return complain(complaint, -ENOMEM, "cannot read %s: out of memory", directory);
	run->phase = grown;
	phase = &grown[run->phases];
	snprintf(path, sizeof(path), "%s/%s", directory, file);
	snprintf(phase->name, sizeof(phase->name), "%.*s", (int)phase_name_length(file), file + 3);
	error = phase_read(path, &origin, &phase->books, complaint);
	if (error)
		return error;
	run->phases++;
	if (origin.isa != run->origin.isa)
		return complain(complaint, -EINVAL,
				"%s: this phase was measured on another kind of processor", path);
	return 0;
}

static int load_all(const char *directory, struct run *run, struct complaint *complaint)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_phase, alphasort);
	int error = 0;

	if (count < 0)
		return complain(complaint, -errno, "cannot read %s: %s", directory,
				strerror(errno));
	for (int i = 0; i < count; i++) {
		if (!error)
			error = phase_load(directory, entries[i]->d_name, run, complaint);
		free(entries[i]);
	}
	free(entries);
	return error;
}

int phases_load(const char *directory, struct run *run, struct complaint *complaint)
{
	struct complaint why;
	int error = load_all(directory, run, &why);

	if (error == -ENOMEM)
		return complain(complaint, error, "%s", why.text);
	if (error)
		run_fail(run, RUN_FAILED, why.text);
	return 0;
}

/* Return true if both runs have the same phases. */
static bool same_phases(const struct run *a, const struct run *b)
{
	if (a->phases != b->phases)
		return false;
	for (size_t i = 0; i < a->phases; i++)
		if (strcmp(a->phase[i].name, b->phase[i].name))
			return false;
	return true;
}

/* Return the number of valid runs that have the same phases as @run. */
static size_t count_same(const struct experiment *experiment, const struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < experiment->runs; i++)
		count += experiment->run[i].end == RUN_VALID &&
			 same_phases(&experiment->run[i], run);
	return count;
}

void phases_judge(struct experiment *experiment)
{
	const struct run *majority = NULL;
	size_t most = 0;

	for (size_t i = 0; i < experiment->runs; i++) {
		const struct run *run = &experiment->run[i];
		size_t count = run->end == RUN_VALID ? count_same(experiment, run) : 0;

		if (count <= most)
			continue;
		most = count;
		majority = run;
	}
	for (size_t i = 0; i < experiment->runs; i++) {
		struct run *run = &experiment->run[i];

		if (run->end != RUN_VALID || same_phases(run, majority))
			continue;
		run_fail(
			run, RUN_FAILED,
			"its phases differ from those of most runs; its guest may have ended early");
		progress_run_failed(run, i + 1);
	}
}
