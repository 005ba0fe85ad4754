// SPDX-License-Identifier: GPL-2.0
/* See check.h. */
#include <inttypes.h>

#include "check.h"
#include "vmtoll.h"

static const char *name(const struct check *c, uint32_t code)
{
	return code_name(c->platform->isa, code) ?: "unnamed";
}

/* Return the prefix that marks exits of nested guests in messages, or "" for all other exits. */
static const char *level(uint32_t flags)
{
	return flags & VMTOLL_ROW_NESTED ? "L2 " : "";
}

static uint64_t expected_count(const struct check *c, const struct expect_row *e)
{
	return e->per_iteration * c->iterations + e->fixed;
}

static bool count_fits(const struct check *c, const struct expect_row *e, uint64_t got)
{
	uint64_t want = expected_count(c, e);

	if (got < want)
		return false;
	return got == want || e->more || (e->slack && got - want <= c->asynchronous);
}

static uint64_t count_async(const struct check *c, const struct vcpu_counts *d)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < d->rows; i++) {
		if (!(d->row[i].flags & ~VMTOLL_ROW_NESTED) &&
		    expect_is_async(c->expect, d->row[i].code))
			sum += d->row[i].exits;
	}
	return sum;
}

static void check_expected(struct check *c, const struct vcpu_counts *d)
{
	for (unsigned int i = 0; i < c->expect->rows; i++) {
		const struct expect_row *e = &c->expect->row[i];
		const struct count_row *r = vcpu_counts_row(d, e->code, e->flags);
		uint64_t got = r ? r->exits : 0;

		if (!count_fits(c, e, got))
			mismatch(c->mismatches, "%s0x%x %s: expected %" PRIu64 ", got %" PRIu64,
				 level(e->flags), e->code, name(c, e->code), expected_count(c, e),
				 got);
	}
}

static void check_unexpected(struct check *c, const struct vcpu_counts *d)
{
	for (unsigned int i = 0; i < d->rows; i++) {
		const struct count_row *r = &d->row[i];

		if (!r->exits)
			continue;
		if (r->flags & ~VMTOLL_ROW_NESTED)
			mismatch(c->mismatches, "0x%x with flags 0x%x: expected 0, got %" PRIu64,
				 r->code, r->flags, r->exits);
		else if (!expect_row(c->expect, r->code, r->flags) &&
			 !expect_is_async(c->expect, r->code))
			mismatch(c->mismatches, "%s0x%x %s: expected 0, got %" PRIu64,
				 level(r->flags), r->code, name(c, r->code), r->exits);
	}
}

/*
 * Check that the rows add up to KVM's own count, both for the measured case and for the whole
 * lifetime of the vCPU.
 */
static void check_audit(struct check *c, const struct vcpu_counts *after,
			const struct vcpu_counts *d)
{
	uint64_t sum = vcpu_counts_sum(d) + d->emulated;

	if (sum != d->stat_exits)
		mismatch(c->mismatches,
			 "rows and emulated add up to %" PRIu64 ", vcpu->stat.exits %" PRIu64, sum,
			 d->stat_exits);
	if (!count_fits(c, &c->expect->emulated, d->emulated))
		mismatch(c->mismatches, "emulated: expected %" PRIu64 ", got %" PRIu64,
			 expected_count(c, &c->expect->emulated), d->emulated);
	if (!after->timed)
		return;
	sum = vcpu_counts_sum(after) + after->emulated;
	if (sum != after->stat_exits - after->kvm_base)
		mismatch(c->mismatches,
			 "since the start, rows and emulated add up to %" PRIu64
			 ", vcpu->stat.exits %" PRIu64 " - %" PRIu64,
			 sum, after->stat_exits, after->kvm_base);
	if (after->lost || after->unseen)
		mismatch(c->mismatches, "lost %" PRIu64 ", unseen %" PRIu64, after->lost,
			 after->unseen);
}

/*
 * Check that the tracepoint's hits add up to KVM's own count. The tracepoint does not fire if
 * KVM emulates the guest instead of entering it. It also does not fire for exits that the
 * module recovered from the VMCB.
 */
static void check_witness(struct check *c, const struct vcpu_counts *d)
{
	if (d->witnessed && d->traced + d->emulated + d->recovered != d->stat_exits)
		mismatch(c->mismatches,
			 "perf counted kvm:kvm_exit %" PRIu64 " times, emulated %" PRIu64
			 ", recovered %" PRIu64 ", vcpu->stat.exits %" PRIu64,
			 d->traced, d->emulated, d->recovered, d->stat_exits);
}

/*
 * Return true if the exits in @r may have no time in user space, although KVM_RUN has ended. This
 * is possible if the vCPU's thread waited for a CPU during this time, which is then counted only
 * as ready. It is unlikely for more than one exit.
 */
static bool may_lack_vmm_time(const struct vcpu_counts *d, const struct count_row *r)
{
	return r->booked == 1 && d->ready_tsc;
}

static void check_place(struct check *c, const struct vcpu_counts *d, const struct count_row *r)
{
	const struct expect_row *e = expect_row(c->expect, r->code, r->flags);
	bool vmm;

	if (!e || !r->booked)
		return;
	vmm = e->place == PLACE_VMM && (r->vmm_tsc || !may_lack_vmm_time(d, r));
	if (c->vmm_time && vmm != !!r->vmm_tsc)
		mismatch(c->mismatches,
			 "0x%x %s: vmm_tsc is %" PRIu64 " for %" PRIu64
			 " exits, ready_tsc %" PRIu64,
			 r->code, name(c, r->code), r->vmm_tsc, r->booked, d->ready_tsc);
	if (c->halt_time && e->place != PLACE_POLL && (e->place == PLACE_HALT) != !!r->halt_tsc)
		mismatch(c->mismatches, "0x%x %s: halt_tsc is %" PRIu64, r->code, name(c, r->code),
			 r->halt_tsc);
}

/*
 * Check that the histogram agrees with the durations of the exits. Each bucket counts the exits in
 * a range of durations, so the buckets give a lower and an upper limit for the total duration.
 * Nearly all exits of a case take the module's fast path. If that path chose a bucket that is one
 * too high or too low, the total would be outside these limits. @ready_tsc is the time that the
 * vCPU's thread spent waiting for a CPU, in total over the exits of all rows. The buckets include
 * this time.
 */
static void check_buckets(struct check *c, const struct count_row *r, uint64_t ready_tsc)
{
	uint64_t whole = r->kvm_tsc + r->vmm_tsc + r->halt_tsc;

	if (whole + ready_tsc < r->hist_least || whole > r->hist_most)
		mismatch(c->mismatches,
			 "0x%x %s: exits of %" PRIu64 " cycles are in buckets of %" PRIu64
			 "..%" PRIu64,
			 r->code, name(c, r->code), whole, r->hist_least, r->hist_most);
}

/*
 * Return true if the exits in @r took time, but no time was counted. A time of 0 is correct in
 * three cases:
 *
 * - An open exit has no duration yet.
 * - The duration of a recovered exit is unknown.
 * - The vCPU's thread waited for a CPU during the whole exit. This is possible if the exit was
 *   caused by the wakeup of another thread, which then takes the CPU. The scheduler counts the
 *   wait from the wakeup, which may be earlier than the exit.
 */
static bool lacks_time(const struct vcpu_counts *after, const struct vcpu_counts *d,
		       const struct count_row *r)
{
	return r->booked && !r->kvm_tsc && !after->recovered && !d->ready_tsc;
}

static void check_times(struct check *c, const struct vcpu_counts *after,
			const struct vcpu_counts *d)
{
	for (unsigned int i = 0; i < d->rows; i++) {
		const struct count_row *r = &d->row[i];
		uint64_t whole = r->kvm_tsc + r->vmm_tsc + r->halt_tsc;

		if (lacks_time(after, d, r))
			mismatch(c->mismatches, "0x%x %s: %" PRIu64 " exits without any time",
				 r->code, name(c, r->code), r->booked);
		if (r->booked && r->longest_tsc < whole / r->booked)
			mismatch(c->mismatches,
				 "0x%x %s: longest %" PRIu64 " is below the mean %" PRIu64, r->code,
				 name(c, r->code), r->longest_tsc, whole / r->booked);
		check_buckets(c, r, d->ready_tsc);
		check_place(c, d, r);
	}
}

static void check_sums(struct check *c, const struct vcpu_counts *s)
{
	uint64_t booked = 0, hist = 0, kvm_tsc = 0;

	for (unsigned int i = 0; i < s->rows; i++) {
		booked += s->row[i].booked;
		hist += s->row[i].hist;
		if (!(s->row[i].flags & VMTOLL_ROW_OBSERVER))
			kvm_tsc += s->row[i].kvm_tsc;
	}
	if (hist + s->recovered != booked)
		mismatch(c->mismatches,
			 "histograms contain %" PRIu64 " exits, recovered %" PRIu64
			 ", rows %" PRIu64,
			 hist, s->recovered, booked);
	if (kvm_tsc != s->kvm_tsc)
		mismatch(c->mismatches,
			 "kvm_tsc of the rows is %" PRIu64 ", of the ledger %" PRIu64, kvm_tsc,
			 s->kvm_tsc);
}

void check_vcpu(struct check *c, const struct vcpu_counts *before, const struct vcpu_counts *after)
{
	struct vcpu_counts d;

	vcpu_counts_difference(before, after, &d);
	/*
	 * The trace does not count the runs in which KVM emulated the guest. Assume that there
	 * was one such run for each exit that KVM counted but the trace missed.
	 */
	if (!d.timed)
		d.emulated = d.stat_exits - vcpu_counts_sum(&d);
	c->asynchronous = count_async(c, &d);
	check_expected(c, &d);
	check_unexpected(c, &d);
	check_audit(c, after, &d);
	check_witness(c, &d);
	if (after->timed) {
		check_times(c, after, &d);
		check_sums(c, after);
	}
}
