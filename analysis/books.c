// SPDX-License-Identifier: GPL-2.0
/* Sums and differences of snapshots, see books.h. */
#include "analysis/books.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/percentile.h"

uint64_t row_whole_tsc(const struct snapshot_row *row)
{
	return row->kvm_tsc + row->vmm_tsc + row->halt_tsc;
}

uint64_t books_measured_tsc(const struct books *books)
{
	return row_whole_tsc(&books->total) + row_whole_tsc(&books->observer) + books->guest_tsc +
	       books->ready_tsc;
}

uint64_t row_longest_tsc(const struct snapshot_row *row)
{
	return row->longest_tsc > row->open_longest_tsc ? row->longest_tsc : row->open_longest_tsc;
}

enum reason_class row_class(enum reason_isa isa, const struct snapshot_row *row)
{
	const struct reason *reason = row->flags & ROW_OTHER ? NULL : reason_find(isa, row->code);

	if (row->flags & ROW_OBSERVER)
		return REASON_INSTRUCTION;
	return reason ? reason->class : REASON_OTHER;
}

uint64_t row_mean_tsc(const struct snapshot_row *row)
{
	return row->exits ? row_whole_tsc(row) / row->exits : 0;
}

void row_add(struct snapshot_row *sum, const struct snapshot_row *part)
{
	sum->exits += part->exits + part->open;
	sum->kvm_tsc += part->kvm_tsc;
	sum->vmm_tsc += part->vmm_tsc;
	sum->halt_tsc += part->halt_tsc;
	sum->open_tsc += part->open_tsc;
	if (part->open_longest_tsc > sum->open_longest_tsc)
		sum->open_longest_tsc = part->open_longest_tsc;
	if (part->longest_tsc >= sum->longest_tsc) {
		sum->longest_tsc = part->longest_tsc;
		sum->flags = (sum->flags & ~ROW_AT_MOST) | (part->flags & ROW_AT_MOST);
	}
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		sum->hist[i] += part->hist[i];
}

struct snapshot_row *books_find(const struct books *books, const struct snapshot_row *like)
{
	for (size_t i = 0; i < books->rows; i++)
		if (row_has_same_key(&books->row[i], like))
			return &books->row[i];
	return NULL;
}

static bool row_is_empty(const struct snapshot_row *row)
{
	return !row->exits && !row->open && !row_whole_tsc(row);
}

/* Make sure that @books has memory for one more row. Returns -ENOMEM if out of memory. */
static int rows_reserve(struct books *books)
{
	size_t capacity = books->capacity ? 2 * books->capacity : 8;
	struct snapshot_row *grown;

	if (books->rows < books->capacity)
		return 0;
	grown = reallocarray(books->row, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	books->row = grown;
	books->capacity = capacity;
	return 0;
}

/*
 * Return the row with the same key as @like. Append the row if it does not exist. Returns NULL
 * if out of memory.
 */
static struct snapshot_row *books_row(struct books *books, const struct snapshot_row *like)
{
	struct snapshot_row *row;

	if (like->flags & ROW_OBSERVER)
		return &books->observer;
	row = books_find(books, like);
	if (row)
		return row;
	if (rows_reserve(books))
		return NULL;
	row = &books->row[books->rows++];
	*row = (struct snapshot_row){ .code = like->code, .flags = like->flags & ROW_KEY };
	return row;
}

static int add_row(struct books *books, const struct snapshot_row *part)
{
	struct snapshot_row *row;

	if (row_is_empty(part))
		return 0;
	row = books_row(books, part);
	if (!row)
		return -ENOMEM;
	row_add(row, part);
	if (part->flags & ROW_OTHER && part->code)
		row->code = part->code;
	if (!(part->flags & ROW_OBSERVER))
		row_add(&books->total, part);
	return 0;
}

static void audit_add(struct audit_figures *sum, const struct audit_figures *part)
{
	sum->exits += part->exits;
	sum->kvm_exits += part->kvm_exits;
	sum->emulated += part->emulated;
	sum->recovered += part->recovered;
	sum->unseen += part->unseen;
}

static uint64_t open_whole_tsc(const struct open_exit *open)
{
	return open->kvm_tsc + open->vmm_tsc + open->halt_tsc;
}

static void open_add(struct snapshot_row *sum, const struct open_exit *open)
{
	uint64_t whole = open_whole_tsc(open);
	uint64_t longest = whole + open->ready_tsc;

	sum->kvm_tsc += open->kvm_tsc;
	sum->vmm_tsc += open->vmm_tsc;
	sum->halt_tsc += open->halt_tsc;
	sum->open_tsc += whole;
	if (longest > sum->open_longest_tsc)
		sum->open_longest_tsc = longest;
}

uint64_t vcpu_measured_tsc(const struct snapshot_vcpu *vcpu)
{
	uint64_t tsc = open_whole_tsc(&vcpu->open) + vcpu->guest_tsc + vcpu->ready_tsc;

	for (size_t i = 0; i < vcpu->rows; i++)
		tsc += row_whole_tsc(&vcpu->row[i]);
	return tsc;
}

/* If an exit is open, add its time so far to the row of its reason. */
static int add_open(struct books *books, const struct snapshot_vcpu *vcpu)
{
	const struct open_exit *open = &vcpu->open;
	struct snapshot_row *row;

	if (!open_whole_tsc(open) && !open->ready_tsc)
		return 0;
	row = books_row(books, &vcpu->row[open->row]);
	if (!row)
		return -ENOMEM;
	open_add(row, open);
	if (!(row->flags & ROW_OBSERVER))
		open_add(&books->total, open);
	return 0;
}

int books_add_last_exit(struct books *books, const struct snapshot_vcpu *vcpu)
{
	if (books->untimed && open_whole_tsc(&vcpu->open))
		books->untimed--;
	books->ready_tsc += vcpu->open.ready_tsc;
	if (!books->lacks_departed) {
		uint64_t added = open_whole_tsc(&vcpu->open) + vcpu->open.ready_tsc;

		books->wall_tsc += vcpu->wall_tsc - (vcpu_measured_tsc(vcpu) - added);
	}
	return add_open(books, vcpu);
}

/*
 * Among the exits of the departed vCPUs, count those with an unknown duration, but not the
 * recovered exits. Returns 0 if their number is unknown.
 */
static uint64_t departed_untimed(const struct snapshot_vcpu *departed, unsigned int knows)
{
	uint64_t exits = 0;
	uint64_t timed = departed->audit.recovered;

	if (!(knows & KNOWS_HISTOGRAM) || !(knows & KNOWS_RECOVERY))
		return 0;
	for (size_t i = 0; i < departed->rows; i++) {
		exits += departed->row[i].exits;
		for (int b = 0; b < SNAPSHOT_BUCKETS; b++)
			timed += departed->row[i].hist[b];
	}
	return exits > timed ? exits - timed : 0;
}

int books_add_vcpu(struct books *books, const struct snapshot_vcpu *vcpu, unsigned int knows)
{
	uint64_t kvm_tsc = books->total.kvm_tsc;

	for (size_t i = 0; i < vcpu->rows; i++)
		if (add_row(books, &vcpu->row[i]))
			return -ENOMEM;
	if (add_open(books, vcpu))
		return -ENOMEM;
	if (!(knows & KNOWS_ROW_TIME))
		books->total.kvm_tsc = kvm_tsc + vcpu->total_kvm_tsc;
	audit_add(&books->audit, &vcpu->audit);
	books->lost += vcpu->lost;
	books->wall_tsc += vcpu->flags & VCPU_DEPARTED && knows & KNOWS_BOOKS
				   ? vcpu_measured_tsc(vcpu)
				   : vcpu->wall_tsc;
	books->guest_tsc += vcpu->guest_tsc;
	books->ready_tsc += vcpu->ready_tsc;
	books->polled_tsc += vcpu->polled_tsc;
	if (vcpu->flags & VCPU_DEPARTED)
		books->counts.departed += vcpu->vcpus;
	else
		books->counts.vcpus += vcpu->vcpus;
	return 0;
}

static int add_end(struct books *books, uint32_t pid, uint64_t tsc)
{
	if (tsc > books->ended_tsc)
		books->ended_tsc = tsc;
	return vm_ends_add(&books->ends, pid, tsc);
}

static int gather_vm(const struct snapshot *snapshot, const struct snapshot_vm *vm,
		     const struct scope *scope, struct books *books)
{
	uint32_t found = 0;

	for (size_t i = 0; i < vm->vcpus; i++) {
		if (!scope_has_vcpu(scope, vm, &vm->vcpu[i]))
			continue;
		found++;
		if (books_add_vcpu(books, &vm->vcpu[i], snapshot->origin.knows))
			return -ENOMEM;
	}
	if (found)
		books->counts.vms++;
	if (!found || !vm->ended_tsc || snapshot->ends.count)
		return 0;
	return add_end(books, vm->pid, vm->ended_tsc);
}

static int gather_all(const struct snapshot *snapshot, const struct scope *scope,
		      struct books *books)
{
	for (size_t i = 0; i < snapshot->vms; i++)
		if (gather_vm(snapshot, &snapshot->vm[i], scope, books))
			return -ENOMEM;
	for (size_t i = 0; i < snapshot->ends.count; i++)
		if (add_end(books, snapshot->ends.vm[i].pid, snapshot->ends.vm[i].tsc))
			return -ENOMEM;
	if (!scope_is_all(scope))
		return 0;
	books->lost += snapshot->lost;
	if (!snapshot->has_departed)
		return 0;
	books->untimed += departed_untimed(&snapshot->departed, snapshot->origin.knows);
	return books_add_vcpu(books, &snapshot->departed, snapshot->origin.knows);
}

static int nothing_in_scope(const struct scope *scope, struct complaint *complaint)
{
	char pids[SCOPE_TEXT];

	scope_pids_text(scope, ", ", " or ", pids, sizeof(pids));
	if (scope->pids && scope->vcpu >= 0)
		return complain(complaint, -ENOENT,
				"no VM of process %s with a vCPU %lld has run since vmtoll was "
				"attached, or it ended more than five minutes ago (vmtoll list "
				"shows the VMs)",
				pids, (long long)scope->vcpu);
	if (scope->pids)
		return complain(
			complaint, -ENOENT,
			"no VM of process %s has run since vmtoll was attached, or it ended "
			"more than five minutes ago (vmtoll list shows the VMs)",
			pids);
	return complain(complaint, -ENOENT, "no VM has a vCPU %lld (vmtoll list shows the VMs)",
			(long long)scope->vcpu);
}

int books_gather(const struct snapshot *snapshot, const struct scope *scope, struct books *books,
		 struct complaint *complaint)
{
	*books = (struct books){ .total.flags = ROW_TOTAL, .observer.flags = ROW_OBSERVER };
	if (gather_all(snapshot, scope, books)) {
		books_release(books);
		return complain(complaint, -ENOMEM, "adding up the exits: out of memory");
	}
	if (snapshot->has_counts)
		books->counts = snapshot->counts;
	books->lacks_departed = books->counts.departed && !(snapshot->origin.knows & KNOWS_BOOKS);
	books->untimed += snapshot->untimed;
	books->clock_tsc = snapshot->clock_tsc;
	if (!scope_is_all(scope) && !books->counts.vcpus) {
		books_release(books);
		return nothing_in_scope(scope, complaint);
	}
	return 0;
}

void books_release(struct books *books)
{
	free(books->row);
	books->row = NULL;
	books->rows = 0;
	books->capacity = 0;
	vm_ends_release(&books->ends);
}

/*
 * Return the difference between two readings of a counter. Set *backwards if the counter ran
 * backwards.
 */
static uint64_t minus(uint64_t after, uint64_t before, bool *backwards)
{
	if (after < before)
		*backwards = true;
	return after - before;
}

/*
 * Set the duration of the longest exit that ended during the interval. If the maximum in @after
 * is new, and this exit began during the interval, its duration is the result. Otherwise, set an
 * upper bound: the upper end of the highest bucket that gained an exit.
 */
static void longest_ended(const struct snapshot_row *before, const struct snapshot_row *after,
			  struct snapshot_row *delta)
{
	delta->longest_tsc = after->longest_tsc;
	if (!after->longest_tsc)
		return;
	if (after->longest_tsc > before->longest_tsc &&
	    (!before->open_tsc || after->longest_tsc < before->open_longest_tsc))
		return;
	delta->flags |= ROW_AT_MOST;
	for (int i = SNAPSHOT_BUCKETS - 1; i >= 0; i--) {
		if (!delta->hist[i])
			continue;
		if (bucket_end_tsc(i) < delta->longest_tsc)
			delta->longest_tsc = bucket_end_tsc(i);
		return;
	}
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		if (after->hist[i])
			delta->longest_tsc = 0; /* the histogram shows that no exit ended */
}

static void longest_clip(struct snapshot_row *delta, uint64_t bound)
{
	if (delta->longest_tsc <= bound)
		return;
	delta->longest_tsc = bound;
	delta->flags |= ROW_AT_MOST;
}

/**
 * struct correction - times of an interval, which settle() corrects after the rows were subtracted
 * @length_tsc: length of the interval, or 0 if unknown
 * @guest_tsc, @ready_tsc: time in the guest, and time waiting for a CPU
 * @debt_tsc: time that was counted twice: before the interval in the rows or in the guest, and
 *	      again in @ready_tsc after it turned out to be time waiting for a CPU. It must be
 *	      subtracted from @ready_tsc.
 * @ready_debt_tsc: time that was counted twice: before the interval as time waiting for a CPU,
 *		    and again in the rows or in @guest_tsc after it turned out to be other time.
 *		    It must be subtracted from the rows. If the rows contain less time than this,
 *		    the remainder must be subtracted from @guest_tsc.
 */
struct correction {
	uint64_t length_tsc;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	uint64_t debt_tsc;
	uint64_t ready_debt_tsc;
};

/*
 * Set the duration of the row's longest exit in the interval. No exit can be longer than the
 * interval, or than the total time of the row plus the time waiting for a CPU.
 */
static void longest_delta(const struct snapshot_row *before, const struct snapshot_row *after,
			  const struct correction *correction, struct snapshot_row *delta)
{
	uint64_t length = correction->length_tsc;
	uint64_t open = after->open_longest_tsc;
	uint64_t most = row_whole_tsc(delta) + correction->ready_tsc;

	if (length && open > length)
		open = length;
	longest_ended(before, after, delta);
	if (delta->longest_tsc <= open) {
		delta->longest_tsc = open;
		delta->flags &= ~ROW_AT_MOST;
	}
	if (length)
		longest_clip(delta, length);
	if (most)
		longest_clip(delta, most);
}

/*
 * Subtract @debt from *value. If *value is too small, set it to 0, and return the remainder of
 * @debt. Otherwise, return 0.
 */
static uint64_t take(uint64_t *value, uint64_t debt)
{
	uint64_t part = debt < *value ? debt : *value;

	*value -= part;
	return debt - part;
}

/*
 * Compute how much three times have grown between two readings: the time in KVM, the time in
 * the VMM, and the halted time. While an exit is open, the split of its time is only an
 * estimate, which is corrected when the exit ends. One of the three times may therefore be
 * smaller in the second reading: for example, halted time may turn out to be time in KVM.
 * Subtract such a decrease from the other times, so that the sum remains correct. The sum
 * itself decreases if the time turns out to be time waiting for a CPU. Add this decrease to
 * *@debt_tsc. Returns false if the sum decreased by more than the time of the open exits.
 */
static bool places_delta(const struct snapshot_row *before, const struct snapshot_row *after,
			 uint64_t *debt_tsc, struct snapshot_row *delta)
{
	const uint64_t from[] = { before->kvm_tsc, before->vmm_tsc, before->halt_tsc };
	const uint64_t to[] = { after->kvm_tsc, after->vmm_tsc, after->halt_tsc };
	uint64_t *const place[] = { &delta->kvm_tsc, &delta->vmm_tsc, &delta->halt_tsc };
	uint64_t debt = 0;

	for (int i = 0; i < 3; i++) {
		*place[i] = to[i] > from[i] ? to[i] - from[i] : 0;
		debt += from[i] > to[i] ? from[i] - to[i] : 0;
	}
	for (int i = 0; i < 3; i++)
		debt = take(place[i], debt);
	*debt_tsc += debt;
	return debt <= before->open_tsc;
}

/*
 * Set *@delta to how much a time counter has increased. If it has decreased, set *@delta to 0,
 * and add the decrease to *@debt_tsc.
 */
static void time_delta(uint64_t before, uint64_t after, uint64_t *debt_tsc, uint64_t *delta)
{
	*delta = after > before ? after - before : 0;
	*debt_tsc += before > after ? before - after : 0;
}

/*
 * Subtract @debt from the times of a row. If the row contains less time, return the remainder of
 * @debt.
 */
static uint64_t row_take_debt(struct snapshot_row *row, uint64_t debt)
{
	debt = take(&row->kvm_tsc, debt);
	debt = take(&row->halt_tsc, debt);
	return take(&row->vmm_tsc, debt);
}

/*
 * Subtract @debt from the rows of @books, including the observer row, and update the total. If the
 * rows contain less time, return the remainder of @debt.
 */
static uint64_t rows_take_debt(struct books *books, uint64_t debt)
{
	struct snapshot_row *total = &books->total;

	for (size_t i = 0; i < books->rows && debt; i++) {
		const struct snapshot_row before = books->row[i];
		struct snapshot_row *row = &books->row[i];

		debt = row_take_debt(row, debt);
		total->kvm_tsc -= before.kvm_tsc - row->kvm_tsc;
		total->halt_tsc -= before.halt_tsc - row->halt_tsc;
		total->vmm_tsc -= before.vmm_tsc - row->vmm_tsc;
	}
	return row_take_debt(&books->observer, debt);
}

/*
 * Subtract the times that were counted twice; see struct correction. The rows in @books may
 * contain less time than must be subtracted from them. This happens if an exit was open at the
 * start of the interval, and its duration is now unknown. Subtract the remainder from the time in
 * the guest.
 */
static void settle(struct correction *correction, struct books *books)
{
	uint64_t debt;

	take(&correction->ready_tsc, correction->debt_tsc);
	debt = rows_take_debt(books, correction->ready_debt_tsc);
	take(&correction->guest_tsc, debt);
}

static bool row_delta(const struct snapshot_row *before, const struct snapshot_row *after,
		      struct correction *correction, struct snapshot_row *delta)
{
	bool backwards = false;

	*delta = (struct snapshot_row){
		.code = after->code,
		.flags = after->flags & ~ROW_AT_MOST,
		.exits =
			minus(after->exits + after->open, before->exits + before->open, &backwards),
	};
	if (!places_delta(before, after, &correction->debt_tsc, delta))
		return false;
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		delta->hist[i] = minus(after->hist[i], before->hist[i], &backwards);
	longest_delta(before, after, correction, delta);
	return !backwards;
}

static bool rows_delta(const struct books *before, const struct books *after,
		       struct correction *correction, struct books *delta)
{
	static const struct snapshot_row none;

	for (size_t i = 0; i < after->rows; i++) {
		const struct snapshot_row *old = books_find(before, &after->row[i]);
		struct snapshot_row *row = &delta->row[delta->rows];

		if (!row_delta(old ? old : &none, &after->row[i], correction, row))
			return false;
		if (!row_is_empty(row))
			delta->rows++;
	}
	for (size_t i = 0; i < before->rows; i++)
		if (!books_find(after, &before->row[i]))
			return false;
	return true;
}

static bool audit_delta(const struct audit_figures *before, const struct audit_figures *after,
			struct audit_figures *delta)
{
	bool backwards = false;

	*delta = (struct audit_figures){
		.exits = minus(after->exits, before->exits, &backwards),
		.kvm_exits = minus(after->kvm_exits, before->kvm_exits, &backwards),
		.emulated = minus(after->emulated, before->emulated, &backwards),
		.recovered = minus(after->recovered, before->recovered, &backwards),
		.unseen = minus(after->unseen, before->unseen, &backwards),
	};
	return !backwards;
}

/* If the source reports times by row, set the times of the total to the sums over the rows. */
static void total_times(struct books *delta)
{
	struct snapshot_row sum = { 0 };

	for (size_t i = 0; i < delta->rows; i++)
		row_add(&sum, &delta->row[i]);
	if (!row_whole_tsc(&sum))
		return;
	delta->total.kvm_tsc = sum.kvm_tsc;
	delta->total.vmm_tsc = sum.vmm_tsc;
	delta->total.halt_tsc = sum.halt_tsc;
	delta->total.longest_tsc = sum.longest_tsc;
	delta->total.flags = (delta->total.flags & ~ROW_AT_MOST) | (sum.flags & ROW_AT_MOST);
}

/*
 * Set the length of the interval. For each ended VM in scope, also store the time from the start
 * of the interval to the end of the VM. Returns -ENOMEM if out of memory.
 */
static int clocks_delta(const struct books *before, const struct books *after, struct books *delta)
{
	int error = 0;

	if (!before->clock_tsc || after->clock_tsc <= before->clock_tsc)
		return 0;
	delta->clock_tsc = after->clock_tsc - before->clock_tsc;
	for (size_t i = 0; i < after->ends.count && !error; i++) {
		const struct vm_end *end = &after->ends.vm[i];

		error = add_end(delta, end->pid,
				end->tsc > before->clock_tsc ? end->tsc - before->clock_tsc : 1);
	}
	return error;
}

static void wall_delta(const struct books *before, const struct books *after, struct books *delta)
{
	bool is_complete =
		!after->lacks_departed || after->counts.departed == before->counts.departed;

	/*
	 * If a vCPU departed and its observation time is missing, the difference is unknown: leave
	 * it 0.
	 */
	if (is_complete && after->wall_tsc > before->wall_tsc)
		delta->wall_tsc = after->wall_tsc - before->wall_tsc;
	delta->lacks_departed = !is_complete;
	delta->polled_tsc =
		after->polled_tsc > before->polled_tsc ? after->polled_tsc - before->polled_tsc : 0;
}

static bool rest_delta(const struct books *before, const struct books *after,
		       struct correction *correction, struct books *delta)
{
	struct correction total = *correction;
	bool backwards = false;

	delta->lost = minus(after->lost, before->lost, &backwards);
	delta->untimed = after->untimed > before->untimed ? after->untimed - before->untimed : 0;
	wall_delta(before, after, delta);
	delta->counts.vms = after->counts.vms;
	delta->counts.vcpus = after->counts.vcpus;
	delta->counts.departed =
		(uint32_t)minus(after->counts.departed, before->counts.departed, &backwards);
	if (backwards || !row_delta(&before->total, &after->total, &total, &delta->total) ||
	    !row_delta(&before->observer, &after->observer, correction, &delta->observer) ||
	    !audit_delta(&before->audit, &after->audit, &delta->audit))
		return false;
	total_times(delta);
	return true;
}

/* Compute how much each figure has increased. The length of the interval must already be set. */
static bool figures_delta(const struct books *before, const struct books *after,
			  struct books *delta)
{
	struct correction correction = { .length_tsc = delta->clock_tsc };

	time_delta(before->guest_tsc, after->guest_tsc, &correction.debt_tsc,
		   &correction.guest_tsc);
	time_delta(before->ready_tsc, after->ready_tsc, &correction.ready_debt_tsc,
		   &correction.ready_tsc);
	if (!rows_delta(before, after, &correction, delta) ||
	    !rest_delta(before, after, &correction, delta))
		return false;
	settle(&correction, delta);
	delta->guest_tsc = correction.guest_tsc;
	delta->ready_tsc = correction.ready_tsc;
	return true;
}

int books_delta(const struct books *before, const struct books *after, struct books *delta,
		struct complaint *complaint)
{
	*delta = (struct books){ .capacity = after->rows + 1 };
	delta->row = calloc(after->rows + 1, sizeof(*delta->row));
	if (!delta->row || clocks_delta(before, after, delta)) {
		books_release(delta);
		return complain(complaint, -ENOMEM, "computing the difference: out of memory");
	}
	if (figures_delta(before, after, delta))
		return 0;
	books_release(delta);
	return complain(complaint, -ESTALE,
			"the counters ran backwards: a measured vCPU departed, or vmtoll was "
			"loaded again meanwhile; the cost of the command is unknown");
}

int books_add(struct books *sum, const struct books *part)
{
	uint64_t kvm_tsc = sum->total.kvm_tsc + part->total.kvm_tsc;

	sum->total.flags |= ROW_TOTAL;
	sum->observer.flags |= ROW_OBSERVER;
	for (size_t i = 0; i < part->rows; i++)
		if (add_row(sum, &part->row[i]))
			return -ENOMEM;
	row_add(&sum->observer, &part->observer);
	sum->total.kvm_tsc = kvm_tsc; /* the source's own total: the rows may have no times */
	audit_add(&sum->audit, &part->audit);
	sum->lost += part->lost;
	sum->untimed += part->untimed;
	sum->wall_tsc += part->wall_tsc;
	sum->guest_tsc += part->guest_tsc;
	sum->ready_tsc += part->ready_tsc;
	sum->polled_tsc += part->polled_tsc;
	sum->lacks_departed |= part->lacks_departed;
	sum->clock_tsc += part->clock_tsc;
	for (size_t i = 0; i < part->ends.count; i++)
		if (add_end(sum, part->ends.vm[i].pid, part->ends.vm[i].tsc))
			return -ENOMEM;
	sum->counts.vms = part->counts.vms;
	sum->counts.vcpus = part->counts.vcpus;
	sum->counts.departed += part->counts.departed;
	return 0;
}

/*
 * Return row @i of @vcpu. If the open exit belongs to this row, copy the row to @copy, add the
 * time of the open exit, and return the copy. If @vcpu has no row @i, return an empty row.
 */
static const struct snapshot_row *row_now(const struct snapshot_vcpu *vcpu, size_t i,
					  struct snapshot_row *copy)
{
	static const struct snapshot_row none;

	if (i >= vcpu->rows)
		return &none;
	if (vcpu->open.row != i || (!open_whole_tsc(&vcpu->open) && !vcpu->open.ready_tsc))
		return &vcpu->row[i];
	*copy = vcpu->row[i];
	open_add(copy, &vcpu->open);
	return copy;
}

/*
 * Find the row of @before that has the same key as row @i of @after, and return its index. A
 * vCPU never removes rows, so the index is usually @i. Returns @before->rows if there is no such
 * row.
 */
static size_t row_before(const struct snapshot_vcpu *before, const struct snapshot_vcpu *after,
			 size_t i)
{
	if (i < before->rows && row_has_same_key(&before->row[i], &after->row[i]))
		return i;
	for (i = 0; i < before->rows; i++)
		if (row_has_same_key(&before->row[i], &after->row[i]))
			return i;
	return before->rows;
}

static bool row_is_unchanged(const struct snapshot_row *before, const struct snapshot_row *after)
{
	return before->exits + before->open == after->exits + after->open &&
	       before->kvm_tsc == after->kvm_tsc && before->vmm_tsc == after->vmm_tsc &&
	       before->halt_tsc == after->halt_tsc;
}

static int add_row_interval(struct books *books, const struct snapshot_row *before,
			    const struct snapshot_row *after, struct correction *correction)
{
	struct snapshot_row delta;

	if (row_is_unchanged(before, after))
		return 0;
	if (!row_delta(before, after, correction, &delta))
		return -ESTALE;
	return add_row(books, &delta);
}

static int add_rows_interval(struct books *books, const struct snapshot_vcpu *before,
			     const struct snapshot_vcpu *after, struct correction *correction)
{
	struct snapshot_row old;
	struct snapshot_row new;

	if (before->rows > after->rows)
		return -ESTALE;
	for (size_t i = 0; i < after->rows; i++) {
		size_t from = row_before(before, after, i);
		int error = add_row_interval(books, row_now(before, from, &old),
					     row_now(after, i, &new), correction);

		if (error)
			return error;
	}
	return 0;
}

/*
 * Compute how much the rows, the time in the guest, and the time waiting for a CPU have increased
 * from @before to @after. Add the increases to @books.
 */
static int add_times_interval(struct books *books, const struct snapshot_vcpu *before,
			      const struct snapshot_vcpu *after, uint64_t length)
{
	struct correction correction = { .length_tsc = length };
	int error;

	time_delta(before->guest_tsc, after->guest_tsc, &correction.debt_tsc,
		   &correction.guest_tsc);
	time_delta(before->ready_tsc, after->ready_tsc, &correction.ready_debt_tsc,
		   &correction.ready_tsc);
	error = add_rows_interval(books, before, after, &correction);
	settle(&correction, books);
	books->guest_tsc += correction.guest_tsc;
	books->ready_tsc += correction.ready_tsc;
	return error;
}

int books_add_interval(struct books *books, const struct snapshot_vcpu *before,
		       const struct snapshot_vcpu *after, unsigned int knows, uint64_t length)
{
	static const struct snapshot_vcpu none;
	const struct snapshot_vcpu *start = before ?: &none;
	uint64_t kvm_tsc = books->total.kvm_tsc;
	struct audit_figures audit;
	bool backwards = false;
	int error = add_times_interval(books, start, after, length);

	if (error)
		return error;
	if (!(knows & KNOWS_ROW_TIME))
		books->total.kvm_tsc =
			kvm_tsc + minus(after->total_kvm_tsc, start->total_kvm_tsc, &backwards);
	books->lost += minus(after->lost, start->lost, &backwards);
	if (!audit_delta(&start->audit, &after->audit, &audit) || backwards)
		return -ESTALE;
	audit_add(&books->audit, &audit);
	if (after->wall_tsc > start->wall_tsc)
		books->wall_tsc += after->wall_tsc - start->wall_tsc;
	if (after->polled_tsc > start->polled_tsc)
		books->polled_tsc += after->polled_tsc - start->polled_tsc;
	books->counts.vcpus += after->vcpus;
	return 0;
}
