/* SPDX-License-Identifier: GPL-2.0 */
/* The rows of a ledger: find and append them, and sum their exits. */
#ifndef VMTOLL_BPF_ROWS_H
#define VMTOLL_BPF_ROWS_H

#include "bpf/isa.h"
#include "bpf/maps.h"

static __always_inline void write_begin(struct vmtoll_ledger *l)
{
	*(volatile __u64 *)&l->seq = l->seq + 1;
	barrier();
}

static __always_inline void write_end(struct vmtoll_ledger *l)
{
	barrier();
	*(volatile __u64 *)&l->seq = l->seq + 1;
}

/*
 * Return the row with the index @row, or NULL if it is out of range. The verifier must see the
 * check before the computation of the address, so prevent the compiler from swapping them.
 */
static __always_inline struct vmtoll_row *row_at(struct vmtoll_ledger *l, __u64 row)
{
	barrier_var(row);
	if (row >= VMTOLL_ROWS)
		return 0;
	barrier_var(row);
	return &l->row[row];
}

static __always_inline bool has_open_exit(const struct vmtoll_ledger *l)
{
	return l->open_row != VMTOLL_ROW_NONE;
}

static __always_inline __u32 code_index(__u32 code)
{
	if (code < CODE_DIRECT)
		return code;
	return ISA(host_isa, code_index, code);
}

static __always_inline __u32 high_row(const struct slot *s, __u32 code)
{
	for (int i = 0; i < HIGH_ROWS; i++) {
		__u64 row = s->private.high_row[i];

		barrier_var(row);
		if (!row || row >= VMTOLL_ROWS)
			return 0;
		if (s->ledger.row[row].code == code)
			return row;
	}
	return 0;
}

/*
 * Append a row and return its index. The row becomes visible to readers when `rows` is
 * increased. If all rows are in use, return the index of the row `other`.
 */
static __always_inline __u32 append_row(struct vmtoll_ledger *l, __u32 code, __u32 flags)
{
	__u64 index = l->rows;
	struct vmtoll_row *row = row_at(l, index);

	if (!row)
		return VMTOLL_ROW_OTHER_INDEX;
	row->code = code;
	row->flags = flags;
	barrier();
	*(volatile __u32 *)&l->rows = index + 1;
	return index;
}

/*
 * Return the index of the row for @code. @entry points to the element for @code in one of the
 * slot's tables. It contains this index, or 0 if there is no such row. In the latter case, append
 * a row.
 */
static __always_inline __u32 table_row(struct slot *s, __u8 *entry, __u32 code, __u32 flags)
{
	if (!*entry)
		*entry = append_row(&s->ledger, code, flags);
	return *entry;
}

static __always_inline __u32 append_high_row(struct slot *s, __u32 code)
{
	__u32 row;

	if (s->private.high_row[HIGH_ROWS - 1])
		return VMTOLL_ROW_OTHER_INDEX;
	row = append_row(&s->ledger, code, 0);
	for (int i = 0; i < HIGH_ROWS; i++) {
		if (!s->private.high_row[i]) {
			s->private.high_row[i] = row;
			break;
		}
	}
	return row;
}

/*
 * Return the index of the row for @code. If there is no such row, append one. If there is no
 * space for a new row, store the code in the row `other` and return the index of that row.
 */
static __noinline __u32 ledger_row(struct slot *s, __u32 code, __u32 nested)
{
	__u64 index = code_index(code);
	__u64 direct = code;
	__u32 row = VMTOLL_ROW_OTHER_INDEX;

	barrier_var(index);
	barrier_var(direct);
	if (index < CODE_NO_INDEX) {
		if (nested)
			row = table_row(s, &s->private.row_by_nested_index[index], code,
					VMTOLL_ROW_NESTED);
		else if (direct < CODE_TABLE_SIZE)
			row = table_row(s, &s->private.row_by_code[direct], code, 0);
		else
			row = high_row(s, code) ?: append_high_row(s, code);
	}
	if (row == VMTOLL_ROW_OTHER_INDEX)
		s->ledger.row[VMTOLL_ROW_OTHER_INDEX].code = code;
	return row;
}

/* Return the number of exits in all rows. Rows that are not in use have 0 exits. */
static __noinline __u64 ledger_exits(const struct vmtoll_ledger *l)
{
	__u64 exits = 0;

	for (unsigned int i = 0; i < VMTOLL_ROWS; i++)
		exits += l->row[i].exits;
	return exits;
}

/* Return the shortest duration in a bucket; see VMTOLL_BUCKETS. */
static __always_inline __u64 bucket_first(__u32 bucket)
{
	return bucket ? 1ull << (bucket + VMTOLL_BUCKET_SHIFT) : 0;
}

/*
 * Return the upper bound of a bucket: all durations in the bucket are shorter. Ignore the result
 * for the last bucket, which has no upper bound.
 */
static __always_inline __u64 bucket_end(__u32 bucket)
{
	return 1ull << (bucket + VMTOLL_BUCKET_SHIFT + 1);
}

/*
 * Return the histogram bucket for the total duration of an exit; see VMTOLL_BUCKETS. The function
 * is global, because the verifier checks a global function separately from its callers. If it were
 * static, the verifier would check the callers once for each bucket.
 */
__noinline __u32 bucket_of(__u64 duration)
{
	__u64 rest = duration >> VMTOLL_BUCKET_SHIFT;
	__u32 bucket = 0;

	if (rest >> (VMTOLL_BUCKETS - 1))
		return VMTOLL_BUCKETS - 1;
	if (rest >> 16) {
		rest >>= 16;
		bucket = 16;
	}
	if (rest >> 8) {
		rest >>= 8;
		bucket += 8;
	}
	if (rest >> 4) {
		rest >>= 4;
		bucket += 4;
	}
	if (rest >> 2) {
		rest >>= 2;
		bucket += 2;
	}
	return bucket + (rest >> 1);
}

#endif
