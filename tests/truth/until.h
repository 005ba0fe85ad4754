/* SPDX-License-Identifier: GPL-2.0 */
/* Verbs that go on until SIGTERM, or for so many seconds. */
#ifndef TRUTH_UNTIL_H
#define TRUTH_UNTIL_H

#include <signal.h>

/* It is time to end. */
extern volatile sig_atomic_t until_stopped;

/* Of the verb's arguments: none, or the seconds. -EINVAL: something else. */
int until_start(int argc, char **argv);

#endif
