/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The memory layout of a latch, which holds a snapshot of one vCPU or of a whole VM. The native
 * CPUID leaves return the values in the latch.
 */
#ifndef VMTOLL_LATCH_LAYOUT_H
#define VMTOLL_LATCH_LAYOUT_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>
#include <vmtoll.h>

/*
 * The four registers that CPUID returns. EAX and EBX can also hold a u64 value, with the low half
 * in EAX. Likewise, ECX and EDX can hold a u64 value, with the low half in ECX.
 */
struct cpuid_answer {
	u32 eax;
	u32 ebx;
	u32 ecx;
	u32 edx;
};

/*
 * Each of the structs below has the same layout in memory as an array of CPUID answers.
 * ANSWERS() is the length of this array. ANSWER_OF() is the index of the answer that contains a
 * given member.
 */
#define ANSWERS(type)		(sizeof(type) / sizeof(struct cpuid_answer))
#define ANSWER_OF(type, member) (offsetof(type, member) / sizeof(struct cpuid_answer))

/* A row without its histogram. Its fields form the answers VMTOLL_PART_*. */
struct latched_row {
	u32 code;
	u32 flags; /* VMTOLL_ROW_*, including VMTOLL_ROW_AWAY */
	u64 exits; /* including the open exit */
	u64 kvm_tsc;
	u64 longest_tsc;
	u64 vmm_tsc;
	u64 halt_tsc;
};

static_assert(ANSWER_OF(struct latched_row, code) == VMTOLL_PART_EXITS);
static_assert(ANSWER_OF(struct latched_row, kvm_tsc) == VMTOLL_PART_KVM);
static_assert(ANSWER_OF(struct latched_row, vmm_tsc) == VMTOLL_PART_AWAY);
static_assert(ANSWERS(struct latched_row) == VMTOLL_PART_AWAY + 1);

/* The totals, laid out as the answers VMTOLL_TOTALS_*. */
struct latched_totals {
	u64 exits; /* this and the next three exclude the observer row */
	u64 kvm_tsc;
	u64 vmm_tsc;
	u64 halt_tsc;
	u64 observer; /* exits of the observer row */
	u64 lost;
	u64 audit_kvm; /* kvm_exits - kvm_base */
	u64 audit_extra; /* emulated + unseen */
	u64 ledger_tsc; /* time since start_tsc, summed over the vCPUs */
	u64 tsc; /* TSC when the latch was taken */
	u64 serial; /* set by cpuid_native.c; 0: no latch was taken */
	u64 unseen; /* part of audit_extra */
	u64 guest_tsc;
	u64 ready_tsc;
};

static_assert(ANSWER_OF(struct latched_totals, exits) == VMTOLL_TOTALS_KVM);
static_assert(ANSWER_OF(struct latched_totals, vmm_tsc) == VMTOLL_TOTALS_AWAY);
static_assert(ANSWER_OF(struct latched_totals, observer) == VMTOLL_TOTALS_OBSERVER);
static_assert(ANSWER_OF(struct latched_totals, audit_kvm) == VMTOLL_TOTALS_AUDIT);
static_assert(ANSWER_OF(struct latched_totals, ledger_tsc) == VMTOLL_TOTALS_TIME);
static_assert(ANSWER_OF(struct latched_totals, serial) == VMTOLL_TOTALS_SERIAL);
static_assert(ANSWER_OF(struct latched_totals, guest_tsc) == VMTOLL_TOTALS_BOOKS);
static_assert(ANSWERS(struct latched_totals) == VMTOLL_TOTALS_BOOKS + 1);

/*
 * A snapshot, and how much of it the guest can read. While a snapshot of a VM is pending, the
 * guest cannot read any of it, because it does not contain all vCPUs yet.
 */
struct latch {
	u32 vcpus;
	u8 rows;
	u8 readable_rows; /* the same as rows, or 0 */
	u8 readable_totals; /* number of answers in totals, or 0 */
	u8 own_rows; /* number of leading rows copied from the vCPU's own ledger */
	struct latched_totals totals;
	struct latched_row row[VMTOLL_ROWS];
};

struct hlist_node;

/*
 * The progress of a snapshot of a whole VM. The VM's ledgers are added to the snapshot in several
 * steps.
 */
struct latch_walk {
	struct hlist_node *next; /* the first ledger that is not in the snapshot yet */
	u32 removals; /* vm_ledgers.removals when the snapshot was begun */
	u8 state;
};

/* The states of a latch_walk. */
#define WALK_NONE    0 /* the latch contains something else */
#define WALK_PENDING 1 /* more steps are needed */
#define WALK_DONE    2 /* the latch contains the snapshot of the VM */

#endif /* VMTOLL_LATCH_LAYOUT_H */
