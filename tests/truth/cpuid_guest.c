// SPDX-License-Identifier: GPL-2.0
/* See cpuid_guest.h. */
#include <errno.h>
#include <string.h>

#include "cpuid_guest.h"
#include "fail.h"
#include "guest_layout.h"
#include "payload.h"

const unsigned int cpuid_queries_max = LIST_BYTES / LIST_ENTRY;

_Static_assert(sizeof(struct query_entry) == LIST_ENTRY,
	       "entries have the size that the payload expects");
_Static_assert(sizeof(struct cpuid_answer) == LIST_ENTRY, "the answer overwrites the query");

static int run_to_mark(struct cpuid_guest *a, unsigned int i, uint64_t iterations)
{
	enum test_vm_stop stop;
	int err = test_vm_run(&a->vm, i, iterations, &stop);

	if (!err && stop != VM_MARK)
		err = fail(-EPROTO, "run vCPU %u to its mark: the guest shut down", i);
	return err;
}

int cpuid_guest_open(struct cpuid_guest *a, unsigned int flags, unsigned int vcpus)
{
	const char *payloads[VM_VCPUS];
	const struct cpuid_query first = { 0 };
	struct cpuid_answer answer;
	int err;

	for (unsigned int i = 0; i < VM_VCPUS; i++)
		payloads[i] = payload_list;
	err = test_vm_create(&a->vm, flags, vcpus, payloads);

	if (err)
		return err;
	for (unsigned int i = 0; !err && i < vcpus; i++)
		err = cpuid_guest_query(a, i, &first, 1, &answer);
	if (err)
		cpuid_guest_close(a);
	return err;
}

void cpuid_guest_close(struct cpuid_guest *a)
{
	test_vm_destroy(&a->vm);
}

int cpuid_guest_query(struct cpuid_guest *a, unsigned int i, const struct cpuid_query *q,
		      unsigned int count, struct cpuid_answer *answers)
{
	struct query_entry *list = (struct query_entry *)(a->vm.memory + GPA_LIST);
	int err;

	if (!count || count > cpuid_queries_max)
		return fail(-E2BIG, "execute %u queries in one pass: must be 1 to %u", count,
			    cpuid_queries_max);
	for (unsigned int k = 0; k < count; k++)
		list[k] = (struct query_entry){ q[k].leaf, q[k].subleaf, QUERY_EBX, QUERY_EDX };
	err = run_to_mark(a, i, count);
	if (!err)
		memcpy(answers, list, count * sizeof(*answers));
	return err;
}

int cpuid_guest_run(struct cpuid_guest *a, unsigned int i, const char *payload, uint64_t iterations)
{
	int err = test_vm_start(&a->vm, i, payload) ?: run_to_mark(a, i, iterations);

	return err ?: test_vm_start(&a->vm, i, payload_list);
}

uint64_t cpuid_first_pair(const struct cpuid_answer *a)
{
	return (uint64_t)a->ebx << 32 | a->eax;
}

uint64_t cpuid_second_pair(const struct cpuid_answer *a)
{
	return (uint64_t)a->edx << 32 | a->ecx;
}
