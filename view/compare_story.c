// SPDX-License-Identifier: GPL-2.0
/*
 * What changed between two runs and why, in words, a line each: every sentence follows from the
 * figures, and is left out where they do not carry it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "view/compare_view.h"
#include "view/format.h"
#include "view/stat_view.h"

/* A reason counts as making a difference from this part of it on. */
#define NOTABLE_PERCENT 5.0
#define NOTABLE_MOST	4

/* Unchanged is what differs by less than this, and is at least a hundredth of its run. */
#define UNCHANGED_PERCENT 2.0

/* With two runs a side the test finds next to nothing, however great the change. */
#define FEW_RUNS 3

static const char *count(uint64_t number, char *text)
{
	return format_count(number, text, FORMAT_BYTES);
}

static double times(uint64_t b, uint64_t a)
{
	return (double)b / (double)a;
}

static const struct compare_phase *whole(const struct comparison *comparison)
{
	return &comparison->phase[0];
}

/* A good run of a side; there is one, or there were no comparison. */
static const struct run *run_of(const struct comparison *comparison, unsigned int side)
{
	const struct run *run = comparison->experiment->run;

	while (run->side != side || run->end != RUN_GOOD)
		run++;
	return run;
}

/* "shadow paging" where the side sets the mode; else the side's name. */
static const char *side_words(const struct comparison *comparison, unsigned int side, char *text,
			      size_t bytes)
{
	const struct run *run = run_of(comparison, side);

	if (run->has_mode)
		snprintf(text, bytes, "%s paging", paging_mode_name(run->mode));
	else
		snprintf(text, bytes, "%s", comparison->experiment->side[side].name);
	return text;
}

static void tell_total(const struct comparison *comparison, FILE *out)
{
	const struct compare_row *total = &whole(comparison)->total;
	uint64_t first = total->side[0].exits;
	uint64_t second = total->side[1].exits;
	char name[80];
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	fprintf(out, "A run with %s took %s exits", side_words(comparison, 1, name, sizeof(name)),
		count(second, b));
	fprintf(out, ", with %s %s", side_words(comparison, 0, name, sizeof(name)),
		count(first, a));
	if (first && second)
		fprintf(out, ": %s times as many", format_ratio(second, first, a, sizeof(a)));
	fputs(".\n", out);
}

/* Upwards or downwards: the sum of the changes of all rows that went that way. */
static uint64_t sum_changes(const struct compare_phase *phase, bool up)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		int64_t change = compare_change(&phase->row[i]);

		if (up ? change > 0 : change < 0)
			sum += (uint64_t)(up ? change : -change);
	}
	return sum;
}

/* Biggest change first, upwards or downwards: qsort() has no context, so both exist. */
static int by_rise(const void *a, const void *b)
{
	const struct compare_row *const *left = a;
	const struct compare_row *const *right = b;
	int64_t more = compare_change(*right);
	int64_t less = compare_change(*left);

	return (more > less) - (more < less);
}

static int by_fall(const void *a, const void *b)
{
	return by_rise(b, a);
}

/* The rows in the order of their change; wants free(). NULL without memory. */
static const struct compare_row **sort_rows(const struct compare_phase *phase, bool up)
{
	const struct compare_row **rows = calloc(phase->rows + 1, sizeof(*rows));

	for (size_t i = 0; rows && i < phase->rows; i++)
		rows[i] = &phase->row[i];
	if (rows)
		qsort(rows, phase->rows, sizeof(*rows), up ? by_rise : by_fall);
	return rows;
}

/* The length of the text up to its first full stop, which is left out. */
static size_t first_sentence(const char *text)
{
	const char *end = strstr(text, ". ");
	size_t length = strlen(text);

	if (end)
		return (size_t)(end - text);
	return length && text[length - 1] == '.' ? length - 1 : length;
}

static void tell_row(const struct comparison *comparison, const struct compare_row *row,
		     uint64_t sum, FILE *out)
{
	enum reason_isa isa = comparison->origin->isa;
	const struct reason *reason = reason_find(isa, row->key.code);
	bool few = comparison->good[0] < FEW_RUNS || comparison->good[1] < FEW_RUNS;
	uint64_t change = (uint64_t)llabs((long long)compare_change(row));
	char name[80];
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	fprintf(out, " %.1f%% are %s, %s instead of %s", 100.0 * (double)change / (double)sum,
		reason_label(isa, &row->key, name, sizeof(name)), count(row->side[1].exits, a),
		count(row->side[0].exits, b));
	if (row->exits.tested && !row->exits.moved)
		fputs(few ? ", which so few runs cannot tell from chance" : ", which may be chance",
		      out);
	else if (reason)
		fprintf(out, " (%.*s)", (int)first_sentence(reason->cause), reason->cause);
}

/* "Of the N exits that it added, 54% are A (...); 42% are B (...)." */
static int tell_changes(const struct comparison *comparison, bool up, FILE *out)
{
	const struct compare_row **rows = sort_rows(whole(comparison), up);
	uint64_t sum = sum_changes(whole(comparison), up);
	char name[80];
	char text[FORMAT_BYTES];

	if (rows && sum)
		fprintf(out, "Of the %s exits that %s %s,", count(sum, text),
			side_words(comparison, 1, name, sizeof(name)), up ? "added" : "saved");
	for (size_t i = 0; rows && sum && i < NOTABLE_MOST && i < whole(comparison)->rows; i++) {
		int64_t change = compare_change(rows[i]);

		if ((up ? change : -change) * 100.0 < NOTABLE_PERCENT * (double)sum)
			break;
		fputs(i ? ";" : "", out);
		tell_row(comparison, rows[i], sum, out);
	}
	if (rows && sum)
		fputs(".\n", out);
	free(rows);
	return rows ? 0 : -ENOMEM;
}

static bool is_unchanged(const struct comparison *comparison, const struct compare_row *row)
{
	double nested = (double)row->side[0].exits;
	double change = (double)llabs((long long)compare_change(row));

	return nested * 100 >= (double)whole(comparison)->total.side[0].exits &&
	       change * 100 <= UNCHANGED_PERCENT * nested;
}

static void tell_unchanged(const struct comparison *comparison, FILE *out)
{
	enum reason_isa isa = comparison->origin->isa;
	size_t told = 0;

	for (size_t i = 0; i < whole(comparison)->rows; i++) {
		const struct compare_row *row = &whole(comparison)->row[i];
		char name[80];
		char text[FORMAT_BYTES];

		if (!is_unchanged(comparison, row))
			continue;
		fprintf(out, "%s%s (%s)", told++ ? ", " : "Unchanged within 2%: ",
			reason_label(isa, &row->key, name, sizeof(name)),
			count(row->side[1].exits, text));
	}
	if (told)
		fputs(".\n", out);
}

static double phase_times(const struct compare_phase *phase)
{
	const struct compare_row *total = &phase->total;

	return total->side[0].exits ? times(total->side[1].exits, total->side[0].exits) : 0;
}

/* How far from 1 that is, upwards or downwards alike: 1 at least; 0 where it is not known. */
static double phase_differs(const struct compare_phase *phase)
{
	double factor = phase_times(phase);

	return factor > 0 && factor < 1 ? 1 / factor : factor;
}

static void tell_phases(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *most = NULL;
	const struct compare_phase *least = NULL;

	for (size_t i = 1; i < comparison->phases; i++) {
		const struct compare_phase *phase = &comparison->phase[i];

		if (!phase_differs(phase))
			continue;
		if (!most || phase_differs(phase) > phase_differs(most))
			most = phase;
		if (!least || phase_differs(phase) < phase_differs(least))
			least = phase;
	}
	if (most && most != least)
		fprintf(out,
			"By phase, '%s' differs the most (%.1f times the exits), '%s' the least "
			"(%.1f times).\n",
			most->name, phase_times(most), least->name, phase_times(least));
}

static void tell_time(const struct comparison *comparison, FILE *out)
{
	const struct origin *origin = comparison->origin;
	const struct compare_row *total = &whole(comparison)->total;
	bool chance = total->kvm.tested && !total->kvm.moved;
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	if (!total->side[0].kvm_tsc || !total->side[1].kvm_tsc)
		return;
	fprintf(out, "KVM worked %s instead of %s for it,",
		format_tsc(total->side[1].kvm_tsc, origin->tsc_khz, b, sizeof(b)),
		format_tsc(total->side[0].kvm_tsc, origin->tsc_khz, a, sizeof(a)));
	fprintf(out, " %s times as long%s%s.\n",
		format_ratio(total->side[1].kvm_tsc, total->side[0].kvm_tsc, a, sizeof(a)),
		chance ? ", which may be chance" : "",
		origin->emulated ? " (in the emulator's time, which is not hardware's)" : "");
}

static uint64_t exits_of(const struct comparison *comparison, unsigned int side, uint32_t code)
{
	const struct compare_phase *phase = whole(comparison);

	for (size_t i = 0; i < phase->rows; i++)
		if (phase->row[i].key.code == code && !phase->row[i].key.flags)
			return phase->row[i].side[side].exits;
	return 0;
}

/*
 * What is one reason with nested paging and another with shadow paging: the same work under two
 * names. Which side has which is told by the exits alone, so that recordings have it, too.
 */
static void tell_mapping(const struct comparison *comparison, FILE *out)
{
	bool vmx = comparison->origin->isa == REASON_VMX;
	uint32_t miss = vmx ? 48 : 0x400;
	unsigned int nested = exits_of(comparison, 0, miss) ? 0 : 1;
	uint64_t misses = exits_of(comparison, nested, miss);
	uint64_t mmio = vmx ? exits_of(comparison, nested, 49) : 0;
	uint64_t faults = exits_of(comparison, !nested, vmx ? 0 : 0x4e);
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	if (!misses || exits_of(comparison, !nested, miss) || !faults)
		return;
	fprintf(out, "Rows map onto each other: what is %s %s", count(misses, a),
		vmx ? "EPT_VIOLATION" : "NPF");
	if (mmio)
		fprintf(out, " and %s EPT_MISCONFIG exits (device memory, of class I/O)",
			count(mmio, b));
	fprintf(out,
		"%s with nested paging is page faults with shadow paging, within the %s of %s%s.\n",
		mmio ? "" : " exits", count(faults, a), vmx ? "EXCEPTION_NMI" : "EXCP_PF",
		mmio ? " (of class memory)" : "");
}

/* Which rows the test tells apart; nothing without repeated runs. */
static void tell_verdicts(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *phase = whole(comparison);
	size_t tested = 0;
	size_t moved = 0;
	size_t same = 0;

	for (size_t i = 0; i < phase->rows; i++) {
		tested += phase->row[i].exits.tested;
		moved += phase->row[i].exits.moved;
		same += !phase->row[i].exits.moved && !compare_change(&phase->row[i]);
	}
	if (tested)
		fprintf(out,
			"Of %zu reasons, %zu moved by more than the runs of one side differ among "
			"themselves, %zu differ by what may be chance, %zu do not differ.\n",
			phase->rows, moved, phase->rows - moved - same, same);
}

char *compare_story(const struct comparison *comparison)
{
	char *text = NULL;
	int error;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	tell_total(comparison, out);
	error = tell_changes(comparison, true, out) | tell_changes(comparison, false, out);
	tell_mapping(comparison, out);
	tell_unchanged(comparison, out);
	tell_verdicts(comparison, out);
	tell_phases(comparison, out);
	tell_time(comparison, out);
	if (fclose(out) || error) {
		free(text);
		return NULL;
	}
	text[strlen(text) - 1] = '\0'; /* the end of the last line; there is one at least */
	return text;
}
