// SPDX-License-Identifier: GPL-2.0
/*
 * Test the audit, the rates, and struct books, which contains the sums over a snapshot. Also test
 * the difference between two books, and the order of the rows.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/audit.h"
#include "analysis/books.h"
#include "analysis/rates.h"
#include "analysis/toll.h"
#include "model/array.h"

static struct complaint complaint;

static struct snapshot *new_snapshot(void)
{
	struct snapshot *snapshot = snapshot_create();

	assert_non_null(snapshot);
	snapshot->origin = (struct origin){
		.isa = REASON_SVM,
		.tsc_khz = 1000000,
		.knows = KNOWS_ROW_TIME | KNOWS_HISTOGRAM | KNOWS_AUDIT | KNOWS_RECOVERY |
			 KNOWS_EMULATED,
	};
	return snapshot;
}

static struct snapshot_vcpu *add_vcpu(struct snapshot *snapshot, uint32_t vm, uint32_t pid,
				      uint32_t index, size_t rows)
{
	struct snapshot_vcpu *vcpu = snapshot_vcpu_add(snapshot_vm_get(snapshot, vm, pid));

	assert_non_null(vcpu);
	vcpu->index = index;
	assert_int_equal(snapshot_rows_alloc(snapshot, vcpu, rows), 0);
	return vcpu;
}

/*
 * Set row @i to @exits exits of 300 cycles each, which belong to bucket 1 of the histogram. To
 * keep the audit balanced, add the exits to both the vCPU's count and KVM's count.
 */
static struct snapshot_row *set_row(struct snapshot_vcpu *vcpu, size_t i, uint32_t code,
				    uint32_t flags, uint64_t exits)
{
	struct snapshot_row *row = &vcpu->row[i];

	*row = (struct snapshot_row){
		.code = code,
		.flags = flags,
		.exits = exits,
		.kvm_tsc = 300 * exits,
		.longest_tsc = exits ? 300 : 0,
	};
	row->hist[1] = exits;
	vcpu->audit.exits += exits;
	vcpu->audit.kvm_exits += exits;
	if (!(flags & ROW_OBSERVER))
		vcpu->total_kvm_tsc += row->kvm_tsc;
	return row;
}

static struct books gather(const struct snapshot *snapshot, struct scope scope)
{
	struct books books;

	assert_int_equal(books_gather(snapshot, &scope, &books, &complaint), 0);
	return books;
}

static struct snapshot_row *find(const struct books *books, uint32_t code, uint32_t flags)
{
	return books_find(books, &(struct snapshot_row){ .code = code, .flags = flags });
}

/*
 * Return a snapshot that contains two VMs with three live vCPUs in total, and one departed vCPU.
 */
static struct snapshot *example(void)
{
	struct snapshot *snapshot = new_snapshot();
	struct snapshot_vcpu *vcpu = add_vcpu(snapshot, 1, 100, 0, 4);

	set_row(vcpu, 0, 0x99, ROW_OTHER, 2);
	set_row(vcpu, 1, 0, ROW_OBSERVER, 7);
	set_row(vcpu, 2, 0x72, 0, 10)->open = 1;
	set_row(vcpu, 3, 0x72, ROW_NESTED, 5);
	vcpu = add_vcpu(snapshot, 1, 100, 1, 2);
	set_row(vcpu, 0, 0xbb, ROW_OTHER, 1);
	set_row(vcpu, 1, 0x72, 0, 20);
	vcpu->lost = 3;
	vcpu = add_vcpu(snapshot, 2, 200, 0, 2);
	set_row(vcpu, 0, 0x400, 0, 40);
	set_row(vcpu, 1, 0x78, 0, 0); /* a row without exits */
	snapshot->has_departed = true;
	snapshot->departed.vcpus = 1;
	snapshot->departed.flags = VCPU_DEPARTED;
	assert_int_equal(snapshot_rows_alloc(snapshot, &snapshot->departed, 1), 0);
	set_row(&snapshot->departed, 0, 0x72, 0, 100);
	snapshot->lost = 4;
	return snapshot;
}

static void all_is_summed(void **state)
{
	struct snapshot *snapshot = example();
	struct books books = gather(snapshot, SCOPE_ALL);

	(void)state;
	assert_int_equal(books.rows, 4); /* other, 0x72, nested 0x72, 0x400 */
	assert_int_equal(find(&books, 0x72, 0)->exits, 10 + 1 + 20 + 100);
	assert_int_equal(find(&books, 0x72, ROW_NESTED)->exits, 5);
	assert_int_equal(find(&books, 0, ROW_OTHER)->exits, 3);
	assert_int_equal(find(&books, 0, ROW_OTHER)->code, 0xbb);
	assert_int_equal(books.observer.exits, 7);
	assert_int_equal(books.total.exits, 131 + 5 + 3 + 40);
	assert_int_equal(books.total.kvm_tsc, 300 * 178);
	assert_int_equal(books.lost, 7);
	assert_int_equal(books.counts.vms, 2);
	assert_int_equal(books.counts.vcpus, 3);
	assert_int_equal(books.counts.departed, 1);
	assert_int_equal(books.audit.exits, 185);
	books_release(&books);
	snapshot_destroy(snapshot);
}

static void scope_picks(void **state)
{
	struct snapshot *snapshot = example();
	struct books books = gather(snapshot, scope_of(100, -1));

	(void)state;
	assert_int_equal(books.total.exits, 31 + 5 + 3);
	assert_int_equal(books.lost, 3); /* exits lost without a ledger belong to no VM */
	assert_int_equal(books.counts.departed, 0);
	books_release(&books);
	books = gather(snapshot, scope_of(0, 0));
	assert_int_equal(books.total.exits, 11 + 5 + 2 + 40);
	assert_int_equal(books.counts.vms, 2);
	books_release(&books);
	books = gather(snapshot, scope_of(100, 1));
	assert_int_equal(books.total.exits, 21);
	books_release(&books);
	snapshot_destroy(snapshot);
}

static void empty_scope_is_an_error(void **state)
{
	struct snapshot *snapshot = example();
	struct books books;

	(void)state;
	assert_int_equal(books_gather(snapshot,
				      &(struct scope){ .pid = { 300 }, .pids = 1, .vcpu = -1 },
				      &books, &complaint),
			 -ENOENT);
	assert_has(complaint.text, "process 300");
	assert_int_equal(books_gather(snapshot,
				      &(struct scope){ .pid = { 200 }, .pids = 1, .vcpu = 1 },
				      &books, &complaint),
			 -ENOENT);
	assert_has(complaint.text, "vCPU 1");
	assert_int_equal(books_gather(snapshot, &(struct scope){ .vcpu = 9 }, &books, &complaint),
			 -ENOENT);
	snapshot_destroy(snapshot);
}

/*
 * The time of an open exit must be included in the total, unless the exit reads vmtoll's leaves.
 */
static void open_exits_have_times(void **state)
{
	struct snapshot *snapshot = example();
	struct books books;

	(void)state;
	snapshot->vm[0].vcpu[0].open = (struct open_exit){ .row = 1, .kvm_tsc = 900 };
	snapshot->vm[0].vcpu[1].open = (struct open_exit){ .row = 1, .vmm_tsc = 50 };
	books = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books.observer.kvm_tsc, 300 * 7 + 900);
	assert_int_equal(books.observer.open_tsc, 900);
	assert_int_equal(books.total.kvm_tsc, 300 * 178);
	assert_int_equal(books.total.vmm_tsc, 50);
	assert_int_equal(books.total.open_tsc, 50);
	books_release(&books);
	snapshot_destroy(snapshot);
}

/*
 * Five exits are missing from the histogram. Four of them are recovered exits, so only one exit
 * counts as untimed: the last exit of a departed vCPU.
 */
static void recovered_exits_are_not_untimed(void **state)
{
	struct snapshot *snapshot = example();
	struct books books;

	(void)state;
	snapshot->departed.audit.recovered = 4;
	snapshot->departed.row[0].hist[1] -= 5;
	books = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books.untimed, 1);
	books_release(&books);
	snapshot_destroy(snapshot);
}

/* If the source provides a total time but no time per row, the books must contain that total. */
static void total_time_without_row_time(void **state)
{
	struct snapshot *snapshot = new_snapshot();
	struct snapshot_vcpu *vcpu = add_vcpu(snapshot, 0, 0, 0, 1);
	struct books books;

	(void)state;
	snapshot->origin.knows = 0;
	vcpu->row[0] = (struct snapshot_row){ .code = 1, .exits = 5 };
	vcpu->total_kvm_tsc = 777;
	books = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books.total.kvm_tsc, 777);
	assert_int_equal(books.row[0].kvm_tsc, 0);
	books_release(&books);
	snapshot_destroy(snapshot);
}

static void delta_of_rows(void **state)
{
	struct snapshot *snapshot = example();
	struct books before = gather(snapshot, SCOPE_ALL);
	struct snapshot_vcpu *vcpu = &snapshot->vm[0].vcpu[0];
	struct books after;
	struct books delta;

	(void)state;
	vcpu->row[2].open = 0; /* the open exit ends, and five more follow */
	set_row(vcpu, 2, 0x72, 0, 16)->longest_tsc = 900;
	set_row(vcpu, 1, 0, ROW_OBSERVER, 9);
	after = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	assert_int_equal(delta.rows, 1);
	assert_int_equal(delta.row[0].exits, 5);
	assert_int_equal(delta.row[0].longest_tsc, 900);
	assert_false(delta.row[0].flags & ROW_AT_MOST);
	assert_int_equal(delta.total.exits, 5);
	assert_int_equal(delta.observer.exits, 2);
	assert_int_equal(delta.lost, 0);
	books_release(&delta);
	books_release(&before);
	books_release(&after);
	snapshot_destroy(snapshot);
}

/*
 * If no exit of an interval is longer than the longest exit before the interval, the exact
 * duration of the interval's longest exit is unknown. An upper bound must then be reported: the
 * end of the highest histogram bucket that gained exits in the interval.
 */
static void delta_of_longest_is_a_bound(void **state)
{
	struct snapshot_row old = {
		.code = 1, .exits = 2, .kvm_tsc = 100000, .longest_tsc = 90000
	};
	struct snapshot_row new = old;
	struct books before = { .row = &old, .rows = 1, .total = old };
	struct books after = { .row = &new, .rows = 1 };
	struct books delta;

	(void)state;
	new.exits = 5;
	new.kvm_tsc += 900;
	new.hist[1] = 3; /* 2^8 to 2^9 */
	after.total = new;
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	assert_true(delta.row[0].flags & ROW_AT_MOST);
	assert_int_equal(delta.row[0].longest_tsc, 512);
	books_release(&delta);
	memset(new.hist, 0, sizeof(new.hist)); /* a guest has no histogram */
	after.total = new;
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	assert_true(delta.row[0].flags & ROW_AT_MOST);
	assert_int_equal(delta.row[0].longest_tsc, 900); /* the time of all exits together */
	books_release(&delta);
}

static void delta_backwards_is_an_error(void **state)
{
	struct snapshot *snapshot = example();
	struct books before = gather(snapshot, SCOPE_ALL);
	struct books after;
	struct books delta;

	(void)state;
	snapshot->vm[1].vcpu[0].row[0].exits = 39;
	after = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), -ESTALE);
	books_release(&after);
	snapshot->vm[1].vcpu[0].row[0].exits = 0; /* the row has disappeared */
	snapshot->vm[1].vcpu[0].row[0].kvm_tsc = 0;
	after = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), -ESTALE);
	books_release(&after);
	books_release(&before);
	snapshot_destroy(snapshot);
}

/*
 * books_delta() must fail if a row of the earlier snapshot is missing from the later snapshot. The
 * total increases nevertheless: another row has gained more exits than the missing row contained.
 */
static void delta_without_a_row_is_an_error(void **state)
{
	struct snapshot_row old = { .code = 1, .exits = 5, .kvm_tsc = 50 };
	struct snapshot_row new = { .code = 2, .exits = 9, .kvm_tsc = 90 };
	struct books before = { .row = &old, .rows = 1, .total = old };
	struct books after = { .row = &new, .rows = 1, .total = new };
	struct books delta;

	(void)state;
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), -ESTALE);
}

/*
 * The times in KVM, in the VMM and halted are only estimates while an exit is open. One of a row's
 * times may therefore be lower in the second snapshot than in the first. The difference must then
 * be 0 for this time. The decrease must be subtracted exactly once from the differences of the
 * other two times.
 */
static void delta_of_a_corrected_place(void **state)
{
	struct snapshot_row old = {
		.code = 1, .exits = 5, .kvm_tsc = 100, .vmm_tsc = 10, .halt_tsc = 100
	};
	struct snapshot_row new = {
		.code = 1, .exits = 6, .kvm_tsc = 106, .vmm_tsc = 16, .halt_tsc = 90
	};
	struct books before = { .row = &old, .rows = 1, .total = old };
	struct books after = { .row = &new, .rows = 1, .total = new };
	struct books delta;

	(void)state;
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	assert_int_equal(delta.row[0].kvm_tsc, 0);
	assert_int_equal(delta.row[0].vmm_tsc, 2);
	assert_int_equal(delta.row[0].halt_tsc, 0);
	assert_int_equal(row_whole_tsc(&delta.total), 2);
	books_release(&delta);
}

/* The sum of two intervals must include every figure of both intervals. */
static void intervals_add_up(void **state)
{
	struct snapshot *snapshot = example();
	struct books part = gather(snapshot, SCOPE_ALL);
	struct books sum = { 0 };

	(void)state;
	part.untimed = 2;
	part.wall_tsc = 40;
	part.clock_tsc = 50;
	part.guest_tsc = 60;
	part.ready_tsc = 70;
	part.polled_tsc = 80;
	assert_int_equal(books_add(&sum, &part), 0);
	assert_int_equal(books_add(&sum, &part), 0);
	assert_int_equal(sum.total.exits, 2 * 179);
	assert_int_equal(sum.total.kvm_tsc, 2 * 300 * 178);
	assert_int_equal(sum.observer.exits, 14);
	assert_int_equal(sum.lost, 14);
	assert_int_equal(sum.untimed, 4);
	assert_int_equal(sum.wall_tsc, 80);
	assert_int_equal(sum.clock_tsc, 100);
	assert_int_equal(sum.guest_tsc, 120);
	assert_int_equal(sum.ready_tsc, 140);
	assert_int_equal(sum.polled_tsc, 160);
	assert_int_equal(sum.audit.kvm_exits, 2 * part.audit.kvm_exits);
	assert_int_equal(sum.counts.departed, 2);
	assert_int_equal(sum.counts.vcpus, 3);
	books_release(&sum);
	books_release(&part);
	snapshot_destroy(snapshot);
}

/* KVM may report polled time late. The polled time must not exceed the halted time. */
static void polled_is_part_of_halted(void **state)
{
	struct books books = { .total = { .halt_tsc = 1000 }, .polled_tsc = 1001 };
	struct toll_places places = toll_places(&books, KNOWS_BOOKS);

	(void)state;
	assert_int_equal(places.polled_tsc, 1000);
	assert_int_equal(places.blocked_tsc, 0);
	books.polled_tsc = 300;
	places = toll_places(&books, KNOWS_BOOKS);
	assert_int_equal(places.polled_tsc, 300);
	assert_int_equal(places.blocked_tsc, 700);
}

/* A residual is large if it is more than 1 % of the observation time, in either direction. */
static void large_residual(void **state)
{
	static const struct {
		uint64_t guest_tsc;
		bool is_large;
	} cases[] = { { 98900, true }, { 99000, false }, { 101000, false }, { 101100, true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct books books = { .wall_tsc = 100000, .guest_tsc = cases[i].guest_tsc };
		struct toll_places places = toll_places(&books, KNOWS_BOOKS | KNOWS_WALL);

		assert_int_equal(toll_has_large_residual(&places), cases[i].is_large);
	}
}

/*
 * If a VM ends between two snapshots, the second snapshot contains its exits in the sum of the
 * departed vCPUs. The totals must still balance.
 */
static void delta_over_a_departure(void **state)
{
	struct snapshot *snapshot = example();
	struct books before = gather(snapshot, SCOPE_ALL);
	struct books after;
	struct books delta;

	(void)state;
	snapshot->vm[0].vcpu[0].wall_tsc = 70; /* the time of the departed vCPU is unknown */
	snapshot->departed.row[0].exits += 21;
	snapshot->departed.row[0].kvm_tsc += 300 * 21;
	snapshot->departed.row[0].hist[1] += 21;
	snapshot->departed.vcpus++;
	snapshot->vm[0].vcpu[1].row[1] = (struct snapshot_row){ .code = 0x72 };
	after = gather(snapshot, SCOPE_ALL);
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	assert_int_equal(delta.total.exits, 1);
	assert_int_equal(delta.counts.departed, 1);
	assert_int_equal(delta.wall_tsc, 0);
	books_release(&delta);
	books_release(&before);
	books_release(&after);
	snapshot_destroy(snapshot);
}

static const struct {
	const char *key;
	uint32_t first;
	uint32_t last;
} orders[] = {
	{ "exits", 0x72, 0x7b }, { "kvm", 0x400, 0x7b },    { "vmm", 0x7b, 0x400 },
	{ "halt", 0x78, 0x400 }, { "longest", 0x72, 0x7b }, { "code", 0x72, 0x400 },
	{ "mean", 0x78, 0x72 },	 { "time", 0x78, 0x72 },    { "reason", 0x72, 0x400 },
};

static void sorted_by_each_key(void **state)
{
	static const struct snapshot_row rows[] = {
		{ .code = 0x78, .exits = 50, .kvm_tsc = 100, .halt_tsc = 90000, .longest_tsc = 70 },
		{ .code = 0x400, .exits = 20, .kvm_tsc = 5000, .longest_tsc = 900 },
		{ .code = 0x72,
		  .exits = 90,
		  .kvm_tsc = 200,
		  .longest_tsc = 10,
		  .open_longest_tsc = 9000 },
		{ .code = 0x7b, .exits = 10, .kvm_tsc = 90, .vmm_tsc = 800, .longest_tsc = 60 },
	};
	struct snapshot_row row[4];
	struct books books = { .row = row, .rows = 4 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(orders); i++) {
		memcpy(row, rows, sizeof(rows));
		assert_int_equal(books_sort_check(orders[i].key), 0);
		assert_int_equal(books_sort(&books, REASON_SVM, orders[i].key), 0);
		assert_int_equal(row[0].code, orders[i].first);
		assert_int_equal(row[3].code, orders[i].last);
	}
	assert_int_equal(books_sort(&books, REASON_SVM, "nonsense"), -EINVAL);
	assert_int_equal(books_sort_check("nonsense"), -EINVAL);
}

static struct audit_line audit_first(const struct snapshot *snapshot)
{
	return audit_vcpu(snapshot, &snapshot->vm[0], &snapshot->vm[0].vcpu[0]);
}

static void audit_balances(void **state)
{
	struct snapshot *snapshot = example();
	struct audit_line *lines;

	(void)state;
	assert_int_equal(audit_lines(snapshot, &SCOPE_ALL, &lines), 4);
	assert_int_equal(lines[0].faults, 0);
	assert_int_equal(lines[0].explained, 24);
	assert_int_equal(lines[1].faults, AUDIT_LOST);
	assert_int_equal(lines[2].faults, 0);
	assert_null(lines[3].vm);
	assert_int_equal(lines[3].faults, 0);
	free(lines);
	assert_int_equal(audit_lines(snapshot,
				     &(struct scope){ .pid = { 100 }, .pids = 1, .vcpu = 0 },
				     &lines),
			 1);
	free(lines);
	snapshot_destroy(snapshot);
}

static void audit_finds_each_fault(void **state)
{
	struct snapshot *snapshot = example();
	struct snapshot_vcpu *vcpu = &snapshot->vm[0].vcpu[0];

	(void)state;
	vcpu->audit.kvm_exits++;
	assert_int_equal(audit_first(snapshot).faults, AUDIT_COUNT);
	vcpu->audit.emulated = 1;
	assert_int_equal(audit_first(snapshot).faults, 0);
	vcpu->audit.unseen = 1;
	assert_int_equal(audit_first(snapshot).faults, AUDIT_UNSEEN);
	vcpu->audit.unseen = 0;
	vcpu->total_kvm_tsc++;
	assert_int_equal(audit_first(snapshot).faults, AUDIT_ROWS);
	vcpu->total_kvm_tsc--;
	vcpu->row[2].hist[1]--;
	assert_int_equal(audit_first(snapshot).faults, AUDIT_HISTOGRAM);
	vcpu->audit.recovered = 1;
	assert_int_equal(audit_first(snapshot).faults, 0);
	vcpu->has_total_exits = true;
	assert_int_equal(audit_first(snapshot).faults, AUDIT_ROWS);
	vcpu->total_exits = 17;
	assert_int_equal(audit_first(snapshot).faults, 0);
	snapshot_destroy(snapshot);
}

static void audit_counts_each_bucket(void **state)
{
	struct snapshot *snapshot = example();
	struct snapshot_row *row = &snapshot->vm[0].vcpu[0].row[2];

	(void)state;
	for (int bucket = 0; bucket < SNAPSHOT_BUCKETS; bucket++) {
		memset(row->hist, 0, sizeof(row->hist));
		row->hist[bucket] = row->exits;
		assert_int_equal(audit_first(snapshot).faults, 0);
	}
	snapshot_destroy(snapshot);
}

/*
 * The time of a departed vCPU's last exit may be unknown, because no VM entry followed this
 * exit. The audit must allow this.
 */
static void audit_of_the_departed(void **state)
{
	struct snapshot *snapshot = example();

	(void)state;
	snapshot->departed.row[0].hist[1]--;
	assert_int_equal(audit_vcpu(snapshot, NULL, &snapshot->departed).faults, 0);
	snapshot->departed.row[0].hist[1]--;
	assert_int_equal(audit_vcpu(snapshot, NULL, &snapshot->departed).faults, AUDIT_HISTOGRAM);
	snapshot_destroy(snapshot);
}

/*
 * If KVM's statistics are cleared, KVM's count drops below the ledger's kvm_base, and the count
 * minus kvm_base wraps around. The audit must still balance.
 */
static void audit_wraps(void **state)
{
	struct audit_figures figures = { .exits = 100, .kvm_exits = 20 - (uint64_t)-80 };

	(void)state;
	assert_int_equal(audit_figures_faults(&figures, 0, REASON_SVM, KNOWS_RECOVERY), 0);
}

static void audit_in_a_guest(void **state)
{
	struct audit_figures figures = { .exits = 90, .kvm_exits = 100, .unseen = 10 };

	(void)state;
	/*
	 * This host reports emulated and unseen exits only as one number. On VMX, all of these
	 * exits may be emulated, so the audit finds no fault. On SVM, KVM does not emulate guests,
	 * so all of them are unseen.
	 */
	assert_int_equal(audit_figures_faults(&figures, 0, REASON_VMX, 0), 0);
	assert_int_equal(audit_figures_faults(&figures, 0, REASON_SVM, 0),
			 AUDIT_COUNT | AUDIT_UNSEEN);
	figures.unseen = 9;
	assert_int_equal(audit_figures_faults(&figures, 1, REASON_VMX, 0),
			 AUDIT_COUNT | AUDIT_LOST);
}

/* The audit on VMX must fail if the host reports an unseen exit besides the emulated exits. */
static void audit_on_vmx_fails_by_excess(void **state)
{
	struct audit_figures figures = {
		.exits = 90, .kvm_exits = 100, .emulated = 9, .unseen = 1
	};

	(void)state;
	assert_int_equal(audit_figures_faults(&figures, 0, REASON_VMX, KNOWS_EMULATED),
			 AUDIT_COUNT | AUDIT_UNSEEN);
	figures.emulated = 10;
	figures.unseen = 0;
	assert_int_equal(audit_figures_faults(&figures, 0, REASON_VMX, KNOWS_EMULATED), 0);
}

static void audit_in_words(void **state)
{
	char text[64];

	(void)state;
	audit_words(0, text, sizeof(text));
	assert_string_equal(text, "balanced");
	audit_words(AUDIT_COUNT | AUDIT_LOST | AUDIT_HISTOGRAM, text, sizeof(text));
	assert_string_equal(text, "count, lost, histogram");
	audit_words(AUDIT_COUNT | AUDIT_LOST, text, 4);
	assert_string_equal(text, "cou");
}

static void rates_per_second(void **state)
{
	struct snapshot *before = example();
	struct snapshot *after = example();
	struct vm_rate *rates;

	(void)state;
	before->clock_ns = 1000000000;
	after->clock_ns = 3000000000;
	after->vm[0].vcpu[0].row[2].exits += 7; /* 3.5 per second in two seconds, rounded */
	set_row(add_vcpu(after, 9, 900, 0, 1), 0, 0x72, 0, 600);
	assert_int_equal(rates_of(before, after, &rates), 3);
	assert_int_equal(rates[0].per_second, 4);
	assert_int_equal(rates[0].exits, 11 + 7 + 5 + 2 + 21);
	assert_int_equal(rates[0].lost, 3);
	assert_int_equal(rates[1].per_second, 0);
	assert_int_equal(rates[2].per_second, 300); /* the VM started in between */
	free(rates);
	after->clock_ns = before->clock_ns;
	assert_int_equal(rates_of(before, after, &rates), 3);
	assert_int_equal(rates[0].per_second, 0); /* no division by zero */
	free(rates);
	snapshot_destroy(before);
	snapshot_destroy(after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_is_summed),
		cmocka_unit_test(scope_picks),
		cmocka_unit_test(empty_scope_is_an_error),
		cmocka_unit_test(open_exits_have_times),
		cmocka_unit_test(recovered_exits_are_not_untimed),
		cmocka_unit_test(total_time_without_row_time),
		cmocka_unit_test(delta_of_rows),
		cmocka_unit_test(delta_of_longest_is_a_bound),
		cmocka_unit_test(delta_backwards_is_an_error),
		cmocka_unit_test(delta_without_a_row_is_an_error),
		cmocka_unit_test(delta_of_a_corrected_place),
		cmocka_unit_test(intervals_add_up),
		cmocka_unit_test(polled_is_part_of_halted),
		cmocka_unit_test(large_residual),
		cmocka_unit_test(delta_over_a_departure),
		cmocka_unit_test(sorted_by_each_key),
		cmocka_unit_test(audit_balances),
		cmocka_unit_test(audit_finds_each_fault),
		cmocka_unit_test(audit_counts_each_bucket),
		cmocka_unit_test(audit_of_the_departed),
		cmocka_unit_test(audit_wraps),
		cmocka_unit_test(audit_in_a_guest),
		cmocka_unit_test(audit_on_vmx_fails_by_excess),
		cmocka_unit_test(audit_in_words),
		cmocka_unit_test(rates_per_second),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
