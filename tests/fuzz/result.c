// SPDX-License-Identifier: GPL-2.0
/* Fuzz target for the source `file`, which reads a result of `vmtoll stat --json`. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char spec[64];
	struct source_options options = { .spec = spec };

	snprintf(spec, sizeof(spec), "file:%s", input_file(data, size));
	show_source(&options, &SCOPE_ALL);
	return 0;
}
