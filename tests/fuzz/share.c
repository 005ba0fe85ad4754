// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for vmtoll share. The first byte of the input selects a parser: the host's parser
 * for requests, the guest's parser for answers, or the parser for command lines with CIDs. The
 * rest of the input is passed to this parser.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "share/cid.h"
#include "source/share_codec.h"

/* Parse a request whose bytes arrive little by little, as on a server. */
static void parse_request(const uint8_t *data, size_t size)
{
	enum share_refusal why = SHARE_OK;
	int64_t vcpu = -2;
	size_t received = 0;
	size_t missing;

	while ((missing = share_request_parse(data, received, &why, &vcpu))) {
		if (missing > SHARE_HEADER_BYTES + SHARE_ASK_BYTES - received)
			abort();
		if (missing > size - received)
			return;
		received += missing;
	}
	if (why == SHARE_OK && (vcpu < -1 || vcpu > INT32_MAX))
		abort();
}

/* Encode a ledger, decode the result, and compare both. */
static void check_ledger(const struct snapshot *snapshot)
{
	struct snapshot *again = snapshot_create();
	struct complaint complaint;
	struct books books;
	uint8_t *message;
	size_t bytes;

	if (!books_gather(snapshot, &SCOPE_ALL, &books, &complaint)) {
		if (!share_ledger_encode(&snapshot->origin, &books, snapshot->clock_tsc, &message,
					 &bytes)) {
			if (share_ledger_decode(message + SHARE_HEADER_BYTES,
						bytes - SHARE_HEADER_BYTES, -1, again) ||
			    again->vm[0].vcpu[0].rows != books.rows + 1 ||
			    again->vm[0].vcpu[0].total_exits != books.total.exits)
				abort();
			free(message);
		}
		books_release(&books);
	}
	snapshot_destroy(again);
}

static void decode_answer(const uint8_t *data, size_t size)
{
	struct snapshot *snapshot = snapshot_create();
	struct share_header header;
	unsigned int why;
	uint32_t retry_ms;

	if (size >= SHARE_HEADER_BYTES && !share_header_decode(data, &header)) {
		data += SHARE_HEADER_BYTES;
		size -= SHARE_HEADER_BYTES;
		share_refusal_decode(data, size, &why, &retry_ms);
		if (!share_ledger_decode(data, size, -1, snapshot)) {
			show_snapshot(snapshot);
			check_ledger(snapshot);
		}
	}
	snapshot_destroy(snapshot);
}

/*
 * Create a process directory whose command line is the input, and read which CIDs this command
 * line claims.
 */
static void read_claims(const uint8_t *data, size_t size)
{
	static char proc[64];
	const struct cid_host host = { proc, cid_device() };
	char path[128];
	FILE *file;

	if (!*proc) {
		snprintf(proc, sizeof(proc), "%s/share-XXXXXX", scratch());
		if (!mkdtemp(proc))
			exit(2);
		snprintf(path, sizeof(path), "%s/7", proc);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/7/cmdline", proc);
	file = fopen(path, "we");
	if (!file)
		exit(2);
	fwrite(data, 1, size, file);
	fclose(file);
	if (cid_is_claimed(&host, 7, 42)) /* no device is open */
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const parsers[])(const uint8_t *data, size_t size) = {
		parse_request,
		decode_answer,
		read_claims,
	};
	uint8_t *copy;

	if (!size)
		return 0;
	/*
	 * Copy the input without its first byte to a buffer of the exact size. The sanitizer can
	 * then detect reads beyond the end.
	 */
	copy = malloc(size - 1);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	parsers[*data % 3](copy, size - 1);
	free(copy);
	return 0;
}
