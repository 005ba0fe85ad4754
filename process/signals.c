// SPDX-License-Identifier: GPL-2.0
/* Signals that are taken note of, see signals.h. */
#include "process/signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "model/array.h"
#include "process/clock.h"

static const int stops[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define STOPS ARRAY_SIZE(stops)

static sigset_t held;
static sigset_t mask_was;
static int stopped_by;
static void (*on_suspend)(void);

/* That a blocked signal was to be ignored is forgotten: nohup's has to be left alone. */
static bool is_nohup(int signal)
{
	struct sigaction action;

	return signal == SIGHUP && !sigaction(signal, NULL, &action) &&
	       action.sa_handler == SIG_IGN;
}

void signals_hold(void (*suspend)(void))
{
	sigset_t blocked;

	on_suspend = suspend;
	sigemptyset(&held);
	for (size_t i = 0; i < STOPS; i++)
		if (!is_nohup(stops[i]))
			sigaddset(&held, stops[i]);
	sigaddset(&held, SIGTSTP);
	sigaddset(&held, SIGCHLD);
	blocked = held;
	/* To tell its progress from the background is no reason to stop. */
	sigaddset(&blocked, SIGTTOU);
	sigprocmask(SIG_BLOCK, &blocked, &mask_was);
}

const sigset_t *signals_mask_before(void)
{
	return &mask_was;
}

int signals_wait(uint64_t ns)
{
	struct timespec time = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
	int got = sigtimedwait(&held, NULL, &time);

	if (got == SIGTSTP)
		on_suspend();
	else if (got > 0 && got != SIGCHLD && !stopped_by)
		stopped_by = got;
	return got > 0 ? got : 0;
}

int signals_stop(void)
{
	while (!stopped_by && signals_wait(0))
		;
	return stopped_by;
}

void signals_sleep(uint64_t ns)
{
	uint64_t end = clock_monotonic_ns() + ns;

	while (!stopped_by && clock_monotonic_ns() < end)
		signals_wait(end - clock_monotonic_ns());
}
