// SPDX-License-Identifier: GPL-2.0
/* The directories of an experiment, see files.h. */
#include "experiment/files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "process/child.h"
#include "experiment/progress.h"

static int no_directory(const char *directory, int error, const char *hint,
			struct complaint *complaint)
{
	return complain(complaint, -error, "cannot create the directory %s: %s%s", directory,
			strerror(error), hint);
}

static int already_exists(const char *directory, const char *name, struct complaint *complaint)
{
	return complain(complaint, -EEXIST,
			"%s/%s already exists, and its files would be mistaken for those of this "
			"experiment; remove it or use another directory with --keep",
			directory, name);
}

/* Return -EEXIST with a complaint if the directory contains runs of an earlier experiment. */
static int check_kept(const char *keep, struct complaint *complaint)
{
	DIR *directory = opendir(keep);
	struct dirent *entry;
	int error = 0;

	if (!directory)
		return complain(complaint, -errno, "cannot read the directory %s: %s", keep,
				strerror(errno));
	while (!error && (entry = readdir(directory)))
		if (!strncmp(entry->d_name, "run-", 4))
			error = already_exists(keep, entry->d_name, complaint);
	closedir(directory);
	return error;
}

/* Store an absolute path, because the command may change its working directory. */
static int open_kept(const char *keep, struct files *files, struct complaint *complaint)
{
	if ((!mkdir(keep, 0700) || errno == EEXIST) && realpath(keep, files->directory) &&
	    !access(keep, W_OK))
		return check_kept(keep, complaint);
	return no_directory(keep, errno, " (--keep)", complaint);
}

int files_open(const char *keep, struct files *files, struct complaint *complaint)
{
	const char *tmp = getenv("TMPDIR");

	if (keep)
		return open_kept(keep, files, complaint);
	snprintf(files->directory, sizeof(files->directory), "%s/vmtoll.XXXXXX",
		 tmp && *tmp ? tmp : "/tmp");
	files->temporary = mkdtemp(files->directory);
	if (files->temporary)
		return 0;
	return no_directory(files->directory, errno, " (set another place with TMPDIR or --keep)",
			    complaint);
}

int files_for_run(const struct files *files, size_t number, unsigned int side, const char *name,
		  char *directory, size_t bytes, struct complaint *complaint)
{
	char text[24];
	size_t used = (size_t)snprintf(directory, bytes, "%s/run-%02zu-%s", files->directory,
				       number, side ? "b" : "a");
	int error = used >= bytes ? ENAMETOOLONG : mkdir(directory, 0700) ? errno : 0;

	if (error)
		return no_directory(directory, error, "", complaint);
	snprintf(text, sizeof(text), "%zu", number);
	setenv("VMTOLL_RUN", text, 1);
	setenv("VMTOLL_SIDE", name, 1);
	setenv("VMTOLL_OUT", directory, 1);
	return 0;
}

void files_close(const struct files *files)
{
	char *argv[] = { "rm", "-rf", (char *)files->directory, NULL };
	struct child child = { .argv = argv, .ignore_signals = true };
	struct complaint ignored = { "rm failed" };
	struct child_end end = { .status = 0 };

	if (files->temporary && (child_run(&child, &end, &ignored) || end.status))
		progress_say("warning: cannot remove %s: %s", files->directory, ignored.text);
}
