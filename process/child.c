// SPDX-License-Identifier: GPL-2.0
/* Start programs, see child.h. */
#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/clock.h"
#include "process/orphans.h"
#include "process/program.h"
#include "process/signals.h"

/* The time between SIGTERM and SIGKILL. */
#define GRACE_NS 5000000000ull

/*
 * How often @tick and @should_abort are called. If vmtoll misses a SIGCHLD, it takes at most this
 * long to notice that the program has exited.
 */
#define TICK_NS 500000000ull

/* A foreground program inherits all streams. */
static int actions_make(const struct child *child, posix_spawn_file_actions_t *actions)
{
	const char *in = child->input ?: "/dev/null";
	const char *out = child->log ?: "/dev/null";
	int error = posix_spawn_file_actions_init(actions);

	if (error || child->foreground)
		return error;
	error = posix_spawn_file_actions_addopen(actions, 0, in, O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(actions, 1, out,
							 O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, 1, 2);
	return error;
}

static int attributes_make(const struct child *child, posix_spawnattr_t *attributes)
{
	short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
	sigset_t defaults;
	int error = posix_spawnattr_init(attributes);

	if (error)
		return error;
	signals_child_defaults(&defaults);
	posix_spawnattr_setsigdefault(attributes, &defaults);
	posix_spawnattr_setsigmask(attributes, signals_mask_before());
	if (!child->foreground) {
		posix_spawnattr_setpgroup(attributes, 0);
		flags |= POSIX_SPAWN_SETPGROUP;
	}
	return posix_spawnattr_setflags(attributes, flags);
}

static int spawn(const struct child *child, pid_t *pid)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = actions_make(child, &actions);

	if (error)
		return error;
	error = attributes_make(child, &attributes);
	if (!error) {
		error = posix_spawnp(pid, child->argv[0], &actions, &attributes, child->argv,
				     environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static uint64_t time_until(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t left = deadline > now ? deadline - now : 0;

	return left < TICK_NS ? left : TICK_NS;
}

/* Send SIGTERM the first time and SIGKILL after that. */
static void end_group(pid_t pid, bool *asked, uint64_t *deadline)
{
	kill(-pid, *asked ? SIGKILL : SIGTERM);
	*asked = true;
	*deadline = clock_monotonic_ns() + GRACE_NS;
}

/* Return true if the program must be aborted. */
static bool tick(const struct child *child)
{
	if (child->tick)
		child->tick();
	return child->should_abort && child->should_abort(child->log);
}

/*
 * Wait for the leader of the process group and return its wait status. Terminate the group on
 * timeout, when @should_abort returns true, or when a signal arrives.
 */
static int wait_group(const struct child *child, pid_t pid, struct child_end *end)
{
	uint64_t deadline =
		child->timeout_ns ? clock_monotonic_ns() + child->timeout_ns : UINT64_MAX;
	bool asked = false;
	int status;

	for (;;) {
		bool late = clock_monotonic_ns() >= deadline;

		/*
		 * Call waitpid() before acting on the deadline. If vmtoll was stopped (SIGSTOP),
		 * the program may have exited in time although the deadline has passed by now.
		 */
		if (waitpid(pid, &status, WNOHANG))
			break;
		if (late) {
			end->timed_out |= !asked;
			end_group(pid, &asked, &deadline);
		}
		if (!signals_wait(time_until(deadline)) && !asked && tick(child)) {
			end->aborted = true;
			end_group(pid, &asked, &deadline);
		}
		if (signals_stop() && !child->ignore_signals && !asked)
			end_group(pid, &asked, &deadline);
	}
	if (asked || child->ignore_signals || !orphans_are_adopted())
		kill(-pid, SIGKILL);
	return status;
}

static void note_end(int status, uint64_t start, struct child_end *end)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	end->wall_ns = clock_monotonic_ns() - start;
	end->status = signal ? 128 + signal : WEXITSTATUS(status);
	end->interrupted = signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
}

static int start_failed(const struct child *child, int error, struct child_end *end,
			struct complaint *complaint)
{
	end->status = program_status(-error);
	return complain(complaint, -error, "cannot start '%s': %s%s", child->argv[0],
			strerror(error),
			error == ENOEXEC ? "; a script must begin with a line #!/bin/sh" : "");
}

static int run_group(const struct child *child, struct child_end *end, struct complaint *complaint)
{
	uint64_t start = clock_monotonic_ns();
	pid_t pid;
	int error;

	if (signals_stop() && !child->ignore_signals)
		return -EINTR;
	error = spawn(child, &pid);
	if (error)
		return start_failed(child, error, end, complaint);
	note_end(wait_group(child, pid, end), start, end);
	return signals_stop() && !child->ignore_signals ? -EINTR : 0;
}

/* Wait until @deadline, SIGCHLD or SIGUSR1. Returns the number of the signal, or 0. */
static int wait_signal(const sigset_t *set, uint64_t deadline)
{
	uint64_t ns = time_until(deadline);
	struct timespec time = { 0, (long)ns };
	int got = sigtimedwait(set, NULL, &time);

	return got > 0 ? got : 0;
}

/*
 * Wait for the program to exit, and call the functions of @periodic meanwhile. SIGCHLD and SIGUSR1
 * must be blocked. After a function has returned a nonzero value, no function is called again.
 * Returns 0, or the negative errno from this function or from waitpid().
 */
static int wait_periodic(pid_t pid, const sigset_t *set, const struct periodic *periodic,
			 int *status, struct complaint *complaint)
{
	uint64_t deadline = clock_monotonic_ns() + periodic->every_ns;
	int result = 0;
	pid_t ended;

	while (!(ended = waitpid(pid, status, WNOHANG))) {
		int signal = wait_signal(set, deadline);
		uint64_t now = clock_monotonic_ns();

		if (result || (signal != SIGUSR1 && now < deadline))
			continue;
		deadline = periodic_next(periodic, deadline, now);
		result = periodic_call(periodic, signal, complaint);
	}
	if (ended < 0)
		return -errno;
	return result < 0 ? result : 0;
}

static int wait_ticking(pid_t pid, const struct periodic *periodic, int *status,
			struct complaint *complaint)
{
	sigset_t before;
	sigset_t set;
	int error;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	error = wait_periodic(pid, &set, periodic, status, complaint);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return error;
}

static int wait_foreground(pid_t pid, int *status)
{
	while (waitpid(pid, status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return 0;
}

static int run_foreground(const struct child *child, struct child_end *end,
			  struct complaint *complaint)
{
	uint64_t start = clock_monotonic_ns();
	int status;
	pid_t pid;
	int error;

	signals_forward_begin();
	error = spawn(child, &pid);
	signals_forward_to(error ? 0 : pid);
	if (error) {
		signals_forward_end();
		return start_failed(child, error, end, complaint);
	}
	if (child->periodic)
		error = wait_ticking(pid, child->periodic, &status, complaint);
	else
		error = wait_foreground(pid, &status);
	if (!error || complaint->text[0])
		note_end(status, start, end);
	signals_forward_end();
	if (error && !complaint->text[0])
		complain(complaint, error, "cannot wait for '%s': %s", child->argv[0],
			 strerror(-error));
	return error;
}

/*
 * Reset SIGCHLD if vmtoll was started with SIGCHLD ignored. While it is ignored, the kernel
 * discards the exit status of every child.
 */
static void keep_exit_statuses(void)
{
	struct sigaction action;

	if (!sigaction(SIGCHLD, NULL, &action) && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
}

int child_run(const struct child *child, struct child_end *end, struct complaint *complaint)
{
	keep_exit_statuses();
	*end = (struct child_end){ .status = STATUS_NOT_EXECUTABLE };
	return child->foreground ? run_foreground(child, end, complaint)
				 : run_group(child, end, complaint);
}
