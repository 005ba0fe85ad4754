// SPDX-License-Identifier: GPL-2.0
/* Loads a recorded run, see record.h. */
#include "record.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_file.h"
#include "source.h"

/* NN-NAME.json; the name's length, or 0. */
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
	struct source *source;
	int error;

	snprintf(spec, sizeof(spec), "file:%s", path);
	error = source_open(&options, &source, complaint);
	if (error)
		return error;
	error = source_read(source, &SCOPE_ALL, &snapshot, complaint);
	source_close(source);
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
	struct run_phase *phase = &run->phase[run->phases];
	struct origin origin;
	char path[PATH_MAX];
	int error;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	snprintf(phase->name, sizeof(phase->name), "%.*s", (int)phase_name_length(file), file + 3);
	error = phase_read(path, &origin, &phase->books, complaint);
	if (error)
		return error;
	run->phases++;
	if (run->phases > 1 && origin.isa != run->origin.isa)
		return complain(complaint, -EINVAL, "%s: its phases are of different processors",
				directory);
	run->origin = origin;
	return 0;
}

static int phases_load(const char *directory, struct run *run, struct complaint *complaint)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_phase, alphasort);
	int error = 0;

	if (count < 0)
		return complain(complaint, -errno, "reading %s: %s", directory, strerror(errno));
	run->phase = calloc((size_t)count + 1, sizeof(*run->phase));
	if (!run->phase)
		error = complain(complaint, -ENOMEM, "reading %s: no memory", directory);
	else if (!count)
		error = complain(complaint, -ENOENT,
				 "%s holds no phase (files named NN-NAME.json, as vmtoll stat "
				 "--json writes them)",
				 directory);
	for (int i = 0; i < count; i++) {
		if (!error)
			error = phase_load(directory, entries[i]->d_name, run, complaint);
		free(entries[i]);
	}
	free(entries);
	return error;
}

static int audit_load(const char *directory, struct run *run, struct complaint *complaint)
{
	struct audit_saved saved;
	char path[PATH_MAX];
	int error;

	snprintf(path, sizeof(path), "%s/audit.json", directory);
	error = audit_file_read(path, &saved, complaint);
	if (error)
		return error;
	run->audit = saved.figures;
	run->audit_lost = saved.lost;
	run->audit_balanced = saved.balanced;
	run->origin.knows |= KNOWS_AUDIT | KNOWS_RECOVERY; /* the host's audit has it all */
	return 0;
}

/* Splits "MODE:PARAMETER=READBACK:DIR"; *directory points into @spec. */
static int spec_split(const char *spec, struct run *run, const char **directory)
{
	size_t mode = strcspn(spec, ":");
	const char *parameter = spec + mode + 1;
	size_t name = spec[mode] ? strcspn(parameter, "=:") : 0;
	const char *readback = parameter + name + 1;
	size_t value;
	char text[16];

	if (!spec[mode] || mode >= sizeof(text) || parameter[name] != '=')
		return -EINVAL;
	value = strcspn(readback, ":");
	if (!readback[value] || !readback[value + 1] || value >= sizeof(run->readback) ||
	    name >= sizeof(run->parameter))
		return -EINVAL;
	snprintf(text, sizeof(text), "%.*s", (int)mode, spec);
	snprintf(run->parameter, sizeof(run->parameter), "%.*s", (int)name, parameter);
	snprintf(run->readback, sizeof(run->readback), "%.*s", (int)value, readback);
	*directory = readback + value + 1;
	return mode_parse(text, &run->mode);
}

int record_load(const char *spec, struct run *run, struct complaint *complaint)
{
	const char *directory;
	int error;

	*run = (struct run){ 0 };
	if (spec_split(spec, run, &directory))
		return complain(
			complaint, -EINVAL,
			"--run '%s': wanted is MODE:PARAMETER=READBACK:DIR with MODE nested "
			"or shadow, as in nested:kvm_amd.npt=Y:build/demo/amd/nested",
			spec);
	error = phases_load(directory, run, complaint);
	return error ? error : audit_load(directory, run, complaint);
}
