// SPDX-License-Identifier: GPL-2.0
/*
 * Test the activity of VMs. Each test reads the fixture with the kmod source, changes the fixture,
 * and reads it again.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/activity.h"
#include "analysis/interval.h"
#include "readings.h"

#define SECOND (1000ull * FIXTURE_TSC_KHZ)
#define START  (100 * SECOND)
#define NPF    0x400
#define MSR    0x7c

static struct complaint complaint;
static struct fixture fixture;
static struct source *source;
static struct snapshot *before;
static struct snapshot *after;
static struct activity activity;

static struct vmtoll_ledger *start_vcpu(uint32_t slot, uint32_t vm, uint32_t index)
{
	struct vmtoll_ledger *vcpu = fixture_vcpu(&fixture, slot, vm, 800 + vm, index);

	vcpu->start_tsc = START - SECOND;
	vcpu->entry_tsc = vcpu->start_tsc;
	return vcpu;
}

/* The total time that the departed vCPUs have spent in the guest. */
static uint64_t guest_of_departed;

/*
 * End the vCPU in @slot at @tsc, as the module does: add its exits to slot 0, and keep its
 * ledger. Until @tsc, the vCPU is in the guest.
 */
static void end_vcpu(uint32_t slot, uint64_t tsc)
{
	struct vmtoll_ledger *departed = fixture_ledger(&fixture, 0);
	struct vmtoll_ledger *vcpu = fixture_ledger(&fixture, slot);

	vcpu->flags |= VMTOLL_LEDGER_ENDED;
	vcpu->ended_tsc = tsc;
	departed->vcpus++;
	departed->ready_tsc += vcpu->ready_tsc;
	for (uint32_t i = VMTOLL_ROW_FIRST_INDEX; i < vcpu->rows; i++)
		fixture_row(departed, vcpu->row[i].code, vcpu->row[i].exits,
			    vcpu->row[i].exits ? vcpu->row[i].kvm_tsc / vcpu->row[i].exits : 0, 0,
			    0);
	departed->guest_tsc = guest_of_departed += vcpu->guest_tsc + tsc - vcpu->entry_tsc;
}

static struct snapshot *take(uint64_t tsc)
{
	return readings_take(&fixture, source, tsc);
}

/* VM 1 has two vCPUs, and VM 2 has one. VM 9 ended before the interval. */
static int setup(void **state)
{
	(void)state;
	guest_of_departed = 0;
	fixture_create(&fixture, NULL, VMTOLL_ISA_SVM, 8);
	fixture_row(start_vcpu(1, 1, 0), NPF, 10, 1000, 0, 0);
	fixture_row(start_vcpu(2, 1, 1), NPF, 20, 1000, 0, 0);
	fixture_row(start_vcpu(3, 2, 0), MSR, 30, 3000, 0, 0);
	fixture_row(start_vcpu(4, 9, 0), MSR, 5, 3000, 0, 0);
	end_vcpu(4, START - 1);
	source = readings_open(&fixture);
	before = take(START);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	activity_release(&activity);
	readings_release(&fixture, source, &before, &after);
	return 0;
}

static struct vmtoll_ledger *ledger(uint32_t slot)
{
	return fixture_ledger(&fixture, slot);
}

static void more(uint32_t slot, uint64_t exits, uint64_t each)
{
	fixture_exits(ledger(slot), &ledger(slot)->row[VMTOLL_ROW_FIRST_INDEX], exits, each, 0, 0);
}

static void compute(void)
{
	after = take(START + SECOND);
	assert_int_equal(activity_make(before, after, &SCOPE_ALL, &activity, &complaint), 0);
}

static const struct vm_activity *vm_of(uint32_t id)
{
	for (size_t i = 0; i < activity.vms; i++)
		if (activity.vm[i].vm->id == id)
			return &activity.vm[i];
	fail_msg("VM %u is not in the activity", id);
	return NULL;
}

/*
 * Check that the figures of the individual VMs add up to the result of interval_books() for
 * SCOPE_ALL.
 */
static void sum_is_whole(void)
{
	struct books sum = { 0 };
	struct books whole;

	for (size_t i = 0; i < activity.vms; i++)
		assert_int_equal(books_add(&sum, &activity.vm[i].books), 0);
	assert_int_equal(interval_books(before, after, &SCOPE_ALL, &whole, &complaint), 0);
	assert_int_equal(sum.total.exits, whole.total.exits);
	assert_int_equal(sum.total.kvm_tsc, whole.total.kvm_tsc);
	assert_int_equal(sum.guest_tsc, whole.guest_tsc);
	assert_int_equal(sum.ready_tsc, whole.ready_tsc);
	assert_int_equal(sum.wall_tsc, whole.wall_tsc);
	assert_int_equal(books_measured_tsc(&sum), sum.wall_tsc);
	assert_memory_equal(sum.total.hist, whole.total.hist, sizeof(sum.total.hist));
	assert_int_equal(sum.rows, whole.rows);
	for (size_t i = 0; i < whole.rows; i++)
		assert_int_equal(books_find(&sum, &whole.row[i])->exits, whole.row[i].exits);
	books_release(&sum);
	books_release(&whole);
}

static void vms_have_their_own_exits(void **state)
{
	(void)state;
	more(1, 3, 5000);
	more(2, 4, 1000);
	more(3, 7, 2000);
	compute();
	assert_int_equal(activity.vms, 2);
	assert_int_equal(activity.length_ns, 1000000000);
	assert_int_equal(vm_of(1)->books.total.exits, 7);
	assert_int_equal(vm_of(1)->books.total.kvm_tsc, 3 * 5000 + 4 * 1000);
	assert_int_equal(vm_of(1)->books.total.longest_tsc, 5000);
	assert_int_equal(vm_of(1)->books.counts.vcpus, 2);
	assert_int_equal(vm_of(1)->books.wall_tsc, 2 * SECOND);
	assert_int_equal(vm_of(2)->books.total.exits, 7);
	assert_false(vm_of(2)->started || vm_of(2)->ended);
	sum_is_whole();
}

/* One VM ends in the interval, a second VM starts, and a third VM starts and ends. */
static void vms_come_and_go(void **state)
{
	(void)state;
	more(3, 7, 3000);
	end_vcpu(3, START + SECOND / 2);
	fixture_row(start_vcpu(5, 5, 0), NPF, 11, 1000, 0, 0);
	fixture_row(start_vcpu(6, 6, 0), MSR, 13, 1000, 0, 0);
	end_vcpu(6, START + SECOND / 4);
	compute();
	assert_int_equal(activity.vms, 4);
	assert_int_equal(vm_of(1)->books.total.exits, 0);
	assert_int_equal(vm_of(2)->books.total.exits, 7);
	assert_true(vm_of(2)->ended && !vm_of(2)->started);
	assert_int_equal(vm_of(2)->books.wall_tsc, SECOND / 2);
	assert_int_equal(vm_of(5)->books.total.exits, 11);
	assert_true(vm_of(5)->started && !vm_of(5)->ended);
	assert_int_equal(vm_of(6)->books.total.exits, 13);
	assert_true(vm_of(6)->started && vm_of(6)->ended);
	sum_is_whole();
}

/* Only the part of an exit that lies within the interval counts. */
static void open_exits_are_clipped(void **state)
{
	struct vmtoll_ledger *vcpu = ledger(1);

	(void)state;
	vcpu->exit_tsc = START + SECOND - 700;
	vcpu->open_row = VMTOLL_ROW_FIRST_INDEX;
	compute();
	assert_int_equal(vm_of(1)->books.total.exits, 1);
	assert_int_equal(vm_of(1)->books.total.kvm_tsc, 700);
	assert_int_equal(vm_of(1)->books.row[0].longest_tsc, 700);
	activity_release(&activity);
	snapshot_destroy(before);
	before = after;
	after = take(START + 3 * SECOND);
	assert_int_equal(activity_make(before, after, &SCOPE_ALL, &activity, &complaint), 0);
	assert_int_equal(vm_of(1)->books.total.exits, 0);
	assert_int_equal(vm_of(1)->books.total.kvm_tsc, 2 * SECOND);
	assert_int_equal(vm_of(1)->books.row[0].longest_tsc, 2 * SECOND);
}

static void vcpus_add_up(void **state)
{
	struct vcpu_activity *vcpu;

	(void)state;
	more(1, 3, 5000);
	more(2, 4, 1000);
	compute();
	assert_int_equal(activity_vcpus(&activity, vm_of(1), &SCOPE_ALL, &vcpu), 2);
	assert_int_equal(vcpu[0].books.total.exits, 3);
	assert_int_equal(vcpu[1].books.total.exits, 4);
	assert_int_equal(vcpu[1].books.wall_tsc, SECOND);
	activity_vcpus_release(vcpu, 2);
}

static void without_a_first_snapshot(void **state)
{
	(void)state;
	assert_int_equal(activity_make(NULL, before, &SCOPE_ALL, &activity, &complaint), 0);
	assert_int_equal(activity.vms, 2);
	assert_int_equal(activity.length_ns, 0);
	assert_int_equal(vm_of(1)->books.total.exits, 30);
	assert_int_equal(vm_of(1)->books.wall_tsc, 2 * SECOND);
}

static void scopes_select_vms(void **state)
{
	struct scope scope = scope_of(801, 1);

	(void)state;
	more(2, 4, 1000);
	after = take(START + SECOND);
	assert_int_equal(activity_make(before, after, &scope, &activity, &complaint), 0);
	assert_int_equal(activity.vms, 1);
	assert_int_equal(vm_of(1)->books.total.exits, 4);
	assert_int_equal(vm_of(1)->books.counts.vcpus, 1);
}

static void counters_that_run_backwards(void **state)
{
	(void)state;
	ledger(1)->row[VMTOLL_ROW_FIRST_INDEX].exits = 2;
	after = take(START + SECOND);
	assert_int_equal(activity_make(before, after, &SCOPE_ALL, &activity, &complaint), -ESTALE);
	assert_has(complaint.text, "loaded again");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/*
 * A snapshot lists the vCPUs of a VM in the order of their slots. If a new vCPU gets a lower slot
 * than the others, the others move to other positions in the next snapshot. Each vCPU must still
 * be compared with its own earlier figures.
 */
static void vcpus_may_change_their_slots(void **state)
{
	(void)state;
	*fixture_generation(&fixture, 3) += 1; /* VM 2 has ended, and its ledger was not kept */
	snapshot_destroy(before);
	before = take(START);
	fixture_row(start_vcpu(5, 2, 1), MSR, 7, 1000, 0, 0);
	snapshot_destroy(before);
	before = take(START);
	*fixture_generation(&fixture, 3) += 1;
	fixture_row(start_vcpu(3, 2, 0), MSR, 1000, 1000, 0, 0);
	more(5, 4, 1000);
	compute();
	assert_int_equal(vm_of(2)->books.total.exits, 1004);
}

/* The sum includes the lost exits in the ledgers of vCPUs and those in the host's counter. */
static void sum_has_all_lost_exits(void **state)
{
	struct books sum;

	(void)state;
	fixture.host->lost = 5;
	snapshot_destroy(before);
	before = take(START);
	fixture.host->lost = 12;
	ledger(3)->lost = 30;
	compute();
	activity_sum(&activity, &sum);
	assert_int_equal(sum.lost, 7 + 30);
	activity_release(&activity);
	assert_int_equal(activity_make(NULL, after, &SCOPE_ALL, &activity, &complaint), 0);
	activity_sum(&activity, &sum);
	assert_int_equal(sum.lost, 12 + 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(vms_have_their_own_exits),	   TEST(vms_come_and_go),
		TEST(open_exits_are_clipped),	   TEST(vcpus_add_up),
		TEST(without_a_first_snapshot),	   TEST(scopes_select_vms),
		TEST(counters_that_run_backwards), TEST(vcpus_may_change_their_slots),
		TEST(sum_has_all_lost_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
