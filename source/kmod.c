// SPDX-License-Identifier: GPL-2.0
/*
 * The source `kmod` reads the pages of /dev/vmtoll, or a file with the same layout. The
 * protocol is described in uapi/vmtoll.h under "HOST".
 */
#include "source/kmod.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "model/abi.h"
#include "model/isa.h"
#include "process/clock.h"
#include "source/cpuid.h"
#include "uapi/vmtoll.h"

_Static_assert(SNAPSHOT_BUCKETS == VMTOLL_BUCKETS, "a snapshot has the same histogram as the ABI");

struct kmod {
	const char *source; /* the name of the source */
	char path[120];
	const struct vmtoll_host *host;
	const struct isa *isa; /* the instruction set of the host */
	size_t bytes;
	bool device; /* these are live pages, not a copy in a file */
	uint64_t now_tsc; /* TSC when a ledger was copied; 0 if unknown */
	uint32_t *
		generation; /* per slot: generation at the last visit, or one of the values below */
};

/*
 * Special values of a slot's generation. The generation of a live slot is odd. These values are
 * even, so no live slot has them.
 */
#define NEVER_VISITED 0u /* no page of the slot is mapped yet */
#define REUSED	      2u /* the slot was reused during the read: map it again */

/*
 * Report an error if a slot stays busy for longer than this. Writing a slot normally takes only
 * microseconds.
 */
#define BUSY_SECONDS 2

#define barrier()    __asm__ volatile("" ::: "memory")
#define read_once(x) (*(const volatile __typeof__(x) *)&(x))

/*
 * Explain who may read @path. Mention the file's group only if the file's mode allows the group
 * to read the file.
 */
static int not_permitted(const char *path, int error, struct complaint *complaint)
{
	struct stat status;
	bool group = !stat(path, &status) && status.st_mode & S_IRGRP;

	return complain(complaint, -error, "opening %s: %s: run as root%s", path, strerror(error),
			group ? ", or as a member of the file's group" : "");
}

static int open_failed(const char *path, int error, struct complaint *complaint)
{
	switch (error) {
	case ENOENT:
		return complain(complaint, -error,
				"%s does not exist: " SOURCE_LOAD_MODULE SOURCE_CHECK, path,
				source_load_command());
	case EACCES:
	case EPERM:
		return not_permitted(path, error, complaint);
	case ENXIO:
	case ENODEV:
		return complain(complaint, -error,
				"opening %s: %s: the device node exists, but the module is not "
				"loaded; " SOURCE_LOAD_MODULE SOURCE_CHECK,
				path, strerror(error), source_load_command());
	}
	return complain(complaint, -error, "opening %s: %s", path, strerror(error));
}

static int map_bytes(int fd, size_t bytes, struct kmod *kmod, struct complaint *complaint)
{
	struct stat status;
	void *map;

	/* Check the size, because an access beyond the end of a regular file raises SIGBUS. */
	kmod->device = !fstat(fd, &status) && !S_ISREG(status.st_mode);
	if (!kmod->device && (size_t)status.st_size < bytes)
		return complain(complaint, -EINVAL, "%s is cut off: it has %lld of %zu bytes",
				kmod->path, (long long)status.st_size, bytes);
	map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return complain(complaint, -errno, "mapping %zu bytes of %s: %s", bytes, kmod->path,
				strerror(errno));
	if (kmod->host)
		munmap((void *)kmod->host, kmod->bytes);
	kmod->host = map;
	kmod->bytes = bytes;
	return 0;
}

static int wrong_abi(const struct kmod *kmod, struct complaint *complaint)
{
	uint32_t theirs = kmod->host->version;
	char text[120];

	abi_mismatch(ABI_MODULE_HERE, theirs, VMTOLL_ABI_VERSION, text, sizeof(text));
	return complain(complaint, -EPROTO, "%s: %s: %s", kmod->path, text,
			abi_cure(ABI_MODULE_HERE, theirs, VMTOLL_ABI_VERSION));
}

/*
 * Check every field of the header before it is used as a size or an offset. Set the instruction
 * set in @kmod.
 */
static int check_header(struct kmod *kmod, struct complaint *complaint)
{
	const struct vmtoll_host *host = kmod->host;
	uint64_t generations_end = host->generations_offset + 4ull * host->slots;

	if (host->magic != VMTOLL_HOST_MAGIC)
		return complain(complaint, -EINVAL, "%s is not a vmtoll device: wrong magic number",
				kmod->path);
	if (host->version != VMTOLL_ABI_VERSION)
		return wrong_abi(kmod, complaint);
	if (host->row_bytes != sizeof(struct vmtoll_row) ||
	    host->slot_stride < sizeof(struct vmtoll_ledger) || host->slot_stride % 4096 ||
	    host->slots_offset % 4096 || host->generations_offset % 4 ||
	    host->generations_offset < sizeof(*host) || generations_end > host->slots_offset ||
	    host->slots_offset > SIZE_MAX / 4 || !host->slots || host->slots_used > host->slots)
		return complain(complaint, -EPROTO, "%s has an invalid layout", kmod->path);
	kmod->isa = isa_find(host->isa);
	if (!kmod->isa || !host->tsc_khz)
		return complain(complaint, -EPROTO,
				"%s reports an invalid instruction set or TSC frequency (isa %u, "
				"%u kHz)",
				kmod->path, host->isa, host->tsc_khz);
	return 0;
}

void kmod_close(void *state)
{
	struct kmod *kmod = state;

	if (kmod->host)
		munmap((void *)kmod->host, kmod->bytes);
	free(kmod->generation);
	free(kmod);
}

static int kmod_map(int fd, struct kmod *kmod, struct complaint *complaint)
{
	const struct vmtoll_host *host;
	int error;

	error = map_bytes(fd, 4096, kmod, complaint);
	if (!error)
		error = check_header(kmod, complaint);
	if (error)
		return error;
	host = kmod->host;
	error = map_bytes(fd, host->slots_offset + (size_t)host->slots * host->slot_stride, kmod,
			  complaint);
	if (error)
		return error;
	/*
	 * The number of slots needs no further check: the mapping would have failed if the
	 * number were too large.
	 */
	host = kmod->host;
	kmod->generation = calloc(host->slots, sizeof(*kmod->generation));
	if (!kmod->generation)
		return complain(complaint, -ENOMEM, "reading %s: out of memory for %u slots",
				kmod->path, host->slots);
	return 0;
}

int kmod_open_pages(int fd, const char *source, const char *path, void **state,
		    struct complaint *complaint)
{
	struct kmod *kmod = calloc(1, sizeof(*kmod));
	int error;

	if (kmod) {
		kmod->source = source;
		snprintf(kmod->path, sizeof(kmod->path), "%s", path);
		error = kmod_map(fd, kmod, complaint);
	} else {
		error = complain(complaint, -ENOMEM, "opening %s: out of memory", path);
	}
	close(fd);
	if (error && kmod)
		kmod_close(kmod);
	if (!error)
		*state = kmod;
	return error;
}

static int kmod_open(const char *path, const struct source_options *options, void **state,
		     struct complaint *complaint)
{
	int fd;

	(void)options;
	if (!path || !*path)
		path = VMTOLL_DEVICE;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return open_failed(path, errno, complaint);
	return kmod_open_pages(fd, source_kmod.name, path, state, complaint);
}

static const uint32_t *generation_of(const struct kmod *kmod, uint32_t slot)
{
	const char *base = (const char *)kmod->host;

	return (const uint32_t *)(base + kmod->host->generations_offset) + slot;
}

static const struct vmtoll_ledger *ledger_of(const struct kmod *kmod, uint32_t slot)
{
	const char *base = (const char *)kmod->host + kmod->host->slots_offset;

	return (const struct vmtoll_ledger *)(base + (size_t)slot * kmod->host->slot_stride);
}

static bool overdue(const struct timespec *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - since->tv_sec > BUSY_SECONDS;
}

/*
 * Wait for a writer to finish. Yield occasionally, because otherwise a writer on the same CPU
 * could not run. Returns -EAGAIN after BUSY_SECONDS.
 */
static int wait_a_little(unsigned int tries, struct timespec *since)
{
	if (tries == 1)
		clock_gettime(CLOCK_MONOTONIC, since);
	if (tries % 64)
		return 0;
	sched_yield();
	return overdue(since) ? -EAGAIN : 0;
}

static bool counts_nanoseconds(const struct kmod *kmod)
{
	return kmod->host->flags & VMTOLL_HOST_NANOSECONDS;
}

/* Return true if the ledgers are those of BPF programs that `vmtoll detach` has detached. */
static bool bpf_is_detached(const struct kmod *kmod)
{
	return counts_nanoseconds(kmod) && !(read_once(kmod->host->flags) & VMTOLL_HOST_ATTACHED);
}

/*
 * Return the current time of the ledgers' clock. If the pages are a copy in a file, return the
 * time when they were copied. If the BPF programs were detached, return the time of the detach. In
 * both cases, the ledgers no longer change. Return 0 if the time is unknown.
 */
static uint64_t now_tsc(const struct kmod *kmod)
{
	if (!kmod->device || bpf_is_detached(kmod))
		return read_once(kmod->host->copied_tsc);
	return counts_nanoseconds(kmod) ? clock_monotonic_ns() : cpuid_tsc();
}

/*
 * Try to copy a ledger once. Return false if the copy may be torn, because `seq` shows that the
 * vCPU wrote to the ledger during the copy. The copy must be fast enough to finish before the
 * next exit. For this reason, copy only the rows in use, and always to the same buffer, which
 * stays in the cache.
 */
static bool ledger_try(struct kmod *kmod, const struct vmtoll_ledger *ledger,
		       struct vmtoll_ledger *copy)
{
	uint64_t seq = read_once(ledger->seq);
	uint32_t open;
	uint32_t rows;

	if (seq & 1)
		return false;
	barrier();
	/*
	 * A new exit may begin during the copy. The vCPU sets exit_tsc before open_row. For this
	 * reason, read open_row first. The fields that are read after it then belong to the exit
	 * in that row.
	 */
	open = read_once(ledger->open_row);
	barrier();
	memcpy(copy, ledger, VMTOLL_LEDGER_HEAD);
	copy->open_row = open;
	copy->open_vmm_tsc = read_once(ledger->open_vmm_tsc);
	kmod->now_tsc = now_tsc(kmod);
	rows = copy->rows < VMTOLL_ROWS ? copy->rows : VMTOLL_ROWS;
	memcpy(copy->row, ledger->row, rows * sizeof(copy->row[0]));
	barrier();
	return read_once(ledger->seq) == seq;
}

static int ledger_copy(struct kmod *kmod, uint32_t slot, struct vmtoll_ledger *copy,
		       struct complaint *complaint)
{
	const struct vmtoll_ledger *ledger = ledger_of(kmod, slot);
	struct timespec since;
	unsigned int tries = 0;

	while (!ledger_try(kmod, ledger, copy))
		if (wait_a_little(++tries, &since))
			return complain(complaint, -EAGAIN,
					"reading %s: slot %u stayed busy for %d s: it is "
					"damaged, or this machine hangs",
					kmod->path, slot, BUSY_SECONDS);
	return 0;
}

/*
 * Drop the pages of a slot that has been reused, so that the mapping shows the new pages. The
 * mapping of a BPF map always shows the current pages.
 */
static void drop_pages(const struct kmod *kmod, uint32_t slot)
{
	if (!counts_nanoseconds(kmod))
		madvise((void *)ledger_of(kmod, slot), kmod->host->slot_stride, MADV_DONTNEED);
}

/*
 * Copy the ledger of a slot, following steps 1 to 4 of the protocol. If the slot is reused
 * during the copy, read it again. Returns 1 if the slot is live, 0 if it is empty, or a negative
 * errno.
 */
static int slot_read(struct kmod *kmod, uint32_t slot, struct vmtoll_ledger *copy,
		     struct complaint *complaint)
{
	const uint32_t *generation = generation_of(kmod, slot);

	for (int tries = 0; tries < 1000; tries++) {
		uint32_t now = read_once(*generation);
		int error;

		if (!(now & 1))
			return 0;
		if (now != kmod->generation[slot] && kmod->generation[slot] != NEVER_VISITED)
			drop_pages(kmod, slot);
		kmod->generation[slot] = now;
		error = ledger_copy(kmod, slot, copy, complaint);
		if (error)
			return error;
		if (copy->generation == now && read_once(*generation) == now)
			return 1;
		kmod->generation[slot] = REUSED;
	}
	return complain(complaint, -EAGAIN,
			"reading %s: slot %u was reused 1000 times during the read", kmod->path,
			slot);
}

/*
 * Convert one row. This must be fast, because a large host has 100,000 rows. The fields are
 * copied one by one, and the histogram is copied in a loop that the compiler vectorizes. A `rep
 * movs` per row, or zeroing the row first, would cost as much as the rest of the read.
 */
static void row_take(const struct vmtoll_row *from, bool open, struct snapshot_row *to)
{
	to->code = from->code;
	to->flags = (from->flags & VMTOLL_ROW_NESTED ? ROW_NESTED : 0) |
		    (from->flags & VMTOLL_ROW_OTHER ? ROW_OTHER : 0) |
		    (from->flags & VMTOLL_ROW_OBSERVER ? ROW_OBSERVER : 0);
	to->exits = from->exits;
	to->open = open;
	to->kvm_tsc = from->kvm_tsc;
	to->vmm_tsc = from->vmm_tsc;
	to->halt_tsc = from->halt_tsc;
	to->longest_tsc = from->longest_tsc;
	to->open_tsc = 0;
	to->open_longest_tsc = 0;
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		to->hist[i] = from->hist[i];
}

/*
 * Read the audit's figures. If an exit is open, count it in audit->exits, because the snapshot's
 * rows contain it, too. Also count it in audit->kvm_exits: KVM has already counted it, but the
 * ledger copies KVM's count only at VM entry.
 */
static void audit_take(const struct vmtoll_ledger *ledger, struct audit_figures *audit)
{
	bool open = ledger->open_row < ledger->rows;

	*audit = (struct audit_figures){
		.exits = open,
		.kvm_exits = ledger->kvm_exits - ledger->kvm_base + open,
		.emulated = ledger->emulated,
		.recovered = ledger->recovered,
		.unseen = ledger->unseen,
	};
	for (uint32_t i = 0; i < ledger->rows; i++)
		audit->exits += ledger->row[i].exits;
}

static uint32_t flags_take(const struct vmtoll_host *host, const struct vmtoll_ledger *ledger)
{
	bool answered = read_once(host->flags) & VMTOLL_HOST_LEAVES && !ledger->leaves_off &&
			!(ledger->flags & VMTOLL_LEDGER_PROTECTED);

	return (ledger->flags & VMTOLL_LEDGER_PROTECTED ? VCPU_PROTECTED : 0) |
	       (ledger->flags & VMTOLL_LEDGER_DEPARTED ? VCPU_DEPARTED : 0) |
	       (ledger->flags & VMTOLL_LEDGER_REBASED ? VCPU_REBASED : 0) |
	       (ledger->flags & (VMTOLL_LEDGER_VMM_NATIVE | VMTOLL_LEDGER_VMM_CLASSIC)
			? VCPU_VMM_LEAVES
			: 0) |
	       (answered ? 0 : VCPU_NO_LEAVES);
}

static bool is_halt(const struct kmod *kmod, const struct vmtoll_row *row)
{
	return row->code == kmod->isa->halt &&
	       !(row->flags & (VMTOLL_ROW_OTHER | VMTOLL_ROW_OBSERVER)) &&
	       read_once(kmod->host->flags) & VMTOLL_HOST_HALT_TIME;
}

/*
 * Compute the time in the guest, the time waiting for a CPU, and the polled time until @now. If
 * @now is 0, the times end at the last VM entry.
 */
static void books_take(const struct vmtoll_ledger *ledger, uint64_t now, struct snapshot_vcpu *vcpu)
{
	vcpu->guest_tsc = vmtoll_guest_time(ledger->guest_tsc, ledger->entry_tsc, ledger->exit_tsc,
					    now && ledger->open_row < ledger->rows,
					    now ? now : ledger->entry_tsc);
	vcpu->ready_tsc = ledger->ready_tsc + vcpu->open.ready_tsc;
	vcpu->polled_tsc = ledger->polled_tsc;
}

/* Return the TSC at which the vCPU ended, or the current TSC if the vCPU has not ended. */
static uint64_t end_of_time(const struct kmod *kmod, const struct vmtoll_ledger *ledger)
{
	return ledger->ended_tsc ? ledger->ended_tsc : kmod->now_tsc;
}

/*
 * Compute how long the vCPU has been observed. If an exit is open, also compute how long it has
 * lasted.
 */
static void now_take(const struct kmod *kmod, const struct vmtoll_ledger *ledger,
		     struct snapshot_vcpu *vcpu)
{
	uint64_t now = end_of_time(kmod, ledger);
	struct vmtoll_open_time open;

	if (!ledger->start_tsc && kmod->now_tsc)
		return; /* the vCPU has not run yet */
	if (!kmod->now_tsc || now < ledger->entry_tsc)
		now = ledger->entry_tsc;
	if (now > ledger->start_tsc)
		vcpu->wall_tsc = now - ledger->start_tsc;
	if (!kmod->now_tsc || ledger->open_row >= ledger->rows)
		return;
	open = vmtoll_open_time(ledger->exit_tsc, ledger->open_vmm_tsc, ledger->open_halt_tsc,
				ledger->open_ready_tsc,
				is_halt(kmod, &ledger->row[ledger->open_row]), now);
	vcpu->open = (struct open_exit){
		.row = ledger->open_row,
		.kvm_tsc = open.kvm_tsc,
		.vmm_tsc = open.vmm_tsc,
		.halt_tsc = open.halt_tsc,
		.ready_tsc = open.ready_tsc,
	};
}

/*
 * Set the vCPU's times, except those in the rows. The sum of the departed vCPUs has no observation
 * time.
 */
static void times_take(const struct kmod *kmod, const struct vmtoll_ledger *ledger,
		       struct snapshot_vcpu *vcpu)
{
	uint64_t now = end_of_time(kmod, ledger);

	if (vcpu->flags & VCPU_DEPARTED) {
		books_take(ledger, 0, vcpu);
		return;
	}
	now_take(kmod, ledger, vcpu);
	books_take(ledger, kmod->now_tsc && ledger->start_tsc ? now : 0, vcpu);
}

/*
 * Return the time in KVM, excluding the time of the observer row. The ledgers of BPF programs do
 * not contain this total, so add up their rows. Their observer row is empty.
 */
static uint64_t kvm_tsc_of(const struct kmod *kmod, const struct vmtoll_ledger *ledger)
{
	uint64_t sum = 0;

	if (!counts_nanoseconds(kmod))
		return ledger->kvm_tsc - ledger->row[VMTOLL_ROW_OBSERVER_INDEX].kvm_tsc;
	for (uint32_t i = 0; i < ledger->rows; i++)
		sum += ledger->row[i].kvm_tsc;
	return sum;
}

static int ledger_take(const struct kmod *kmod, const struct vmtoll_ledger *ledger,
		       struct snapshot *snapshot, struct snapshot_vcpu *vcpu)
{
	if (ledger->rows > VMTOLL_ROWS)
		return -EPROTO;
	if (snapshot_rows_reserve(snapshot, vcpu, ledger->rows))
		return -ENOMEM;
	for (uint32_t i = 0; i < ledger->rows; i++)
		row_take(&ledger->row[i], ledger->open_row == i, &vcpu->row[i]);
	vcpu->index = ledger->vcpu_index;
	vcpu->id = ledger->vcpu_id;
	vcpu->tid = ledger->tid;
	vcpu->vcpus = ledger->vcpus;
	vcpu->start_tsc = ledger->start_tsc;
	vcpu->flags = flags_take(kmod->host, ledger);
	vcpu->total_kvm_tsc = kvm_tsc_of(kmod, ledger);
	times_take(kmod, ledger, vcpu);
	vcpu->lost = ledger->lost;
	audit_take(ledger, &vcpu->audit);
	return 0;
}

/*
 * Return the VM that a ledger belongs to. The VM is in @snapshot, or in @snapshot->ended if it
 * has ended. Returns NULL if out of memory.
 */
static struct snapshot_vm *vm_take(struct snapshot *snapshot, const struct vmtoll_ledger *ledger)
{
	struct snapshot_vm *vm;

	if (!(ledger->flags & VMTOLL_LEDGER_ENDED))
		return snapshot_vm_get(snapshot, ledger->vm, ledger->pid);
	if (!snapshot->ended)
		snapshot->ended = snapshot_create();
	vm = snapshot->ended ? snapshot_vm_get(snapshot->ended, ledger->vm, ledger->pid) : NULL;
	if (vm && vm->ended_tsc < ledger->ended_tsc)
		vm->ended_tsc = ledger->ended_tsc;
	return vm;
}

/*
 * Return true if the vCPU ended so long ago that its ledger must be ignored. The module removes
 * such ledgers itself, but BPF programs do not.
 */
static bool is_expired(const struct kmod *kmod, const struct vmtoll_ledger *ledger)
{
	const uint64_t kept = VMTOLL_ENDED_SECONDS * 1000ull * kmod->host->tsc_khz;

	return ledger->flags & VMTOLL_LEDGER_ENDED && counts_nanoseconds(kmod) &&
	       (int64_t)(kmod->now_tsc - ledger->ended_tsc) > (int64_t)kept;
}

static int slot_take(struct kmod *kmod, uint32_t slot, struct vmtoll_ledger *copy,
		     struct snapshot *snapshot, struct complaint *complaint)
{
	struct snapshot_vcpu *vcpu;
	struct snapshot_vm *vm;
	int there = slot_read(kmod, slot, copy, complaint);
	int error;

	if (there <= 0)
		return there;
	if (is_expired(kmod, copy))
		return 0;
	if (slot) {
		vm = vm_take(snapshot, copy);
		vcpu = vm ? snapshot_vcpu_add(vm) : NULL;
	} else {
		vcpu = &snapshot->departed;
		snapshot->has_departed = copy->vcpus > 0;
	}
	error = vcpu ? ledger_take(kmod, copy, snapshot, vcpu) : -ENOMEM;
	if (error == -EPROTO)
		return complain(complaint, error,
				"reading %s: slot %u claims %u rows, more than %zu", kmod->path,
				slot, copy->rows, (size_t)VMTOLL_ROWS);
	if (error)
		return complain(complaint, error, "reading %s: out of memory", kmod->path);
	return 0;
}

static void origin_take(const struct kmod *kmod, uint32_t flags, struct origin *origin)
{
	origin->isa = kmod->isa->id;
	origin->tsc_khz = kmod->host->tsc_khz;
	origin->emulated = flags & VMTOLL_HOST_EMULATED;
	origin->nanoseconds = flags & VMTOLL_HOST_NANOSECONDS;
	origin->tsc_unreliable = flags & VMTOLL_HOST_TSC_UNRELIABLE;
	origin->knows = KNOWS_ROW_TIME | KNOWS_LONGEST | KNOWS_HISTOGRAM | KNOWS_LOST |
			KNOWS_AUDIT | KNOWS_OBSERVER | KNOWS_WALL | KNOWS_RECOVERY | KNOWS_EMULATED;
	if (now_tsc(kmod))
		origin->knows |= KNOWS_OPEN_TIME;
	if (flags & VMTOLL_HOST_VMM_TIME)
		origin->knows |= KNOWS_VMM_TIME;
	if (flags & VMTOLL_HOST_HALT_TIME)
		origin->knows |= KNOWS_HALT_TIME;
	if (flags & VMTOLL_HOST_BOOKS)
		origin->knows |= KNOWS_BOOKS | KNOWS_POLLED;
	if (flags & VMTOLL_HOST_READY_TIME)
		origin->knows |= KNOWS_READY;
	snprintf(origin->source, sizeof(origin->source), "%s (%s)", kmod->source, kmod->path);
	if (!(flags & VMTOLL_HOST_ATTACHED))
		snprintf(
			origin->protocol, sizeof(origin->protocol), "not attached: %s",
			flags & VMTOLL_HOST_NANOSECONDS
				? "the BPF programs were detached; these figures were counted before"
				: "KVM is not loaded; these figures were counted before it was unloaded");
}

#define PART_SLOTS 512 /* the number of slots that one part of a reading covers */

/*
 * Pass @snapshot to @parts->part(). The snapshot contains the vCPUs that have been read since the
 * previous part. Then remove these vCPUs from the snapshot, but keep its origin and its time.
 */
static int part_pass(const struct source_parts *parts, struct snapshot *snapshot)
{
	int error = parts->part(parts->context, snapshot);

	snapshot_clear(snapshot);
	return error;
}

/* Read all slots into @snapshot. If @parts is not NULL, call @parts->part for each part. */
static int read_all(struct kmod *kmod, const struct source_parts *parts, struct snapshot *snapshot,
		    struct complaint *complaint)
{
	struct vmtoll_ledger *copy = malloc(sizeof(*copy));
	uint32_t used = read_once(kmod->host->slots_used);
	int error = 0;

	if (!copy)
		return complain(complaint, -ENOMEM, "reading %s: out of memory", kmod->path);
	if (parts)
		error = parts->begin(parts->context);
	for (uint32_t slot = 0; slot < used && slot < kmod->host->slots && !error; slot++) {
		error = slot_take(kmod, slot, copy, snapshot, complaint);
		if (!error && parts && slot % PART_SLOTS == PART_SLOTS - 1)
			error = part_pass(parts, snapshot);
	}
	snapshot->lost = read_once(kmod->host->lost);
	snapshot->clock_tsc = now_tsc(kmod);
	if (!error && parts)
		error = part_pass(parts, snapshot);
	free(copy);
	return error;
}

/*
 * Read all slots so that the counts belong to the same moment. Two kinds of events make the
 * counts inconsistent:
 * - When a vCPU departs, its counts move from its slot to slot 0, so they may be read twice or not
 *   at all. This event changes the `seq` of slot 0.
 * - When a vCPU receives its ledger late, its lost exits move from the host's counter to the
 *   ledger. This event decreases the host's counter.
 *
 * After such an event, read all slots again.
 */
static int read_consistent(struct kmod *kmod, const struct source_parts *parts,
			   struct snapshot *snapshot, struct complaint *complaint)
{
	const struct vmtoll_ledger *departed = ledger_of(kmod, 0);
	struct timespec since;

	clock_gettime(CLOCK_MONOTONIC, &since);
	while (!overdue(&since)) {
		uint64_t seq = read_once(departed->seq);
		uint64_t lost = read_once(kmod->host->lost);
		int error = read_all(kmod, parts, snapshot, complaint);

		if (error || (read_once(departed->seq) == seq && snapshot->lost >= lost))
			return error;
		snapshot_clear(snapshot);
		sched_yield();
	}
	return complain(complaint, -EAGAIN,
			"reading %s: for %d s, VMs ended faster than they could be read",
			kmod->path, BUSY_SECONDS);
}

static int check_layout(const struct kmod *kmod, uint32_t flags, struct complaint *complaint)
{
	if (!(flags & VMTOLL_HOST_MISMATCH))
		return 0;
	return complain(complaint, -EPROTO,
			"%s: nothing is counted: the structures of this kernel's KVM are "
			"not those that the module was built for; rebuild it for the "
			"running kernel (script/build-module)" SOURCE_CHECK,
			kmod->path);
}

/*
 * Report an error if the module has never been attached to KVM. This cannot happen with BPF
 * programs, whose ledgers are pinned only after the programs have been attached.
 */
static int check_attached(const struct kmod *kmod, uint32_t flags, struct complaint *complaint)
{
	if (flags & (VMTOLL_HOST_ATTACHED | VMTOLL_HOST_NANOSECONDS) || ledger_of(kmod, 0)->vcpus)
		return 0;
	return complain(complaint, -ENODEV,
			"%s: nothing is counted: KVM is not loaded (modprobe kvm_intel or "
			"kvm_amd; vmtoll attaches by itself)" SOURCE_CHECK,
			kmod->path);
}

int kmod_read_parts(void *state, const struct source_parts *parts, struct snapshot *snapshot,
		    struct complaint *complaint)
{
	struct kmod *kmod = state;
	uint32_t flags = read_once(kmod->host->flags);
	int error = check_layout(kmod, flags, complaint);

	if (error)
		return error;
	origin_take(kmod, flags, &snapshot->origin);
	error = read_consistent(kmod, parts, snapshot, complaint);
	return error ?: check_attached(kmod, flags, complaint);
}

int kmod_read(void *state, const struct scope *scope, struct snapshot *snapshot,
	      struct complaint *complaint)
{
	(void)scope;
	return kmod_read_parts(state, NULL, snapshot, complaint);
}

const struct source_ops source_kmod = {
	.name = "kmod",
	.host = true,
	.live = true,
	.open = kmod_open,
	.read = kmod_read,
	.read_parts = kmod_read_parts,
	.close = kmod_close,
};
