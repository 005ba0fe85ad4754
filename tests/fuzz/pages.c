// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the pages of /dev/vmtoll. The first byte of the input determines whether the
 * device is truncated. The remaining bytes are changes to a valid device. Each change replaces an
 * 8-byte word: it consists of the number of this word (16 bits) and the new value (8 bytes). The
 * reader waits until the pages are consistent. After some changes, they never are, so the clock is
 * accelerated to make the reader give up sooner.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"

struct change {
	uint16_t word;
	uint64_t value;
} __attribute__((packed));

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	static time_t seconds;

	(void)clock;
	*now = (struct timespec){ .tv_sec = ++seconds };
	return 0;
}

/*
 * Create a small device, so that each input is processed quickly. The device has two live vCPUs
 * and one departed vCPU. One of the live vCPUs is in user space.
 */
static void make_example(struct fixture *fixture, const char *path)
{
	struct vmtoll_ledger *ledger;

	fixture_create(fixture, path, VMTOLL_ISA_VMX, 3);
	fixture_ledger(fixture, 0)->vcpus = 1;
	fixture_row(fixture_ledger(fixture, 0), 10, 1000, 2000, 0, 0);
	ledger = fixture_vcpu(fixture, 1, 1, 812, 0);
	fixture_row(ledger, 48, 365434, 6000, 0, 0);
	fixture_row(ledger, 30, 132365, 2500, 4, 0);
	ledger->open_row = VMTOLL_ROW_FIRST_INDEX + 1;
	ledger = fixture_vcpu(fixture, 2, 2, 901, 0);
	fixture_row(ledger, 12, 27229, 3000, 0, 400);
}

/* Return the valid device. The device is created once, and each input modifies a copy of it. */
static const struct fixture *good_device(void)
{
	static struct fixture fixture;

	if (!fixture.host) {
		char path[64];
		int fd;

		snprintf(path, sizeof(path), "%s/device-XXXXXX", scratch());
		fd = mkstemp(path);

		if (fd < 0) {
			perror(path);
			exit(2);
		}
		close(fd);
		make_example(&fixture, path);
		unlink(path);
	}
	return &fixture;
}

static void apply_changes(struct input *input, uint8_t *device, size_t bytes)
{
	struct change change;

	while (input->size) {
		input_take(input, &change, sizeof(change));
		memcpy(device + 8 * change.word % bytes, &change.value, 8);
	}
}

static void read_device(const uint8_t *device, size_t bytes)
{
	char spec[64];
	struct source_options options = { .spec = spec };

	snprintf(spec, sizeof(spec), "kmod:%s", input_file(device, bytes));
	show_source(&options, &SCOPE_ALL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fixture *good = good_device();
	struct input input = { data, size };
	uint8_t *device = malloc(good->bytes);
	uint8_t cut;

	if (!device)
		return 0;
	memcpy(device, good->host, good->bytes);
	input_take(&input, &cut, 1);
	apply_changes(&input, device, good->bytes);
	read_device(device, cut & 0x80 ? good->bytes / 128 * (cut & 0x7f) : good->bytes);
	free(device);
	return 0;
}
