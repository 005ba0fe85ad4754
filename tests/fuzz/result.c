// SPDX-License-Identifier: GPL-2.0
/* A result of vmtoll stat --json, read by the source file. */
#include "fuzz.h"

#include "source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct complaint complaint;
	struct snapshot *snapshot;
	struct source *source;
	char spec[64];
	struct source_options options = { .spec = spec };

	snprintf(spec, sizeof(spec), "file:%s", input_file(data, size));
	if (source_open(&options, &source, &complaint))
		return 0;
	if (!source_read(source, &SCOPE_ALL, &snapshot, &complaint)) {
		show_snapshot(snapshot);
		snapshot_destroy(snapshot);
	}
	source_close(source);
	return 0;
}
