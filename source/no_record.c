// SPDX-License-Identifier: GPL-2.0
/* Stub for the source `record`, used if the program is built without SQLite. */
#include "source/source.h"

#include <errno.h>

static int record_open(const char *path, const struct source_options *options, void **state,
		       struct complaint *complaint)
{
	(void)path;
	(void)options;
	(void)state;
	return complain(complaint, -ENOTSUP,
			"--source record: this vmtoll was built without SQLite, so it cannot read "
			"recordings");
}

const struct source_ops source_record = {
	.name = "record",
	.host = true,
	.open = record_open,
};
