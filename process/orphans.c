// SPDX-License-Identifier: GPL-2.0
/* Adopt and kill orphaned processes, see orphans.h. */
#include "process/orphans.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * orphans_kill() sends SIGKILL in at most KILL_ROUNDS rounds. After each round, it waits for
 * KILL_WAIT_US.
 */
#define KILL_ROUNDS  100
#define KILL_WAIT_US 50000u

static bool adopted;

void orphans_adopt(void)
{
	siginfo_t info;

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) && errno == ECHILD)
		adopted = !prctl(PR_SET_CHILD_SUBREAPER, 1);
}

bool orphans_are_adopted(void)
{
	return adopted;
}

/* Reap all zombies. Return true if any child is still running. */
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

/*
 * Each round kills all children of vmtoll. When a child has died, vmtoll becomes the parent of
 * that child's own children. The next round kills them.
 */
void orphans_kill(void)
{
	for (int i = 0; adopted && reap() && i < KILL_ROUNDS; i++) {
		kill_children();
		usleep(KILL_WAIT_US);
	}
}
