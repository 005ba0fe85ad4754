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

/*
 * Print the exits of at most LOG_BURST VMs every five seconds. The number of lines per VM is not
 * limited.
 */
#define LOG_BURST 10
static DEFINE_RATELIMIT_STATE(log_limit, 5 * HZ, LOG_BURST);

static u64 vm_exits(const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;
	u64 exits = 0;

	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm)
		exits += ledger_exits(l);
	return exits;
}

/*
 * The VMs that are due in the current pass, in the order in which they are printed. The VMs are
 * collected under RCU and printed afterwards, because printing takes a long time. Only the worker
 * uses this array.
 */
static struct due_vm {
	u32 id;
	u32 pid;
	u64 exits;
} due[LOG_BURST];
static u32 due_count;

/*
 * The ID of the VM that was printed last. The VM with the next higher ID is printed next, so that
 * each VM is printed in turn if too many VMs are due.
 */
static u32 last_printed;

/* Return how many IDs precede @id in the order in which VMs are printed. */
static u32 turn(u32 id)
{
	return id - last_printed - 1;
}

static void log_row(const struct due_vm *vm, const struct latched_row *row)
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

static void collect_due(struct vm_ledgers *vm)
{
	u64 exits = vm_exits(vm);
	u32 i;

	if (exits / every == vm->logged_exits / every)
		return;
	if (due_count < LOG_BURST)
		due_count++;
	else if (turn(vm->id) > turn(due[LOG_BURST - 1].id))
		return;
	for (i = due_count - 1; i && turn(due[i - 1].id) > turn(vm->id); i--)
		due[i] = due[i - 1];
	due[i] = (struct due_vm){ vm->id, vm->pid, exits };
}

/* The VM that latch_wanted() copies. */
static const struct due_vm *wanted;

static void latch_wanted(struct vm_ledgers *vm)
{
	if (vm->id != wanted->id)
		return;
	vm->logged_exits = wanted->exits;
	latch_vm(&log_latch, vm);
}

static void log_vm(const struct due_vm *vm)
{
	u32 i;

	wanted = vm;
	log_latch.rows = 0; /* the VM may have ended */
	registry_walk_vms(latch_wanted);
	pr_info("vm %u (pid %u): %llu exits\n", vm->id, vm->pid, vm->exits);
	for (i = 0; i < log_latch.rows; i++)
		if (log_latch.row[i].exits)
			log_row(vm, &log_latch.row[i]);
}

void log_due_vms(void)
{
	u32 i;

	every = READ_ONCE(vmtoll_log_every);
	if (!every)
		return;
	due_count = 0;
	registry_walk_vms(collect_due);
	/* __ratelimit() may print a line, so it must not be called under RCU. */
	for (i = 0; i < due_count && __ratelimit(&log_limit); i++) {
		log_vm(&due[i]);
		last_printed = due[i].id;
	}
}
