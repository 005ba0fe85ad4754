/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Start a program and wait for it. A foreground program shares the terminal and the standard
 * streams with vmtoll, like a command run by time(1) or perf-stat(1). Any other program (a
 * measured guest, rmmod, modprobe) has its own process group and no terminal.
 */
#ifndef VMTOLL_CHILD_H
#define VMTOLL_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"
#include "process/periodic.h"

/**
 * struct child - a program and how to start it
 * @foreground: share the terminal and the standard streams, and forward signals (see
 *		signals.h). The fields below @periodic apply only to programs that are not
 *		in the foreground. Such programs require signals_hold().
 * @periodic: a function to call while a program in the foreground runs; may be NULL. If the
 *	      function fails, it is not called again, and child_run() returns its error when the
 *	      program has exited.
 * @input: file for standard input; NULL: /dev/null
 * @log: file to which standard output and standard error are appended; NULL: /dev/null
 * @timeout_ns: terminate the program after this time; 0: never
 * @ignore_signals: do not terminate the program when a signal arrives; used for rmmod, which
 *		    must not be interrupted
 * @tick: called about twice a second while the program runs; may be NULL
 * @should_abort: called as often as @tick; returns true if @log shows that the program will
 *		  never exit; may be NULL
 */
struct child {
	char **argv;
	bool foreground;
	const struct periodic *periodic;
	const char *input;
	const char *log;
	uint64_t timeout_ns;
	bool ignore_signals;
	void (*tick)(void);
	bool (*should_abort)(const char *log);
};

/**
 * struct child_end - how a program terminated
 * @status: the exit status; 128 + signal if the program was killed; 126 or 127 if it could not be
 *	  started
 * @interrupted: the program was killed by SIGINT, SIGQUIT or SIGTERM, so it should not be run
 *	  again
 * @timed_out: the program was terminated because it exceeded @timeout_ns
 * @aborted: the program was terminated because @should_abort returned true
 * @wall_ns: how long the program ran
 */
struct child_end {
	int status;
	bool interrupted;
	bool timed_out;
	bool aborted;
	uint64_t wall_ns;
};

/*
 * Start a program and wait for it to exit. Returns a negative errno with a complaint if the
 * program cannot be started. Returns -EINTR without a complaint if a held signal terminated the
 * program or arrived before the start.
 *
 * After a program that has its own process group has exited, child_run() kills the remaining
 * processes of the group if any of the following is true:
 * - vmtoll had to terminate the program.
 * - vmtoll does not adopt orphans.
 * - child->ignore_signals is set.
 */
int child_run(const struct child *child, struct child_end *end, struct complaint *complaint);

#endif
