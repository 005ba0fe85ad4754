// SPDX-License-Identifier: GPL-2.0
/*
 * The `device` verb checks what a process can and cannot do with /dev/vmtoll. Each case is a
 * function that tries one operation and returns 0 or an errno. The table at the end of this
 * file lists the expected results. device_fuzz.c tests random operations.
 */
#define _GNU_SOURCE /* mremap(), process_vm_writev(), remap_file_pages() */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vmtoll.h>

#include "model/array.h"
#include "fail.h"
#include "tally.h"
#include "verbs.h"

#define PAGE 4096ul

/*
 * A descriptor of the device, and a mapping of the device's first pages. Each test case gets a new
 * mapping.
 */
struct device {
	int fd;
	uint64_t end;
	char *map;
	size_t bytes;
};

/* Convert the result of a system call to 0 or a positive errno. */
static int result(long value)
{
	return value < 0 ? errno : 0;
}

static int map_result(void *map)
{
	return map == MAP_FAILED ? errno : 0;
}

/* ---- opening ---- */

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int open_write(struct device *d)
{
	(void)d;
	return try_open(VMTOLL_DEVICE, O_WRONLY);
}

static int open_read_write(struct device *d)
{
	(void)d;
	return try_open(VMTOLL_DEVICE, O_RDWR);
}

static int open_twice(struct device *d)
{
	(void)d;
	return try_open(VMTOLL_DEVICE, O_RDONLY);
}

/* Try to open the device for writing through the /proc/self/fd link of a read-only descriptor. */
static int open_again_to_write(struct device *d)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", d->fd);
	return try_open(path, O_RDWR);
}

/*
 * Run a case in a child process. Returns the case's errno, or EINTR if a signal killed the child.
 */
static int in_child(struct device *d, int (*try)(struct device *d))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(try(d));
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

static int become_nobody(struct device *d)
{
	if (setgid(65534) || setuid(65534))
		return EBADE;
	return open_twice(d);
}

static int open_as_nobody(struct device *d)
{
	return in_child(d, become_nobody);
}

/* ---- mapping ---- */

static int try_map(struct device *d, uint64_t offset, size_t bytes, int protection, int flags)
{
	void *map = mmap(NULL, bytes, protection, flags, d->fd, offset);

	if (map == MAP_FAILED)
		return errno;
	munmap(map, bytes);
	return 0;
}

static int map_all(struct device *d)
{
	return try_map(d, 0, d->end, PROT_READ, MAP_SHARED);
}

static int map_private(struct device *d)
{
	return try_map(d, 0, PAGE, PROT_READ, MAP_PRIVATE);
}

static int map_write(struct device *d)
{
	return try_map(d, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static int map_private_write(struct device *d)
{
	return try_map(d, 0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

static int map_execute(struct device *d)
{
	return try_map(d, 0, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED);
}

static int map_too_far(struct device *d)
{
	return try_map(d, d->end, PAGE, PROT_READ, MAP_SHARED);
}

static int map_too_long(struct device *d)
{
	return try_map(d, PAGE, d->end, PROT_READ, MAP_SHARED);
}

static int map_far_away(struct device *d)
{
	return try_map(d, 1ull << 62, PAGE, PROT_READ, MAP_SHARED);
}

static int map_odd_offset(struct device *d)
{
	return try_map(d, 1, PAGE, PROT_READ, MAP_SHARED);
}

/* ---- changing a mapping ---- */

static int protect_write(struct device *d)
{
	return result(mprotect(d->map, d->bytes, PROT_READ | PROT_WRITE));
}

static int protect_execute(struct device *d)
{
	return result(mprotect(d->map, d->bytes, PROT_READ | PROT_EXEC));
}

static int protect_private_write(struct device *d)
{
	void *map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, d->fd, 0);

	return map == MAP_FAILED ? errno : result(mprotect(map, PAGE, PROT_WRITE));
}

static int grow(struct device *d)
{
	return map_result(mremap(d->map, d->bytes, 1ul << 40, MREMAP_MAYMOVE));
}

static int duplicate(struct device *d)
{
	return map_result(mremap(d->map, 0, PAGE, MREMAP_MAYMOVE));
}

static bool is_host_page(const char *page)
{
	return ((const struct vmtoll_host *)page)->magic == VMTOLL_HOST_MAGIC;
}

static int move(struct device *d)
{
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, d->fd, 0);
	char *moved = mremap(map, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, d->map);

	if (moved == MAP_FAILED)
		return errno;
	return is_host_page(moved) ? 0 : EBADE;
}

static int remap_pages(struct device *d)
{
	return result(remap_file_pages(d->map, PAGE, 0, 1, 0));
}

static int remap_pages_too_far(struct device *d)
{
	return result(remap_file_pages(d->map, PAGE, 0, d->end / PAGE, 0));
}

/*
 * Unmap a page in the middle of the mapping. Check that the pages before and after it stay
 * readable.
 */
static int unmap_the_middle(struct device *d)
{
	if (munmap(d->map + PAGE, PAGE))
		return errno;
	return is_host_page(d->map) && d->map[2 * PAGE] >= 0 ? 0 : EBADE;
}

static int advise_remove(struct device *d)
{
	return result(madvise(d->map, d->bytes, MADV_REMOVE));
}

static int advise_free(struct device *d)
{
	return result(madvise(d->map, d->bytes, MADV_FREE));
}

static int advise_dump(struct device *d)
{
	return result(madvise(d->map, d->bytes, MADV_DODUMP));
}

static int advise_dont_need(struct device *d)
{
	if (!is_host_page(d->map) || madvise(d->map, d->bytes, MADV_DONTNEED))
		return errno;
	return is_host_page(d->map) ? 0 : EBADE;
}

/* ---- writing through other interfaces ---- */

static int store(struct device *d)
{
	*(volatile char *)d->map = 0;
	return 0;
}

static int store_to_mapping(struct device *d)
{
	return in_child(d, store);
}

static int write_memory_file(struct device *d)
{
	int fd = open("/proc/self/mem", O_RDWR);
	int error = fd < 0 ? errno : result(pwrite(fd, "x", 1, (off_t)d->map));

	close(fd);
	return error;
}

static int write_private_memory_file(struct device *d)
{
	struct device other = *d;

	other.map = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, d->fd, 0);
	return other.map == MAP_FAILED ? errno : write_memory_file(&other);
}

static int copy_memory(struct device *d, bool write)
{
	char byte = 'x';
	struct iovec here = { &byte, 1 }, there = { d->map, 1 };

	if (write)
		return result(process_vm_writev(getpid(), &here, 1, &there, 1, 0));
	return result(process_vm_readv(getpid(), &here, 1, &there, 1, 0));
}

static int copy_memory_write(struct device *d)
{
	return copy_memory(d, true);
}

static int copy_memory_read(struct device *d)
{
	return copy_memory(d, false);
}

/* Try to write to a child's mapping of the device with ptrace(), as a debugger would. */
static int poke(struct device *d)
{
	int status, error;
	pid_t pid = fork();

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		return EBADE;
	error = result(ptrace(PTRACE_POKEDATA, pid, d->map, (void *)1));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	return error;
}

/* ---- other file operations ---- */

static int read_file(struct device *d)
{
	char byte;

	return result(read(d->fd, &byte, 1));
}

static int write_file(struct device *d)
{
	return result(write(d->fd, "x", 1));
}

static int send_file(struct device *d)
{
	int out = open("/dev/null", O_WRONLY);
	int error = result(sendfile(out, d->fd, NULL, PAGE));

	close(out);
	return error;
}

static int truncate_file(struct device *d)
{
	return result(ftruncate(d->fd, 0));
}

static int control(struct device *d)
{
	return result(ioctl(d->fd, 0x7601, d->map));
}

static int control_like_kvm(struct device *d)
{
	return result(ioctl(d->fd, 0xae80, 0));
}

static int seek(struct device *d)
{
	off_t at = lseek(d->fd, 12345, SEEK_SET);

	return at < 0 ? errno : at ? EBADE : 0;
}

/*
 * Try to unload the module while the device is mapped but no descriptor is open. This must
 * fail, because the mapping holds a reference to the file, and the file holds a reference to
 * the module.
 */
static int unload(struct device *d)
{
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, d->fd, 0);
	int error;

	close(d->fd);
	error = result(syscall(SYS_delete_module, "vmtoll", O_NONBLOCK));
	d->fd = open(VMTOLL_DEVICE, O_RDONLY);
	munmap(map, PAGE);
	return error;
}

/* ---- concurrent access ---- */

/*
 * Map the host page through a second descriptor, and check that both mappings have the same
 * content. Also check that a free slot reads as zeros.
 */
static int two_readers(struct device *d)
{
	const struct vmtoll_ledger *free_slot =
		mmap(NULL, VMTOLL_LEDGER_BYTES, PROT_READ, MAP_SHARED, d->fd,
		     d->end - VMTOLL_LEDGER_BYTES);
	int fd = open(VMTOLL_DEVICE, O_RDONLY);
	const void *other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	if (other == MAP_FAILED || free_slot == MAP_FAILED)
		return errno;
	close(fd);
	if (memcmp(d->map, other, sizeof(struct vmtoll_host)) || !is_host_page(d->map))
		return EBADE;
	return free_slot->seq || free_slot->generation ? EBADE : 0;
}

static int check_host_page(struct device *d)
{
	return is_host_page(d->map) ? 0 : EBADE;
}

static int fork_reads(struct device *d)
{
	return in_child(d, check_host_page);
}

static int unmap_here(struct device *d)
{
	return result(munmap(d->map, d->bytes));
}

static int fork_unmaps(struct device *d)
{
	return in_child(d, unmap_here) ?: check_host_page(d);
}

static void *close_there(void *device)
{
	struct device *d = device;

	close(d->fd);
	d->fd = -1;
	return NULL;
}

static int close_in_a_thread(struct device *d)
{
	pthread_t thread;
	int error = pthread_create(&thread, NULL, close_there, d) ?: pthread_join(thread, NULL);

	d->fd = open(VMTOLL_DEVICE, O_RDONLY);
	return error ?: check_host_page(d);
}

static const struct {
	const char *name;
	int (*try)(struct device *d);
	int expected;
} cases[] = {
	{ "open-write", open_write, EACCES },
	{ "open-read-write", open_read_write, EACCES },
	{ "open-twice", open_twice, 0 },
	{ "open-again-to-write", open_again_to_write, EACCES },
	{ "open-as-nobody", open_as_nobody, EACCES },
	{ "map-all", map_all, 0 },
	{ "map-private", map_private, 0 },
	{ "map-write", map_write, EACCES },
	{ "map-private-write", map_private_write, EACCES },
	{ "map-execute", map_execute, EACCES },
	{ "map-too-far", map_too_far, EINVAL },
	{ "map-too-long", map_too_long, EINVAL },
	{ "map-far-away", map_far_away, EINVAL },
	{ "map-odd-offset", map_odd_offset, EINVAL },
	{ "protect-write", protect_write, EACCES },
	{ "protect-execute", protect_execute, EACCES },
	{ "protect-private-write", protect_private_write, EACCES },
	{ "grow", grow, EFAULT },
	{ "duplicate", duplicate, EFAULT },
	{ "move", move, 0 },
	{ "remap-pages", remap_pages, EINVAL }, /* only possible for writable files */
	{ "remap-pages-too-far", remap_pages_too_far, EINVAL },
	{ "unmap-the-middle", unmap_the_middle, 0 },
	{ "advise-remove", advise_remove, EACCES },
	{ "advise-free", advise_free, EINVAL },
	{ "advise-dump", advise_dump, EINVAL },
	{ "advise-dont-need", advise_dont_need, 0 },
	{ "store", store_to_mapping, EINTR },
	{ "write-memory-file", write_memory_file, EIO },
	{ "write-private-memory-file", write_private_memory_file, EIO },
	{ "copy-memory-write", copy_memory_write, EFAULT },
	{ "copy-memory-read", copy_memory_read, 0 },
	{ "poke", poke, EIO },
	{ "read", read_file, EINVAL },
	{ "write", write_file, EBADF },
	{ "send", send_file, EINVAL },
	{ "truncate", truncate_file, EINVAL },
	{ "ioctl", control, ENOTTY },
	{ "ioctl-of-kvm", control_like_kvm, ENOTTY },
	{ "seek", seek, 0 },
	{ "unload", unload, EWOULDBLOCK },
	{ "two-readers", two_readers, 0 },
	{ "fork-reads", fork_reads, 0 },
	{ "fork-unmaps", fork_unmaps, 0 },
	{ "close-in-a-thread", close_in_a_thread, 0 },
};

static int run_case(struct tally *tally, struct device *d, size_t i)
{
	struct mismatches mismatches;
	char name[48];
	int got, err = mismatches_open(&mismatches);

	if (err)
		return err;
	d->map = mmap(NULL, d->bytes, PROT_READ, MAP_SHARED, d->fd, 0);
	if (d->map == MAP_FAILED)
		return fail(-errno, "map %s", VMTOLL_DEVICE);
	fflush(stdout);
	got = cases[i].try(d);
	if (got != cases[i].expected)
		mismatch(&mismatches, "expected %s, got %s", strerror(cases[i].expected),
			 strerror(got));
	snprintf(name, sizeof(name), "device-%s", cases[i].name);
	tally_result(tally, name, &mismatches, "%s", strerror(got));
	munmap(d->map, d->bytes);
	return 0;
}

static int device_end(struct device *d)
{
	const struct vmtoll_host *host = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, d->fd, 0);

	if (host == MAP_FAILED)
		return fail(-errno, "map %s", VMTOLL_DEVICE);
	d->end = host->slots_offset + (uint64_t)host->slots * host->slot_stride;
	munmap((void *)host, PAGE);
	return 0;
}

int verb_device(int argc, char **argv)
{
	struct platform platform = { 0 };
	struct tally tally = { .platform = &platform };
	struct device d = { .fd = open(VMTOLL_DEVICE, O_RDONLY), .bytes = 4 * PAGE };
	int err;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	if (d.fd < 0)
		return fail(-errno, "open %s", VMTOLL_DEVICE);
	err = platform_probe(&platform) ?: device_end(&d);
	for (size_t i = 0; !err && i < ARRAY_SIZE(cases); i++)
		err = run_case(&tally, &d, i);
	return err ?: tally_end(&tally);
}
