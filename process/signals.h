/* SPDX-License-Identifier: GPL-2.0 */
/*
 * While an experiment is at work, Ctrl-C, SIGTERM, SIGQUIT and SIGHUP (but nohup's) are taken note of, so that the
 * host's settings are put back before the end; Ctrl-Z is not heeded, since it would leave them changed for as
 * long as a shell likes.
 */
#ifndef VMTOLL_SIGNALS_H
#define VMTOLL_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/*
 * Block these signals and SIGCHLD from now on. @suspend is called for each Ctrl-Z.
 */
void signals_hold(void (*suspend)(void));

/* The mask from before, for programs that are started. */
const sigset_t *signals_mask_before(void);

/* The first that came of those that end an experiment, or 0. */
int signals_stop(void);

/* Waits for one that is held, which may be SIGCHLD; its number, or 0 after @ns. */
int signals_wait(uint64_t ns);

/* Sleeps, until a signal comes that ends an experiment. */
void signals_sleep(uint64_t ns);

#endif
