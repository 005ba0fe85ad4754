/* SPDX-License-Identifier: GPL-2.0 */
/* Runs the command that is measured, the way perf stat and time do. */
#ifndef VMTOLL_COMMAND_H
#define VMTOLL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/complaint.h"

#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

/**
 * struct command_end - how it went
 * @status: its exit status; 128 + signal if it was killed
 * @interrupted: killed by SIGINT, SIGQUIT or SIGTERM: there is no point in repeating it
 */
struct command_end {
	int status;
	uint64_t wall_ns;
	bool interrupted;
};

/*
 * To be called first of all: a closed pipe shall be an error of writing, not the end. What
 * SIGPIPE was before, the command gets back.
 */
void command_guard(void);

/*
 * Runs @argv and waits. Ctrl-C and Ctrl-\ are the command's alone, SIGTERM and SIGHUP are passed
 * on to it: the caller lives on to tell what it cost. -ENOENT, -EACCES, ... if it cannot be
 * started; end->status is then 127 or 126.
 */
int command_run(char **argv, struct command_end *end, struct complaint *complaint);

/* The command as one line, cut off at @bytes. */
void command_line(char **argv, char *line, size_t bytes);

#endif
