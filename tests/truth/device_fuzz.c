// SPDX-License-Identifier: GPL-2.0
/*
 * The `fuzz` verb makes random system calls on /dev/vmtoll and on mappings of /dev/vmtoll. The
 * same seed always produces the same calls.
 *
 * All mappings are in a reserved address range, called the arena. Random addresses can
 * therefore hit mappings of the device, but no other mappings of the program. The arena itself
 * is shared memory without write permission. Not even a debugger can write to such memory.
 *
 * The test fails if a call writes to the device, or if a mapping of the device becomes writable
 * or executable. All other results are only counted. After the test, the caller of this program
 * must check the kernel log and the audit.
 */
#define _GNU_SOURCE /* mremap(), process_vm_writev(), remap_file_pages() */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vmtoll.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "tally.h"
#include "verbs.h"
#include "xorshift.h"

#define PAGE	    4096ul
#define ARENA_PAGES 4096ul
#define ARENA_FLAGS (MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE)
#define FILES	    4
#define CHECK_EVERY 64 /* calls between two checks of /proc/self/maps */

struct memory_range {
	char *at;
	size_t bytes;
};

struct fuzz {
	uint64_t seed;
	uint64_t calls;
	uint64_t random;
	char *arena;
	uint64_t file_pages;
	int fd[FILES]; /* fd[0] stays open so that the module cannot be unloaded */
	int memory; /* /proc/self/mem */
	struct memory_range touched[2]; /* ranges that the last call used */
	unsigned int memory_ranges;
	struct mismatches mismatches;
};

static uint64_t next(struct fuzz *f)
{
	return xorshift_next(&f->random) * 0x2545f4914f6cdd1dull;
}

/* Return a random number below @n. Small numbers are more likely than large ones. */
static uint64_t pick(struct fuzz *f, uint64_t n)
{
	return next(f) % (next(f) & 1 ? n : n < 16 ? n : 16);
}

static struct memory_range pick_range(struct fuzz *f)
{
	uint64_t page = pick(f, ARENA_PAGES), pages = 1 + pick(f, ARENA_PAGES - page);
	struct memory_range r = { f->arena + page * PAGE, pages * PAGE };

	f->touched[f->memory_ranges++ % 2] = r;
	return r;
}

static int *pick_file(struct fuzz *f)
{
	return &f->fd[pick(f, FILES)];
}

static int pick_protection(struct fuzz *f)
{
	return next(f) % 2 ? PROT_READ : (int)(next(f) % 8);
}

/*
 * Return a random page number: usually within the file, sometimes near the end of the file, and
 * sometimes anywhere.
 */
static uint64_t pick_page(struct fuzz *f)
{
	switch (next(f) % 8) {
	case 0:
		return next(f) >> 12;
	case 1:
		return f->file_pages - 8 + next(f) % 16;
	}
	return pick(f, f->file_pages);
}

/* ---- system calls; each function returns the result of its call ---- */

static long call_open(struct fuzz *f)
{
	static const int flags[] = { O_RDONLY, O_RDONLY | O_NONBLOCK, O_WRONLY,		O_RDWR,
				     O_PATH,   O_RDONLY | O_TRUNC,    O_RDWR | O_APPEND };
	int *file = &f->fd[1 + next(f) % (FILES - 1)];

	close(*file);
	*file = open(VMTOLL_DEVICE, flags[next(f) % 7] | O_CLOEXEC);
	return *file;
}

static long call_close(struct fuzz *f)
{
	int *file = &f->fd[1 + next(f) % (FILES - 1)];
	int result = close(*file);

	*file = -1;
	return result;
}

static long call_mmap(struct fuzz *f)
{
	static const int flags[] = { MAP_SHARED,
				     MAP_PRIVATE,
				     MAP_SHARED | MAP_POPULATE,
				     MAP_PRIVATE | MAP_POPULATE,
				     MAP_SHARED_VALIDATE,
				     MAP_SHARED | MAP_LOCKED };
	struct memory_range r = pick_range(f);
	int protection = pick_protection(f);
	uint64_t page = pick_page(f);
	long at = syscall(SYS_mmap, r.at, r.bytes, protection, MAP_FIXED | flags[next(f) % 6],
			  *pick_file(f), page * PAGE);

	if (at != -1 && protection & (PROT_WRITE | PROT_EXEC))
		mismatch(&f->mismatches, "mmap() of page %" PRIu64 " with protection %d succeeded",
			 page, protection);
	return at;
}

static long call_munmap(struct fuzz *f)
{
	struct memory_range r = pick_range(f);

	return munmap(r.at, r.bytes);
}

/*
 * Change the protection of a random range. If this makes the range writable or executable, make it
 * read-only again. If the arena stayed writable, the test could miss a writable mapping of the
 * device.
 */
static long call_mprotect(struct fuzz *f)
{
	struct memory_range r = pick_range(f);
	int protection = pick_protection(f);
	long result = mprotect(r.at, r.bytes, protection);

	if (protection & (PROT_WRITE | PROT_EXEC))
		mprotect(r.at, r.bytes, PROT_READ);
	return result;
}

static long call_mremap(struct fuzz *f)
{
	static const int flags[] = { 0, MREMAP_MAYMOVE | MREMAP_FIXED,
				     MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP };
	struct memory_range from = pick_range(f), to = pick_range(f);

	if (!(next(f) % 4))
		from.bytes = 0;
	return syscall(SYS_mremap, from.at, from.bytes, to.bytes, flags[next(f) % 3], to.at);
}

/*
 * Call madvise() with a random advice value below 27. This excludes MADV_HWPOISON and
 * MADV_SOFT_OFFLINE, which have larger values. Both work only for root, and they would damage
 * the machine if root ran this test.
 */
static long call_madvise(struct fuzz *f)
{
	struct memory_range r = pick_range(f);

	return madvise(r.at, r.bytes, (int)(next(f) % 27));
}

static long call_ioctl(struct fuzz *f)
{
	static const unsigned int families[] = { 0x5400, 0x7600, 0xae00, 0x1200 };
	unsigned long request = next(f) % 2 ? families[next(f) % 4] + next(f) % 256 : next(f);

	return ioctl(*pick_file(f), request, f->arena + pick(f, ARENA_PAGES) * PAGE);
}

static long call_lseek(struct fuzz *f)
{
	return lseek(*pick_file(f), (off_t)next(f), (int)(next(f) % 6));
}

static long call_read(struct fuzz *f)
{
	char bytes[64];

	return pread(*pick_file(f), bytes, sizeof(bytes), (off_t)(next(f) % (1 << 20)));
}

static long wrote(struct fuzz *f, const char *how, long result)
{
	if (result > 0)
		mismatch(&f->mismatches, "%s wrote %ld bytes", how, result);
	return result;
}

static long call_write(struct fuzz *f)
{
	char bytes[64] = "x";
	struct iovec io = { bytes, sizeof(bytes) };

	return wrote(f, "writev()", writev(*pick_file(f), &io, 1));
}

static long call_fallocate(struct fuzz *f)
{
	return fallocate(*pick_file(f), (int)(next(f) % 8), 0, (off_t)(1 + next(f) % (1 << 20)));
}

static long call_truncate(struct fuzz *f)
{
	return ftruncate(*pick_file(f), (off_t)(next(f) % (1 << 20)));
}

static char *pick_byte(struct fuzz *f)
{
	return f->arena + pick(f, ARENA_PAGES) * PAGE + next(f) % PAGE;
}

static long call_memory_file(struct fuzz *f)
{
	char *at = pick_byte(f);

	return wrote(f, "/proc/self/mem", pwrite(f->memory, "x", 1, (off_t)at));
}

static long call_copy(struct fuzz *f)
{
	char bytes[64] = "x";
	struct iovec here = { bytes, sizeof(bytes) }, there = { pick_byte(f), sizeof(bytes) };

	if (next(f) & 1)
		return process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	return wrote(f, "process_vm_writev()", process_vm_writev(getpid(), &here, 1, &there, 1, 0));
}

static long call_remap_pages(struct fuzz *f)
{
	struct memory_range r = pick_range(f);

	return remap_file_pages(r.at, r.bytes, 0, pick_page(f), 0);
}

static long call_lock(struct fuzz *f)
{
	struct memory_range r = pick_range(f);

	return next(f) & 1 ? mlock2(r.at, r.bytes, (unsigned int)(next(f) % 2))
			   : munlock(r.at, r.bytes);
}

static long call_msync(struct fuzz *f)
{
	struct memory_range r = pick_range(f);

	return msync(r.at, r.bytes, (int)(next(f) % 8));
}

/*
 * Try to unload the module. This must fail, because fd[0] always holds a reference to the
 * module.
 */
static long call_unload(struct fuzz *f)
{
	long result = syscall(SYS_delete_module, "vmtoll", O_NONBLOCK);

	if (!result)
		mismatch(&f->mismatches, "the module was unloaded although its device was open");
	return result;
}

/*
 * Fork a child that unmaps one range and then reads every page of another range. A signal may
 * kill the child before it has finished.
 */
static long call_fork(struct fuzz *f)
{
	struct memory_range r = pick_range(f), hole = pick_range(f);
	pid_t pid = fork();
	int status;

	if (!pid) {
		munmap(hole.at, hole.bytes);
		for (size_t i = 0; i < r.bytes; i += PAGE)
			(void)*(volatile char *)(r.at + i);
		_exit(0);
	}
	return pid < 0 ? -1 : waitpid(pid, &status, 0);
}

static void *close_file(void *file)
{
	close(*(int *)file);
	*(int *)file = -1;
	return NULL;
}

/* Map a file while another thread closes it. */
static long call_thread(struct fuzz *f)
{
	int *file = &f->fd[1 + next(f) % (FILES - 1)];
	struct memory_range r = pick_range(f);
	pthread_t thread;
	void *at;

	if (pthread_create(&thread, NULL, close_file, file))
		return -1;
	at = mmap(r.at, r.bytes, PROT_READ, MAP_SHARED | MAP_FIXED, *(volatile int *)file,
		  (off_t)(pick(f, f->file_pages) * PAGE));
	pthread_join(thread, NULL);
	return at == MAP_FAILED ? -1 : 0;
}

static struct call {
	const char *name;
	unsigned int weight;
	long (*call)(struct fuzz *f);
	uint64_t good;
	uint64_t bad;
} calls[] = {
	{ "open", 6, call_open, 0, 0 },		{ "close", 2, call_close, 0, 0 },
	{ "mmap", 20, call_mmap, 0, 0 },	{ "munmap", 6, call_munmap, 0, 0 },
	{ "mprotect", 6, call_mprotect, 0, 0 }, { "mremap", 6, call_mremap, 0, 0 },
	{ "madvise", 8, call_madvise, 0, 0 },	{ "ioctl", 6, call_ioctl, 0, 0 },
	{ "lseek", 2, call_lseek, 0, 0 },	{ "read", 2, call_read, 0, 0 },
	{ "write", 2, call_write, 0, 0 },	{ "fallocate", 1, call_fallocate, 0, 0 },
	{ "truncate", 1, call_truncate, 0, 0 }, { "memory-file", 4, call_memory_file, 0, 0 },
	{ "copy", 6, call_copy, 0, 0 },		{ "remap-pages", 4, call_remap_pages, 0, 0 },
	{ "lock", 2, call_lock, 0, 0 },		{ "msync", 2, call_msync, 0, 0 },
	{ "unload", 1, call_unload, 0, 0 },	{ "fork", 1, call_fork, 0, 0 },
	{ "thread", 1, call_thread, 0, 0 },
};

#define CALLS ARRAY_SIZE(calls)

static struct call *pick_call(struct fuzz *f)
{
	unsigned int sum = 0, at;

	for (size_t i = 0; i < CALLS; i++)
		sum += calls[i].weight;
	at = next(f) % sum;
	for (size_t i = 0;; i++) {
		if (at < calls[i].weight)
			return &calls[i];
		at -= calls[i].weight;
	}
}

/*
 * Fill the holes that the last call left in the arena, even if the call failed. Otherwise, the C
 * library could place one of its mappings in a hole, and a later call would hit that mapping.
 */
static void fill_holes(struct memory_range r)
{
	static unsigned char resident[ARENA_PAGES];
	const int flags = ARENA_FLAGS | MAP_FIXED_NOREPLACE;
	size_t half = r.bytes / PAGE / 2 * PAGE;

	/* mincore() fails if any page of the range is not mapped. */
	if (!r.bytes || !mincore(r.at, r.bytes, resident))
		return;
	if (mmap(r.at, r.bytes, PROT_NONE, flags, -1, 0) != MAP_FAILED || !half)
		return;
	fill_holes((struct memory_range){ r.at, half });
	fill_holes((struct memory_range){ r.at + half, r.bytes - half });
}

/* Find all mappings of the device in /proc/self/maps and check their protection. */
static int check_mappings(struct fuzz *f, uint64_t at)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[256], permissions[5];

	if (!maps)
		return fail(-errno, "read /proc/self/maps");
	while (fgets(line, sizeof(line), maps)) {
		if (!strstr(line, VMTOLL_DEVICE) || sscanf(line, "%*s %4s", permissions) != 1)
			continue;
		if (strpbrk(permissions, "wx"))
			mismatch(&f->mismatches, "after call %" PRIu64 ": %.*s", at,
				 (int)strcspn(line, "\n"), line);
	}
	fclose(maps);
	return 0;
}

static int run(struct fuzz *f)
{
	int err = 0;

	for (uint64_t i = 1; !err && i <= f->calls; i++) {
		struct call *call = pick_call(f);

		if (call->call(f) < 0)
			call->bad++;
		else
			call->good++;
		fill_holes(f->touched[0]);
		fill_holes(f->touched[1]);
		if (!(i % CHECK_EVERY) || i == f->calls)
			err = check_mappings(f, i);
	}
	return err;
}

/* Check that the host page of the device is intact. Compute @f->file_pages. */
static int check_device(struct fuzz *f)
{
	const struct vmtoll_host *host = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, f->fd[0], 0);

	if (host == MAP_FAILED)
		return fail(-errno, "map %s", VMTOLL_DEVICE);
	f->file_pages = (host->slots_offset + (uint64_t)host->slots * host->slot_stride) / PAGE;
	if (host->magic != VMTOLL_HOST_MAGIC)
		mismatch(&f->mismatches, "the host page is damaged");
	munmap((void *)host, PAGE);
	return 0;
}

static int prepare(struct fuzz *f)
{
	for (int i = 0; i < FILES; i++) {
		f->fd[i] = open(VMTOLL_DEVICE, O_RDONLY | O_CLOEXEC);
		if (f->fd[i] < 0)
			return fail(-errno, "open %s", VMTOLL_DEVICE);
	}
	f->memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	f->arena = mmap(NULL, ARENA_PAGES * PAGE, PROT_NONE, ARENA_FLAGS, -1, 0);
	if (f->memory < 0 || f->arena == MAP_FAILED)
		return fail(-errno, "set up the arena");
	f->random = f->seed * 0x9e3779b97f4a7c15ull | 1;
	return mismatches_open(&f->mismatches) ?: check_device(f);
}

static void print_calls(void)
{
	for (size_t i = 0; i < CALLS; i++)
		printf("# %s: %" PRIu64 " succeeded, %" PRIu64 " failed\n", calls[i].name,
		       calls[i].good, calls[i].bad);
}

static const struct number_option options[] = {
	{ 's', offsetof(struct fuzz, seed), 1, UINT64_MAX },
	{ 'n', offsetof(struct fuzz, calls), 1, UINT64_MAX },
};

int verb_fuzz(int argc, char **argv)
{
	struct fuzz f = { .seed = 1, .calls = 20000 };
	struct platform platform = { 0 };
	struct tally tally = { .platform = &platform };
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &f);

	if (err)
		return err;
	err = platform_probe(&platform) ?: prepare(&f);
	/*
	 * Print the seed first, so that a failure can be reproduced even if the program
	 * crashes.
	 */
	printf("# seed %" PRIu64 "\n", f.seed);
	fflush(stdout);
	err = err ?: (run(&f) ?: check_device(&f));
	if (err)
		return err;
	print_calls();
	tally_result(&tally, "device-fuzz", &f.mismatches, "%" PRIu64 " calls, seed %" PRIu64,
		     f.calls, f.seed);
	return tally_end(&tally);
}
