// SPDX-License-Identifier: GPL-2.0
/* Write results to files and standard streams, see output.h. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint)
{
	output->file = standard;
	output->name = standard == stderr ? "standard error" : "standard output";
	if (!path) {
		/*
		 * Standard error is unbuffered by default, which would take a system call per
		 * write.
		 */
		setvbuf(standard, NULL, _IOFBF, BUFSIZ);
		return 0;
	}
	output->name = path;
	output->file = fopen(path, "we"); /* e: the measured command does not inherit it */
	if (output->file)
		return 0;
	return complain(complaint, -errno, "cannot open %s for writing: %s", path, strerror(errno));
}

int output_close(struct output *output, int error, struct complaint *complaint)
{
	bool standard = output->file == stdout || output->file == stderr;
	int failed;

	errno = 0;
	failed = fflush(output->file) | ferror(output->file);
	/* The errno of an earlier failed write is lost, so write once more to get the reason. */
	if (failed && !errno && fputc('\n', output->file) != EOF)
		fflush(output->file);
	if (!standard)
		failed |= fclose(output->file);
	if (failed)
		return complain(complaint, errno ? -errno : -EIO, "cannot write to %s: %s",
				output->name, strerror(errno ? errno : EIO));
	if (error)
		return complain(complaint, error, "cannot write to %s: %s", output->name,
				strerror(-error));
	return 0;
}

static int try_standard_output(struct complaint *complaint)
{
	int flags = fcntl(STDOUT_FILENO, F_GETFL);

	if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
		return 0;
	return complain(complaint, -EBADF,
			"standard output is closed, so the report cannot be written; use -o FILE");
}

int output_try(const char *path, struct complaint *complaint)
{
	bool is_there = path && !access(path, F_OK);
	FILE *file;

	if (!path)
		return try_standard_output(complaint);
	file = fopen(path, "ae");
	if (!file)
		return complain(complaint, -errno, "cannot open %s for writing: %s", path,
				strerror(errno));
	fclose(file);
	if (!is_there)
		unlink(path); /* leave no empty report if the verb fails later */
	return 0;
}

void output_hold_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}
