// SPDX-License-Identifier: GPL-2.0
/*
 * Test intervals. If an exit starts before the interval or ends after it, only the part within the
 * interval may count. If a VM ends during the interval, its figures must not be lost. The tests
 * change the fixture, and read it with the kmod source before and after the change.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/audit.h"
#include "analysis/interval.h"
#include "readings.h"

#define SECOND (1000ull * FIXTURE_TSC_KHZ)
#define START  (100 * SECOND)
#define INTR   0x60
#define PID    812

static const struct scope scope = { .pid = { PID }, .pids = 1, .vcpu = -1 };

static struct complaint complaint;
static struct fixture fixture;
static struct source *source;
static struct snapshot *before;
static struct snapshot *after;
static struct books delta;

/*
 * The vCPU has a row for INTR and a row for HLT. Each row starts with 10 exits of 1000 cycles
 * each.
 */
static struct vmtoll_ledger *vcpu;
static struct vmtoll_row *intr;
static struct vmtoll_row *hlt;

static void make_vcpu(uint32_t isa)
{
	fixture_create(&fixture, NULL, isa, 4);
	vcpu = fixture_vcpu(&fixture, 1, 7, PID, 0);
	intr = fixture_row(vcpu, isa == VMTOLL_ISA_SVM ? INTR : 1, 10, 1000, 0, 0);
	hlt = fixture_row(vcpu, isa == VMTOLL_ISA_SVM ? VMTOLL_SVM_HLT : VMTOLL_VMX_HLT, 10, 1000,
			  0, 0);
	vcpu->start_tsc = START - 50 * SECOND;
	fixture_enter(vcpu, START - 10 * SECOND);
	source = readings_open(&fixture);
	delta = (struct books){ 0 };
}

static int setup(void **state)
{
	(void)state;
	make_vcpu(VMTOLL_ISA_SVM);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	books_release(&delta);
	readings_release(&fixture, source, &before, &after);
	return 0;
}

static struct snapshot *take(uint64_t tsc)
{
	return readings_take(&fixture, source, tsc);
}

/*
 * Begin an exit at @tsc, and leave it open. If @vmm is true, the vCPU enters user space 100 cycles
 * later.
 */
static void open_exit(const struct vmtoll_row *row, uint64_t tsc, bool vmm)
{
	vcpu->exit_tsc = tsc;
	vcpu->open_row = (uint32_t)(row - vcpu->row);
	vcpu->open_vmm_tsc = vmm ? -(int64_t)(tsc + 100) : 0;
	vcpu->open_halt_tsc = 0;
}

/*
 * End the open exit at @tsc. @vmm is its time in user space, and @halt is its time in the halted
 * state.
 */
static void end_exit(uint64_t tsc, uint64_t vmm, uint64_t halt)
{
	struct vmtoll_row *row = &vcpu->row[vcpu->open_row];
	uint64_t whole = tsc - vcpu->exit_tsc;

	row->exits++;
	row->kvm_tsc += whole - vmm - halt;
	row->vmm_tsc += vmm;
	row->halt_tsc += halt;
	row->hist[VMTOLL_BUCKETS - 1]++;
	if (row->longest_tsc < whole)
		row->longest_tsc = whole;
	vcpu->kvm_tsc += whole - vmm - halt;
	vcpu->kvm_exits++;
	vcpu->guest_tsc += vcpu->exit_tsc - vcpu->entry_tsc;
	vcpu->entry_tsc = tsc;
	vcpu->open_row = VMTOLL_ROW_NONE;
	vcpu->open_vmm_tsc = 0;
	vcpu->open_halt_tsc = 0;
}

static void cause_exits(struct vmtoll_ledger *ledger, uint64_t exits)
{
	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX], exits, 1000, 0, 0);
}

static void compute(const struct scope *in)
{
	int error = interval_books(before, after, in, &delta, &complaint);

	if (error)
		fail_msg("%s", complaint.text);
}

/* Check that the times in all places add up to the wall-clock time. */
static void check_balance(void)
{
	assert_int_equal(books_measured_tsc(&delta), delta.wall_tsc);
}

static uint64_t away(void)
{
	return row_whole_tsc(&delta.total) + row_whole_tsc(&delta.observer);
}

/*
 * A VM has been stopped for 5 s when the interval starts. The VM resumes half a second later.
 * The interval lasts 1 s.
 */
static void stopped_before(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	end_exit(START + SECOND / 2, 5 * SECOND + SECOND / 2 - 200, 0);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.wall_tsc, SECOND);
	assert_int_equal(delta.clock_tsc, SECOND);
	assert_int_equal(away(), SECOND / 2);
	assert_int_equal(delta.total.vmm_tsc, SECOND / 2 - 100);
	assert_int_equal(delta.total.kvm_tsc, 100);
	assert_int_equal(delta.row[0].longest_tsc, SECOND / 2);
	assert_true(delta.row[0].flags & ROW_AT_MOST);
	assert_int_equal(delta.total.longest_tsc, SECOND / 2);
	assert_int_equal(delta.total.exits, 0);
	assert_int_equal(delta.guest_tsc, SECOND / 2);
	check_balance();
}

static void stopped_throughout(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	after = take(START + 2 * SECOND);
	compute(&scope);
	assert_int_equal(delta.wall_tsc, 2 * SECOND);
	assert_int_equal(delta.rows, 1);
	assert_int_equal(delta.row[0].code, INTR);
	assert_int_equal(delta.row[0].exits, 0);
	assert_int_equal(delta.row[0].vmm_tsc, 2 * SECOND);
	assert_int_equal(delta.row[0].kvm_tsc, 0);
	assert_int_equal(delta.row[0].longest_tsc, 2 * SECOND);
	assert_false(delta.row[0].flags & ROW_AT_MOST);
}

static void halted_throughout(void **state)
{
	static const uint32_t isas[] = { VMTOLL_ISA_SVM, VMTOLL_ISA_VMX };

	for (int i = 0; i < 2; i++) {
		teardown(state);
		make_vcpu(isas[i]);
		open_exit(hlt, START - 6 * SECOND, false);
		before = take(START);
		after = take(START + SECOND);
		compute(&scope);
		assert_int_equal(delta.total.halt_tsc, SECOND);
		assert_int_equal(away(), delta.wall_tsc);
	}
}

/*
 * Without KVM's tracepoint for halts, the time in the halted state must be counted as time in
 * KVM.
 */
static void halts_may_be_unknown(void **state)
{
	(void)state;
	fixture.host->flags &= ~VMTOLL_HOST_HALT_TIME;
	open_exit(hlt, START - 6 * SECOND, false);
	before = take(START);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.halt_tsc, 0);
	assert_int_equal(delta.total.kvm_tsc, SECOND);
}

/*
 * While a HLT exit is open, all of its time counts as halted. When the exit ends, part of this
 * time turns out to be time in KVM. In the interval, the two times together must still equal the
 * part of the exit that lies within the interval.
 */
static void place_is_corrected(void **state)
{
	(void)state;
	open_exit(hlt, START - SECOND, false);
	before = take(START);
	end_exit(START + 50, 0, SECOND - 300);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(away(), 50);
	assert_int_equal(delta.total.kvm_tsc, 50);
	assert_int_equal(delta.total.halt_tsc, 0);
	assert_int_equal(row_whole_tsc(&delta.row[0]), 50);
	assert_int_equal(delta.guest_tsc, SECOND - 50);
	check_balance();
}

/*
 * Move @tsc cycles of the last exit from the time in KVM to the time waiting for a CPU. The first
 * snapshot was taken while this exit was open, so it counts these cycles as time in KVM or as
 * halted time.
 */
static void was_waiting(struct vmtoll_row *row, uint64_t tsc)
{
	row->kvm_tsc -= tsc;
	vcpu->kvm_tsc -= tsc;
	vcpu->ready_tsc += tsc;
}

/*
 * An exit begins 1000 cycles before the interval and ends 50 cycles after the interval has
 * started. The first snapshot counts the 1000 cycles as time of @row. When the exit ends, the
 * module finds that the thread was waiting for a CPU during 700 of these cycles. Only the last 50
 * cycles of the exit may count in the interval.
 */
static void wait_is_corrected(struct vmtoll_row *row)
{
	open_exit(row, START - 1000, false);
	before = take(START);
	end_exit(START + 50, 0, 0);
	was_waiting(row, 700);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(away() + delta.ready_tsc, 50);
	assert_int_equal(delta.guest_tsc, SECOND - 50);
	check_balance();
}

static void wait_in_kvm_is_corrected(void **state)
{
	(void)state;
	wait_is_corrected(intr);
}

static void wait_in_a_halt_is_corrected(void **state)
{
	(void)state;
	wait_is_corrected(hlt);
	assert_int_equal(delta.total.halt_tsc, 0);
}

/*
 * The exit began 1000 cycles before the interval and ends 5000 cycles after its start. The thread
 * has waited for 3700 of these 6000 cycles. The longest exit includes this wait.
 */
static void wait_continues(void **state)
{
	(void)state;
	open_exit(intr, START - 1000, false);
	before = take(START);
	end_exit(START + 5000, 0, 0);
	was_waiting(intr, 3700);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.kvm_tsc, 1300);
	assert_int_equal(delta.ready_tsc, 3700);
	assert_int_equal(delta.row[0].longest_tsc, 5000);
	check_balance();
}

/*
 * The first snapshot counts 700 cycles of the open exit as time waiting for a CPU. When the exit
 * ends, 200 of them are reclassified as halted time, because the kernel's clock and the
 * scheduler's clock differ. These 200 cycles lie before the interval, so they must not count.
 */
static void wait_becomes_halted(void **state)
{
	(void)state;
	open_exit(hlt, START - 1000, false);
	vcpu->open_ready_tsc = 700;
	vcpu->open_halt_tsc = 300;
	before = take(START);
	assert_int_equal(before->vm[0].vcpu[0].ready_tsc, 700);
	vcpu->open_ready_tsc = 0;
	end_exit(START + 50, 0, 540);
	was_waiting(hlt, 500);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.ready_tsc, 0);
	assert_int_equal(away(), 50);
	check_balance();
}

/*
 * The first snapshot counts 700 cycles of the open exit as time waiting for a CPU. When the exit
 * ends, the module counts only 500 such cycles, because the scheduler's clock and the TSC differ.
 * Within the interval, no time is spent in exits, so the missing 200 cycles must be subtracted
 * from the time in the guest.
 */
static void wait_was_too_long(void **state)
{
	(void)state;
	open_exit(intr, START - 1000, false);
	vcpu->open_ready_tsc = 700;
	before = take(START);
	vcpu->open_ready_tsc = 0;
	end_exit(START, 0, 0);
	was_waiting(intr, 700);
	vcpu->ready_tsc -= 200;
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.ready_tsc, 0);
	assert_int_equal(away(), 0);
	assert_int_equal(delta.guest_tsc, SECOND - 200);
}

/* If an exit is still open, the time waiting for a CPU counts up to the end of the interval. */
static void wait_is_open(void **state)
{
	(void)state;
	before = take(START);
	open_exit(intr, START + 100, false);
	vcpu->open_ready_tsc = 300;
	after = take(START + 500);
	compute(&scope);
	assert_int_equal(delta.ready_tsc, 300);
	assert_int_equal(delta.total.kvm_tsc, 100);
	assert_int_equal(delta.guest_tsc, 100);
	assert_int_equal(delta.row[0].longest_tsc, 400);
	check_balance();
}

/*
 * The reader found the vCPU in the guest, and the vCPU exited before the reader read the TSC. The
 * time in the guest must not become negative.
 */
static void exit_during_the_reading(void **state)
{
	(void)state;
	before = take(START);
	before->vm[0].vcpu[0].guest_tsc += 40;
	open_exit(intr, START, false);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.guest_tsc, 0);
	assert_int_equal(delta.total.kvm_tsc, SECOND);
}

/*
 * Polled time is added when the halt ends. It is part of the halted time. The time polled before
 * the interval does not count.
 */
static void polled_time(void **state)
{
	(void)state;
	fixture_wait(vcpu, 0, 500);
	before = take(START);
	fixture_exits(vcpu, hlt, 1, 1000, 0, 7);
	fixture_wait(vcpu, 0, 2000);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.halt_tsc, 7000);
	assert_int_equal(delta.polled_tsc, 2000);
	check_balance();
}

/* The module is older than the tool, so it does not measure the time in the guest. */
static void books_may_be_unknown(void **state)
{
	(void)state;
	fixture.host->flags &= ~(VMTOLL_HOST_BOOKS | VMTOLL_HOST_READY_TIME);
	open_exit(intr, START - 1000, false);
	before = take(START);
	assert_false(before->origin.knows & (KNOWS_BOOKS | KNOWS_READY | KNOWS_POLLED));
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.kvm_tsc, SECOND);
	assert_int_equal(delta.wall_tsc, SECOND);
}

/*
 * If an exit starts during the interval and is still open at the end, its time up to the end of
 * the interval must count.
 */
static void open_at_the_end(void **state)
{
	(void)state;
	before = take(START);
	open_exit(intr, START + SECOND / 4, false);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.exits, 1);
	assert_int_equal(delta.audit.exits, 1);
	assert_int_equal(delta.audit.kvm_exits, 1);
	assert_int_equal(delta.total.kvm_tsc, 3 * SECOND / 4);
	assert_int_equal(delta.total.longest_tsc, 3 * SECOND / 4);
	check_balance();
}

/*
 * If the source does not provide the time of open exits, the whole time of an exit counts in the
 * interval in which the exit ends.
 */
static void time_so_far_may_be_unknown(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(0);
	assert_false(before->origin.knows & KNOWS_OPEN_TIME);
	end_exit(START + SECOND / 2, 5 * SECOND, 0);
	after = take(0);
	compute(&scope);
	assert_int_equal(away(), 5 * SECOND + SECOND / 2);
	assert_int_equal(delta.clock_tsc, 0);
}

/*
 * End the VM as the module does: add its exits to slot 0, and mark its ledger as ended without
 * removing the ledger.
 */
static void end_vm(uint64_t tsc)
{
	struct vmtoll_ledger *departed = fixture_ledger(&fixture, 0);

	for (uint32_t i = VMTOLL_ROW_FIRST_INDEX; i < vcpu->rows; i++) {
		departed->row[i] = vcpu->row[i];
		departed->row[i].exits += i == vcpu->open_row;
	}
	departed->rows = vcpu->rows;
	departed->kvm_tsc = vcpu->kvm_tsc;
	departed->kvm_exits = vcpu->kvm_exits + (vcpu->open_row != VMTOLL_ROW_NONE);
	departed->vcpus = 1;
	departed->guest_tsc = vcpu->guest_tsc;
	if (vcpu->open_row != VMTOLL_ROW_NONE)
		departed->guest_tsc += vcpu->exit_tsc - vcpu->entry_tsc;
	departed->ready_tsc = vcpu->ready_tsc;
	vcpu->flags |= VMTOLL_LEDGER_ENDED;
	vcpu->ended_tsc = tsc;
}

static void vm_ends(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	end_vm(START + 3 * SECOND);
	after = take(START + 4 * SECOND);
	assert_int_equal(after->vms, 0);
	compute(&scope);
	assert_int_equal(delta.ended_tsc, 3 * SECOND);
	assert_int_equal(delta.wall_tsc, 3 * SECOND);
	assert_int_equal(delta.total.vmm_tsc, 3 * SECOND);
	assert_int_equal(delta.audit.kvm_exits, 0);
	check_balance();
}

/*
 * The sum over the departed vCPUs does not include the times of their last exits. These times must
 * be added to the sum from the ledgers that the module has kept.
 */
static void vm_ends_among_all(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	end_vm(START + 3 * SECOND);
	after = take(START + 4 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(delta.ended_tsc, 0);
	assert_int_equal(delta.counts.departed, 1);
	assert_int_equal(away(), 3 * SECOND);
	assert_int_equal(delta.total.vmm_tsc, 3 * SECOND);
	assert_int_equal(delta.total.longest_tsc, 3 * SECOND);
	assert_int_equal(delta.total.exits, 0);
	assert_int_equal(delta.untimed, 0);
	assert_int_equal(delta.wall_tsc, 3 * SECOND);
	check_balance();
}

/*
 * Before the interval, the vCPU had a residual of 123 cycles. When the vCPU ends, this residual
 * must not be counted in the interval, even if the vCPU's ledger is not kept.
 */
static void residual_of_an_ended_vcpu(void **state)
{
	for (int kept = 0; kept < 2; kept++) {
		teardown(state);
		make_vcpu(VMTOLL_ISA_SVM);
		vcpu->guest_tsc -= 123;
		before = take(START);
		cause_exits(vcpu, 3);
		open_exit(intr, START + SECOND, true);
		end_vm(START + 3 * SECOND);
		*fixture_generation(&fixture, 1) += !kept;
		after = take(START + 4 * SECOND);
		compute(&SCOPE_ALL);
		check_balance();
	}
}

/*
 * If the ledger of an ended VM was not kept, the time of its last exit is unknown. This time must
 * not become negative, and the exit must be counted as untimed.
 */
static void last_exit_may_be_unknown(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	end_vm(START + 3 * SECOND);
	*fixture_generation(&fixture, 1) += 1;
	after = take(START + 4 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(away(), 0);
	assert_int_equal(delta.counts.departed, 1);
	assert_int_equal(delta.untimed, 1);
	check_balance();
}

/*
 * An exit is open when the interval starts. By then, its thread has already waited for a CPU for
 * 400 cycles. The exit and the VM end during the interval, and the VM's ledger is removed. The
 * whole exit then counts in the interval, but the 400 cycles must not count twice.
 */
static void wait_before_a_removed_ledger(void **state)
{
	(void)state;
	open_exit(intr, START - 1000, false);
	vcpu->open_ready_tsc = 400;
	before = take(START);
	vcpu->open_ready_tsc = 0;
	end_exit(START + 50, 0, 0);
	was_waiting(intr, 400);
	end_vm(START + SECOND);
	*fixture_generation(&fixture, 1) += 1;
	after = take(START + 2 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(away(), 650);
	assert_int_equal(delta.ready_tsc, 400);
	check_balance();
}

/*
 * The time of a VM's last exit must also be counted if the VM starts and ends during the
 * interval.
 */
static void vm_starts_and_ends(void **state)
{
	uint32_t *generation = fixture_generation(&fixture, 1);

	(void)state;
	*generation += 1;
	before = take(START);
	*generation += 1;
	vcpu->generation = *generation;
	open_exit(intr, START + SECOND, true);
	end_vm(START + 3 * SECOND);
	after = take(START + 4 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(delta.total.exits, 21);
	assert_int_equal(delta.total.vmm_tsc, 2 * SECOND - 100);
	assert_int_equal(delta.untimed, 0);
	assert_int_equal(delta.wall_tsc, 53 * SECOND); /* since the vCPU's start_tsc */
	check_balance();
}

/* The last exit of a VM that ended before the interval must not count. */
static void vm_ended_before(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	end_vm(START - SECOND);
	before = take(START);
	after = take(START + 4 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(away(), 0);
	assert_int_equal(delta.total.exits, 0);
	assert_int_equal(delta.untimed, 0);
	books_release(&delta);
	assert_int_equal(books_gather(after, &SCOPE_ALL, &delta, &complaint), 0);
	assert_int_equal(delta.untimed, 1);
}

static void ended_vm_can_be_read(void **state)
{
	struct audit_line *line;

	(void)state;
	end_vm(START);
	after = take(START + SECOND);
	assert_false(interval_use_ended(
		after, &(struct scope){ .pid = { PID + 1 }, .pids = 1, .vcpu = -1 }));
	assert_false(interval_use_ended(after, &SCOPE_ALL));
	assert_true(interval_use_ended(after, &scope));
	assert_int_equal(books_gather(after, &scope, &delta, &complaint), 0);
	assert_int_equal(delta.total.exits, 20);
	assert_int_equal(delta.ended_tsc, START);
	assert_int_equal(audit_lines(after, &scope, &line), 1);
	assert_int_equal(line[0].faults, 0);
	free(line);
}

/* If several VMs of a process have ended, vmtoll must report the one that was started last. */
static void newest_ended_vm_is_used(void **state)
{
	struct vmtoll_ledger *newer;

	(void)state;
	end_vm(START);
	newer = fixture_vcpu(&fixture, 2, 8, PID, 0);
	fixture_row(newer, INTR, 3, 1000, 0, 0);
	newer->flags |= VMTOLL_LEDGER_ENDED;
	newer->ended_tsc = START + 1;
	after = take(START + SECOND);
	assert_true(interval_use_ended(after, &scope));
	assert_int_equal(books_gather(after, &scope, &delta, &complaint), 0);
	assert_int_equal(delta.total.exits, 3);
}

/*
 * Test an interval of all VMs, and a live vCPU whose exit began before the interval and is still
 * open. The part of this exit before the interval belongs to the previous interval, and must be
 * subtracted.
 */
static void live_exit_is_subtracted_among_all(void **state)
{
	(void)state;
	open_exit(intr, START - 5 * SECOND, true);
	before = take(START);
	after = take(START + 2 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(away(), 2 * SECOND);
	check_balance();
}

/* If a process has a live VM and a VM that has terminated, vmtoll must report the live VM. */
static void live_vm_is_preferred(void **state)
{
	(void)state;
	end_vm(START);
	fixture_row(fixture_vcpu(&fixture, 2, 8, PID, 0), INTR, 3, 1000, 0, 0);
	after = take(START + SECOND);
	assert_false(interval_use_ended(after, &scope));
	assert_int_equal(books_gather(after, &scope, &delta, &complaint), 0);
	assert_int_equal(delta.total.exits, 3);
}

static void removed_ledger_is_an_error(void **state)
{
	(void)state;
	before = take(START);
	end_vm(START);
	*fixture_generation(&fixture, 1) += 1;
	after = take(START + SECOND);
	assert_int_equal(interval_books(before, after, &scope, &delta, &complaint), -ENOENT);
	assert_has(complaint.text, "has ended");
}

#define OTHER_PID 240

static const struct scope both = { .pid = { OTHER_PID, PID }, .pids = 2, .vcpu = -1 };

/* Create a second VM with one vCPU, which has the same rows as the vCPU of the first VM. */
static struct vmtoll_ledger *make_other(void)
{
	struct vmtoll_ledger *other = fixture_vcpu(&fixture, 2, 8, OTHER_PID, 0);

	fixture_row(other, INTR, 10, 1000, 0, 0);
	other->start_tsc = START - 20 * SECOND;
	fixture_enter(other, START - 10 * SECOND);
	return other;
}

/* Several processes may be selected. The exits of a third VM must not count. */
static void two_vms(void **state)
{
	struct vmtoll_ledger *other = make_other();
	struct vmtoll_ledger *third = fixture_vcpu(&fixture, 3, 9, 500, 0);

	(void)state;
	fixture_row(third, INTR, 1, 1000, 0, 0);
	before = take(START);
	cause_exits(vcpu, 3);
	cause_exits(other, 40);
	cause_exits(third, 500);
	after = take(START + SECOND);
	compute(&both);
	assert_int_equal(delta.total.exits, 43);
	assert_int_equal(delta.counts.vms, 2);
	assert_int_equal(delta.counts.vcpus, 2);
	assert_int_equal(delta.wall_tsc, 2 * SECOND);
	check_balance();
	assert_int_equal(delta.ends.count, 0);
}

/* If one of several VMs ends, its figures must be kept, and its end must be reported. */
static void one_of_two_ends(void **state)
{
	struct vmtoll_ledger *other = make_other();
	struct audit_line *line;

	(void)state;
	before = take(START);
	cause_exits(vcpu, 3);
	end_vm(START + 3 * SECOND);
	cause_exits(other, 40);
	after = take(START + 4 * SECOND);
	compute(&both);
	assert_int_equal(delta.total.exits, 43);
	assert_int_equal(delta.wall_tsc, 7 * SECOND);
	check_balance();
	assert_int_equal(delta.ended_tsc, 3 * SECOND);
	assert_int_equal(delta.ends.count, 1);
	assert_int_equal(delta.ends.vm[0].pid, PID);
	assert_int_equal(delta.ends.vm[0].tsc, 3 * SECOND);
	snapshot_destroy(after);
	after = take(START + 4 * SECOND);
	assert_true(interval_use_ended(after, &both));
	assert_int_equal(audit_lines(after, &both, &line), 2);
	free(line);
}

/*
 * One of two VMs ends and its ledger is removed, so its exit count is unknown. Computing the
 * interval must fail. In this test, no sum decreases, because the other VM causes more exits than
 * the removed ledger contained.
 */
static void removed_ledger_of_one_is_an_error(void **state)
{
	struct vmtoll_ledger *other = make_other();

	(void)state;
	before = take(START);
	end_vm(START);
	*fixture_generation(&fixture, 1) += 1;
	fixture_row(other, VMTOLL_SVM_HLT, 20, 1000, 0, 0);
	cause_exits(other, 1000);
	after = take(START + SECOND);
	assert_int_equal(interval_books(before, after, &both, &delta, &complaint), -ENOENT);
	assert_has(complaint.text, "has ended");
}

/* A vCPU that ended before the interval must not count, although its VM is still live. */
static void vcpu_ended_before(void **state)
{
	struct vmtoll_ledger *second = fixture_vcpu(&fixture, 2, 7, PID, 1);

	(void)state;
	fixture_row(second, INTR, 20, 1000, 0, 0);
	second->flags |= VMTOLL_LEDGER_ENDED;
	second->ended_tsc = START - SECOND;
	before = take(START);
	cause_exits(vcpu, 3);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.exits, 3);
	assert_int_equal(delta.ended_tsc, 0);
}

/*
 * The VM ends in the first of two consecutive intervals. The figures of both intervals must add
 * up, and nothing may be counted twice.
 */
static void consecutive_intervals(void **state)
{
	(void)state;
	before = take(START);
	cause_exits(vcpu, 3);
	end_vm(START + SECOND / 2);
	after = take(START + SECOND);
	compute(&scope);
	assert_int_equal(delta.total.exits, 3);
	assert_int_equal(delta.ended_tsc, SECOND / 2);
	books_release(&delta);
	interval_drop_ended(after);
	assert_false(interval_has_vcpus(after, &scope));
	assert_true(interval_has_vcpus(after, &SCOPE_ALL));
	snapshot_destroy(before);
	before = after;
	after = take(START + 2 * SECOND);
	compute(&SCOPE_ALL);
	assert_int_equal(delta.total.exits, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(stopped_before),
		test(stopped_throughout),
		test(halted_throughout),
		test(halts_may_be_unknown),
		test(place_is_corrected),
		test(wait_in_kvm_is_corrected),
		test(wait_in_a_halt_is_corrected),
		test(wait_continues),
		test(wait_becomes_halted),
		test(wait_was_too_long),
		test(wait_is_open),
		test(exit_during_the_reading),
		test(polled_time),
		test(books_may_be_unknown),
		test(open_at_the_end),
		test(time_so_far_may_be_unknown),
		test(vm_ends),
		test(vm_ends_among_all),
		test(residual_of_an_ended_vcpu),
		test(last_exit_may_be_unknown),
		test(wait_before_a_removed_ledger),
		test(vm_starts_and_ends),
		test(vm_ended_before),
		test(vcpu_ended_before),
		test(consecutive_intervals),
		test(ended_vm_can_be_read),
		test(newest_ended_vm_is_used),
		test(live_exit_is_subtracted_among_all),
		test(live_vm_is_preferred),
		test(removed_ledger_is_an_error),
		test(two_vms),
		test(one_of_two_ends),
		test(removed_ledger_of_one_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
