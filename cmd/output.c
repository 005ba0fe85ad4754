// SPDX-License-Identifier: GPL-2.0
/* Where a result goes, see output.h. */
#include "output.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint)
{
	output->file = standard;
	output->name = standard == stderr ? "standard error" : "standard output";
	if (!path) {
		/* Standard error is unbuffered by itself: a write for every character. */
		setvbuf(standard, NULL, _IOFBF, BUFSIZ);
		return 0;
	}
	output->name = path;
	output->file = fopen(path, "we"); /* e: not for the measured command */
	if (output->file)
		return 0;
	return complain(complaint, -errno, "opening %s for writing: %s", path, strerror(errno));
}

int output_close(struct output *output, int error, struct complaint *complaint)
{
	bool standard = output->file == stdout || output->file == stderr;
	int failed;

	errno = 0;
	failed = fflush(output->file) | ferror(output->file);
	/* Of a write that failed earlier only the fact is left: what goes wrong now tells why. */
	if (failed && !errno && fputc('\n', output->file) != EOF)
		fflush(output->file);
	if (!standard)
		failed |= fclose(output->file);
	if (failed)
		return complain(complaint, errno ? -errno : -EIO, "writing to %s: %s", output->name,
				strerror(errno ? errno : EIO));
	if (error)
		return complain(complaint, error, "writing to %s: %s", output->name,
				strerror(-error));
	return 0;
}
