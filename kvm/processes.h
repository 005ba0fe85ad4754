/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find processes that have opened a file. Each open file descriptor of a process is a symbolic
 * link in /proc. Only root can read the links of other users' processes.
 */
#ifndef VMTOLL_PROCESSES_H
#define VMTOLL_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct processes - the processes that a search has found
 * @count: how many processes were found
 * @text: the IDs and names of the first few processes, such as "812 (web), 901 (db)"
 * @pid: the IDs of the first 1024 processes
 */
struct processes {
	size_t count;
	char text[256];
	uint32_t pid[1024];
};

/*
 * Return how many elements of @processes->pid are valid. This is less than @processes->count if
 * more processes were found than the array can hold.
 */
static inline size_t processes_listed(const struct processes *processes)
{
	const size_t most = sizeof(processes->pid) / sizeof(processes->pid[0]);

	return processes->count < most ? processes->count : most;
}

/*
 * Find all processes that have the file @target open, that is, all processes with a file
 * descriptor whose link in /proc points to @target. @proc is the directory that lists the
 * processes, "/proc". Returns a negative errno if @proc cannot be read.
 */
int processes_with_file(const char *proc, const char *target, struct processes *processes);

/* Return true if process @pid has the file @target open. */
bool process_has_file(const char *proc, const char *pid, const char *target);

#endif
