/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Programs that an experiment starts, each in a process group of its own and with no terminal
 * to read from: the guest that is measured, rmmod, modprobe.
 */
#ifndef VMTOLL_CHILD_H
#define VMTOLL_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"

/**
 * struct child - what to start and how
 * @input: file that it reads; NULL: nothing
 * @log: file that gets its output; NULL: none does
 * @timeout_ns: ended when it takes longer; 0: never
 * @deaf: a signal to us does not end it (rmmod in the middle)
 * @tick: called about twice a second while it runs; NULL: nothing is
 * @hopeless: whether @log says that it will never end, asked now and then; NULL: who knows
 */
struct child {
	char **argv;
	const char *input;
	const char *log;
	uint64_t timeout_ns;
	bool deaf;
	void (*tick)(void);
	bool (*hopeless)(const char *log);
};

/**
 * struct child_end - how it went
 * @status: its exit status; 128 + signal if it was killed
 * @timed_out: it was ended for taking too long
 * @hopeless: it was ended because of what @hopeless said
 */
struct child_end {
	int status;
	bool timed_out;
	bool hopeless;
	uint64_t wall_ns;
};

/* Whatever the programs started so far leave behind, in whatever group and session, is for child_end_rest() now. */
void child_adopt(void);

/* Whether @program, a path or to be found by PATH, can be started: -ENOENT, -EACCES, ... with a complaint. */
int child_check(const char *program, struct complaint *complaint);

/*
 * Starts and waits. What it leaves of its group is killed if it had to be ended, or after it where nothing is adopted.
 * A negative errno with a complaint if it could not be started. -EINTR, without one, if a signal
 * came and ended it, or had come before.
 */
int child_run(const struct child *child, struct child_end *end, struct complaint *complaint);

/* Kills what has been left behind, and returns when it is gone. */
void child_end_rest(void);

#endif
