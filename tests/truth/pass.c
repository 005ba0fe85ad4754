// SPDX-License-Identifier: GPL-2.0
/* See pass.h. */
#include <errno.h>
#include <x86intrin.h>

#include "fail.h"
#include "pass.h"

const char *pass_payload(const struct test_case *test, enum isa isa)
{
	return isa == ISA_SVM && test->svm_payload[0] ? test->svm_payload[0] : test->payload[0];
}

int pass_check(const struct test_case *test, const char *name, uint64_t iterations)
{
	if (!test)
		return fail(-EINVAL, "measure case `%s`: no such case (see `truth list`)", name);
	if (test->shuts_down || test->payload[1] || test->vm & VM_REAL)
		return fail(-EINVAL, "measure case `%s`: it is not a loop of one vCPU", name);
	if (test->max_iterations && iterations > test->max_iterations)
		return fail(-EINVAL, "measure case `%s`: at most %u iterations", name,
			    test->max_iterations);
	return 0;
}

int pass_run(struct test_vm *vm, unsigned int vcpu, const char *payload,
	     const struct kvm_stats *stats, uint64_t iterations, struct pass *pass)
{
	uint64_t before, after, tsc;
	enum test_vm_stop stop;
	int err;

	/* Restart the payload. The few exits before its first mark are not measured. */
	err = test_vm_start(vm, vcpu, payload) ?: test_vm_run(vm, vcpu, 0, &stop);
	err = err ?: kvm_stats_exits(stats, &before);
	if (err)
		return err;
	tsc = __rdtsc();
	err = test_vm_run(vm, vcpu, iterations, &stop);
	pass->tsc = __rdtsc() - tsc;
	err = err ?: kvm_stats_exits(stats, &after);
	if (!err && stop != VM_MARK)
		err = fail(-EPROTO, "reach the second mark: the guest shut down");
	pass->exits = after - before;
	return err;
}

double pass_slope(uint64_t longer, uint64_t shorter, uint64_t iterations)
{
	return ((double)longer - (double)shorter) / (double)iterations;
}
