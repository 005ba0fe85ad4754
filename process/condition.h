/* SPDX-License-Identifier: GPL-2.0 */
/* Condition variables whose timeouts are times of CLOCK_MONOTONIC. */
#ifndef VMTOLL_CONDITION_H
#define VMTOLL_CONDITION_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* Initialize a condition variable. The caller must call pthread_cond_destroy(). */
static inline void condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

/*
 * Wait until @condition is signalled, at most until @deadline_ns (CLOCK_MONOTONIC). May return
 * earlier without a reason, like pthread_cond_timedwait(). The caller holds @lock.
 */
static inline void condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock,
					uint64_t deadline_ns)
{
	const struct timespec deadline = {
		.tv_sec = (time_t)(deadline_ns / 1000000000u),
		.tv_nsec = (long)(deadline_ns % 1000000000u),
	};

	pthread_cond_timedwait(condition, lock, &deadline);
}

#endif
