/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A fake /dev/vmtoll: a plain file with the layout of uapi/vmtoll.h. The tests write the
 * contents of the file, and the kmod source reads the file as if it were the device.
 */
#ifndef VMTOLL_TEST_FIXTURE_H
#define VMTOLL_TEST_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#include "uapi/vmtoll.h"

struct fixture {
	char path[64];
	size_t bytes;
	struct vmtoll_host *host; /* the writable mapping of the file */
};

#define FIXTURE_TSC_KHZ 2000000u /* two cycles per nanosecond */

/*
 * Create the file @path with @slots empty slots and the flag VMTOLL_HOST_ATTACHED. If @path is
 * NULL, create a temporary file. Abort on failure.
 */
void fixture_create(struct fixture *fixture, const char *path, uint32_t isa, uint32_t slots);

/* Map the existing file @path. Abort on failure. */
void fixture_open(struct fixture *fixture, const char *path);

/* Unmap the file and remove it. */
void fixture_destroy(struct fixture *fixture);

/* Unmap the file and keep it. */
void fixture_unmap(struct fixture *fixture);

struct vmtoll_ledger *fixture_ledger(struct fixture *fixture, uint32_t slot);
uint32_t *fixture_generation(struct fixture *fixture, uint32_t slot);

/*
 * Create a live vCPU with the number @index in VM @vm, and assign @slot to it. The ledger of the
 * new vCPU has only the two fixed rows.
 */
struct vmtoll_ledger *fixture_vcpu(struct fixture *fixture, uint32_t slot, uint32_t vm,
				   uint32_t pid, uint32_t index);

/*
 * Add @exits exits to @row, to the totals of the ledger, and to KVM's count. Each exit spends
 * @each cycles in KVM, @each * @vmm cycles in the VMM, and @each * @halt cycles halted. Before
 * each exit, the vCPU spends as much time in the guest as the exit takes in total.
 *
 * fixture_row() adds the exits to a new row for @code, and returns this row.
 */
void fixture_exits(struct vmtoll_ledger *ledger, struct vmtoll_row *row, uint64_t exits,
		   uint64_t each, uint64_t vmm, uint64_t halt);
struct vmtoll_row *fixture_row(struct vmtoll_ledger *ledger, uint32_t code, uint64_t exits,
			       uint64_t each, uint64_t vmm, uint64_t halt);

/*
 * Add @ready cycles to the time that the vCPU's thread has waited for a CPU, and @polled cycles
 * to the time that KVM has polled during halts.
 */
void fixture_wait(struct vmtoll_ledger *ledger, uint64_t ready, uint64_t polled);

/*
 * Let the vCPU enter the guest at @tsc. Set its time in the guest to the time since its start,
 * minus the time in KVM, in the VMM, halted, and waiting for a CPU.
 */
void fixture_enter(struct vmtoll_ledger *ledger, uint64_t tsc);

/*
 * Create the example that several tests and the golden files share: two VMs with three live vCPUs,
 * and two departed vCPUs.
 */
void fixture_example(struct fixture *fixture, const char *path);

#endif
