// SPDX-License-Identifier: GPL-2.0
/* Programs that an experiment starts, see child.h. */
#include "process/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "process/clock.h"
#include "process/signals.h"

/* From SIGTERM to SIGKILL. */
#define GRACE_NS 5000000000ull

/* So that a child's end is seen even if somebody else took the SIGCHLD; and how often it is asked whether there is hope. */
#define TICK_NS 500000000ull

/* How often, and how long between, what a program left behind is killed until it is gone. */
#define REST_TRIES   100
#define REST_WAIT_NS 50000000u

static bool adopting;

void child_adopt(void)
{
	siginfo_t info;

	/* Whose orphans they are could not be told, if whoever became vmtoll had children before. */
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
		adopting = !prctl(PR_SET_CHILD_SUBREAPER, 1);
}

/* As execvp() would find out; 0 or an errno. */
static int try_file(const char *file)
{
	struct stat stat_of;

	if (stat(file, &stat_of))
		return errno;
	return S_ISREG(stat_of.st_mode) && !access(file, X_OK) ? 0 : EACCES;
}

static int try_path(const char *program)
{
	const char *path = getenv("PATH") ?: "/bin:/usr/bin";
	int error = ENOENT;
	int last = 1;

	while (last && *path) {
		size_t length = strcspn(path, ":");
		char file[PATH_MAX];

		snprintf(file, sizeof(file), "%.*s%s%s", (int)length, path, length ? "/" : "",
			 program);
		last = try_file(file);
		if (last == EACCES)
			error = last;
		path += length + (path[length] == ':');
	}
	return last ? error : 0;
}

int child_check(const char *program, struct complaint *complaint)
{
	int error = strchr(program, '/') ? try_file(program) : try_path(program);

	if (!error)
		return 0;
	return complain(complaint, -error, "starting '%s': %s%s", program, strerror(error),
			error == EACCES ? " (it has to be an executable file: chmod +x)" : "");
}

static int actions_make(const struct child *child, posix_spawn_file_actions_t *actions)
{
	const char *out = child->log ?: "/dev/null";
	int error = posix_spawn_file_actions_init(actions);

	if (error)
		return error;
	error = posix_spawn_file_actions_addopen(actions, 0, child->input ?: "/dev/null", O_RDONLY,
						 0);
	if (!error)
		error = posix_spawn_file_actions_addopen(actions, 1, out,
							 O_WRONLY | O_CREAT | O_APPEND, 0600);
	if (!error)
		error = posix_spawn_file_actions_adddup2(actions, 1, 2);
	return error;
}

/* SIGPIPE, which vmtoll ignores, is the child's again. */
static int attributes_make(posix_spawnattr_t *attributes)
{
	sigset_t defaults;
	int error = posix_spawnattr_init(attributes);

	if (error)
		return error;
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_setsigdefault(attributes, &defaults);
	posix_spawnattr_setsigmask(attributes, signals_mask_before());
	posix_spawnattr_setpgroup(attributes, 0);
	return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
							    POSIX_SPAWN_SETPGROUP);
}

static int spawn(const struct child *child, pid_t *pid)
{
	extern char **environ;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	int error = actions_make(child, &actions);

	if (error)
		return error;
	error = attributes_make(&attributes);
	if (!error) {
		error = posix_spawnp(pid, child->argv[0], &actions, &attributes, child->argv,
				     environ);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static uint64_t until(uint64_t deadline)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t left = deadline > now ? deadline - now : 0;

	return left < TICK_NS ? left : TICK_NS;
}

/* SIGTERM first, SIGKILL when that did not help. */
static void end_group(pid_t pid, bool *asked, uint64_t *deadline)
{
	kill(-pid, *asked ? SIGKILL : SIGTERM);
	*asked = true;
	*deadline = clock_monotonic_ns() + GRACE_NS;
}

/* Whether there is no hope. */
static bool tick(const struct child *child)
{
	if (child->tick)
		child->tick();
	return child->hopeless && child->hopeless(child->log);
}

/* Waits for the leader; ends the group when its time is up, there is no hope or a signal comes. */
static int wait_for(const struct child *child, pid_t pid, struct child_end *end)
{
	uint64_t deadline =
		child->timeout_ns ? clock_monotonic_ns() + child->timeout_ns : UINT64_MAX;
	bool asked = false;
	int status;

	for (;;) {
		bool late = clock_monotonic_ns() >= deadline;

		if (waitpid(pid, &status, WNOHANG))
			break; /* that is not late: we may have slept for longer (SIGSTOP) */
		if (late) {
			end->timed_out |= !asked;
			end_group(pid, &asked, &deadline);
		}
		if (!signals_wait(until(deadline)) && !asked && tick(child)) {
			end->hopeless = true;
			end_group(pid, &asked, &deadline);
		}
		if (signals_stop() && !child->deaf && !asked)
			end_group(pid, &asked, &deadline);
	}
	if (asked || child->deaf || !adopting)
		kill(-pid, SIGKILL);
	return status;
}

int child_run(const struct child *child, struct child_end *end, struct complaint *complaint)
{
	uint64_t start = clock_monotonic_ns();
	pid_t pid;
	int status;
	int error;

	*end = (struct child_end){ .status = 127 };
	if (signals_stop() && !child->deaf)
		return -EINTR;
	error = spawn(child, &pid);
	if (error)
		return complain(complaint, -error, "starting '%s': %s%s", child->argv[0],
				strerror(error),
				error == ENOEXEC ? " (a script begins with a line #!/bin/sh)" : "");
	status = wait_for(child, pid, end);
	end->wall_ns = clock_monotonic_ns() - start;
	end->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return signals_stop() && !child->deaf ? -EINTR : 0;
}

/* Whether a child is left, of those that live. */
static bool reap(void)
{
	pid_t pid;

	do
		pid = waitpid(-1, NULL, WNOHANG);
	while (pid > 0);
	return !pid;
}

static void kill_children(void)
{
	FILE *list = fopen("/proc/thread-self/children", "re");
	int pid;

	while (list && fscanf(list, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (list)
		fclose(list);
}

/* A child's children are ours when it is gone, so it takes as many rounds as they are deep. */
void child_end_rest(void)
{
	for (int i = 0; adopting && reap() && i < REST_TRIES; i++) {
		kill_children();
		usleep(REST_WAIT_NS / 1000);
	}
}
