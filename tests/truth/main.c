// SPDX-License-Identifier: GPL-2.0
/*
 * The program `truth` runs bare-metal payloads on KVM. Each payload causes a known number of VM
 * exits. The program compares this number with the ledger of vmtoll.ko, with KVM's own count
 * and with KVM's tracepoint. Each verb has its own file. The table below lists all verbs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "model/array.h"
#include "fail.h"
#include "verbs.h"

static const struct verb {
	const char *name;
	const char *usage;
	const char *what;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "list", "", "List the cases of run and loop.", verb_list },
	{ "run", "[-n N] [-e FILE] [-s ledger|bpf|trace] [CASE...]",
	  "Run payloads with known exits. Compare them with the ledger or with kvm:kvm_exit.",
	  verb_run },
	{ "loop", "CASE N", "Run a payload without checks, for example under perf stat.",
	  verb_loop },
	{ "cost", "[-n N] [-p PASSES] [-v VMS] [-l LEAF] [-s SUBLEAF] CASE...",
	  "Measure the TSC ticks per iteration: in the shortest of many passes, and in total.",
	  verb_cost },
	{ "alternate", "[-n N] [-p PASSES] [-v VMS] CASE",
	  "Measure the same while the vCPUs of several VMs alternate on one CPU at each exit.",
	  verb_alternate },
	{ "crowd", "[-n N] [-p PASSES] [-v VMS] [-c VCPUS] CASE",
	  "Measure the same on all vCPUs of many VMs at once. Print the slowest and the median.",
	  verb_crowd },
	{ "idle", "[-v VMS] [-c VCPUS] [-r VMS] [-o 1]",
	  "Create VMS VMs with VCPUS idle vCPUs each, until standard input ends.", verb_idle },
	{ "recreate", "N [pinned | leaves | latches]",
	  "Create, run and destroy N VMs, one after the other.", verb_recreate },
	{ "busy", "[SECONDS]", "Run a VM with many kinds of exits until SIGTERM.", verb_busy },
	{ "read", "[SECONDS]", "Copy all ledgers repeatedly until SIGTERM.", verb_read },
	{ "ended", "[list | TEST...]", "Test the ledgers of ended VMs, or list them.", verb_ended },
	{ "forking", "N", "Run N VMMs that fork and exec.", verb_forking },
	{ "failing", "load MODULE.ko | adopt",
	  "Make memory allocations fail, on a kernel with fault injection.", verb_failing },
	{ "fill", "MAP [empty]",
	  "Add entries to a map of the BPF programs until it is full, or delete these entries.",
	  verb_fill },
	{ "frozen", "", "Test that no process can change the ledgers of the BPF programs.",
	  verb_frozen },
	{ "device", "", "Test what a process can do with /dev/vmtoll.", verb_device },
	{ "fuzz", "[-s SEED] [-n N]", "Make N random system calls on /dev/vmtoll.", verb_fuzz },
	{ "cpuid-dump", "[all | full] FILE",
	  "Write a sample of all CPUID leaves except vmtoll's to FILE. With \"all\", include vmtoll's.\n"
	  "      With \"full\", write a hash of each leaf with any low half, in each of CPUID's ranges.",
	  verb_cpuid_dump },
	{ "classic", "off|combined|split|split-swapped|reversed",
	  "Test the classic leaves in this dialect, which must be the loaded one.", verb_classic },
	{ "native", "", "Test the native leaves.", verb_native },
	{ "bound", "[-c VCPUS] [-k KINDS] [-m MOST] [-r MOST] [-l MOST] [-o MOST]",
	  "Measure the cost of an answer in a VM with VCPUS vCPUs of KINDS kinds of exits each.",
	  verb_bound },
	{ "adopt", "[-v VMS] [-m MOST]",
	  "Measure how long the VMs of a VMM take to start, while their number grows to VMS.",
	  verb_adopt },
	{ "faulting", "", "Test that a CPUID that faults is not answered.", verb_faulting },
	{ "defined", "", "Test VMs whose VMM itself defines leaves of vmtoll.", verb_defined },
	{ "isolation", "", "Test that two VMs cannot read each other's counts.", verb_isolation },
	{ "switching", "FILE CGROUP2",
	  "Turn the leaves off and on for single VMs. vmtoll.ko must have been loaded without\n"
	  "      parameters. FILE is from \"cpuid-dump all\" without vmtoll.ko. CGROUP2 is a mount\n"
	  "      of the unified hierarchy.",
	  verb_switching },
	{ "orphaned", "CGROUP2",
	  "Test the policy for VMs whose first process has ended, but whose vCPUs still run.",
	  verb_orphaned },
	{ "hostile", "[-n N] [-t COMBINATIONS] [MODE...]",
	  "Execute random CPUIDs in every CPU mode, N per pass, and check the answers. A form of\n"
	  "      CPUID is tested with this many of the four combinations of traps (default: all).",
	  verb_hostile },
	{ "events", "[-n N] [EVENT...]",
	  "Send interrupts, SMIs and INITs while CPUID is answered, in at least N rounds.",
	  verb_events },
	{ "books", "[-s SECONDS]", "Check that the times of vCPUs add up to the wall-clock time.",
	  verb_books },
	{ "knock", "N [CID]",
	  "Connect N times to vmtoll share on the host of this guest, or in guest CID.",
	  verb_knock },
	{ "migrate", "[-n N]", "Move a guest N times while it reads its leaves.", verb_migrate },
};

#define VERBS ARRAY_SIZE(verbs)

static int usage(void)
{
	fputs("usage:\n", stderr);
	for (unsigned int i = 0; i < VERBS; i++)
		fprintf(stderr, "  truth %s%s%s\n      %s\n", verbs[i].name,
			*verbs[i].usage ? " " : "", verbs[i].usage, verbs[i].what);
	fputs("If the environment variable TRUTH_LEDGERS is \"bpf\", the verbs books, busy, ended, forking\n"
	      "and read use the ledgers of the BPF programs instead of those of vmtoll.ko.\n"
	      "exit status: 0 all tests passed, 1 a test failed, 2 another error,\n"
	      "  125 this machine cannot run payloads\n",
	      stderr);
	return EXIT_TROUBLE;
}

/* Find a verb by name. A leading "--" is ignored, as in "--cpuid-dump". */
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

/*
 * Print the error text of a verb that failed. This is the only place that prints errors of the
 * main process.
 */
static int report(int status)
{
	if (status == -EINVAL && !*fail_text())
		return usage();
	if (status >= 0)
		return status;
	fprintf(stderr, "truth: cannot %s: %s\n", fail_text(), strerror(-status));
	return EXIT_TROUBLE;
}

/*
 * Fail if a standard stream is closed. Otherwise the next file that the program opens would get
 * the file descriptor of the closed stream.
 */
static int check_streams(void)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && (fd == 1 || open("/dev/null", O_RDWR) != fd))
			return fail(-EBADF, "start: standard stream %d is closed", fd);
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
