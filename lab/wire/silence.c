// SPDX-License-Identifier: GPL-2.0
/* See silence.h. */
#include <glob.h>
#include <stdio.h>

#include "silence.h"

#define STEP_S	   1.0
#define MAX_STEP_S 2.0
/*
 * If the kernel does not measure how long the emulator waits for a CPU, assume that the emulator
 * waits for this fraction of the time.
 */
#define UNMEASURED 0.8

/* Read how long one thread ran, and how long it waited for a CPU. */
static bool schedstat_read(const char *path, unsigned long long *ran_ns,
			   unsigned long long *waited_ns)
{
	FILE *file = fopen(path, "re");
	bool ok = file && fscanf(file, "%llu %llu", ran_ns, waited_ns) == 2;

	if (file)
		fclose(file);
	return ok;
}

/*
 * Return the longest time that any of the emulator's threads has waited for a CPU. Return -1 if
 * the kernel does not measure this time.
 */
static double waited_s(pid_t emulator)
{
	unsigned long long ran_ns, waited_ns, longest_ns = 0, sum_ns = 0;
	glob_t threads;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/*/schedstat", emulator);
	if (glob(path, 0, NULL, &threads))
		return -1;
	for (size_t i = 0; i < threads.gl_pathc; i++) {
		if (!schedstat_read(threads.gl_pathv[i], &ran_ns, &waited_ns))
			continue;
		sum_ns += ran_ns + waited_ns;
		if (waited_ns > longest_ns)
			longest_ns = waited_ns;
	}
	globfree(&threads);
	return sum_ns ? longest_ns / 1e9 : -1;
}

void silence_start(struct silence *s, pid_t emulator, double now)
{
	*s = (struct silence){
		.emulator = emulator,
		.next = now + STEP_S,
		.updated = now,
		.waited_s = waited_s(emulator),
	};
}

double silence_update(struct silence *s, double now)
{
	double step_s = now - s->updated, waited = waited_s(s->emulator);

	if (s->heard) {
		silence_start(s, s->emulator, now);
		return 0;
	}
	/*
	 * If the time since the last call exceeds MAX_STEP_S, receive could not run for a while.
	 * Do not count the excess.
	 */
	s->elapsed_s += step_s < MAX_STEP_S ? step_s : MAX_STEP_S;
	s->updated = now;
	s->next = now + STEP_S;
	if (waited < 0 || s->waited_s < 0)
		return s->elapsed_s * (1 - UNMEASURED);
	return waited > s->waited_s ? s->elapsed_s - (waited - s->waited_s) : s->elapsed_s;
}
