// SPDX-License-Identifier: GPL-2.0
/*
 * The `forking` verb tests VMMs that fork, execute other programs, and pass vCPU descriptors to
 * other processes. One child keeps the file of a vCPU open, but KVM must not let this child run
 * the vCPU. Another child creates its own vCPU and then calls exec(), which replaces the
 * address space while the vCPU exists. The ledgers must be correct in all cases.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "ledger_map.h"
#include "payload.h"
#include "kvm_stats.h"
#include "verbs.h"
#include "test_vm.h"

#define ITERATIONS 100
/*
 * Lifetime of the children, in seconds. The module checks for departed vCPUs more than once
 * during this time.
 */
#define LINGER	     "0.3"
#define KEPT_FD	     200
#define CHILD_RAN_IT 42

/*
 * Try to run the vCPU in a child process. KVM must refuse this, because the child has another
 * address space. Then keep the descriptors open for a while.
 */
static void child_holds(const struct test_vm *vm)
{
	if (!ioctl(vm->vcpu[0].fd, KVM_RUN, 0) || errno != EIO)
		_exit(CHILD_RAN_IT);
	usleep(300000);
	_exit(EXIT_OK);
}

/* Execute another program in a child process. The vCPU's descriptor stays open. */
static void child_execs(const struct test_vm *vm)
{
	if (dup2(vm->vcpu[0].fd, KEPT_FD) != KEPT_FD)
		_exit(EXIT_TROUBLE);
	execlp("sleep", "sleep", LINGER, NULL);
	_exit(EXIT_TROUBLE);
}

/*
 * Create a VM in a child process, and then execute another program while the VM's vCPU has an
 * open exit.
 */
static void vmm_execs(const struct test_vm *unused)
{
	static const char *const payloads[] = { payload_out };
	enum test_vm_stop stop;
	struct test_vm vm;

	(void)unused;
	if (test_vm_create(&vm, 0, 1, payloads) || test_vm_run(&vm, 0, ITERATIONS, &stop))
		_exit(EXIT_TROUBLE);
	child_execs(&vm);
}

static void (*const kinds[])(const struct test_vm *vm) = { child_holds, child_execs, vmm_execs };

#define KINDS ARRAY_SIZE(kinds)

static int start_children(const struct test_vm *vm, pid_t *pid)
{
	fflush(stdout);
	for (size_t i = 0; i < KINDS; i++) {
		pid[i] = fork();
		if (pid[i] < 0)
			return fail(-errno, "fork");
		if (!pid[i])
			kinds[i](vm);
	}
	return 0;
}

static int end_children(const pid_t *pid)
{
	for (size_t i = 0; i < KINDS; i++) {
		int status;

		if (waitpid(pid[i], &status, 0) != pid[i])
			return fail(-errno, "wait for child %zu", i);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			return fail(-ECHILD, "fork: child %zu ended with status 0x%x", i, status);
	}
	return 0;
}

static int check(const struct test_vm *vm, const struct ledger_map *ledger)
{
	struct vcpu_counts s;
	struct kvm_stats stats;
	uint64_t exits;
	int err = ledger_map_read(ledger, 0, &s) ?: kvm_stats_open(&stats, vm->vcpu[0].fd);

	if (err)
		return err;
	err = kvm_stats_exits(&stats, &exits);
	kvm_stats_close(&stats);
	if (err || vcpu_counts_sum(&s) + s.emulated == exits - s.kvm_base)
		return err;
	printf("KVM counted %" PRIu64 " exits, the ledger %" PRIu64 "\n", exits - s.kvm_base,
	       vcpu_counts_sum(&s) + s.emulated);
	return EXIT_WRONG;
}

static int round_of(const struct ledger_map *ledger)
{
	static const char *const payloads[] = { payload_cpuid };
	enum test_vm_stop stop;
	pid_t pid[KINDS];
	struct test_vm vm;
	int err = test_vm_create(&vm, 0, 1, payloads);

	if (err)
		return err;
	err = test_vm_run(&vm, 0, ITERATIONS, &stop) ?: start_children(&vm, pid);
	err = err ?: test_vm_run(&vm, 0, ITERATIONS, &stop);
	err = err ?: check(&vm, ledger);
	test_vm_destroy(&vm); /* while the children still hold its descriptors */
	return err ?: end_children(pid);
}

int verb_forking(int argc, char **argv)
{
	struct ledger_map ledger;
	unsigned long rounds;
	char *end;
	int err;

	if (argc != 2)
		return -EINVAL;
	rounds = strtoul(argv[1], &end, 10);
	if (*end || !rounds)
		return fail(-EINVAL, "fork `%s` times: must be a number of at least 1", argv[1]);
	err = ledger_map_open(&ledger);
	for (unsigned long i = 0; !err && i < rounds; i++)
		err = round_of(&ledger);
	if (!err)
		printf("%lu VMMs forked; 3 processes of each kept a vCPU open\n", rounds);
	return err;
}
