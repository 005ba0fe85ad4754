// SPDX-License-Identifier: GPL-2.0
/* See until.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "until.h"

volatile sig_atomic_t until_stopped;

static void stop(int signal)
{
	(void)signal;
	until_stopped = 1;
}

int until_start(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	unsigned long seconds;
	char *end;

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	if (argc == 1)
		return 0;
	seconds = strtoul(argv[1], &end, 10);
	if (*end || !seconds || argc > 2)
		return -EINVAL;
	alarm(seconds);
	return 0;
}
