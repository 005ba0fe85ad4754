// SPDX-License-Identifier: GPL-2.0
/* A fake /dev/vmtoll, see fixture.h. */
#include "fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void *must(void *pointer, const char *what)
{
	if (pointer && pointer != MAP_FAILED)
		return pointer;
	perror(what);
	abort();
}

static void map_file(struct fixture *fixture, int fd, size_t bytes)
{
	fixture->bytes = bytes;
	fixture->host = must(mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), "mmap");
	close(fd);
}

static void open_file(struct fixture *fixture, const char *path, size_t bytes)
{
	int fd;

	if (path) {
		snprintf(fixture->path, sizeof(fixture->path), "%s", path);
		fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	} else {
		snprintf(fixture->path, sizeof(fixture->path), "vmtoll-fixture-XXXXXX");
		fd = mkstemp(fixture->path);
	}
	if (fd < 0 || ftruncate(fd, (off_t)bytes)) {
		perror(fixture->path);
		abort();
	}
	map_file(fixture, fd, bytes);
}

void fixture_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t slots)
{
	size_t slots_offset = (sizeof(struct vmtoll_host) + 4 * slots + 4095) & ~4095ul;

	open_file(fixture, path, slots_offset + (size_t)slots * VMTOLL_LEDGER_BYTES);
	*fixture->host = (struct vmtoll_host){
		.magic = VMTOLL_HOST_MAGIC,
		.version = VMTOLL_ABI_VERSION,
		.flags = VMTOLL_HOST_ATTACHED | VMTOLL_HOST_LAYOUT_COMPARED | VMTOLL_HOST_VMM_TIME |
			 VMTOLL_HOST_HALT_TIME | VMTOLL_HOST_LEAVES | VMTOLL_HOST_BOOKS |
			 VMTOLL_HOST_READY_TIME,
		.isa = isa,
		.tsc_khz = FIXTURE_TSC_KHZ,
		.dialect = VMTOLL_DIALECT_COMBINED,
		.slots = slots,
		.slots_used = 1,
		.slot_stride = VMTOLL_LEDGER_BYTES,
		.row_bytes = sizeof(struct vmtoll_row),
		.generations_offset = sizeof(struct vmtoll_host),
		.slots_offset = slots_offset,
	};
	fixture_vcpu(fixture, 0, 0, 0, 0)->vcpus = 0;
	fixture_ledger(fixture, 0)->flags = VMTOLL_LEDGER_DEPARTED;
}

void fixture_open(struct fixture *fixture, const char *path)
{
	struct stat stat_of;
	int fd = open(path, O_RDWR);

	snprintf(fixture->path, sizeof(fixture->path), "%s", path);
	if (fd < 0 || fstat(fd, &stat_of)) {
		perror(path);
		abort();
	}
	map_file(fixture, fd, (size_t)stat_of.st_size);
}

void fixture_unmap(struct fixture *fixture)
{
	munmap(fixture->host, fixture->bytes);
}

void fixture_destroy(struct fixture *fixture)
{
	fixture_unmap(fixture);
	unlink(fixture->path);
}

struct vmtoll_ledger *fixture_ledger(struct fixture *fixture, uint32_t slot)
{
	char *base = (char *)fixture->host + fixture->host->slots_offset;

	return (struct vmtoll_ledger *)(base + (size_t)slot * fixture->host->slot_stride);
}

uint32_t *fixture_generation(struct fixture *fixture, uint32_t slot)
{
	char *base = (char *)fixture->host + fixture->host->generations_offset;

	return (uint32_t *)base + slot;
}

struct vmtoll_ledger *fixture_vcpu(struct fixture *fixture, uint32_t slot, uint32_t vm,
				   uint32_t pid, uint32_t index)
{
	struct vmtoll_ledger *ledger = fixture_ledger(fixture, slot);
	uint32_t generation = *fixture_generation(fixture, slot) | 1;

	memset(ledger, 0, sizeof(*ledger));
	ledger->generation = generation;
	ledger->vm = vm;
	ledger->pid = pid;
	ledger->tid = pid + 1 + index;
	ledger->vcpu_index = index;
	ledger->vcpu_id = 2 * index;
	ledger->rows = VMTOLL_ROW_FIRST_INDEX;
	ledger->open_row = VMTOLL_ROW_NONE;
	ledger->vcpus = 1;
	ledger->row[VMTOLL_ROW_OTHER_INDEX].flags = VMTOLL_ROW_OTHER;
	ledger->row[VMTOLL_ROW_OBSERVER_INDEX].flags = VMTOLL_ROW_OBSERVER;
	*fixture_generation(fixture, slot) = generation;
	if (fixture->host->slots_used <= slot)
		fixture->host->slots_used = slot + 1;
	return ledger;
}

static int bucket_of(uint64_t cycles)
{
	int bucket = 0;

	while (bucket < VMTOLL_BUCKETS - 1 && cycles >> (bucket + VMTOLL_BUCKET_SHIFT + 1))
		bucket++;
	return bucket;
}

/*
 * Increment `seq` at the start and at the end of a write section, as the module does. A reader in
 * another process discards any copy of the ledger that it made during a write section.
 */
static void fixture_begin_write(struct vmtoll_ledger *ledger)
{
	__atomic_fetch_add(&ledger->seq, 1, __ATOMIC_SEQ_CST);
}

static void fixture_end_write(struct vmtoll_ledger *ledger)
{
	__atomic_fetch_add(&ledger->seq, 1, __ATOMIC_SEQ_CST);
}

void fixture_exits(struct vmtoll_ledger *ledger, struct vmtoll_row *row, uint64_t exits,
		   uint64_t each, uint64_t vmm, uint64_t halt)
{
	uint64_t whole = each * (1 + vmm + halt);

	fixture_begin_write(ledger);
	row->exits += exits;
	row->kvm_tsc += exits * each;
	row->vmm_tsc += exits * each * vmm;
	row->halt_tsc += exits * each * halt;
	if (row->longest_tsc < whole)
		row->longest_tsc = whole;
	row->hist[bucket_of(whole)] += exits;
	ledger->kvm_tsc += exits * each;
	ledger->kvm_exits += exits;
	ledger->guest_tsc += exits * whole;
	ledger->entry_tsc += 2 * exits * whole;
	fixture_end_write(ledger);
}

void fixture_wait(struct vmtoll_ledger *ledger, uint64_t ready, uint64_t polled)
{
	fixture_begin_write(ledger);
	ledger->ready_tsc += ready;
	ledger->polled_tsc += polled;
	ledger->entry_tsc += ready;
	fixture_end_write(ledger);
}

void fixture_enter(struct vmtoll_ledger *ledger, uint64_t tsc)
{
	uint64_t elsewhere = ledger->ready_tsc;

	for (uint32_t i = 0; i < ledger->rows; i++)
		elsewhere +=
			ledger->row[i].kvm_tsc + ledger->row[i].vmm_tsc + ledger->row[i].halt_tsc;
	fixture_begin_write(ledger);
	ledger->entry_tsc = tsc;
	ledger->guest_tsc = tsc - ledger->start_tsc - elsewhere;
	fixture_end_write(ledger);
}

struct vmtoll_row *fixture_row(struct vmtoll_ledger *ledger, uint32_t code, uint64_t exits,
			       uint64_t each, uint64_t vmm, uint64_t halt)
{
	struct vmtoll_row *row = &ledger->row[ledger->rows++];

	row->code = code;
	fixture_exits(ledger, row, exits, each, vmm, halt);
	return row;
}

static void example_observer(struct vmtoll_ledger *ledger)
{
	struct vmtoll_row *row = &ledger->row[VMTOLL_ROW_OBSERVER_INDEX];

	row->exits = 12;
	row->kvm_tsc = 12 * 1500;
	ledger->kvm_tsc += row->kvm_tsc;
	row->longest_tsc = 1500;
	row->hist[bucket_of(1500)] = 12;
	ledger->kvm_exits += 12;
	ledger->guest_tsc += row->kvm_tsc;
	ledger->entry_tsc += 2 * row->kvm_tsc;
}

void fixture_example(struct fixture *fixture, const char *path)
{
	struct vmtoll_ledger *ledger;

	fixture_create(fixture, path, VMTOLL_ISA_SVM, 16);
	ledger = fixture_ledger(fixture, 0);
	ledger->vcpus = 2;
	fixture_row(ledger, 0x72, 1000, 2000, 0, 0);
	/* The time of the last exit is unknown, because no VM entry followed this exit. */
	fixture_row(ledger, 0x78, 2, 4000, 0, 100000)->exits++;
	ledger->kvm_exits++;
	ledger = fixture_vcpu(fixture, 1, 1, 812, 0);
	ledger->kvm_base = 5000;
	ledger->kvm_exits = 5000;
	fixture_row(ledger, 0x400, 365434, 6000, 0, 0);
	fixture_row(ledger, 0x7b, 132365, 2500, 4, 0);
	fixture_row(ledger, 0x72, 132076, 1200, 0, 0);
	ledger->open_row = VMTOLL_ROW_FIRST_INDEX + 1;
	example_observer(ledger);
	fixture_wait(ledger, 345678901, 0);
	ledger = fixture_vcpu(fixture, 2, 1, 812, 1);
	fixture_row(ledger, 0x400, 70000, 6200, 0, 0);
	fixture_row(ledger, 0x78, 27229, 3000, 0, 400);
	fixture_row(ledger, 0x400, 31, 7000, 0, 0)->flags = VMTOLL_ROW_NESTED;
	fixture_wait(ledger, 1234567890, 5432109876);
	ledger->entry_tsc += 9876543; /* the residual */
	ledger = fixture_vcpu(fixture, 5, 2, 901, 0);
	ledger->leaves_off = 1;
	fixture_row(ledger, 0x4e, 6741, 3100, 0, 0);
	fixture_row(ledger, 0xbf, 7, 900, 0, 0); /* a code that no manual defines */
	ledger->row[VMTOLL_ROW_OTHER_INDEX].code = 0x99;
	ledger->row[VMTOLL_ROW_OTHER_INDEX].exits = 3; /* recovered exits have no time */
	ledger->recovered = 3;
	ledger->kvm_exits += 3;
}
