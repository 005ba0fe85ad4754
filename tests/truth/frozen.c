// SPDX-License-Identifier: GPL-2.0
/*
 * The `frozen` verb checks that no process can change the ledgers of the BPF programs, not even a
 * process that may write to the file of the map. Each case is a function that tries one way to
 * change the map, and returns 0 or an errno. The kernel must refuse all of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vmtoll.h>

#include "model/array.h"
#include "bpf_call.h"
#include "fail.h"
#include "ledger_map.h"
#include "tally.h"
#include "verbs.h"

#define PAGE 4096ul

/*
 * Offset of the BPF programs' private data in a slot. On AMD, this data contains the address from
 * which the programs read the exit code.
 */
#define PRIVATE VMTOLL_LEDGER_BYTES

/* Convert the result of a system call to 0 or a positive errno. */
static int result(long value)
{
	return value < 0 ? errno : 0;
}

static char *private_of_slot_1(const struct ledger_map *l)
{
	return (char *)l->map + l->host->slots_offset + l->host->slot_stride + PRIVATE;
}

static int map_write(const struct ledger_map *l)
{
	void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, l->fd, 0);

	return map == MAP_FAILED ? errno : 0;
}

static int protect_write(const struct ledger_map *l)
{
	return result(mprotect(l->map, l->bytes, PROT_READ | PROT_WRITE));
}

static int write_memory_file(const struct ledger_map *l)
{
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	int error =
		fd < 0 ? errno : result(pwrite(fd, "x", 1, (off_t)(uintptr_t)private_of_slot_1(l)));

	close(fd);
	return error;
}

/* Write the current content of element 1 of the map, so that the test changes nothing. */
static int update(const struct ledger_map *l, enum bpf_cmd command)
{
	uint32_t key = 1, count = 1;
	union bpf_attr attributes;
	char *value = malloc(l->host->slot_stride);
	int error;

	if (!value)
		return ENOMEM;
	memcpy(value, (char *)l->map + l->host->slots_offset, l->host->slot_stride);
	memset(&attributes, 0, sizeof(attributes));
	if (command == BPF_MAP_UPDATE_BATCH) {
		attributes.batch.map_fd = (uint32_t)l->fd;
		attributes.batch.keys = (uintptr_t)&key;
		attributes.batch.values = (uintptr_t)value;
		attributes.batch.count = count;
	} else {
		attributes.map_fd = (uint32_t)l->fd;
		attributes.key = (uintptr_t)&key;
		attributes.value = (uintptr_t)value;
	}
	error = -bpf_call(command, &attributes);
	free(value);
	return error;
}

static int update_element(const struct ledger_map *l)
{
	return update(l, BPF_MAP_UPDATE_ELEM);
}

static int update_batch(const struct ledger_map *l)
{
	return update(l, BPF_MAP_UPDATE_BATCH);
}

static const struct {
	const char *name;
	int (*try)(const struct ledger_map *ledger);
	int expected;
} cases[] = {
	{ "frozen-map-write", map_write, EPERM },
	{ "frozen-protect-write", protect_write, EACCES },
	{ "frozen-write-memory-file", write_memory_file, EIO },
	{ "frozen-update", update_element, EPERM },
	{ "frozen-update-batch", update_batch, EPERM },
};

int verb_frozen(int argc, char **argv)
{
	struct platform platform = { 0 };
	struct tally tally = { .platform = &platform };
	struct mismatches wrong;
	struct ledger_map ledger;
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	err = platform_probe(&platform) ?: ledger_map_open_bpf(&ledger);
	if (err)
		return err;
	for (size_t i = 0; !err && i < ARRAY_SIZE(cases); i++) {
		int got;

		err = mismatches_open(&wrong);
		if (err)
			break;
		got = cases[i].try(&ledger);
		if (got != cases[i].expected)
			mismatch(&wrong, "expected %s, got %s", strerror(cases[i].expected),
				 strerror(got));
		tally_result(&tally, cases[i].name, &wrong, "%s", strerror(got));
	}
	ledger_map_close(&ledger);
	return err ?: tally_end(&tally);
}
