/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Measure how long a machine has sent nothing, not even a heartbeat. The result excludes time
 * during which the machine could not run, because a busy host is no sign of a hung machine:
 *
 * - time during which the emulator waited for a CPU of this host
 * - time during which the program receive was stopped, waited for a CPU, or waited for the reader
 *   of its output
 */
#ifndef LAB_SILENCE_H
#define LAB_SILENCE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct silence - how long a machine has been silent
 *
 * @emulator: the process of the emulator
 * @heard: set by the caller when the machine has sent something, and cleared by silence_update()
 * @next: the time at which the caller must call silence_update() again, on the caller's clock
 * @updated: the time of the last update, on the caller's clock
 * @elapsed_s: how long the silence has lasted, including the time that the emulator waited for a
 *	       CPU
 * @waited_s: how long the emulator had already waited for a CPU before the silence began
 */
struct silence {
	pid_t emulator;
	bool heard;
	double next;
	double updated;
	double elapsed_s;
	double waited_s;
};

/* Start a silence at the time @now. */
void silence_start(struct silence *s, pid_t emulator, double now);

/*
 * Call this when @now has reached @s->next and no output of the machine is waiting to be read.
 * Return the length of the silence in seconds, with an error of up to two seconds.
 */
double silence_update(struct silence *s, double now);

#endif /* LAB_SILENCE_H */
