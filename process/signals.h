/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signal handling while a program runs. There are two modes:
 *
 * - Held, for experiments: SIGINT, SIGTERM, SIGQUIT and SIGHUP are blocked and recorded, so that
 *   the host's settings can be restored before vmtoll exits. If SIGHUP was ignored before
 *   (nohup), it remains ignored. Ctrl-Z does not suspend vmtoll, because the settings would stay
 *   changed until the user resumes it.
 * - Forwarded, for a foreground command that shares the terminal: SIGTERM and SIGHUP are passed
 *   on to the command, unless they were ignored before. SIGINT and SIGQUIT are ignored, because
 *   the terminal sends them to the command itself.
 */
#ifndef VMTOLL_SIGNALS_H
#define VMTOLL_SIGNALS_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Ignore SIGPIPE, so that writing to a closed pipe fails with an error. This must be the first
 * call in main(). Programs that vmtoll starts later do not inherit this setting.
 */
void signals_ignore_pipe(void);

/*
 * End vmtoll with SIGPIPE because the reader of its output has closed the pipe. Returns only if
 * SIGPIPE was already ignored when vmtoll was started.
 */
void signals_end_by_pipe(void);

/* Switch to the "held" mode, see above. @suspend is called each time the user presses Ctrl-Z. */
void signals_hold(void (*suspend)(void));

/* Also hold SIGUSR1, which signals_wait() then returns. SIGUSR1 does not ask vmtoll to end. */
void signals_hold_flush(void);

/*
 * From now on, SIGHUP no longer asks vmtoll to end, but signals_wait() still returns SIGHUP. Call
 * signals_hold() first. If SIGHUP is already ignored (nohup), it remains ignored.
 */
void signals_hold_reload(void);

/*
 * Ignore SIGXFSZ, so that writing to a file that has reached the limit RLIMIT_FSIZE fails with an
 * error. Programs that vmtoll starts later do not inherit this setting.
 */
void signals_ignore_file_size(void);

/* Return the first signal that asked vmtoll to end the experiment, or 0 if there was none. */
int signals_stop(void);

/*
 * Wait up to @ns for a held signal or SIGCHLD. Returns the number of the signal, or 0 if none
 * arrived.
 */
int signals_wait(uint64_t ns);

/* Sleep for @ns, or until a signal asks vmtoll to end the experiment. */
void signals_sleep(uint64_t ns);

/*
 * Install the handlers that forward signals to the command, and block all signals. Call this
 * function before starting the command, and signals_forward_to() after that. Signals that arrive
 * in between are forwarded later.
 */
void signals_forward_begin(void);

/*
 * Unblock the signals, and forward them to @pid. If no command was started, @pid is 0, and the
 * signals are not forwarded.
 */
void signals_forward_to(pid_t pid);

/* Restore the previous handlers. */
void signals_forward_end(void);

/*
 * Return the signal mask that vmtoll was started with. Programs that vmtoll starts get this
 * mask.
 */
const sigset_t *signals_mask_before(void);

/*
 * Set @defaults to the signals that a new program must reset to their default action. These are
 * the signals that vmtoll handles or ignores itself. Signals that were already ignored when
 * vmtoll was started (by nohup, or in a background job) stay ignored.
 */
void signals_child_defaults(sigset_t *defaults);

#endif
