// SPDX-License-Identifier: GPL-2.0
/*
 * The `orphaned` verb tests the policy for VMs whose first process has ended. A VMM creates a
 * child process that shares its memory and its files. The VMM then exits, and the child keeps
 * running the vCPU. If vmtoll's leaves were off before the VMM exited, they must stay off until
 * the rule that turned them off is removed. If they were on, the policy must depend on the cgroup
 * of the child. A second child, which owns the memory but runs no vCPU, and a process that reuses
 * the process ID of the VMM must not turn the leaves on.
 *
 * The module finds the owner of the memory with mm->owner, which requires CONFIG_MEMCG. On a
 * kernel without this option, the leaves must be off while the policy contains any cgroup.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/sched.h>

#include "cpuid_guest.h"
#include "fail.h"
#include "sysfs.h"
#include "tally.h"
#include "verbs.h"
#include "vmtoll.h"

#define LEAVES_OFF  "/sys/module/vmtoll/parameters/leaves_off"
#define SETTLE_US   600000 /* the module applies the policy again within this time */
#define STACK_BYTES (256 * 1024)

#define LISTED	 "/orphaned-listed"
#define UNLISTED "/orphaned-unlisted"

/*
 * Requests to the process that runs the vCPU. QUERY asks whether vmtoll answers its first leaf.
 * SHARE makes the VMM start a child that only shares its memory and files. LEAVE makes the VMM
 * start the child that runs the vCPU, and exit.
 */
enum order { QUERY, SHARE, LEAVE };

struct report {
	int err;
	bool on; /* vmtoll answered its first leaf */
	pid_t pid; /* the process that ran the vCPU; for SHARE, the child */
};

struct orphaned {
	struct platform platform;
	struct tally tally;
	const char *cgroups;
	bool has_memcg; /* the kernel is built with CONFIG_MEMCG */
	pid_t vmm; /* the VMM, which ends during the test */
	pid_t runner; /* the process that runs the vCPU now */
	pid_t owner; /* the child that runs no vCPU, or 0; it owns the memory after the VMM's end */
	pid_t reuser; /* the process that reuses the VMM's process ID, or 0 */
	int socket;
};

/* ---- in the VMM and in its child ---- */

struct vmm {
	struct cpuid_guest guest;
	int socket;
};

static void query(struct vmm *v, struct report *r)
{
	static const struct cpuid_query base = { VMTOLL_LEAF_BASE, 0 };
	struct cpuid_answer a;

	r->pid = getpid();
	r->err = cpuid_guest_query(&v->guest, 0, &base, 1, &a);
	r->on = !r->err && a.ebx == VMTOLL_SIGNATURE_EBX;
}

static int serve_orders(void *data);

/* Start a child that uses the VMM's memory and files. Return its process ID, or -1. */
static pid_t start_child(struct vmm *v, int (*run_child)(void *data))
{
	char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);

	if (stack == MAP_FAILED)
		return -1;
	return clone(run_child, stack + STACK_BYTES, CLONE_VM | CLONE_FILES | SIGCHLD, v);
}

static int wait_for_signal(void *data)
{
	(void)data;
	pause();
	_exit(EXIT_OK);
}

static int serve_orders(void *data)
{
	struct vmm *v = data;
	enum order order;

	while (read(v->socket, &order, sizeof(order)) == sizeof(order)) {
		struct report r = { 0 };

		if (order == LEAVE)
			_exit(start_child(v, serve_orders) < 0 ? EXIT_TROUBLE : EXIT_OK);
		if (order == SHARE)
			r.pid = start_child(v, wait_for_signal);
		else
			query(v, &r);
		if (write(v->socket, &r, sizeof(r)) != sizeof(r))
			break;
	}
	_exit(EXIT_OK);
}

/* ---- the parent process, which acts as the administrator ---- */

static int put_cgroup(const struct orphaned *o, pid_t pid, const char *cgroup)
{
	char path[256], text[16];

	snprintf(path, sizeof(path), "%s%s", o->cgroups, cgroup);
	if (mkdir(path, 0755) && errno != EEXIST)
		return fail(-errno, "create the cgroup %s", path);
	snprintf(path, sizeof(path), "%s%s/cgroup.procs", o->cgroups, cgroup);
	snprintf(text, sizeof(text), "%d", (int)pid);
	return sysfs_write(path, text);
}

/* Set o->has_memcg. The unified hierarchy has the controller `memory` only with CONFIG_MEMCG. */
static int find_memcg(struct orphaned *o)
{
	char path[256], controller[32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/cgroup.controllers", o->cgroups);
	file = fopen(path, "re");
	if (!file)
		return fail(-errno, "open %s", path);
	while (fscanf(file, "%31s", controller) == 1)
		o->has_memcg = o->has_memcg || !strcmp(controller, "memory");
	fclose(file);
	return 0;
}

static int start_vmm(struct orphaned *o)
{
	struct vmm v;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		return fail(-errno, "create a socket");
	fflush(stdout);
	o->vmm = o->runner = fork();
	if (o->vmm < 0)
		return fail(-errno, "start a process");
	if (o->vmm) {
		close(ends[1]);
		o->socket = ends[0];
		return 0;
	}
	close(ends[0]);
	v.socket = ends[1];
	if (cpuid_guest_open(&v.guest, 0, 1))
		_exit(EXIT_TROUBLE);
	_exit(serve_orders(&v));
}

static int ask(struct orphaned *o, struct report *r)
{
	enum order order = QUERY;

	if (write(o->socket, &order, sizeof(order)) != sizeof(order) ||
	    recv(o->socket, r, sizeof(*r), MSG_WAITALL) != sizeof(*r))
		return fail(-EPIPE, "query the VM: its process has ended");
	o->runner = r->pid;
	return r->err ? fail(r->err, "query the VM") : 0;
}

/* Make the VMM start a child that shares its memory, and move the child to the cgroup @cgroup. */
static int share_memory(struct orphaned *o, const char *cgroup)
{
	enum order order = SHARE;
	struct report r;

	if (write(o->socket, &order, sizeof(order)) != sizeof(order) ||
	    recv(o->socket, &r, sizeof(r), MSG_WAITALL) != sizeof(r) || r.pid < 0)
		return fail(-ECHILD, "start a process that shares the memory");
	o->owner = r.pid;
	return put_cgroup(o, o->owner, cgroup);
}

/* Make the VMM exit, but do not wait for it. Its process ID is not free yet. */
static int end_vmm(struct orphaned *o)
{
	enum order order = LEAVE;
	siginfo_t info;
	struct report r;

	if (write(o->socket, &order, sizeof(order)) != sizeof(order))
		return fail(-EPIPE, "end the VMM");
	if (waitid(P_PID, (id_t)o->vmm, &info, WEXITED | WNOWAIT) || info.si_status)
		return fail(-ECHILD, "end the VMM: status %d", info.si_status);
	return ask(o, &r);
}

/* Wait for the end of the VMM, so that its process ID is free. */
static int reap_vmm(struct orphaned *o)
{
	return waitpid(o->vmm, NULL, 0) == o->vmm ? 0 : fail(-errno, "wait for the VMM");
}

static int leave_vmm(struct orphaned *o)
{
	return end_vmm(o) ?: reap_vmm(o);
}

/*
 * Start a process with the process ID that the VMM had, and move this process to the cgroup
 * @cgroup.
 */
static int reuse_pid(struct orphaned *o, const char *cgroup)
{
	struct clone_args args = {
		.exit_signal = SIGCHLD,
		.set_tid = (uintptr_t)&o->vmm,
		.set_tid_size = 1,
	};

	fflush(stdout);
	o->reuser = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (!o->reuser) {
		close(o->socket);
		pause();
		_exit(EXIT_OK);
	}
	if (o->reuser != o->vmm)
		return fail(o->reuser < 0 ? -errno : -EPROTO, "reuse the process ID %d",
			    (int)o->vmm);
	return put_cgroup(o, o->reuser, cgroup);
}

static int write_rule(const struct orphaned *o, const char *format)
{
	char rule[64];

	/* The format strings are constants of this file. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(rule, sizeof(rule), format, (int)o->vmm);
#pragma GCC diagnostic pop
	return sysfs_write(LEAVES_OFF, rule);
}

/*
 * Wait until the module has applied the policy again. Then check whether the leaves are on or
 * off.
 */
static int check(struct orphaned *o, const char *name, bool off)
{
	struct mismatches c;
	struct report r;
	int err;

	usleep(SETTLE_US);
	err = ask(o, &r) ?: mismatches_open(&c);
	if (err)
		return err;
	if (r.on == off)
		mismatch(&c, "expected the leaves to be %s", off ? "off" : "on");
	tally_result(&o->tally, name, &c, "%s", off ? "off" : "on");
	return 0;
}

static void end_process(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

/*
 * The VMM has exited, so its children have become children of this process
 * (PR_SET_CHILD_SUBREAPER).
 */
static void end_vm(struct orphaned *o)
{
	close(o->socket);
	end_process(&o->reuser);
	end_process(&o->owner);
	waitpid(o->runner, NULL, 0);
}

/* Test the VM of a VMM whose cgroup is listed in the policy when the VMM exits. */
static int test_listed(struct orphaned *o)
{
	int err = put_cgroup(o, o->vmm, LISTED) ?: write_rule(o, "cgroup:" LISTED);

	err = err ?: check(o, "orphaned-at-first", true);
	err = err ?: leave_vmm(o) ?: check(o, "orphaned-stays-off", true);
	err = err ?: reuse_pid(o, UNLISTED) ?: check(o, "orphaned-reused-pid-unlisted", true);
	err = err ?: put_cgroup(o, o->runner, UNLISTED) ?: check(o, "orphaned-moved-out", true);
	err = err ?: write_rule(o, "cgroup:/none") ?: check(o, "orphaned-other-entry", true);
	err = err ?: write_rule(o, "-cgroup:/none") ?: write_rule(o, "-cgroup:" LISTED);
	err = err ?: check(o, "orphaned-unlisted", false);
	err = err ?: write_rule(o, "cgroup:" LISTED) ?: check(o, "orphaned-listed-again", !o->has_memcg);
	err = err ?: put_cgroup(o, o->reuser, LISTED);
	err = err ?: check(o, "orphaned-reused-pid-listed", !o->has_memcg);
	err = err ?: put_cgroup(o, o->runner, LISTED) ?: check(o, "orphaned-moved-in", true);
	return err ?: write_rule(o, "-cgroup:" LISTED);
}

/*
 * Test a VM that was off, and whose memory belongs to a process in a cgroup that is not listed.
 * The VM must stay off, also while the VMM is a zombie.
 */
static int test_owner(struct orphaned *o)
{
	int err = put_cgroup(o, o->vmm, LISTED) ?: write_rule(o, "cgroup:" LISTED);

	err = err ?: share_memory(o, UNLISTED) ?: check(o, "orphaned-owner-at-first", true);
	err = err ?: end_vmm(o) ?: put_cgroup(o, o->runner, UNLISTED);
	err = err ?: check(o, "orphaned-owner-zombie", true);
	err = err ?: reap_vmm(o) ?: check(o, "orphaned-owner-unlisted", true);
	return err ?: write_rule(o, "-cgroup:" LISTED) ?: check(o, "orphaned-owner-end", false);
}

/*
 * Test a VM that was on, and whose memory belongs to a process in a cgroup that is not listed. If
 * the process that runs the vCPU is moved to a listed cgroup, the leaves must be off.
 */
static int test_runner(struct orphaned *o)
{
	int err = put_cgroup(o, o->vmm, UNLISTED) ?: write_rule(o, "cgroup:" LISTED);

	err = err ?: share_memory(o, UNLISTED) ?: leave_vmm(o);
	err = err ?: check(o, "orphaned-runner-at-first", !o->has_memcg);
	err = err ?: put_cgroup(o, o->runner, LISTED);
	err = err ?: check(o, "orphaned-runner-listed", true);
	return err ?: write_rule(o, "-cgroup:" LISTED) ?: check(o, "orphaned-runner-end", false);
}

/* Test the VM of a VMM whose process ID is listed in the policy when the VMM exits. */
static int test_pid(struct orphaned *o)
{
	int err = write_rule(o, "pid:%d") ?: check(o, "orphaned-pid-at-first", true);

	err = err ?: leave_vmm(o) ?: check(o, "orphaned-pid-stays-off", true);
	err = err ?: write_rule(o, "cgroup:/none") ?: write_rule(o, "-cgroup:/none");
	return err ?: check(o, "orphaned-pid-after-other-entries", true);
}

/*
 * Add the process ID of the VMM to the policy after another process has reused it. The VMM itself
 * was never listed, so the entry must not affect its VM.
 */
static int test_reused(struct orphaned *o)
{
	int err = check(o, "orphaned-on-at-first", false) ?: leave_vmm(o);

	err = err ?: reuse_pid(o, UNLISTED) ?: write_rule(o, "pid:%d");
	err = err ?: check(o, "orphaned-pid-reused", false);
	return err ?: write_rule(o, "-pid:%d");
}

static int run(struct orphaned *o, int (*test)(struct orphaned *o))
{
	struct report r;
	int err = start_vmm(o);

	if (err)
		return err;
	err = ask(o, &r) ?: test(o);
	end_vm(o);
	return err;
}

int verb_orphaned(int argc, char **argv)
{
	struct orphaned o = { .tally.platform = &o.platform };
	int err;

	if (argc != 2)
		return -EINVAL;
	o.cgroups = argv[1];
	signal(SIGPIPE, SIG_IGN);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1))
		return fail(-errno, "become the parent of orphaned processes");
	err = platform_probe(&o.platform) ?: find_memcg(&o);
	err = err ?: run(&o, test_listed);
	err = err ?: run(&o, test_owner);
	err = err ?: run(&o, test_runner);
	err = err ?: run(&o, test_pid);
	err = err ?: run(&o, test_reused);
	return err ?: tally_end(&o.tally);
}
