// SPDX-License-Identifier: GPL-2.0
/* If the program is built without SQLite, these functions replace the verbs that need SQLite. */
#include <errno.h>

#include "cmd/verb.h"

static int no_recordings(struct complaint *complaint)
{
	complain(complaint, -ENOTSUP,
		 "this vmtoll was built without SQLite, so it cannot record; on the host, install "
		 "the package vmtoll");
	return STATUS_TROUBLE;
}

int verb_record(int argc, char **argv, struct complaint *complaint)
{
	(void)argc;
	(void)argv;
	return no_recordings(complaint);
}

int verb_report(int argc, char **argv, struct complaint *complaint)
{
	(void)argc;
	(void)argv;
	return no_recordings(complaint);
}
