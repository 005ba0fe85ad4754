// SPDX-License-Identifier: GPL-2.0
/* The output of results to files and standard streams, see output.h. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/replace.h"

static bool is_writable(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) != O_RDONLY;
}

/*
 * Return stdout or stderr, whichever writes to the file with this @status, or NULL if neither
 * does.
 */
static FILE *stream_of(const struct stat *status)
{
	FILE *const streams[] = { stdout, stderr };

	for (int i = 0; i < 2; i++) {
		int fd = fileno(streams[i]);
		struct stat other;

		if (is_writable(fd) && !fstat(fd, &other) && other.st_dev == status->st_dev &&
		    other.st_ino == status->st_ino)
			return streams[i];
	}
	return NULL;
}

/* Return true if @path names an open file descriptor of a process, such as /dev/fd/3. */
static bool is_descriptor(const char *path)
{
	const char *name = strrchr(path, '/');
	char directory[PATH_MAX];
	char real[PATH_MAX];

	if (!name || snprintf(directory, sizeof(directory), "%.*s", (int)(name - path), path) >=
			     (int)sizeof(directory))
		return false;
	return realpath(directory, real) && !strncmp(real, "/proc/", 6);
}

/*
 * Return true if @path cannot be replaced by a new file, because it is not a regular file or names
 * an open file descriptor.
 */
static bool is_special(const char *path, const struct stat *status)
{
	return !S_ISREG(status->st_mode) || is_descriptor(path);
}

static int use_stream(FILE *stream, struct output *output)
{
	output->file = stream;
	output->name = stream == stderr ? "standard error" : "standard output";
	/*
	 * Buffer standard error, which is unbuffered by default. Without a buffer, each write
	 * is a system call.
	 */
	setvbuf(stream, NULL, _IOFBF, BUFSIZ);
	return 0;
}

static int cannot_open(const char *path, int error, struct complaint *complaint)
{
	return complain(complaint, error, "cannot open %s for writing: %s", path, strerror(-error));
}

/* Write to a pipe or a device directly. */
static int open_special(const char *path, struct output *output, struct complaint *complaint)
{
	output->file = fopen(path, "we"); /* e: close-on-exec */
	return output->file ? 0 : cannot_open(path, -errno, complaint);
}

/* Collect the result in memory. output_close() writes it to the file. */
static int open_file(const char *path, struct output *output, struct complaint *complaint)
{
	int error = replace_try(path);

	if (error)
		return cannot_open(path, error, complaint);
	output->path = path;
	output->file = open_memstream(&output->result, &output->bytes);
	return output->file ? 0 : cannot_open(path, -errno, complaint);
}

int output_open(const char *path, FILE *standard, struct output *output,
		struct complaint *complaint)
{
	struct stat status;
	FILE *stream;

	*output = (struct output){ .name = path };
	if (!path)
		return use_stream(standard, output);
	if (!strcmp(path, "-"))
		return use_stream(stdout, output);
	if (stat(path, &status))
		return open_file(path, output, complaint);
	stream = stream_of(&status);
	if (stream)
		return use_stream(stream, output);
	if (is_special(path, &status))
		return open_special(path, output, complaint);
	return open_file(path, output, complaint);
}

/* Flush the stream and return 0 or a negative errno. */
static int flush(FILE *file)
{
	int failed;

	errno = 0;
	failed = fflush(file) | ferror(file);
	/*
	 * If the errno of the failed write was lost, write again. The second write usually fails
	 * for the same reason, and sets errno.
	 */
	if (failed && !errno && fputc('\n', file) != EOF)
		fflush(file);
	if (!failed)
		return 0;
	return errno ? -errno : -EIO;
}

int output_open_direct(const char *path, FILE *standard, struct output *output,
		       struct complaint *complaint)
{
	struct stat status;

	if (!path || !strcmp(path, "-") || (!stat(path, &status) && is_special(path, &status)))
		return output_open(path, standard, output, complaint);
	*output = (struct output){ .name = path };
	return open_special(path, output, complaint);
}

int output_flush(const struct output *output, int error, struct complaint *complaint)
{
	int failed = flush(output->file);

	failed = failed ? failed : error;
	if (!failed)
		return 0;
	return complain(complaint, failed, "cannot write to %s: %s", output->name,
			strerror(-failed));
}

int output_close(struct output *output, int error, struct complaint *complaint)
{
	bool standard = output->file == stdout || output->file == stderr;
	int failed = flush(output->file);

	if (!standard && fclose(output->file) && !failed)
		failed = -errno;
	if (!failed)
		failed = error;
	if (output->path && !failed)
		failed = replace_file(output->path, output->result, output->bytes);
	free(output->result);
	if (!failed)
		return 0;
	return complain(complaint, failed, "cannot write to %s: %s", output->name,
			strerror(-failed));
}

void output_drop(struct output *output)
{
	if (output->file != stdout && output->file != stderr)
		fclose(output->file);
	free(output->result);
}

static int try_standard_output(struct complaint *complaint)
{
	if (is_writable(STDOUT_FILENO))
		return 0;
	return complain(complaint, -EBADF,
			"standard output is closed, so the report cannot be written; use -o FILE");
}

int output_try(const char *path, struct complaint *complaint)
{
	struct stat status;
	int error = 0;

	if (!path || !strcmp(path, "-"))
		return try_standard_output(complaint);
	/*
	 * Do not open a pipe for the check. Opening the pipe would block until a reader opens
	 * it, and closing it would send the reader an end-of-file.
	 */
	if (!stat(path, &status) && is_special(path, &status))
		error = access(path, W_OK) ? -errno : S_ISDIR(status.st_mode) ? -EISDIR : 0;
	else
		error = replace_try(path);
	return error ? cannot_open(path, error, complaint) : 0;
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
