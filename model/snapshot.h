/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot: what a source says at one moment, whatever the source. VMs have
 * vCPUs, a vCPU has rows, a row is one exit reason. Times are TSC cycles of the
 * host; origin.tsc_khz tells how long a cycle is. What a source cannot tell is
 * not in origin.knows, and its fields are 0.
 */
#ifndef VMTOLL_SNAPSHOT_H
#define VMTOLL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/reason.h"

#define SNAPSHOT_BUCKETS 26 /* of a histogram; bounds as in uapi/vmtoll.h */

/* What a source knows. */
#define KNOWS_ROW_TIME	(1u << 0) /* kvm_tsc row by row; else only the total */
#define KNOWS_VMM_TIME	(1u << 1) /* vmm_tsc; else it is within kvm_tsc */
#define KNOWS_HALT_TIME (1u << 2) /* halt_tsc; else it is within kvm_tsc */
#define KNOWS_LONGEST	(1u << 3)
#define KNOWS_HISTOGRAM (1u << 4)
#define KNOWS_LOST	(1u << 5)
#define KNOWS_AUDIT	(1u << 6)
#define KNOWS_OBSERVER	(1u << 7)
#define KNOWS_WALL	(1u << 8) /* how long the vCPUs were watched */
#define KNOWS_RECOVERY	(1u << 9) /* the audit's emulated, recovered and unseen one by one */

/**
 * struct origin - where figures come from and how to read them
 * @source: names the source in every output, "kmod (/dev/vmtoll)"
 * @isa: decides what a code means
 * @tsc_khz: cycles per millisecond, 0 where the source does not know
 * @knows: KNOWS_*
 * @emulated: the host is itself a virtual machine, cycles are not hardware's
 * @protocol: what the source says about itself beyond its name ("" for nothing)
 */
struct origin {
	char source[160];
	enum reason_isa isa;
	uint32_t tsc_khz;
	unsigned int knows;
	bool emulated;
	char protocol[240];
};

/* Flags of a row. */
#define ROW_NESTED   (1u << 0) /* an exit of L2 to L0 */
#define ROW_OTHER    (1u << 1) /* all codes that found no row; code is the last of them */
#define ROW_OBSERVER (1u << 2) /* exits that reading the guest's leaves caused */
#define ROW_AT_MOST  (1u << 3) /* longest_tsc is an upper bound (of an interval) */
#define ROW_TOTAL    (1u << 4) /* a sum over rows; has no code */
#define ROW_LOST     (1u << 5) /* exits that were not counted, shown as a row */
#define ROW_KEY	     (ROW_NESTED | ROW_OTHER | ROW_OBSERVER)

/**
 * struct snapshot_row - one exit reason
 * @exits: those that were re-entered
 * @open: 1 while an exit of this reason is not re-entered yet; sums add it to @exits
 * @longest_tsc: the longest single exit, all places together
 */
struct snapshot_row {
	uint32_t code;
	uint32_t flags;
	uint64_t exits;
	uint64_t open;
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t longest_tsc;
	uint64_t hist[SNAPSHOT_BUCKETS];
};

/**
 * struct audit_figures - the ledger against KVM's own count, as of the last VM entry
 * @exits: exits in all rows, the observer's included, the open one not
 * @kvm_exits: KVM's own count over the same interval (vcpu->stat.exits)
 * @emulated: in KVM's count, though the hardware never entered the guest
 * @recovered: in the rows without their time, because KVM's tracepoint did not show them
 * @unseen: in KVM's count and nowhere else
 *
 * Without KNOWS_RECOVERY, @unseen is all that KVM counted beyond the rows and @emulated is 0.
 */
struct audit_figures {
	uint64_t exits;
	uint64_t kvm_exits;
	uint64_t emulated;
	uint64_t recovered;
	uint64_t unseen;
};

/* Flags of a vCPU. */
#define VCPU_PROTECTED (1u << 0) /* registers out of reach: counted, but gets no leaves */
#define VCPU_DEPARTED  (1u << 1) /* the sum of all vCPUs that are gone */
#define VCPU_REBASED   (1u << 2) /* KVM's statistics were cleared; the audit began anew */
#define VCPU_SUM       (1u << 3) /* the guest's view: several vCPUs in one */
#define VCPU_NO_LEAVES \
	(1u << 4) /* its guest is answered on no leaf: off for it or for all, or protected */

/**
 * struct snapshot_vcpu - one vCPU, or a sum of them
 * @vcpus: how many it sums (1 for a vCPU)
 * @total_exits: what the source says itself that the rows sum up to, observer
 *		 left out (with @has_total_exits)
 * @total_kvm_tsc: the same for kvm_tsc; always there
 * @wall_tsc: how long it was watched, summed over @vcpus
 */
struct snapshot_vcpu {
	uint32_t index;
	uint32_t id;
	uint32_t tid;
	uint32_t flags;
	uint32_t vcpus;
	bool has_total_exits;
	uint64_t total_exits;
	uint64_t total_kvm_tsc;
	uint64_t wall_tsc;
	uint64_t lost;
	struct audit_figures audit;
	struct snapshot_row *row;
	size_t rows;
};

/**
 * struct snapshot_vm - one VM; id and pid are 0 where the source does not know
 * @name: filled in by who needs it, "" else
 */
struct snapshot_vm {
	uint32_t id;
	uint32_t pid;
	char name[64];
	struct snapshot_vcpu *vcpu;
	size_t vcpus;
};

/* How many VMs and vCPUs a snapshot is about. */
struct vm_counts {
	uint32_t vms;
	uint32_t vcpus;
	uint32_t departed;
};

/**
 * struct snapshot - see above
 * @clock_ns: when it was taken, CLOCK_REALTIME
 * @lost: exits of vCPUs that have no ledger
 * @pool: the memory of all rows
 * @by_id: finds a VM by its id, see snapshot_vm_get()
 * @departed: the vCPUs that are gone (has_departed)
 * @counts: of a saved sum, which cannot be counted any more (has_counts)
 */
struct snapshot {
	struct origin origin;
	uint64_t clock_ns;
	uint64_t lost;
	struct snapshot_vm *vm;
	size_t vms;
	struct snapshot_pool *pool;
	uint32_t *by_id;
	size_t by_id_size;
	bool has_departed;
	struct snapshot_vcpu departed;
	bool has_counts;
	struct vm_counts counts;
};

/* What of a snapshot is meant: a pid of 0 is every VM, a vcpu below 0 every vCPU. */
struct scope {
	uint32_t pid;
	int64_t vcpu;
};

#define SCOPE_ALL ((struct scope){ .pid = 0, .vcpu = -1 })

static inline bool scope_is_all(const struct scope *scope)
{
	return !scope->pid && scope->vcpu < 0;
}

/* Return true if @vcpu of @vm is in @scope. A sum of vCPUs was read for its scope already. */
static inline bool scope_has_vcpu(const struct scope *scope, const struct snapshot_vm *vm,
				  const struct snapshot_vcpu *vcpu)
{
	if (scope->pid && scope->pid != vm->pid)
		return false;
	return scope->vcpu < 0 || vcpu->index == scope->vcpu || vcpu->flags & VCPU_SUM;
}

/*
 * Return true if both rows are about the same exit reason. There is only one ROW_OTHER row, and
 * its code is that of its last exit, so its code is not compared.
 */
static inline bool row_has_same_key(const struct snapshot_row *a, const struct snapshot_row *b)
{
	if ((a->flags ^ b->flags) & ROW_KEY)
		return false;
	return a->code == b->code || a->flags & ROW_OTHER;
}

struct snapshot *snapshot_create(void);
void snapshot_destroy(struct snapshot *snapshot);

/* Takes all VMs, and what departed, out of it again. */
void snapshot_clear(struct snapshot *snapshot);

/* The VM with this id, added at the end if new; NULL without memory. Invalidates VM pointers. */
struct snapshot_vm *snapshot_vm_get(struct snapshot *snapshot, uint32_t id, uint32_t pid);

/* A new vCPU at the end; NULL without memory. Invalidates the VM's vCPU pointers. */
struct snapshot_vcpu *snapshot_vcpu_add(struct snapshot_vm *vm);

/* Room for @rows rows, zeroed, or all to be filled in; it goes with the snapshot. -ENOMEM. */
int snapshot_rows_alloc(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows);
int snapshot_rows_reserve(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows);

#endif
