// SPDX-License-Identifier: GPL-2.0
/* Fuzz target for the source `file`, which reads a result of `vmtoll stat --json`. */
#include "fuzz.h"

#include "analysis/books.h"
#include "source/recording.h"

/* Read the measured command and the snapshots of its runs. Sum up the figures of each snapshot. */
static void read_recording(const struct source_options *options)
{
	struct complaint complaint;
	struct recording recording;
	struct source *source;
	struct books books;

	if (source_open(options, &source, &complaint))
		return;
	source_recording(source, &recording, &complaint);
	for (size_t i = 0; i < recording.runs; i++)
		if (recording.run[i].snapshot &&
		    !books_gather(recording.run[i].snapshot, &SCOPE_ALL, &books, &complaint))
			books_release(&books);
	recording_release(&recording);
	source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char spec[64];
	struct source_options options = { .spec = spec };

	snprintf(spec, sizeof(spec), "file:%s", input_file(data, size));
	show_source(&options, &SCOPE_ALL);
	read_recording(&options);
	return 0;
}
