// SPDX-License-Identifier: GPL-2.0
/*
 * Print the exits of VMs to the kernel log. The registry's worker prints them, so that printing
 * does not delay an exit.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "log.h"

#include <linux/ratelimit.h>
#include <linux/rculist.h>

#include "exit_code.h"
#include "latch.h"
#include "registry.h"

unsigned int vmtoll_log_every;

/* Print at most ten VMs every five seconds. The number of lines per VM is not limited. */
static DEFINE_RATELIMIT_STATE(log_limit, 5 * HZ, 10);

static u64 vm_exits(const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;
	u64 exits = 0;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		exits += ledger_exits(l);
	return exits;
}

static void log_row(const struct vm_ledgers *vm, const struct latched_row *row)
{
	const char *name = exit_code_name(row->code);

	if (row->flags & VMTOLL_ROW_OBSERVER)
		name = "(observer)";
	else if (row->flags & VMTOLL_ROW_OTHER)
		name = "(other, last code)";
	pr_info("vm %u: %#x %s%s: %llu exits, %llu cycles in KVM, %llu in the VMM, %llu halted\n",
		vm->id, row->code, name ?: "-", row->flags & VMTOLL_ROW_NESTED ? " (nested)" : "",
		row->exits, row->kvm_tsc, row->vmm_tsc, row->halt_tsc);
}

/* The snapshot to print. It is too large for the stack, and only the worker uses it. */
static struct latch log_latch;

/*
 * A copy of vmtoll_log_every for the current pass, because the parameter may change during the
 * pass. Only the worker uses it.
 */
static u32 every;

static void log_vm(struct vm_ledgers *vm)
{
	u64 exits = vm_exits(vm);
	u32 i;

	if (exits / every == vm->logged_exits / every)
		return;
	vm->logged_exits = exits;
	if (!__ratelimit(&log_limit))
		return;
	latch_vm(&log_latch, vm);
	pr_info("vm %u (pid %u): %llu exits\n", vm->id, vm->pid, exits);
	for (i = 0; i < log_latch.rows; i++)
		if (log_latch.row[i].exits)
			log_row(vm, &log_latch.row[i]);
}

void log_due_vms(void)
{
	every = READ_ONCE(vmtoll_log_every);
	if (every)
		registry_walk_vms(log_vm);
}
