/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake /dev/vmtoll: a plain file with the layout of uapi/vmtoll.h, that tests fill in
 * and that the source kmod reads as if it were the device.
 */
#ifndef VMTOLL_TEST_FIXTURE_H
#define VMTOLL_TEST_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "uapi/vmtoll.h"

struct fixture {
	char path[64];
	size_t bytes;
	struct vmtoll_host *host; /* the file, mapped to be written */
};

#define FIXTURE_TSC_KHZ 2000000u /* two cycles a nanosecond */

/* Creates @path (NULL: a temporary file) with @slots empty slots, attached. Aborts on failure. */
void fixture_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t slots);
void fixture_open(struct fixture *fixture, const char *path); /* one that is there */
void fixture_destroy(struct fixture *fixture); /* unmaps and removes */
void fixture_unmap(struct fixture *fixture); /* keeps the file */

struct vmtoll_ledger *fixture_ledger(struct fixture *fixture, uint32_t slot);
uint32_t *fixture_generation(struct fixture *fixture, uint32_t slot);

/* Makes a slot live, with the two fixed rows, for vCPU @index of VM @vm. */
struct vmtoll_ledger *fixture_vcpu(struct fixture *fixture, uint32_t slot, uint32_t vm,
				   uint32_t pid, uint32_t index);

/*
 * Adds exits to a row, of @each cycles in KVM (and that much in the VMM and halted, if told so by
 * the factors), and keeps the ledger's own sums and KVM's count in step; fixture_row() adds the row, too.
 */
void fixture_exits(struct vmtoll_ledger *ledger, struct vmtoll_row *row, uint64_t exits,
		   uint64_t each, uint64_t vmm, uint64_t halt);
struct vmtoll_row *fixture_row(struct vmtoll_ledger *ledger, uint32_t code, uint64_t exits,
			       uint64_t each, uint64_t vmm, uint64_t halt);

/* The example that several tests and the golden files share: two VMs, three vCPUs, two gone. */
void fixture_example(struct fixture *fixture, const char *path);

#endif
