// SPDX-License-Identifier: GPL-2.0
/* Encode and decode the messages of vmtoll share, see share_codec.h. */
#include "source/share_codec.h"

#include <errno.h>
#include <stdlib.h>

#include "model/array.h"
#include "model/isa.h"

#define HEAD_WORDS   9 /* numbers of 32 bits before the first row */
#define HEAD_NUMBERS 13 /* numbers of 64 bits before the first row */
#define HEAD_BYTES   (4 * HEAD_WORDS + 8 * HEAD_NUMBERS)
#define ROW_NUMBERS  7
#define ROW_BYTES    (8 + 8 * (ROW_NUMBERS + SNAPSHOT_BUCKETS))
#define MOST_ROWS    ((SHARE_LEDGER_BYTES - HEAD_BYTES) / ROW_BYTES)

#define KNOWS_ALL ((KNOWS_POLLED << 1) - 1)

_Static_assert(HEAD_BYTES == 140 && ROW_BYTES == 272, "the sizes in share_codec.h");

static void put_16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

static uint8_t *put_32(uint8_t *to, uint32_t value)
{
	put_16(to, (uint16_t)value);
	put_16(to + 2, (uint16_t)(value >> 16));
	return to + 4;
}

static uint8_t *put_64(uint8_t *to, uint64_t value)
{
	return put_32(put_32(to, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint16_t get_16(const uint8_t *from)
{
	return (uint16_t)(from[0] | from[1] << 8);
}

static uint32_t get_32(const uint8_t *from)
{
	return get_16(from) | (uint32_t)get_16(from + 2) << 16;
}

static uint64_t get_64(const uint8_t *from)
{
	return get_32(from) | (uint64_t)get_32(from + 4) << 32;
}

/* Write a header. Returns the end of the header. */
static uint8_t *put_header(uint8_t *to, uint16_t type, uint32_t bytes)
{
	put_32(to, SHARE_MAGIC);
	put_16(to + 4, SHARE_VERSION);
	put_16(to + 6, type);
	put_32(to + 8, bytes);
	return put_32(to + 12, 0);
}

int share_header_decode(const uint8_t *from, struct share_header *header)
{
	*header = (struct share_header){ get_16(from + 4), get_16(from + 6), get_32(from + 8) };
	return get_32(from) == SHARE_MAGIC ? 0 : -EPROTO;
}

size_t share_ask_encode(int64_t vcpu, uint8_t to[SHARE_ASK_MESSAGE])
{
	uint8_t *at = put_header(to, SHARE_ASK, SHARE_ASK_MESSAGE - SHARE_HEADER_BYTES);

	at = put_32(at, vcpu < 0 ? UINT32_MAX : (uint32_t)vcpu);
	put_32(at, 0);
	return SHARE_ASK_MESSAGE;
}

int share_ask_decode(const uint8_t *from, size_t bytes, int64_t *vcpu)
{
	if (bytes < SHARE_ASK_MESSAGE - SHARE_HEADER_BYTES || bytes > SHARE_ASK_BYTES)
		return -EPROTO;
	*vcpu = (int32_t)get_32(from);
	return *vcpu < -1 ? -EPROTO : 0;
}

/* Return why a request with this header is refused, or SHARE_OK. */
static enum share_refusal check_header(const uint8_t *from, struct share_header *header)
{
	if (share_header_decode(from, header) || header->type != SHARE_ASK)
		return SHARE_BAD_REQUEST;
	if (header->version != SHARE_VERSION)
		return SHARE_WRONG_VERSION;
	return header->bytes > SHARE_ASK_BYTES ? SHARE_BAD_REQUEST : SHARE_OK;
}

size_t share_request_parse(const uint8_t *from, size_t bytes, enum share_refusal *why,
			   int64_t *vcpu)
{
	struct share_header header;

	*why = SHARE_OK;
	if (bytes < SHARE_HEADER_BYTES)
		return SHARE_HEADER_BYTES - bytes;
	*why = check_header(from, &header);
	if (*why)
		return 0;
	if (bytes < SHARE_HEADER_BYTES + header.bytes)
		return SHARE_HEADER_BYTES + header.bytes - bytes;
	if (share_ask_decode(from + SHARE_HEADER_BYTES, header.bytes, vcpu))
		*why = SHARE_BAD_REQUEST;
	return 0;
}

size_t share_refusal_encode(enum share_refusal why, uint32_t retry_ms,
			    uint8_t to[SHARE_REFUSAL_MESSAGE])
{
	uint8_t *at = put_header(to, SHARE_REFUSAL, SHARE_REFUSAL_MESSAGE - SHARE_HEADER_BYTES);

	put_32(put_32(at, why), retry_ms);
	return SHARE_REFUSAL_MESSAGE;
}

int share_refusal_decode(const uint8_t *from, size_t bytes, unsigned int *why, uint32_t *retry_ms)
{
	if (bytes < SHARE_REFUSAL_MESSAGE - SHARE_HEADER_BYTES)
		return -EPROTO;
	*why = get_32(from);
	*retry_ms = get_32(from + 4);
	return *why == SHARE_OK ? -EPROTO : 0;
}

static uint32_t flags_of(const struct origin *origin)
{
	return (origin->emulated ? SHARE_EMULATED : 0) |
	       (origin->tsc_unreliable ? SHARE_TSC_UNRELIABLE : 0) |
	       (origin->nanoseconds ? SHARE_NANOSECONDS : 0);
}

/* Write the head of a ledger, which precedes the rows. Return the address after the head. */
static uint8_t *put_head(uint8_t *to, const struct origin *origin, const struct books *books,
			 uint64_t clock_tsc)
{
	const uint32_t words[HEAD_WORDS] = {
		HEAD_BYTES,	 ROW_BYTES,	(uint32_t)books->rows + 1, origin->isa,
		origin->tsc_khz, origin->knows, flags_of(origin),	   books->counts.vcpus,
	};
	const uint64_t numbers[HEAD_NUMBERS] = {
		clock_tsc,
		books->total.exits,
		books->total.kvm_tsc,
		books->wall_tsc,
		books->guest_tsc,
		books->ready_tsc,
		books->polled_tsc,
		books->lost,
		books->audit.exits,
		books->audit.kvm_exits,
		books->audit.emulated,
		books->audit.recovered,
		books->audit.unseen,
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		to = put_32(to, words[i]);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		to = put_64(to, numbers[i]);
	return to;
}

static uint8_t *put_row(uint8_t *to, const struct snapshot_row *row)
{
	const uint64_t numbers[ROW_NUMBERS] = {
		row->exits,	  row->kvm_tsc,	 row->vmm_tsc,		row->halt_tsc,
		row->longest_tsc, row->open_tsc, row->open_longest_tsc,
	};

	to = put_32(to, row->code);
	to = put_32(to, row->flags & ROW_KEY);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		to = put_64(to, numbers[i]);
	for (size_t i = 0; i < SNAPSHOT_BUCKETS; i++)
		to = put_64(to, row->hist[i]);
	return to;
}

int share_ledger_encode(const struct origin *origin, const struct books *books, uint64_t clock_tsc,
			uint8_t **message, size_t *bytes)
{
	size_t payload = HEAD_BYTES + (books->rows + 1) * ROW_BYTES;
	uint8_t *at;

	if (books->rows + 1 > MOST_ROWS)
		return -E2BIG;
	*bytes = SHARE_HEADER_BYTES + payload;
	*message = malloc(*bytes);
	if (!*message)
		return -ENOMEM;
	at = put_header(*message, SHARE_LEDGER, (uint32_t)payload);
	at = put_head(at, origin, books, clock_tsc);
	at = put_row(at, &books->observer);
	for (size_t i = 0; i < books->rows; i++)
		at = put_row(at, &books->row[i]);
	return 0;
}

/* The sizes at the beginning of a ledger. */
struct shape {
	size_t head_bytes;
	size_t row_bytes;
	size_t rows;
};

/* Decode the sizes, and check that they add up to @bytes. */
static int shape_decode(const uint8_t *from, size_t bytes, struct shape *shape)
{
	if (bytes < HEAD_BYTES || bytes > SHARE_LEDGER_BYTES)
		return -EPROTO;
	*shape = (struct shape){ get_32(from), get_32(from + 4), get_32(from + 8) };
	if (shape->head_bytes < HEAD_BYTES || shape->head_bytes > bytes ||
	    shape->row_bytes < ROW_BYTES || shape->row_bytes > bytes || shape->rows > MOST_ROWS)
		return -EPROTO;
	return shape->head_bytes + shape->rows * shape->row_bytes == bytes ? 0 : -EPROTO;
}

static int origin_decode(const uint8_t *from, struct origin *origin)
{
	uint32_t flags = get_32(from + 24);

	origin->isa = get_32(from + 12);
	origin->tsc_khz = get_32(from + 16);
	origin->knows = get_32(from + 20) & KNOWS_ALL;
	origin->emulated = flags & SHARE_EMULATED;
	origin->tsc_unreliable = flags & SHARE_TSC_UNRELIABLE;
	origin->nanoseconds = flags & SHARE_NANOSECONDS;
	return isa_find(origin->isa) && origin->tsc_khz ? 0 : -EPROTO;
}

static void totals_decode(const uint8_t *from, struct snapshot *snapshot,
			  struct snapshot_vcpu *vcpu)
{
	uint64_t number[HEAD_NUMBERS];

	for (size_t i = 0; i < ARRAY_SIZE(number); i++)
		number[i] = get_64(from + 4 * HEAD_WORDS + 8 * i);
	vcpu->vcpus = get_32(from + 28);
	snapshot->clock_tsc = number[0];
	vcpu->has_total_exits = true;
	vcpu->total_exits = number[1];
	vcpu->total_kvm_tsc = number[2];
	vcpu->wall_tsc = number[3];
	vcpu->guest_tsc = number[4];
	vcpu->ready_tsc = number[5];
	vcpu->polled_tsc = number[6];
	vcpu->lost = number[7];
	vcpu->audit =
		(struct audit_figures){ number[8], number[9], number[10], number[11], number[12] };
}

static int row_decode(const uint8_t *from, struct snapshot_row *row)
{
	row->code = get_32(from);
	row->flags = get_32(from + 4);
	row->exits = get_64(from + 8);
	row->kvm_tsc = get_64(from + 16);
	row->vmm_tsc = get_64(from + 24);
	row->halt_tsc = get_64(from + 32);
	row->longest_tsc = get_64(from + 40);
	row->open_tsc = get_64(from + 48);
	row->open_longest_tsc = get_64(from + 56);
	for (size_t i = 0; i < SNAPSHOT_BUCKETS; i++)
		row->hist[i] = get_64(from + 8 + 8 * (ROW_NUMBERS + i));
	return row->flags & ~ROW_KEY ? -EPROTO : 0;
}

int share_ledger_decode(const uint8_t *from, size_t bytes, int64_t vcpu_index,
			struct snapshot *snapshot)
{
	struct snapshot_vm *vm = snapshot_vm_get(snapshot, 0, 0);
	struct snapshot_vcpu *vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	struct shape shape;

	if (!vcpu)
		return -ENOMEM;
	if (shape_decode(from, bytes, &shape) || origin_decode(from, &snapshot->origin))
		return -EPROTO;
	if (snapshot_rows_alloc(snapshot, vcpu, shape.rows))
		return -ENOMEM;
	totals_decode(from, snapshot, vcpu);
	for (size_t i = 0; i < shape.rows; i++)
		if (row_decode(from + shape.head_bytes + i * shape.row_bytes, &vcpu->row[i]))
			return -EPROTO;
	if (vcpu_index < 0) {
		vcpu->flags = VCPU_SUM;
	} else {
		vcpu->index = (uint32_t)vcpu_index;
		vcpu->flags = VCPU_RECORDED;
	}
	return 0;
}
