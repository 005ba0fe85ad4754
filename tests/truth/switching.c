// SPDX-License-Identifier: GPL-2.0
/*
 * The `switching` verb turns vmtoll's leaves off and on for individual VMs while the VMs run.
 * Each VM runs in its own process and reads a long list of CPUID leaves after each change.
 *
 * A file contains the answers that KVM gives without vmtoll.ko. While vmtoll's leaves are off for
 * a VM, all answers must be the same as in the file. While they are on, vmtoll must answer its
 * own leaves, and all other answers must be the same as in the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/array.h"
#include "cpuid_list.h"
#include "fail.h"
#include "sysfs.h"
#include "tally.h"
#include "verbs.h"
#include "vmtoll.h"

#define PARAMETERS "/sys/module/vmtoll/parameters/"
#define RACE	   300 /* number of query rounds while the leaves are turned off and on */
/*
 * In its first FULL rounds, each VM reads the whole list. In later rounds, it reads only the
 * beginning of the list, to save time.
 */
#define FULL	  3
#define PART	  256
#define RACE_PART 16
#define MOVED_US  600000 /* the module detects a moved process within this time */

enum { A, B, LATE, VMS };

/* Requests from the parent to the process of a VM. */
enum order { QUERY_ALL, QUERY_PART, QUERY_RACE };

/* The result of comparing the answers with the file. */
struct report {
	int err;
	unsigned int own_same; /* answers of vmtoll's leaves that match the file */
	unsigned int own_changed;
	unsigned int others_changed;
	/*
	 * In each round, the first query reads VMTOLL_LEAF_BASE. These members count the answers
	 * to this query: those of vmtoll, those of KVM, and all others.
	 */
	unsigned int signatures; /* vmtoll's answer */
	unsigned int plain; /* KVM's answer */
	unsigned int odd; /* another answer */
};

struct vm_process {
	pid_t pid;
	int socket;
	unsigned int queried;
};

struct switching {
	struct platform platform;
	struct tally tally;
	const char *dump;
	const char *cgroups;
	struct vm_process vm[VMS];
	unsigned int own; /* number of queries that read vmtoll's leaves */
};

/* ---- in the process of a VM ---- */

static bool same(const struct cpuid_answer *a, const struct cpuid_answer *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static bool is_signature(const struct cpuid_answer *a)
{
	return a->eax == VMTOLL_LEAF_LAST && a->ebx == VMTOLL_SIGNATURE_EBX &&
	       a->ecx == VMTOLL_SIGNATURE_ECX && a->edx == VMTOLL_SIGNATURE_EDX;
}

static void compare(const struct cpuid_list *l, const struct cpuid_answer *got, unsigned int count,
		    struct report *r)
{
	for (unsigned int i = 0; i < count; i++) {
		bool equal = same(&got[i], &l->answers[i]);

		if (i >= l->own)
			r->others_changed += !equal;
		else if (equal)
			r->own_same++;
		else
			r->own_changed++;
	}
	if (is_signature(&got[0]))
		r->signatures++;
	else if (same(&got[0], &l->answers[0]))
		r->plain++;
	else
		r->odd++;
}

static int run_order(struct cpuid_guest *guest, const struct cpuid_list *l,
		     struct cpuid_answer *got, enum order order, struct report *r)
{
	unsigned int count = l->own + (order == QUERY_RACE ? RACE_PART : PART);
	unsigned int rounds = order == QUERY_RACE ? RACE : 1;
	int err = 0;

	if (order == QUERY_ALL)
		count = l->count;
	while (!err && rounds--) {
		err = cpuid_guest_query(guest, 0, l->queries, count, got);
		if (!err)
			compare(l, got, count, r);
	}
	return err;
}

static int serve_orders(int socket, const struct cpuid_list *l, struct cpuid_answer *got)
{
	struct cpuid_guest guest;
	enum order order;
	int err = cpuid_guest_open(&guest, 0, 1);

	if (err)
		return err;
	while (!err && read(socket, &order, sizeof(order)) == sizeof(order)) {
		struct report r = { 0 };

		err = r.err = run_order(&guest, l, got, order, &r);
		if (write(socket, &r, sizeof(r)) != sizeof(r))
			break;
	}
	cpuid_guest_close(&guest);
	return err;
}

static int vm_process(int socket, const char *dump)
{
	struct cpuid_list l;
	struct cpuid_answer *got = calloc(cpuid_queries_max, sizeof(*got));
	int err = got ? cpuid_list_open(&l, true) : fail(-ENOMEM, "allocate the answers");

	if (err)
		return err;
	err = cpuid_list_read(&l, dump) ?: serve_orders(socket, &l, got);
	cpuid_list_close(&l);
	free(got);
	return err;
}

/* ---- the parent process, which acts as the administrator ---- */

static int put_cgroup(struct switching *s, unsigned int vm, const char *cgroup)
{
	char path[256], pid[16];

	snprintf(path, sizeof(path), "%s%s", s->cgroups, cgroup);
	if (mkdir(path, 0755) && errno != EEXIST)
		return fail(-errno, "create the cgroup %s", path);
	snprintf(path, sizeof(path), "%s%s/cgroup.procs", s->cgroups, cgroup);
	snprintf(pid, sizeof(pid), "%d", (int)s->vm[vm].pid);
	return sysfs_write(path, pid);
}

static int start(struct switching *s, unsigned int vm, const char *cgroup)
{
	int ends[2];
	int err;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return fail(-errno, "create a socket");
	fflush(stdout);
	s->vm[vm].socket = ends[0];
	s->vm[vm].pid = fork();
	if (s->vm[vm].pid < 0)
		return fail(-errno, "start a process");
	if (s->vm[vm].pid) {
		close(ends[1]);
		return 0;
	}
	/*
	 * Close the inherited copies of the parent's sockets, including the sockets for other
	 * VMs. The process of a VM exits when the parent closes its socket for this VM, but only
	 * if no other process still has a copy of that socket.
	 */
	for (unsigned int i = 0; i <= vm; i++)
		close(s->vm[i].socket);
	s->vm[vm].pid = getpid();
	err = cgroup ? put_cgroup(s, vm, cgroup) : 0;
	err = err ?: vm_process(ends[1], s->dump);
	if (err)
		fprintf(stderr, "truth: cannot %s: %s\n", fail_text(), strerror(-err));
	_exit(err ? EXIT_TROUBLE : EXIT_OK);
}

static int send_order(struct switching *s, unsigned int vm, enum order order)
{
	if (write(s->vm[vm].socket, &order, sizeof(order)) == sizeof(order))
		return 0;
	return fail(-EPIPE, "query VM %u: its process has ended", vm);
}

static int receive_report(struct switching *s, unsigned int vm, struct report *r)
{
	if (recv(s->vm[vm].socket, r, sizeof(*r), MSG_WAITALL) != sizeof(*r))
		return fail(-EPIPE, "read the report of VM %u: its process has ended", vm);
	return r->err ? fail(r->err, "query VM %u", vm) : 0;
}

static void check_report(struct switching *s, unsigned int vm, bool off, const struct report *r,
			 struct mismatches *c)
{
	if (r->others_changed)
		mismatch(c, "VM %u: %u answers of other leaves than vmtoll's changed", vm,
			 r->others_changed);
	if (off && r->own_same != s->own)
		mismatch(c, "VM %u: leaves are off, but %u of %u answers are not KVM's own", vm,
			 r->own_changed, s->own);
	if (!off && (!r->signatures || !r->own_changed))
		mismatch(c, "VM %u: leaves are on, but vmtoll's leaves are not answered", vm);
}

static int check_vm(struct switching *s, unsigned int vm, bool off, struct mismatches *c)
{
	struct report r;
	int err = send_order(s, vm, s->vm[vm].queried++ < FULL ? QUERY_ALL : QUERY_PART)
			  ?: receive_report(s, vm, &r);

	if (!err)
		check_report(s, vm, off, &r, c);
	return err;
}

/*
 * The steps of the test, in order. @off[i] is true if the leaves of VM i are off after the
 * step.
 */
struct step {
	const char *name;
	const char *parameter; /* the parameter to write, or NULL */
	const char *value; /* the value to write; %d stands for the pid of VM A */
	const char *move; /* the cgroup that VM A is moved to, or NULL */
	bool off[2];
};

static const struct step steps[] = {
	{ "by-default", NULL, NULL, NULL, { true, true } },
	{ "turned-on", "leaves", "Y", NULL, { false, false } },
	{ "pid", "leaves_off", "pid:%d", NULL, { true, false } },
	{ "pid-again", "leaves_off", "pid:%d\n", NULL, { true, false } },
	{ "pid-no-more", "leaves_off", "-pid:%d", NULL, { false, false } },
	{ "all", "leaves", "N", NULL, { true, true } },
	{ "all-no-more", "leaves", "Y", NULL, { false, false } },
	{ "cgroup-to-come", "leaves_off", "cgroup:/truth/vm", NULL, { false, false } },
	{ "cgroup-has-come", NULL, NULL, "/truth/vm", { true, false } },
	{ "cgroup-and-pid", "leaves_off", "pid:%d", NULL, { true, false } },
	{ "cgroup-no-more", "leaves_off", "-cgroup:/truth/vm/", NULL, { true, false } },
	{ "pid-no-more-either", "leaves_off", "-pid:%d", NULL, { false, false } },
	{ "cgroup-of-like-name", "leaves_off", "cgroup:/tru", NULL, { false, false } },
	{ "cgroup-above", "leaves_off", "cgroup:/truth/", NULL, { true, false } },
	{ "cgroup-left", NULL, NULL, "/", { false, false } },
	{ "cgroup-root", "leaves_off", "cgroup:/", NULL, { true, true } },
	{ "cgroup-root-no-more", "leaves_off", "-cgroup:/", NULL, { false, false } },
};

static int take_step(struct switching *s, const struct step *step)
{
	char path[128], value[64];
	int err = 0;

	if (step->parameter) {
		snprintf(path, sizeof(path), PARAMETERS "%s", step->parameter);
		/* The format strings come from the table above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(value, sizeof(value), step->value, (int)s->vm[A].pid);
#pragma GCC diagnostic pop
		err = sysfs_write(path, value);
	}
	if (!err && step->move) {
		err = put_cgroup(s, A, "/truth");
		err = err ?: put_cgroup(s, A, step->move);
		usleep(MOVED_US);
	}
	return err;
}

static int check_step(struct switching *s, const struct step *step)
{
	struct mismatches c;
	char name[48];
	int err = mismatches_open(&c) ?: take_step(s, step);

	err = err ?: check_vm(s, A, step->off[A], &c);
	err = err ?: check_vm(s, B, step->off[B], &c);
	if (err)
		return err;
	snprintf(name, sizeof(name), "leaves-off-%s", step->name);
	tally_result(&s->tally, name, &c, "A %s, B %s", step->off[A] ? "off" : "on",
		     step->off[B] ? "off" : "on");
	return 0;
}

/*
 * Start a VM in the cgroup /truth, which leaves_off has listed since an earlier step. vmtoll's
 * leaves must be off in this VM, even at the first exit.
 */
static int check_late(struct switching *s)
{
	struct mismatches c;
	int err = mismatches_open(&c) ?: start(s, LATE, "/truth");

	err = err ?: check_vm(s, LATE, true, &c);
	err = err ?: check_vm(s, B, false, &c);
	if (!err)
		tally_result(&s->tally, "leaves-off-vm-to-come", &c, "off");
	return err;
}

/* Return true if the VM's process is still busy and has not sent its report. */
static bool is_running(struct switching *s, unsigned int vm)
{
	char byte;

	return recv(s->vm[vm].socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

/* Turn the leaves of VM A off and on as fast as possible, while both VMs query their leaves. */
static int check_race(struct switching *s)
{
	char off[32], on[32];
	struct report a, b;
	struct mismatches c;
	unsigned int turns = 0;
	int err = mismatches_open(&c)
			  ?: (send_order(s, A, QUERY_RACE) ?: send_order(s, B, QUERY_RACE));

	snprintf(off, sizeof(off), "pid:%d", (int)s->vm[A].pid);
	snprintf(on, sizeof(on), "-pid:%d", (int)s->vm[A].pid);
	for (; !err && is_running(s, A); turns++) {
		err = sysfs_write(PARAMETERS "leaves_off", off);
		usleep(500);
		err = err ?: sysfs_write(PARAMETERS "leaves_off", on);
		usleep(500);
	}
	err = err ?: (receive_report(s, A, &a) ?: receive_report(s, B, &b));
	if (err)
		return err;
	if (a.others_changed || b.others_changed)
		mismatch(&c, "%u answers of other leaves than vmtoll's changed",
			 a.others_changed + b.others_changed);
	if (!a.signatures || !a.plain || a.odd)
		mismatch(&c, "A: %u times vmtoll's answer, %u times KVM's, %u times neither",
			 a.signatures, a.plain, a.odd);
	if (b.signatures != RACE)
		mismatch(&c, "B: %u times vmtoll's answer of %u", b.signatures, RACE);
	tally_result(&s->tally, "leaves-off-race", &c,
		     "turned off and on %u times, %u answers off, %u on", turns, a.plain,
		     a.signatures);
	return 0;
}

/* Remove the entries that the steps have left in leaves_off. */
static int remove_entries(void)
{
	return sysfs_write(PARAMETERS "leaves_off", "-cgroup:/tru")
		       ?: sysfs_write(PARAMETERS "leaves_off", "-cgroup:/truth");
}

static int check_all(struct switching *s)
{
	int err = start(s, A, NULL) ?: start(s, B, NULL);

	for (size_t i = 0; !err && i < ARRAY_SIZE(steps); i++)
		err = check_step(s, &steps[i]);
	err = err ?: check_late(s) ?: check_race(s);
	return err ?: remove_entries();
}

static int count_own(struct switching *s)
{
	struct cpuid_list l;
	int err = cpuid_list_open(&l, true);

	if (!err) {
		s->own = l.own;
		cpuid_list_close(&l);
	}
	return err;
}

int verb_switching(int argc, char **argv)
{
	struct switching s = { .tally.platform = &s.platform };
	int err;

	if (argc != 3)
		return -EINVAL;
	s.dump = argv[1];
	s.cgroups = argv[2];
	signal(SIGPIPE, SIG_IGN);
	err = platform_probe(&s.platform) ?: count_own(&s);
	err = err ?: check_all(&s);
	for (unsigned int i = 0; i < VMS; i++) {
		if (s.vm[i].pid > 0) {
			close(s.vm[i].socket);
			waitpid(s.vm[i].pid, NULL, 0);
		}
	}
	return err ?: tally_end(&s.tally);
}
