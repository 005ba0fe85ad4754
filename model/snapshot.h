/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A snapshot holds the exit counters at one moment. All sources use the same form: a snapshot
 * has VMs, a VM has vCPUs, and a vCPU has one row per exit reason. Times are TSC cycles of the
 * host at the frequency origin.tsc_khz. If a source does not report a figure, the field is 0
 * and its bit in origin.knows is clear.
 */
#ifndef VMTOLL_SNAPSHOT_H
#define VMTOLL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/reason.h"

#define SNAPSHOT_BUCKETS 26 /* buckets of a histogram; uapi/vmtoll.h defines their bounds */

/* Bits of origin.knows. Each bit that is set names a figure that the source reports. */
#define KNOWS_ROW_TIME	(1u << 0) /* kvm_tsc per row; without this bit, only the total */
#define KNOWS_VMM_TIME	(1u << 1) /* vmm_tsc; without this bit, kvm_tsc includes it */
#define KNOWS_HALT_TIME (1u << 2) /* halt_tsc; without this bit, kvm_tsc includes it */
#define KNOWS_LONGEST	(1u << 3)
#define KNOWS_HISTOGRAM (1u << 4)
#define KNOWS_LOST	(1u << 5)
#define KNOWS_AUDIT	(1u << 6)
#define KNOWS_OBSERVER	(1u << 7)
#define KNOWS_WALL	(1u << 8) /* wall_tsc */
#define KNOWS_RECOVERY	(1u << 9) /* audit.recovered */
#define KNOWS_OPEN_TIME (1u << 10) /* the time so far of exits that are in progress */
#define KNOWS_EMULATED	(1u << 11) /* audit.emulated, separate from audit.unseen */
#define KNOWS_BOOKS	(1u << 12) /* guest_tsc; without this bit, wall_tsc minus the other times */
#define KNOWS_READY	(1u << 13) /* ready_tsc; without this bit, the other times include it */
#define KNOWS_POLLED	(1u << 14) /* polled_tsc */

/**
 * struct origin - the source of a snapshot, and how to interpret its figures
 * @source: name of the source for all outputs, e.g. "kmod (/dev/vmtoll)"
 * @isa: instruction set that defines the exit codes
 * @tsc_khz: TSC cycles per millisecond, or 0 if unknown
 * @knows: KNOWS_* bits
 * @emulated: the host is itself a virtual machine, so cycles do not reflect real hardware
 * @tsc_unreliable: the TSC of the host is unstable, not constant, or went backwards
 * @nanoseconds: all times are in nanoseconds instead of TSC cycles
 * @protocol: note about the source for the user, or ""
 */
struct origin {
	char source[160];
	enum reason_isa isa;
	uint32_t tsc_khz;
	unsigned int knows;
	bool emulated;
	bool tsc_unreliable;
	bool nanoseconds;
	char protocol[240];
};

/* Bits of snapshot_row.flags. */
#define ROW_NESTED   (1u << 0) /* exits from L2 to L0 (nested guest) */
#define ROW_OTHER    (1u << 1) /* exits whose reasons have no row; code is that of the last exit */
#define ROW_OBSERVER (1u << 2) /* exits caused by reading the CPUID leaves */
#define ROW_AT_MOST  (1u << 3) /* longest_tsc is an upper bound, in an interval */
#define ROW_TOTAL    (1u << 4) /* a sum of rows; code is not valid */
#define ROW_LOST     (1u << 5) /* lost exits, displayed as a row */
#define ROW_KEY	     (ROW_NESTED | ROW_OTHER | ROW_OBSERVER)

/**
 * struct snapshot_row - counters of one exit reason
 * @exits: completed exits; an exit is complete at the next VM entry
 * @open: 1 if an exit with this reason is still in progress; sums count this exit in @exits
 * @longest_tsc: duration of the longest completed exit, including time in the VMM, time halted
 *		 and time waiting for a CPU
 * @open_tsc: time of open exits that is included in kvm_tsc, vmm_tsc and halt_tsc; set only in
 *	      sums of vCPUs and in vCPUs from `vmtoll share`
 * @open_longest_tsc: duration so far of the longest open exit, including the time waiting for a
 *		      CPU; not included in @longest_tsc; set together with @open_tsc
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
	uint64_t open_tsc;
	uint64_t open_longest_tsc;
	uint64_t hist[SNAPSHOT_BUCKETS];
};

/**
 * struct open_exit - the current exit of a vCPU, which has not ended yet
 * @row: index of the exit's row
 * @kvm_tsc, @vmm_tsc, @halt_tsc: how much time the exit has spent in KVM, in the VMM and halted so
 *	far. The row does not include these times yet. They are 0 if no exit is open or if
 *	KNOWS_OPEN_TIME is clear
 * @ready_tsc: how long the vCPU has waited for a CPU during this exit; snapshot_vcpu.ready_tsc
 *	       includes this time
 */
struct open_exit {
	size_t row;
	uint64_t kvm_tsc;
	uint64_t vmm_tsc;
	uint64_t halt_tsc;
	uint64_t ready_tsc;
};

/**
 * struct audit_figures - the ledger compared with KVM's own count
 * @exits: exits in all rows, including the observer row and the open exits
 * @kvm_exits: KVM's count over the same interval (vcpu->stat.exits)
 * @emulated: exits that KVM counted although the hardware never entered the guest
 * @recovered: exits that KVM's tracepoint did not report; the rows count them, but without
 *	       times
 * @unseen: exits that KVM counted, but that vmtoll neither recorded nor can explain
 *
 * Without KNOWS_EMULATED, @emulated is 0, and @unseen is the number of exits that KVM counted
 * but that are not in the rows.
 */
struct audit_figures {
	uint64_t exits;
	uint64_t kvm_exits;
	uint64_t emulated;
	uint64_t recovered;
	uint64_t unseen;
};

/* Bits of snapshot_vcpu.flags. */
#define VCPU_PROTECTED	(1u << 0) /* encrypted registers: counted, but has no CPUID leaves */
#define VCPU_DEPARTED	(1u << 1) /* the sum of all departed vCPUs */
#define VCPU_REBASED	(1u << 2) /* KVM's statistics were cleared and the audit restarted */
#define VCPU_SUM	(1u << 3) /* a sum of several vCPUs, as a guest reads it */
#define VCPU_NO_LEAVES	(1u << 4) /* vmtoll's leaves are off, or VCPU_PROTECTED is set */
#define VCPU_VMM_LEAVES (1u << 5) /* the VMM defines some of vmtoll's leaves itself */
#define VCPU_RECORDED	(1u << 6) /* recorded or received: histograms lack open exits */

/**
 * struct snapshot_vcpu - one vCPU, or the sum of several vCPUs
 * @vcpus: number of vCPUs in the sum; 1 for a single vCPU
 * @has_total_exits: @total_exits is valid
 * @total_exits: the total that the source reports, without the observer row
 * @total_kvm_tsc: the total kvm_tsc that the source reports, without the observer row; valid
 *		   even if @has_total_exits is false
 * @wall_tsc: time during which the vCPU was observed; in a sum, the total of all vCPUs
 * @start_tsc: TSC when the module first saw the vCPU; 0 if unknown
 * @guest_tsc: time in the guest
 * @ready_tsc: time during which the vCPU's thread waited for a CPU
 * @polled_tsc: the part of the halted time in which KVM polled for a wakeup
 * @open: the exit in progress
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
	uint64_t start_tsc;
	uint64_t guest_tsc;
	uint64_t ready_tsc;
	uint64_t polled_tsc;
	uint64_t lost;
	struct audit_figures audit;
	struct open_exit open;
	struct snapshot_row *row;
	size_t rows;
};

/**
 * struct snapshot_vm - one VM
 * @id: identifies the VM within the snapshot; 0 if the source does not identify VMs
 * @pid: process of the VMM, or 0 if unknown
 * @ended_tsc: TSC when the module noticed that the VM had ended; 0 for a live VM
 * @name, @uuid: name and UUID of the VM; "" if unknown, or if names are not needed
 * @manager_id: ID of the VM in a manager such as Proxmox VE, or ""
 */
struct snapshot_vm {
	uint32_t id;
	uint32_t pid;
	uint64_t ended_tsc;
	char name[64];
	char uuid[37];
	char manager_id[65];
	struct snapshot_vcpu *vcpu;
	size_t vcpus;
};

/* Numbers of VMs, live vCPUs and departed vCPUs in a snapshot. */
struct vm_counts {
	uint32_t vms;
	uint32_t vcpus;
	uint32_t departed;
};

/**
 * struct vm_end - when a VM ended
 * @pid: process of the VMM, or 0 if unknown
 * @tsc: TSC when the VM ended; in an interval, the time since the interval started
 */
struct vm_end {
	uint32_t pid;
	uint64_t tsc;
};

/* An array of @count VMs that have ended. */
struct vm_ends {
	struct vm_end *vm;
	size_t count;
};

/**
 * struct snapshot - all counters at one moment
 * @clock_ns: time of the snapshot (CLOCK_REALTIME)
 * @clock_tsc: TSC of the host at @clock_ns, or 0 if unknown
 * @lost: exits of vCPUs without a ledger
 * @ended: VMs that ended recently, or NULL if there are none; @departed includes their exits
 * @pool: the memory that holds all rows
 * @by_id: hash table from id to VM, see snapshot_vm_get()
 * @has_departed: @departed is valid
 * @departed: sum of all departed vCPUs
 * @has_counts: @counts is valid
 * @counts: number of VMs and vCPUs in the sum. This member and the next two are set only if the
 *	    snapshot is a sum that was read from a file
 * @untimed: number of exits without a duration; see struct books
 * @ends: the VMs that have ended
 */
struct snapshot {
	struct origin origin;
	uint64_t clock_ns;
	uint64_t clock_tsc;
	uint64_t lost;
	struct snapshot *ended;
	struct snapshot_vm *vm;
	size_t vms;
	struct snapshot_pool *pool;
	uint32_t *by_id;
	size_t by_id_size;
	bool has_departed;
	struct snapshot_vcpu departed;
	bool has_counts;
	struct vm_counts counts;
	uint64_t untimed;
	struct vm_ends ends;
};

/*
 * Return true if both rows are for the same exit reason. Two ROW_OTHER rows always match, because
 * each vCPU has only one such row. The codes of these rows are ignored: the code of a ROW_OTHER
 * row is only that of the last exit in it.
 */
static inline bool row_has_same_key(const struct snapshot_row *a, const struct snapshot_row *b)
{
	if ((a->flags ^ b->flags) & ROW_KEY)
		return false;
	return a->code == b->code || a->flags & ROW_OTHER;
}

/* Create an empty snapshot. Returns NULL if out of memory. */
struct snapshot *snapshot_create(void);
void snapshot_destroy(struct snapshot *snapshot);

/* Remove all VMs and the departed vCPUs from the snapshot. */
void snapshot_clear(struct snapshot *snapshot);

/*
 * Return the VM with this ID. If the snapshot does not contain the VM, append it. Returns NULL if
 * out of memory. Invalidates pointers to VMs of the snapshot.
 */
struct snapshot_vm *snapshot_vm_get(struct snapshot *snapshot, uint32_t id, uint32_t pid);

/* Return the VM with this id, or NULL if the snapshot does not contain it. */
struct snapshot_vm *snapshot_vm_find(const struct snapshot *snapshot, uint32_t id);

/*
 * If the earlier snapshot @before contains @vm, copy the VM's names from @before to @vm and return
 * true. Otherwise, or if @before is NULL, return false.
 */
bool snapshot_copy_names(const struct snapshot *before, struct snapshot_vm *vm);

/* Append an entry for a VM that has ended. Returns 0, or -ENOMEM if out of memory. */
int vm_ends_add(struct vm_ends *ends, uint32_t pid, uint64_t tsc);
void vm_ends_release(struct vm_ends *ends);

/* Append a vCPU. Returns NULL if out of memory. Invalidates pointers to vCPUs of the VM. */
struct snapshot_vcpu *snapshot_vcpu_add(struct snapshot_vm *vm);

/*
 * Allocate @rows rows for a vCPU. Returns 0, or -ENOMEM if out of memory. The snapshot owns the
 * memory. The rows from snapshot_rows_alloc() are zeroed. The rows from snapshot_rows_reserve()
 * are not initialized, so the caller must fill in every row.
 */
int snapshot_rows_alloc(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows);
int snapshot_rows_reserve(struct snapshot *snapshot, struct snapshot_vcpu *vcpu, size_t rows);

#endif
