// SPDX-License-Identifier: GPL-2.0
/*
 * truth: runs bare-metal payloads with exactly known VM exits on KVM and holds the ledger of
 * vmtoll.ko, KVM's own count and its tracepoint against them. One verb per file; the table below
 * has them all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "fail.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	const char *usage;
	const char *what;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "list", "", "the cases of run and loop", verb_list },
	{ "run", "[-n N] [-e FILE] [-s ledger|trace] [CASE...]",
	  "payloads with known exits, against the ledger or kvm:kvm_exit", verb_run },
	{ "loop", "CASE N", "a payload without checks, for perf stat", verb_loop },
	{ "cost", "[-n N] [-p PASSES] [-v VMS] [-l LEAF] [-s SUBLEAF] CASE...",
	  "TSC ticks of an iteration: the least of many passes, and all in all", verb_cost },
	{ "crowd", "[-n N] [-p PASSES] [-v VMS] [-c VCPUS] CASE",
	  "the same with all vCPUs of many VMs at once: the worst one", verb_crowd },
	{ "churn", "N [pinned]", "N VMs that come and go", verb_recreate },
	{ "busy", "[SECONDS]", "a VM with many kinds of exits, until SIGTERM", verb_busy },
	{ "read", "[SECONDS]", "reads all ledgers again and again, until SIGTERM", verb_read },
	{ "forking", "N", "N VMMs that fork and exec", verb_forking },
	{ "failing", "load MODULE.ko | adopt", "allocations that fail, if the kernel injects that",
	  verb_failing },
	{ "device", "", "what may be done with /dev/vmtoll", verb_device },
	{ "fuzz", "[-s SEED] [-n N]", "N system calls at random on /dev/vmtoll", verb_fuzz },
	{ "cpuid-dump", "[all] FILE",
	  "CPUID leaves but vmtoll's, to compare with and without it; all: its too",
	  verb_cpuid_dump },
	{ "classic", "off|combined|split|split-swapped|reversed",
	  "the classic leaves in the dialect that is loaded", verb_classic },
	{ "native", "", "the native leaves", verb_native },
	{ "faulting", "", "CPUID that faults is left alone", verb_faulting },
	{ "isolation", "", "two VMs at once do not see each other", verb_isolation },
	{ "switching", "FILE CGROUP2",
	  "leaves off and on for single VMs; FILE is of cpuid-dump all without vmtoll.ko,\n      CGROUP2 a mount of the unified hierarchy",
	  verb_switching },
	{ "hostile", "[-n N] [MODE...]", "CPUIDs at random in every mode, N to a pass",
	  verb_hostile },
	{ "events", "[-n N]", "interrupts, SMIs, INITs while CPUID is answered, N rounds or more",
	  verb_events },
	{ "migrate", "[-n N]", "a guest that moves N times while it reads its leaves",
	  verb_migrate },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int usage(void)
{
	fputs("usage:\n", stderr);
	for (unsigned int i = 0; i < VERBS; i++)
		fprintf(stderr, "  truth %s%s%s\n      %s\n", verbs[i].name,
			*verbs[i].usage ? " " : "", verbs[i].usage, verbs[i].what);
	fputs("status: 0 all passed, 1 a test failed, 2 trouble, 125 this machine runs no payload\n",
	      stderr);
	return EXIT_TROUBLE;
}

/* "--cpuid-dump" is as good as "cpuid-dump". */
static const struct verb *find_verb(const char *name)
{
	if (!strncmp(name, "--", 2))
		name += 2;
	for (unsigned int i = 0; i < VERBS; i++) {
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	}
	return NULL;
}

/* The one place that prints a failure: a negative errno of a verb with its text. */
static int report(int status)
{
	if (status == -EINVAL && !*fail_text())
		return usage();
	if (status >= 0)
		return status;
	fprintf(stderr, "truth: cannot %s: %s\n", fail_text(), strerror(-status));
	return EXIT_TROUBLE;
}

/* A file that is opened must not become one of the standard streams. */
static int check_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && (fd == 1 || open("/dev/null", O_RDWR) != fd))
			return fail(-EBADF, "begin: standard stream %d is closed", fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? find_verb(argv[1]) : NULL;
	int status;

	if (!verb)
		return usage();
	status = report(check_streams() ?: verb->run(argc - 1, argv + 1));
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "truth: cannot write to stdout: %s\n", strerror(errno));
		return status ?: EXIT_TROUBLE;
	}
	return status;
}
