/* SPDX-License-Identifier: GPL-2.0 */
/* Functions for verbs that run until SIGTERM or for a given number of seconds. */
#ifndef TRUTH_UNTIL_H
#define TRUTH_UNTIL_H

#include <signal.h>

/* Set on SIGTERM and when the given time has passed. */
extern volatile sig_atomic_t until_stopped;

/*
 * Parse the arguments of the verb and install the signal handlers. The only argument, a number
 * of seconds, is optional. Returns -EINVAL for any other arguments.
 */
int until_start(int argc, char **argv);

#endif
