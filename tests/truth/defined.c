// SPDX-License-Identifier: GPL-2.0
/*
 * The `defined` verb tests VMMs that define CPUID leaves themselves. vmtoll has two ranges of
 * leaves, native and classic. If the VMM defines leaves in a range, KVM must answer all leaves of
 * this range. Otherwise, vmtoll must answer them. The ledger must report in which ranges the VMM
 * defines leaves.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "model/array.h"
#include "cpuid_model.h"
#include "fail.h"
#include "payload.h"
#include "tally.h"
#include "verbs.h"
#include "vmtoll.h"

/*
 * struct defined_case - a VM to test
 * @flags: VM_OWN_* flags that select the ranges in which the VMM defines leaves
 * @late: the VMM calls KVM_RUN once before it defines the leaves. This call returns without
 *	  entering the guest
 */
static const struct defined_case {
	const char *name;
	unsigned int flags;
	bool late;
} cases[] = {
	{ "defined-none", 0, false },
	{ "defined-native", VM_OWN_NATIVE, false },
	{ "defined-classic", VM_OWN_CLASSIC, false },
	{ "defined-both", VM_OWN_NATIVE | VM_OWN_CLASSIC, false },
	{ "defined-late", VM_OWN_NATIVE | VM_OWN_CLASSIC, true },
};

static const struct cpuid_query queries[] = {
	{ VMTOLL_LEAF_BASE, 0 },
	{ VMTOLL_LEAF_INFO, 0 },
	{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_THIS_VCPU },
	{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_BOOKS },
	{ VMTOLL_LEAF_ROWS, 4 * VMTOLL_ROW_OBSERVER_INDEX },
	{ VMTOLL_CLASSIC_LAST - 1, 0xffff },
	{ VMTOLL_CLASSIC_LAST, 0 },
};

#define QUERIES ARRAY_SIZE(queries)

/*
 * Call KVM_RUN so that it returns before it enters the guest, and then define the leaves. At
 * this point, KVM still accepts a new CPUID table.
 */
static int define_late(struct test_vm *vm, unsigned int flags)
{
	struct test_vcpu *v = &vm->vcpu[0];

	v->run->immediate_exit = 1;
	if (!ioctl(v->fd, KVM_RUN, 0) || errno != EINTR)
		return fail(-EPROTO, "run the vCPU without an entry: KVM_RUN");
	v->run->immediate_exit = 0;
	test_vm_add_own_leaves(vm, flags);
	if (ioctl(v->fd, KVM_SET_CPUID2, vm->cpuid))
		return fail(-errno, "define leaves after KVM_RUN: KVM_SET_CPUID2");
	return 0;
}

static void check_answer(const struct cpuid_model *model, unsigned int flags,
			 const struct cpuid_query *q, const struct cpuid_answer *got,
			 struct mismatches *c)
{
	unsigned int flag = q->leaf <= VMTOLL_LEAF_LAST ? VM_OWN_NATIVE : VM_OWN_CLASSIC;
	struct cpuid_answer kvms = cpuid_model_answer(model, *q);
	bool same = !memcmp(&kvms, got, sizeof(kvms));

	if (same == !!(flags & flag))
		return;
	mismatch(c, "leaf 0x%x: expected %s, got %x %x %x %x; KVM's answer is %x %x %x %x", q->leaf,
		 flags & flag ? "KVM's answer" : "vmtoll's answer", got->eax, got->ebx, got->ecx,
		 got->edx, kvms.eax, kvms.ebx, kvms.ecx, kvms.edx);
}

/* Check the flags in the ledger of the VM that this process created last. */
static int check_ledger(unsigned int flags, struct mismatches *c)
{
	struct vmtoll_ledger copy, newest = { 0 };
	uint32_t expected = (flags & VM_OWN_NATIVE ? VMTOLL_LEDGER_VMM_NATIVE : 0) |
			    (flags & VM_OWN_CLASSIC ? VMTOLL_LEDGER_VMM_CLASSIC : 0);
	struct ledger_map map;
	int err = ledger_map_open(&map);

	if (err)
		return err;
	for (unsigned int i = 1; i < ledger_map_slots(&map); i++)
		if (!ledger_map_copy(&map, i, &copy) && copy.pid == (uint32_t)getpid() &&
		    copy.vm > newest.vm)
			newest = copy;
	ledger_map_close(&map);
	if (!newest.vm)
		mismatch(c, "the VM has no ledger");
	if ((newest.flags & (VMTOLL_LEDGER_VMM_NATIVE | VMTOLL_LEDGER_VMM_CLASSIC)) != expected)
		mismatch(c, "ledger: expected the flags 0x%x, got 0x%x", expected, newest.flags);
	return 0;
}

static int check_guest(struct cpuid_guest *guest, const struct defined_case *d,
		       struct mismatches *c)
{
	struct cpuid_answer answers[QUERIES];
	struct cpuid_model model;
	int err = d->late ? define_late(&guest->vm, d->flags) : 0;

	err = err ?: cpuid_guest_query(guest, 0, queries, QUERIES, answers);
	err = err ?: cpuid_model_open(&model, guest->vm.vcpu[0].fd);
	if (err)
		return err;
	for (unsigned int i = 0; i < QUERIES; i++)
		check_answer(&model, d->flags, &queries[i], &answers[i], c);
	cpuid_model_close(&model);
	return check_ledger(d->flags, c);
}

static int check_case(const struct defined_case *d, struct tally *tally)
{
	const char *payloads[] = { payload_list };
	struct cpuid_guest guest;
	struct mismatches c;
	int err = test_vm_create(&guest.vm, d->late ? 0 : d->flags, 1, payloads);

	if (err)
		return err;
	err = mismatches_open(&c) ?: check_guest(&guest, d, &c);
	cpuid_guest_close(&guest);
	if (!err)
		tally_result(tally, d->name, &c, "%zu leaves", QUERIES);
	return err;
}

int verb_defined(int argc, char **argv)
{
	struct platform platform;
	struct tally tally = { .platform = &platform };
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	err = test_vm_check() ?: platform_probe(&platform);
	for (size_t i = 0; !err && i < ARRAY_SIZE(cases); i++)
		err = check_case(&cases[i], &tally);
	return err ?: tally_end(&tally);
}
