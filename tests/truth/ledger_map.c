// SPDX-License-Identifier: GPL-2.0
/*
 * See ledger_map.h. The sections "READING FROM THE HOST" and "LEDGERS BY BPF" of uapi/vmtoll.h
 * describe the protocol.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bpf_call.h"
#include "fail.h"
#include "ledger_map.h"
#include "vmtoll.h"

#define barrier()  __asm__ volatile("" ::: "memory")
#define COPY_TRIES 1000000

static const volatile uint32_t *generations(const struct ledger_map *l)
{
	return (const volatile uint32_t *)((const char *)l->host + l->host->generations_offset);
}

static void *slot(const struct ledger_map *l, unsigned int i)
{
	return (char *)l->map + l->host->slots_offset + (uint64_t)i * l->host->slot_stride;
}

/* Map the first page to find out the size of the file, then map the whole file. */
static int map_pages(struct ledger_map *l, const char *path)
{
	const struct vmtoll_host *host = mmap(NULL, 4096, PROT_READ, MAP_SHARED, l->fd, 0);
	struct vmtoll_host head;

	if (host == MAP_FAILED)
		return fail(-errno, "map the first page of %s", path);
	head = *host;
	munmap((void *)host, 4096);
	if (head.magic != VMTOLL_HOST_MAGIC || head.version != VMTOLL_ABI_VERSION)
		return fail(-EPROTO, "use %s: its ABI version is %u, this program needs %u", path,
			    head.version, VMTOLL_ABI_VERSION);
	l->bytes = head.slots_offset + (uint64_t)head.slots * head.slot_stride;
	l->map = mmap(NULL, l->bytes, PROT_READ, MAP_SHARED, l->fd, 0);
	if (l->map == MAP_FAILED) {
		l->map = NULL;
		return fail(-errno, "map %llu bytes of %s", (unsigned long long)l->bytes, path);
	}
	l->host = l->map;
	return 0;
}

int ledger_map_open_module(struct ledger_map *l)
{
	int err;

	*l = (struct ledger_map){ .fd = open(VMTOLL_DEVICE, O_RDONLY | O_CLOEXEC) };
	if (l->fd < 0)
		return fail(-errno, "open " VMTOLL_DEVICE " (is vmtoll.ko loaded?)");
	err = map_pages(l, VMTOLL_DEVICE);
	if (!err && !(l->host->flags & VMTOLL_HOST_ATTACHED))
		err = fail(-ENODEV, "use vmtoll.ko: it is not attached to KVM");
	if (!err && l->host->flags & VMTOLL_HOST_MISMATCH)
		err = fail(-ENODEV, "use vmtoll.ko: it was built for a different KVM");
	if (err)
		ledger_map_close(l);
	return err;
}

/* Open the pinned BPF object @path. */
static int open_pinned(const char *path)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.pathname = (uintptr_t)path;
	return bpf_call(BPF_OBJ_GET, &attributes);
}

int ledger_map_open_bpf(struct ledger_map *l)
{
	int err;

	*l = (struct ledger_map){ .fd = open_pinned(VMTOLL_BPF_LEDGERS) };
	if (l->fd < 0)
		return fail(l->fd,
			    "open " VMTOLL_BPF_LEDGERS " (has vmtoll attach --bpf been run?)");
	err = map_pages(l, VMTOLL_BPF_LEDGERS);
	if (!err && !(l->host->flags & VMTOLL_HOST_NANOSECONDS))
		err = fail(-EPROTO, "use " VMTOLL_BPF_LEDGERS ": its times are not in nanoseconds");
	if (err)
		ledger_map_close(l);
	return err;
}

int ledger_map_open(struct ledger_map *l)
{
	const char *ledgers = getenv("TRUTH_LEDGERS");

	if (!ledgers || !strcmp(ledgers, "module"))
		return ledger_map_open_module(l);
	if (!strcmp(ledgers, "bpf"))
		return ledger_map_open_bpf(l);
	return fail(-EINVAL, "use TRUTH_LEDGERS=%s: must be module or bpf", ledgers);
}

void ledger_map_close(struct ledger_map *l)
{
	if (l->map)
		munmap(l->map, l->bytes);
	close(l->fd);
	*l = (struct ledger_map){ .fd = -1 };
}

bool ledger_map_is_module(const struct ledger_map *l)
{
	return !(l->host->flags & VMTOLL_HOST_NANOSECONDS);
}

int ledger_map_copy(const struct ledger_map *l, unsigned int i, struct vmtoll_ledger *to)
{
	const volatile struct vmtoll_ledger *from = slot(l, i);
	uint32_t generation = generations(l)[i];
	uint64_t seq;

	if (!(generation & 1))
		return -EAGAIN;
	/*
	 * Drop the mapped pages, because they may be those of an earlier vCPU in this slot. This
	 * reader could not detect that, because it does not remember generations between calls.
	 * The pages of a BPF map are always up to date, so they are not dropped.
	 */
	if (ledger_map_is_module(l))
		madvise((void *)from, l->host->slot_stride, MADV_DONTNEED);
	for (int tries = 0; tries < COPY_TRIES; tries++) {
		seq = from->seq;
		barrier();
		memcpy(to, (const void *)from, sizeof(*to));
		barrier();
		if (!(seq & 1) && from->seq == seq)
			return to->generation == generation && generations(l)[i] == generation
				       ? 0
				       : -EAGAIN;
	}
	return -EAGAIN;
}

int ledger_map_find(const struct ledger_map *l, unsigned int vcpu_index,
		    struct vmtoll_ledger *found)
{
	struct vmtoll_ledger copy;
	uint32_t pid = getpid();
	int slot = 0;

	memset(found, 0, sizeof(*found));
	for (unsigned int i = 1; i < l->host->slots_used; i++) {
		if (!ledger_map_copy(l, i, &copy) && copy.pid == pid &&
		    copy.vcpu_index == vcpu_index && copy.vm > found->vm) {
			*found = copy;
			slot = i;
		}
	}
	if (slot)
		return slot;
	return fail(-ENOENT, "find vCPU %u of process %u in " VMTOLL_DEVICE, vcpu_index, pid);
}

uint64_t ledger_map_now(const struct ledger_map *l)
{
	struct timespec now;

	if (ledger_map_is_module(l))
		return __builtin_ia32_rdtsc();
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/*
 * Divide the time that the open exit has taken so far into time in KVM, time in user space, halted
 * time, and time waiting for a CPU. uapi/vmtoll.h describes the rules. While KVM handles a HLT
 * exit, the vCPU counts as halted.
 */
static void take_open(const struct vmtoll_ledger *l, const struct ledger_map *map,
		      struct count_row *to)
{
	uint32_t hlt = map->host->isa == VMTOLL_ISA_VMX ? VMTOLL_VMX_HLT : VMTOLL_SVM_HLT;
	uint64_t now = ledger_map_now(map);
	bool in_vmm = l->open_vmm_tsc < 0;

	to->open_vmm_tsc = (uint64_t)l->open_vmm_tsc + (in_vmm ? now : 0);
	to->open_halt_tsc = l->open_halt_tsc;
	to->open_ready_tsc = l->open_ready_tsc;
	to->open_kvm_tsc =
		now - l->exit_tsc - to->open_vmm_tsc - to->open_halt_tsc - l->open_ready_tsc;
	if (in_vmm || to->code != hlt || to->flags)
		return;
	to->open_halt_tsc += to->open_kvm_tsc;
	to->open_kvm_tsc = 0;
}

/*
 * Add up the exits in all buckets. Compute the shortest and the longest total duration that these
 * exits can have. See VMTOLL_BUCKETS.
 */
static void take_hist(const struct vmtoll_row *from, struct count_row *to)
{
	for (unsigned int b = 0; b < VMTOLL_BUCKETS; b++) {
		uint64_t start = b ? 1ull << (b + VMTOLL_BUCKET_SHIFT) : 0;
		uint64_t last = (1ull << (b + VMTOLL_BUCKET_SHIFT + 1)) - 1;

		to->hist += from->hist[b];
		to->hist_least += from->hist[b] * start;
		to->hist_most += from->hist[b] * last;
	}
	if (from->hist[VMTOLL_BUCKETS - 1])
		to->hist_most = UINT64_MAX;
}

static int take_rows(const struct vmtoll_ledger *l, const struct ledger_map *map,
		     struct vcpu_counts *s)
{
	if (l->rows < VMTOLL_ROW_FIRST_INDEX || l->rows > VMTOLL_ROWS)
		return fail(-EPROTO, "read a ledger: its number of rows, %u, is not valid",
			    l->rows);
	for (unsigned int i = 0; i < l->rows; i++) {
		const struct vmtoll_row *from = &l->row[i];
		bool open = i == l->open_row;
		struct count_row *to;

		if (!from->exits && !open)
			continue;
		to = vcpu_counts_add(s, from->code, from->flags);
		to->booked = from->exits;
		to->exits = from->exits + open;
		to->kvm_tsc = from->kvm_tsc;
		to->vmm_tsc = from->vmm_tsc;
		to->halt_tsc = from->halt_tsc;
		to->longest_tsc = from->longest_tsc;
		take_hist(from, to);
		if (open)
			take_open(l, map, to);
	}
	return 0;
}

_Static_assert(COUNT_ROWS >= VMTOLL_ROWS, "the counts have space for all rows");

int ledger_map_read(const struct ledger_map *l, unsigned int vcpu_index, struct vcpu_counts *s)
{
	struct vmtoll_ledger copy;
	int slot = ledger_map_find(l, vcpu_index, &copy);

	if (slot < 0)
		return slot;
	*s = (struct vcpu_counts){
		.timed = true,
		.kvm_tsc = copy.kvm_tsc,
		.lost = copy.lost,
		.emulated = copy.emulated,
		.unseen = copy.unseen,
		.recovered = copy.recovered,
		.kvm_base = copy.kvm_base,
		.kvm_exits = copy.kvm_exits,
		.ready_tsc = copy.ready_tsc,
	};
	/* The ledgers of BPF programs do not contain the sum of kvm_tsc, so compute it. */
	if (!ledger_map_is_module(l))
		for (uint32_t i = 0; i < VMTOLL_ROWS && i < copy.rows; i++)
			s->kvm_tsc += copy.row[i].kvm_tsc;
	return take_rows(&copy, l, s);
}

uint32_t ledger_map_slots(const struct ledger_map *l)
{
	return l->host->slots_used;
}

uint32_t ledger_map_capacity(const struct ledger_map *l)
{
	return l->host->slots - 1; /* slot 0 does not belong to a vCPU */
}

uint32_t ledger_map_generation(const struct ledger_map *l, unsigned int slot)
{
	return generations(l)[slot];
}

uint32_t ledger_map_flags(const struct ledger_map *l)
{
	return l->host->flags;
}

uint32_t ledger_map_dialect(const struct ledger_map *l)
{
	return l->host->dialect;
}

uint64_t ledger_map_lost(const struct ledger_map *l)
{
	return l->host->lost;
}

uint32_t ledger_map_tsc_khz(const struct ledger_map *l)
{
	return l->host->tsc_khz;
}
