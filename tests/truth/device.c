// SPDX-License-Identifier: GPL-2.0
/* The verb device: what a process can and cannot do with /dev/vmtoll. */
#define _GNU_SOURCE /* mremap() */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vmtoll.h>

#include "fault.h"
#include "tally.h"
#include "verbs.h"

#define DIRECTORY_BYTES 4096

/* What a try ended with: 0 or a positive errno. */
static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int try_open(int flags)
{
	int fd = open(VMTOLL_DEVICE, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int try_map(int fd, uint64_t offset, size_t bytes, int protection, int flags)
{
	void *map = mmap(NULL, bytes, protection, flags, fd, offset);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, bytes);
	return 0;
}

static int try_protect(int fd, int protection)
{
	void *map = mmap(NULL, DIRECTORY_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	int error = map == MAP_FAILED ? errno : result(mprotect(map, DIRECTORY_BYTES, protection));

	if (map != MAP_FAILED)
		munmap(map, DIRECTORY_BYTES);
	return error;
}

static int try_grow(int fd)
{
	void *map = mmap(NULL, DIRECTORY_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	void *grown;

	if (map == MAP_FAILED)
		return errno;
	grown = mremap(map, DIRECTORY_BYTES, 1ul << 40, MREMAP_MAYMOVE);
	return result(grown == MAP_FAILED ? -1 : 0);
}

/* Two mappings of one page show the same, and a free slot reads as zeros. */
static int try_two_readers(int fd, uint64_t last_slot)
{
	const struct vmtoll_host *one = mmap(NULL, DIRECTORY_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	const struct vmtoll_ledger *free_slot =
		mmap(NULL, VMTOLL_LEDGER_BYTES, PROT_READ, MAP_SHARED, fd, last_slot);
	int other = open(VMTOLL_DEVICE, O_RDONLY);
	const struct vmtoll_host *two =
		mmap(NULL, DIRECTORY_BYTES, PROT_READ, MAP_SHARED, other, 0);

	if (one == MAP_FAILED || two == MAP_FAILED || free_slot == MAP_FAILED)
		return errno;
	close(other);
	if (memcmp(one, two, sizeof(*one)) || one->magic != VMTOLL_HOST_MAGIC)
		return EBADE;
	return free_slot->seq || free_slot->generation ? EBADE : 0;
}

static void expect(struct tally *tally, const char *name, int expected, int got)
{
	struct complaints complaints;

	if (complaints_open(&complaints))
		return;
	if (expected != got)
		complain(&complaints, "expected %s, got %s", strerror(expected), strerror(got));
	tally_result(tally, name, &complaints, "%s", strerror(got));
}

static void expect_all(struct tally *tally, int fd, const struct vmtoll_host *host)
{
	uint64_t end = host->slots_offset + (uint64_t)host->slots * host->slot_stride;
	char byte = 0;

	expect(tally, "device-open-write", EACCES, try_open(O_WRONLY));
	expect(tally, "device-open-read-write", EACCES, try_open(O_RDWR));
	expect(tally, "device-open-twice", 0, try_open(O_RDONLY));
	expect(tally, "device-map-all", 0, try_map(fd, 0, end, PROT_READ, MAP_SHARED));
	expect(tally, "device-map-private", 0, try_map(fd, 0, 4096, PROT_READ, MAP_PRIVATE));
	expect(tally, "device-map-write", EACCES,
	       try_map(fd, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED));
	expect(tally, "device-map-private-write", EACCES,
	       try_map(fd, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE));
	expect(tally, "device-map-too-far", EINVAL, try_map(fd, end, 4096, PROT_READ, MAP_SHARED));
	expect(tally, "device-map-too-long", EINVAL, try_map(fd, 4096, end, PROT_READ, MAP_SHARED));
	expect(tally, "device-map-far-away", EINVAL,
	       try_map(fd, 1ull << 62, 4096, PROT_READ, MAP_SHARED));
	expect(tally, "device-protect-write", EACCES, try_protect(fd, PROT_READ | PROT_WRITE));
	expect(tally, "device-grow", EFAULT, try_grow(fd));
	expect(tally, "device-read", EINVAL, result(read(fd, &byte, 1)));
	expect(tally, "device-write", EBADF, result(write(fd, &byte, 1)));
	expect(tally, "device-ioctl", ENOTTY, result(ioctl(fd, 0x7601, &byte)));
	expect(tally, "device-two-readers", 0, try_two_readers(fd, end - VMTOLL_LEDGER_BYTES));
}

int verb_device(int argc, char **argv)
{
	struct host host = { 0 };
	struct tally tally = { .host = &host };
	int fd = open(VMTOLL_DEVICE, O_RDONLY);
	const struct vmtoll_host *page;
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	if (fd < 0)
		return fault(-errno, "open %s", VMTOLL_DEVICE);
	page = mmap(NULL, DIRECTORY_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED)
		return fault(-errno, "map %s", VMTOLL_DEVICE);
	err = host_probe(&host);
	if (err)
		return err;
	expect_all(&tally, fd, page);
	return tally_end(&tally);
}
