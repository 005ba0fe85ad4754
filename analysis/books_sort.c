// SPDX-License-Identifier: GPL-2.0
/* Sort the rows of books by a key, see books.h. */
#include "analysis/books.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"

/*
 * A row and its sort keys. The keys must be stored in the sorted array, because qsort() passes no
 * context to the comparison function.
 */
struct ranked {
	struct snapshot_row row;
	uint64_t rank;
	const char *name;
};

static uint64_t by_exits(const struct snapshot_row *row)
{
	return row->exits;
}

static uint64_t by_kvm(const struct snapshot_row *row)
{
	return row->kvm_tsc;
}

static uint64_t by_vmm(const struct snapshot_row *row)
{
	return row->vmm_tsc;
}

static uint64_t by_halt(const struct snapshot_row *row)
{
	return row->halt_tsc;
}

static uint64_t by_longest(const struct snapshot_row *row)
{
	return row_longest_tsc(row);
}

/* Rows are sorted by descending rank. Invert the code, so that the lowest code comes first. */
static uint64_t by_code(const struct snapshot_row *row)
{
	return UINT64_MAX - row->code;
}

static uint64_t by_name(const struct snapshot_row *row)
{
	(void)row;
	return 0;
}

static const struct sort_key {
	const char *name;
	uint64_t (*rank)(const struct snapshot_row *row);
	bool by_name;
} keys[] = {
	{ "exits", by_exits, false },	  { "time", row_whole_tsc, false },
	{ "kvm", by_kvm, false },	  { "vmm", by_vmm, false },
	{ "halt", by_halt, false },	  { "mean", row_mean_tsc, false },
	{ "longest", by_longest, false }, { "code", by_code, false },
	{ "reason", by_name, true },
};

const char books_sort_keys[] = "exits, time, kvm, vmm, halt, mean, longest, code, reason";

static const struct sort_key *key_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

int books_sort_check(const char *key)
{
	return key_find(key) ? 0 : -EINVAL;
}

/* Sort rows with equal ranks by name, code and flags, so that the order is always the same. */
static int compare(const void *a, const void *b)
{
	const struct ranked *left = a;
	const struct ranked *right = b;
	int order;

	if (left->rank != right->rank)
		return left->rank < right->rank ? 1 : -1;
	order = strcmp(left->name, right->name);
	if (order)
		return order;
	if (left->row.code != right->row.code)
		return left->row.code < right->row.code ? -1 : 1;
	return left->row.flags < right->row.flags ? -1 : left->row.flags > right->row.flags;
}

/* Return the name to sort by. If a reason has no name, return "~", which sorts last. */
static const char *name_of(enum reason_isa isa, const struct snapshot_row *row)
{
	const struct reason *reason = row->flags & ROW_OTHER ? NULL : reason_find(isa, row->code);

	return reason ? reason->name : "~";
}

int books_sort(struct books *books, enum reason_isa isa, const char *key)
{
	const struct sort_key *by = key_find(key);
	struct ranked *ranked;

	if (!by)
		return -EINVAL;
	ranked = calloc(books->rows + 1, sizeof(*ranked));
	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < books->rows; i++) {
		ranked[i].row = books->row[i];
		ranked[i].rank = by->rank(&books->row[i]);
		ranked[i].name = by->by_name ? name_of(isa, &books->row[i]) : "";
	}
	qsort(ranked, books->rows, sizeof(*ranked), compare);
	for (size_t i = 0; i < books->rows; i++)
		books->row[i] = ranked[i].row;
	free(ranked);
	return 0;
}
