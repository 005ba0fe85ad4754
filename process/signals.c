// SPDX-License-Identifier: GPL-2.0
/* Signals that are held or forwarded, see signals.h. */
#include "process/signals.h"

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "model/array.h"
#include "process/clock.h"

/* The signals that ask a program to terminate. */
static const int stops[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define STOPS ARRAY_SIZE(stops)

static struct sigaction pipe_before;
static struct sigaction file_size_before;
static bool file_size_ignored;
static sigset_t mask_before;

static sigset_t held;
static int stopped_by;
static bool hup_reloads;
static void (*on_suspend)(void);

static bool forwarding;
static struct sigaction stops_before[STOPS];
static volatile sig_atomic_t forward_pid;

void signals_ignore_pipe(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, &pipe_before);
}

void signals_ignore_file_size(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	file_size_ignored = !sigaction(SIGXFSZ, &ignore, &file_size_before);
}

void signals_end_by_pipe(void)
{
	sigset_t pipe;

	if (pipe_before.sa_handler == SIG_IGN)
		return;
	sigaction(SIGPIPE, &pipe_before, NULL);
	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	sigprocmask(SIG_UNBLOCK, &pipe, NULL);
	raise(SIGPIPE);
}

/*
 * Return true if @signal is SIGHUP and SIGHUP is ignored, for example under nohup. In this case,
 * SIGHUP must not be blocked: the kernel keeps a blocked signal pending even if it is ignored.
 */
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
	/*
	 * Block SIGTTOU. Otherwise vmtoll would be stopped when it prints progress lines while
	 * it is in the background.
	 */
	sigaddset(&blocked, SIGTTOU);
	sigprocmask(SIG_BLOCK, &blocked, &mask_before);
}

void signals_hold_flush(void)
{
	sigset_t flush;

	sigaddset(&held, SIGUSR1);
	sigemptyset(&flush);
	sigaddset(&flush, SIGUSR1);
	sigprocmask(SIG_BLOCK, &flush, NULL);
}

void signals_hold_reload(void)
{
	hup_reloads = true;
}

/* Wait up to @ns for a signal in @set, see signals_wait(). */
static int wait_for(const sigset_t *set, uint64_t ns)
{
	struct timespec time = { (time_t)(ns / 1000000000u), (long)(ns % 1000000000u) };
	int got = sigtimedwait(set, NULL, &time);

	if (got == SIGTSTP)
		on_suspend();
	else if (got > 0 && got != SIGCHLD && got != SIGUSR1 && !stopped_by &&
		 !(got == SIGHUP && hup_reloads))
		stopped_by = got;
	return got > 0 ? got : 0;
}

int signals_wait(uint64_t ns)
{
	return wait_for(&held, ns);
}

/*
 * Do not consume the signals that request a flush or a reload. They must stay pending until
 * signals_wait() returns them.
 */
int signals_stop(void)
{
	sigset_t set = held;

	sigdelset(&set, SIGUSR1);
	if (hup_reloads)
		sigdelset(&set, SIGHUP);
	while (!stopped_by && wait_for(&set, 0))
		;
	return stopped_by;
}

void signals_sleep(uint64_t ns)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t end = now + ns;

	for (; !stopped_by && now < end; now = clock_monotonic_ns())
		signals_wait(end - now);
}

static void forward(int signal)
{
	if (forward_pid)
		kill((pid_t)forward_pid, signal);
}

void signals_forward_begin(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask_before);
	for (size_t i = 0; i < STOPS; i++) {
		bool pass = stops[i] == SIGTERM || stops[i] == SIGHUP;
		struct sigaction action = { .sa_handler = pass ? forward : SIG_IGN,
					    .sa_flags = SA_RESTART };

		sigaction(stops[i], &action, &stops_before[i]);
		/*
		 * If the signal was ignored when vmtoll started, keep it ignored. execve()
		 * would reset a handler to the default action, and the command would no longer
		 * ignore the signal.
		 */
		if (stops_before[i].sa_handler == SIG_IGN)
			sigaction(stops[i], &stops_before[i], NULL);
	}
	forwarding = true;
}

void signals_forward_to(pid_t pid)
{
	forward_pid = pid;
	sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void signals_forward_end(void)
{
	forward_pid = 0;
	for (size_t i = 0; i < STOPS; i++)
		sigaction(stops[i], &stops_before[i], NULL);
	forwarding = false;
}

const sigset_t *signals_mask_before(void)
{
	return &mask_before;
}

void signals_child_defaults(sigset_t *defaults)
{
	sigemptyset(defaults);
	for (size_t i = 0; forwarding && i < STOPS; i++)
		if (stops_before[i].sa_handler != SIG_IGN)
			sigaddset(defaults, stops[i]);
	if (pipe_before.sa_handler != SIG_IGN)
		sigaddset(defaults, SIGPIPE);
	if (file_size_ignored && file_size_before.sa_handler != SIG_IGN)
		sigaddset(defaults, SIGXFSZ);
}
