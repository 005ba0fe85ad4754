// SPDX-License-Identifier: GPL-2.0
/* See ask.h. */
#include <errno.h>
#include <string.h>

#include "ask.h"
#include "fault.h"
#include "layout.h"
#include "payload.h"

const unsigned int ask_most = LIST_BYTES / LIST_ENTRY;

/* One entry of the list as the payload reads it: eax, ecx, ebx, edx. */
struct entry {
	uint32_t leaf;
	uint32_t subleaf;
	uint32_t ebx;
	uint32_t edx;
};

_Static_assert(sizeof(struct entry) == LIST_ENTRY, "the payload's stride");
_Static_assert(sizeof(struct answer) == LIST_ENTRY, "the answer replaces the question");

static int run_to_mark(struct asker *a, unsigned int i, uint64_t iterations)
{
	enum vm_stop stop;
	int err = vm_run(&a->vm, i, iterations, &stop);

	if (!err && stop != VM_MARK)
		err = fault(-EPROTO, "run vCPU %u to its mark: it died", i);
	return err;
}

int asker_open(struct asker *a, unsigned int flags, unsigned int vcpus)
{
	const char *payloads[VM_VCPUS] = { payload_list, payload_list };
	const struct question first = { 0 };
	struct answer answer;
	int err = vm_create(&a->vm, flags, vcpus, payloads);

	if (err)
		return err;
	for (unsigned int i = 0; !err && i < vcpus; i++)
		err = asker_ask(a, i, &first, 1, &answer);
	if (err)
		asker_close(a);
	return err;
}

void asker_close(struct asker *a)
{
	vm_destroy(&a->vm);
}

int asker_ask(struct asker *a, unsigned int i, const struct question *q, unsigned int count,
	      struct answer *answers)
{
	struct entry *list = (struct entry *)(a->vm.memory + GPA_LIST);
	int err;

	if (!count || count > ask_most)
		return fault(-E2BIG, "ask %u questions at once: 1 to %u", count, ask_most);
	for (unsigned int k = 0; k < count; k++)
		list[k] = (struct entry){ q[k].leaf, q[k].subleaf, ASK_EBX, ASK_EDX };
	err = run_to_mark(a, i, count);
	if (!err)
		memcpy(answers, list, count * sizeof(*answers));
	return err;
}

int asker_run(struct asker *a, unsigned int i, const char *payload, uint64_t iterations)
{
	int err = vm_start(&a->vm, i, payload) ?: run_to_mark(a, i, iterations);

	return err ?: vm_start(&a->vm, i, payload_list);
}
