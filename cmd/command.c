// SPDX-License-Identifier: GPL-2.0
/* Runs the command that is measured, see command.h. */
#include "cmd/command.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/array.h"
#include "process/clock.h"

static volatile sig_atomic_t running;

/* A signal between the start of the command and here is held back by command_run()'s mask. */
static void pass_on(int signal)
{
	if (running)
		kill((pid_t)running, signal);
}

/* What SIGPIPE was before command_guard(). */
static struct sigaction pipe_was;

void command_guard(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, &pipe_was);
}

static const int signals[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

#define SIGNALS ARRAY_SIZE(signals)

/* Ours while the command runs; *was keeps what they were before. */
static void signals_take(struct sigaction *was)
{
	for (size_t i = 0; i < SIGNALS; i++) {
		struct sigaction action = { .sa_handler = SIG_IGN };

		if (signals[i] == SIGTERM || signals[i] == SIGHUP)
			action.sa_handler = pass_on;
		action.sa_flags = SA_RESTART;
		sigaction(signals[i], &action, &was[i]);
	}
}

static void signals_return(const struct sigaction *was)
{
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &was[i], NULL);
}

/* What was ignored before vmtoll (nohup, a background job) stays so for the command. */
static void defaults_of(const struct sigaction *was, sigset_t *defaults)
{
	sigemptyset(defaults);
	for (size_t i = 0; i < SIGNALS; i++)
		if (was[i].sa_handler != SIG_IGN)
			sigaddset(defaults, signals[i]);
	if (pipe_was.sa_handler != SIG_IGN)
		sigaddset(defaults, SIGPIPE);
}

static int spawn(char **argv, const struct sigaction *was, const sigset_t *mask, pid_t *pid)
{
	extern char **environ;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error = posix_spawnattr_init(&attributes);

	if (error)
		return error;
	defaults_of(was, &defaults);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setsigmask(&attributes, mask);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	error = posix_spawnp(pid, argv[0], NULL, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	return error;
}

static int wait_for(pid_t pid, struct command_end *end)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (WIFSIGNALED(status)) {
		int signal = WTERMSIG(status);

		end->interrupted = signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
	}
	return 0;
}

static int start_failed(const char *name, int error, struct command_end *end,
			struct complaint *complaint)
{
	end->status = error == ENOENT ? STATUS_NOT_FOUND : STATUS_NOT_EXECUTABLE;
	return complain(complaint, -error, "starting '%s': %s", name, strerror(error));
}

int command_run(char **argv, struct command_end *end, struct complaint *complaint)
{
	struct sigaction was[SIGNALS];
	uint64_t start = clock_monotonic_ns();
	sigset_t block;
	sigset_t mask;
	pid_t pid;
	int error;

	*end = (struct command_end){ .status = STATUS_NOT_EXECUTABLE };
	sigfillset(&block);
	sigprocmask(SIG_BLOCK, &block, &mask);
	signals_take(was);
	error = spawn(argv, was, &mask, &pid);
	running = error ? 0 : pid;
	sigprocmask(SIG_SETMASK, &mask, NULL);
	if (error) {
		signals_return(was);
		return start_failed(argv[0], error, end, complaint);
	}
	error = wait_for(pid, end);
	end->wall_ns = clock_monotonic_ns() - start;
	running = 0;
	signals_return(was);
	if (error)
		return complain(complaint, error, "waiting for '%s': %s", argv[0],
				strerror(-error));
	return 0;
}

void command_line(char **argv, char *line, size_t bytes)
{
	size_t used = 0;

	line[0] = '\0';
	for (; *argv && used < bytes; argv++) {
		int wrote = snprintf(line + used, bytes - used, "%s%s", used ? " " : "", *argv);

		used += wrote > 0 ? (size_t)wrote : 0;
	}
}
