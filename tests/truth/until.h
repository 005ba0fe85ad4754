/* SPDX-License-Identifier: GPL-2.0 */
/* Functions for verbs that run until they receive SIGTERM or until a given time has passed. */
#ifndef TRUTH_UNTIL_H
#define TRUTH_UNTIL_H

#include <signal.h>

/* Set to nonzero on SIGTERM, or when the given time has passed. */
extern volatile sig_atomic_t until_stopped;

/*
 * Parse the verb's arguments and install the signal handlers. The verb has one optional
 * argument, the number of seconds. Returns -EINVAL for any other arguments.
 */
int until_start(int argc, char **argv);

#endif
