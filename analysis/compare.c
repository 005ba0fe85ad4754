// SPDX-License-Identifier: GPL-2.0
/* Two runs side by side, see compare.h. */
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int64_t compare_change(const struct compare_row *row)
{
	return (int64_t)(row->shadow.exits - row->nested.exits);
}

static uint64_t greater(const struct compare_row *row)
{
	return row->nested.exits > row->shadow.exits ? row->nested.exits : row->shadow.exits;
}

static int by_size(const void *a, const void *b)
{
	const struct compare_row *left = a;
	const struct compare_row *right = b;

	if (greater(left) != greater(right))
		return greater(left) < greater(right) ? 1 : -1;
	if (left->key.code != right->key.code)
		return left->key.code < right->key.code ? -1 : 1;
	return left->key.flags < right->key.flags ? -1 : left->key.flags > right->key.flags;
}

static bool has_row(const struct compare_phase *phase, const struct snapshot_row *like)
{
	struct books books = { 0 };

	for (size_t i = 0; i < phase->rows; i++) {
		books.row = &phase->row[i].key;
		books.rows = 1;
		if (books_find(&books, like))
			return true;
	}
	return false;
}

static struct snapshot_row side(const struct books *books, const struct snapshot_row *like)
{
	const struct snapshot_row *row = books_find(books, like);

	return row ? *row : (struct snapshot_row){ .code = like->code, .flags = like->flags };
}

/* Adds the rows of @from that are not there yet, with their figures of both sides. */
static void add_rows(struct compare_phase *phase, const struct books *from,
		     const struct books *nested, const struct books *shadow)
{
	for (size_t i = 0; i < from->rows; i++) {
		const struct snapshot_row *like = &from->row[i];

		if (has_row(phase, like))
			continue;
		phase->row[phase->rows++] = (struct compare_row){
			.key = { .code = like->code, .flags = like->flags & ROW_KEY },
			.nested = side(nested, like),
			.shadow = side(shadow, like),
		};
	}
}

static int phase_make(const char *name, const struct books *nested, const struct books *shadow,
		      struct compare_phase *phase)
{
	phase->name = name;
	phase->row = calloc(nested->rows + shadow->rows + 1, sizeof(*phase->row));
	if (!phase->row)
		return -ENOMEM;
	add_rows(phase, nested, nested, shadow);
	add_rows(phase, shadow, nested, shadow);
	qsort(phase->row, phase->rows, sizeof(*phase->row), by_size);
	phase->total.key.flags = ROW_TOTAL;
	phase->total.nested = nested->total;
	phase->total.shadow = shadow->total;
	return 0;
}

static int sum_phases(const struct run *run, struct books *sum)
{
	*sum = (struct books){ 0 };
	for (size_t i = 0; i < run->phases; i++)
		if (books_add(sum, &run->phase[i].books))
			return -ENOMEM;
	return 0;
}

static int all_make(const struct run *nested, const struct run *shadow, struct compare_phase *all)
{
	struct books left = { 0 };
	struct books right = { 0 };
	int error = sum_phases(nested, &left);

	if (!error)
		error = sum_phases(shadow, &right);
	if (!error)
		error = phase_make("all", &left, &right, all);
	books_release(&left);
	books_release(&right);
	return error;
}

static int check(const struct run *nested, const struct run *shadow, struct complaint *complaint)
{
	if (nested->origin.isa != shadow->origin.isa)
		return complain(complaint, -EINVAL,
				"the runs cannot be compared: one is Intel's, one AMD's");
	if (nested->phases != shadow->phases)
		return complain(complaint, -EINVAL,
				"the runs cannot be compared: %zu phases against %zu",
				nested->phases, shadow->phases);
	for (size_t i = 0; i < nested->phases; i++)
		if (strcmp(nested->phase[i].name, shadow->phase[i].name))
			return complain(complaint, -EINVAL,
					"the runs cannot be compared: phase %zu is '%s' in one and "
					"'%s' in the other",
					i + 1, nested->phase[i].name, shadow->phase[i].name);
	return 0;
}

int compare_make(const struct run *nested, const struct run *shadow, struct comparison *comparison,
		 struct complaint *complaint)
{
	int error = check(nested, shadow, complaint);

	*comparison = (struct comparison){ .run = { nested, shadow } };
	if (error)
		return error;
	comparison->phase = calloc(nested->phases + 1, sizeof(*comparison->phase));
	if (comparison->phase) {
		error = all_make(nested, shadow, &comparison->all);
		comparison->phases = nested->phases;
	} else {
		error = -ENOMEM;
	}
	for (size_t i = 0; i < nested->phases && !error; i++)
		error = phase_make(nested->phase[i].name, &nested->phase[i].books,
				   &shadow->phase[i].books, &comparison->phase[i]);
	if (!error)
		return 0;
	compare_release(comparison);
	return complain(complaint, error, "comparing: no memory");
}

void compare_release(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->phases; i++)
		free(comparison->phase[i].row);
	free(comparison->phase);
	free(comparison->all.row);
	comparison->phase = NULL;
	comparison->phases = 0;
	comparison->all.row = NULL;
}
