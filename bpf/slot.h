/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The elements of the map `ledgers`. Element 0 starts with struct vmtoll_host and the
 * generations. Each other element is a slot: the ledger of a vCPU, followed by the private data
 * of the programs. The map therefore has the layout of /dev/vmtoll, with a larger distance
 * between the slots. The programs and their loader share this file.
 */
#ifndef VMTOLL_BPF_SLOT_H
#define VMTOLL_BPF_SLOT_H

#include "uapi/vmtoll.h"

#define SLOT_BYTES 16384

/* Element 0 must contain the generations of all slots. */
#define SLOTS_MAX ((VMTOLL_LEDGER_BYTES - (unsigned int)sizeof(struct vmtoll_host)) / 4)

/*
 * The row of an exit code is found in one of three ways. They are the same as in the module;
 * see kmod/exit_code.h.
 */
#define CODE_TABLE_SIZE 0x404
#define CODE_INDEXES	320
#define CODE_NO_INDEX	CODE_INDEXES
#define CODE_DIRECT	256
#define HIGH_ROWS	8

/**
 * struct fast_range - the range of durations that the fast path may record in a row
 * @first: the shortest duration
 * @count: the number of durations; 0 if the fast path may not record any
 * @hist_offset: the offset in vmtoll_row.hist of the bucket that contains the range, in bytes
 *
 * The range is a part of the bucket of the last exit that took the slow path. Durations above the
 * longest exit of the row are not in the range. The duration of an exit is usually in the same
 * bucket as that of the previous exit.
 */
struct fast_range {
	__u32 first;
	__u32 count;
	__u32 hist_offset;
	__u32 reserved;
};

/*
 * The programs apply this mask to fast_range.hist_offset, because the verifier requires an upper
 * limit of the offset. The mask may allow offsets beyond the end of the histogram, but none beyond
 * the end of the slot.
 */
#define HIST_OFFSET_MASK 0xf8

_Static_assert(VMTOLL_BUCKETS * 8 <= HIST_OFFSET_MASK + 8, "the mask does not change any offset");

/**
 * struct slot_private - the private data of a slot
 * @vcpu: the address of the vCPU; 0 if the vCPU has ended
 * @kvm: the address of the VM
 * @loaded: vcpu_loaded() (see isa.h) at the last VM entry, or 0 to force the slow path
 * @code_at: the address of the exit code; on SVM, that of the guest itself, not of a nested guest
 * @run_delay: thread_run_delay() when it was last checked
 * @halt_poll_ns: the total time that KVM had spent polling in halts when the last halt ended
 * @kvm_base_due: nonzero if the next VM entry initializes kvm_base
 * @code: a buffer for the exit code that is being read
 * @fast: the fast range of each row
 * @row_by_code: the row of each exit code, or 0 if the code has no row yet
 * @row_by_nested_index: the row of each code index of a nested guest, or 0 if it has no row yet
 * @high_row: the rows of codes >= CODE_TABLE_SIZE; unused entries are 0
 */
struct slot_private {
	__u64 vcpu;
	__u64 kvm;
	__u64 loaded;
	__u64 code_at;
	__u64 run_delay;
	__u64 halt_poll_ns;
	__u32 kvm_base_due;
	__u32 code;
	struct fast_range fast[VMTOLL_ROWS];
	__u8 row_by_code[CODE_TABLE_SIZE];
	__u8 row_by_nested_index[CODE_INDEXES];
	__u8 high_row[HIGH_ROWS];
};

struct slot {
	union {
		struct vmtoll_ledger ledger;
		struct vmtoll_host host; /* in element 0 */
	};
	union {
		struct slot_private private;
		__u8 bytes[SLOT_BYTES - VMTOLL_LEDGER_BYTES];
	};
};

/**
 * struct host_change - an argument of the program change_host
 * @set: the flags to set in vmtoll_host.flags
 * @clear: the flags to clear
 * @copied_ns: the new value of vmtoll_host.copied_tsc
 */
struct host_change {
	__u32 set;
	__u32 clear;
	__u64 copied_ns;
};

_Static_assert(sizeof(struct slot) == SLOT_BYTES, "a slot has a multiple of the page size");

#endif
