// SPDX-License-Identifier: GPL-2.0
/*
 * The `busy` verb runs a VM with two vCPUs that cause many kinds of exits. It stops on SIGTERM
 * or after a given number of seconds. It then compares the vCPUs' ledgers with KVM's own count.
 * Stress tests run this verb in the background and try to disturb its VM.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "platform.h"
#include "ledger_map.h"
#include "payload.h"
#include "kvm_stats.h"
#include "until.h"
#include "verbs.h"
#include "test_vm.h"

#define VCPUS	   2
#define ITERATIONS 50

struct busy {
	struct platform platform;
	struct test_vm vm;
	pthread_t thread[VCPUS];
	int err[VCPUS];
	char text[VCPUS][512];
};

struct worker {
	struct busy *busy;
	unsigned int vcpu;
};

static const struct {
	const char *vmx;
	const char *svm;
} payloads[] = {
	{ payload_cpuid, payload_cpuid },   { payload_vmcall, payload_vmmcall },
	{ payload_out, payload_out },	    { payload_rdmsr, payload_rdmsr },
	{ payload_hlt, payload_hlt },	    { payload_wrmsr, payload_wrmsr },
	{ payload_invlpg, payload_invlpg }, { payload_cr3_write, payload_cr3_write },
	{ payload_list, payload_list },
};

#define PAYLOADS ARRAY_SIZE(payloads)

static int run(struct worker *worker)
{
	struct busy *b = worker->busy;
	unsigned int i = worker->vcpu;
	enum test_vm_stop why;
	int err = 0;

	for (unsigned int k = i; !err && !until_stopped; k = (k + 1) % PAYLOADS) {
		err = test_vm_start(&b->vm, i,
				    b->platform.isa == ISA_VMX ? payloads[k].vmx : payloads[k].svm);
		err = err ?: test_vm_run(&b->vm, i, ITERATIONS, &why);
	}
	return err;
}

static void *worker_main(void *arg)
{
	struct worker *worker = arg;
	struct busy *b = worker->busy;

	b->err[worker->vcpu] = run(worker);
	if (b->err[worker->vcpu])
		snprintf(b->text[worker->vcpu], sizeof(b->text[0]), "%s", fail_text());
	return NULL;
}

static int run_workers(struct busy *b)
{
	struct worker worker[VCPUS];
	int err = 0;

	for (unsigned int i = 0; i < VCPUS; i++) {
		worker[i] = (struct worker){ b, i };
		err = -pthread_create(&b->thread[i], NULL, worker_main, &worker[i]);
		if (err)
			exit(EXIT_TROUBLE); /* running threads cannot be stopped */
	}
	for (unsigned int i = 0; i < VCPUS; i++) {
		pthread_join(b->thread[i], NULL);
		if (b->err[i])
			err = fail(b->err[i], "%s", b->text[i]);
	}
	return err;
}

/*
 * Return 0 if the ledger of vCPU @i agrees with KVM's count, 1 if it does not, or a negative
 * errno.
 */
static int check_vcpu(struct busy *b, const struct ledger_map *ledger, unsigned int i)
{
	struct vcpu_counts s;
	struct kvm_stats stats;
	uint64_t exits, sum;
	int err = ledger_map_read(ledger, i, &s) ?: kvm_stats_open(&stats, b->vm.vcpu[i].fd);

	if (err)
		return err;
	err = kvm_stats_exits(&stats, &exits);
	kvm_stats_close(&stats);
	if (err)
		return err;
	sum = vcpu_counts_sum(&s) + s.emulated;
	printf("vCPU %u: KVM counted %" PRIu64 " exits, %" PRIu64
	       " of them before vmtoll; rows and emulated %" PRIu64 ", recovered %" PRIu64
	       ", lost %" PRIu64 ", unseen %" PRIu64 "\n",
	       i, exits, s.kvm_base, sum, s.recovered, s.lost, s.unseen);
	return sum != exits - s.kvm_base || s.lost || s.unseen;
}

static int check(struct busy *b)
{
	struct ledger_map ledger;
	int err = ledger_map_open(&ledger), wrong = 0;

	if (err)
		return err;
	for (unsigned int i = 0; err >= 0 && i < VCPUS; i++) {
		err = check_vcpu(b, &ledger, i);
		wrong |= err;
	}
	ledger_map_close(&ledger);
	if (err < 0)
		return err;
	return wrong ? EXIT_WRONG : EXIT_OK;
}

int verb_busy(int argc, char **argv)
{
	static const char *const first[VCPUS] = { payload_list, payload_list };
	static struct busy b;
	int err = until_start(argc, argv) ?: platform_probe(&b.platform);

	err = err ?: test_vm_create(&b.vm, 0, VCPUS, first);
	if (err)
		return err;
	err = run_workers(&b) ?: check(&b);
	test_vm_destroy(&b.vm);
	return err;
}
