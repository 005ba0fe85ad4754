// SPDX-License-Identifier: GPL-2.0
/*
 * What changed between two runs and why, in words: every sentence follows from the figures,
 * and is left out where they do not carry it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "compare_view.h"
#include "format.h"
#include "stat_view.h"

/* A reason counts as making a difference from this part of it on. */
#define NOTABLE_PERCENT 5.0
#define NOTABLE_MOST	4

/* Unchanged is what differs by less than this, and is at least a hundredth of its run. */
#define UNCHANGED_PERCENT 2.0

static const char *count(uint64_t number, char *text)
{
	return format_count(number, text, FORMAT_BYTES);
}

static double times(uint64_t shadow, uint64_t nested)
{
	return (double)shadow / (double)nested;
}

static void tell_total(const struct comparison *comparison, FILE *out)
{
	const struct compare_row *total = &comparison->all.total;
	uint64_t nested = total->nested.exits;
	uint64_t shadow = total->shadow.exits;
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	fprintf(out, "Over all phases shadow paging took %s exits and nested paging %s",
		count(shadow, a), count(nested, b));
	if (nested && shadow)
		fprintf(out, ": %.1f times as many", times(shadow, nested));
	fputs(".", out);
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
	enum reason_isa isa = comparison->run[MODE_NESTED]->origin.isa;
	const struct reason *reason = reason_find(isa, row->key.code);
	uint64_t change = (uint64_t)llabs((long long)compare_change(row));
	char name[80];
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	fprintf(out, " %.1f%% are %s, %s instead of %s", 100.0 * (double)change / (double)sum,
		reason_label(isa, &row->key, name, sizeof(name)), count(row->shadow.exits, a),
		count(row->nested.exits, b));
	if (reason)
		fprintf(out, " (%.*s)", (int)first_sentence(reason->cause), reason->cause);
}

/* "Of the N exits that it added, 54% are A (...); 42% are B (...)." */
static int tell_changes(const struct comparison *comparison, bool up, FILE *out)
{
	const struct compare_row **rows = sort_rows(&comparison->all, up);
	uint64_t sum = sum_changes(&comparison->all, up);
	char text[FORMAT_BYTES];

	if (rows && sum)
		fprintf(out, " Of the %s exits that shadow paging %s,", count(sum, text),
			up ? "added" : "saved");
	for (size_t i = 0; rows && sum && i < NOTABLE_MOST && i < comparison->all.rows; i++) {
		int64_t change = compare_change(rows[i]);

		if ((up ? change : -change) * 100.0 < NOTABLE_PERCENT * (double)sum)
			break;
		fputs(i ? ";" : "", out);
		tell_row(comparison, rows[i], sum, out);
	}
	if (rows && sum)
		fputs(".", out);
	free(rows);
	return rows ? 0 : -ENOMEM;
}

static bool is_unchanged(const struct comparison *comparison, const struct compare_row *row)
{
	double nested = (double)row->nested.exits;
	double change = (double)llabs((long long)compare_change(row));

	return nested * 100 >= (double)comparison->all.total.nested.exits &&
	       change * 100 <= UNCHANGED_PERCENT * nested;
}

static void tell_unchanged(const struct comparison *comparison, FILE *out)
{
	enum reason_isa isa = comparison->run[MODE_NESTED]->origin.isa;
	size_t told = 0;

	for (size_t i = 0; i < comparison->all.rows; i++) {
		const struct compare_row *row = &comparison->all.row[i];
		char name[80];
		char text[FORMAT_BYTES];

		if (!is_unchanged(comparison, row))
			continue;
		fprintf(out, "%s%s (%s)", told++ ? ", " : " Unchanged within 2%: ",
			reason_label(isa, &row->key, name, sizeof(name)),
			count(row->shadow.exits, text));
	}
	if (told)
		fputs(".", out);
}

static double phase_times(const struct compare_phase *phase)
{
	const struct compare_row *total = &phase->total;

	return total->nested.exits ? times(total->shadow.exits, total->nested.exits) : 0;
}

static void tell_phases(const struct comparison *comparison, FILE *out)
{
	const struct compare_phase *most = NULL;
	const struct compare_phase *least = NULL;

	for (size_t i = 0; i < comparison->phases; i++) {
		const struct compare_phase *phase = &comparison->phase[i];

		if (!phase_times(phase))
			continue;
		if (!most || phase_times(phase) > phase_times(most))
			most = phase;
		if (!least || phase_times(phase) < phase_times(least))
			least = phase;
	}
	if (most && most != least)
		fprintf(out,
			" By phase, '%s' differs the most (%.1f times the exits), '%s' the least "
			"(%.1f times).",
			most->name, phase_times(most), least->name, phase_times(least));
}

static void tell_time(const struct comparison *comparison, FILE *out)
{
	const struct origin *origin = &comparison->run[MODE_NESTED]->origin;
	const struct compare_row *total = &comparison->all.total;
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	if (!total->nested.kvm_tsc || !total->shadow.kvm_tsc)
		return;
	fprintf(out, " KVM worked %s instead of %s for it, %.1f times as long%s.",
		format_tsc(total->shadow.kvm_tsc, origin->tsc_khz, a, sizeof(a)),
		format_tsc(total->nested.kvm_tsc, origin->tsc_khz, b, sizeof(b)),
		times(total->shadow.kvm_tsc, total->nested.kvm_tsc),
		origin->emulated ? " (in the emulator's time, which is not hardware's)" : "");
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
	tell_unchanged(comparison, out);
	tell_phases(comparison, out);
	tell_time(comparison, out);
	if (fclose(out) || error) {
		free(text);
		return NULL;
	}
	return text;
}
