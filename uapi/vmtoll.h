/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vmtoll: the toll of every VM exit. The one ABI, in two parts: what the host
 * reads (pages of /dev/vmtoll) and what a guest reads (CPUID leaves).
 *
 * THE LEDGER
 *
 * Each vCPU has a ledger, written by that vCPU alone. A ledger has rows; a row
 * is one exit reason: how many exits, how long they took, and where. An exit
 * takes from the VM exit to the next VM entry of the same vCPU, in TSC cycles
 * of the host. Its time is split by place:
 *
 *	kvm	in KVM (and waiting for a CPU in it, for a SIPI, or for an async page fault)
 *	vmm	in user space, between two KVM_RUN calls
 *	halt	in KVM's halt: polling or blocked, as KVM itself measures it
 *
 * so a row's whole time is kvm_tsc + vmm_tsc + halt_tsc. The time is booked at
 * the entry that ends the exit, and so is the exit; a vCPU that is outside the
 * guest has one exit open (open_row), which readers add to the count.
 *
 * Codes. On VMX a row's code is the basic exit reason (bits 15..0) with the
 * entry-failure bit (31) kept; the other flag bits are dropped (Intel SDM vol. 3,
 * "Exit reason" of the VM-exit information fields). On SVM it is the low half of EXITCODE
 * (AMD APM vol. 2, appendix C), so VMEXIT_INVALID (-1) is 0xffffffff. Exits of a
 * nested guest (L2 to L0) have rows of their own, flagged VMTOLL_ROW_NESTED.
 * Row VMTOLL_ROW_OTHER_INDEX collects what found no row and remembers the last
 * such code; row VMTOLL_ROW_OBSERVER_INDEX collects the exits that reading these
 * leaves caused, which are therefore not under CPUID.
 *
 * What could not be counted is counted: `lost`. It is never silent.
 *
 * HOST: /dev/vmtoll
 *
 * open(O_RDONLY), then mmap(PROT_READ, MAP_SHARED). The file is
 *
 *	offset 0			struct vmtoll_host
 *	generations_offset		__u32 generation[slots]
 *	slots_offset + i * slot_stride	struct vmtoll_ledger of slot i
 *
 * generation[i] is odd while slot i is live and changes whenever it is given
 * away. Slot 0 is always live: the ledger of all vCPUs that are gone.
 * To read slot i:
 *
 *	1. g = generation[i]; nothing to read if even;
 *	2. if g is not the g of the last visit, madvise(slot, MADV_DONTNEED): the
 *	   mapping may still show the pages of the slot's last owner;
 *	3. read `seq` until it is even, copy the ledger, read `seq` again; copy
 *	   again if it changed;
 *	4. the copy is good if its `generation` is g and generation[i] is still g.
 *
 * A vCPU that ends moves from its slot to slot 0 within a section of slot 0's
 * `seq`: a pass over all slots that began and ended at the same even `seq` of
 * slot 0 saw every vCPU exactly once.
 *
 * Only x86 reads these pages: loads are not reordered with loads there, and a
 * compiler barrier around the copy suffices. Reading takes no lock and never
 * makes a vCPU wait. A mapping keeps the pages of a dead slot until step 2.
 *
 * open() fails with EACCES without the file's permission (mode 0600); mmap()
 * fails with EACCES when writable or executable and EINVAL when it reaches past the last slot.
 *
 * GUEST: CPUID
 *
 * The classic leaves 0x4ffffffc..0x4fffffff of published instrumented kernels
 * answer in the dialect that the host chose (vmtoll.ko's parameter `dialect`). Totals
 * are the VM's own since vmtoll saw its vCPUs first, without the observer row;
 * counts saturate at 2^32 - 1. "Cycles" there are the cycles in KVM (kvm_tsc).
 *
 * The native leaves begin at VMTOLL_LEAF_BASE, where a guest's scan for
 * hypervisors (0x40000000 upwards in steps of 0x100) finds them. Every 64-bit
 * value is a pair of registers, low half first. A snapshot is latched per vCPU,
 * so a reader stays on one CPU (sched_setaffinity) from the latch to its end:
 *
 *	1. LATCH with the scope in ecx; note the serial;
 *	2. TOTALS and ROWS as often as wanted: all of the moment of the latch (other vCPUs
 *	   run on while they are added up, so each is of a moment of its own, between two of
 *	   its entries: the audit holds). A latch that failed (edx) holds nothing;
 *	3. SERIAL: as noted, or somebody else latched on this vCPU (or the guest was
 *	   migrated, or the module reloaded): start again.
 *
 * leaf (eax)  subleaf (ecx)         eax        ebx       ecx      edx
 * BASE        any                   last leaf  "vmto"    "llvm"   "toll"
 * INFO        any                   version    features  tsc_khz  isa
 * LATCH       VMTOLL_SCOPE_*        rows       serial    vCPUs    VMTOLL_LATCH_*
 * TOTALS      VMTOLL_TOTALS_*       first u64            second u64
 * ROWS        4 * row + a part      as VMTOLL_PART_* says
 *
 * Leaves can be off for all VMs (parameter `leaves`) or for some: `leaves_off` lists processes
 * ("pid:PID", the VMM, a number of the initial pid namespace) and cgroups ("cgroup:/PATH" of the
 * unified hierarchy, with all below it). Root adds an entry by writing it to the parameter, and
 * takes it off with a '-' before it. A process's entry ends with it; a cgroup need not exist yet.
 * It holds for VMs that run and VMs that come, from the first CPUID after the write; a VMM that is
 * moved between cgroups is noticed within half a second. Where leaves are off, all of CPUID is as
 * KVM answers it, and counts as CPUID.
 *
 * A leaf, subleaf or row that does not exist answers zeros. Any process of a guest can
 * execute CPUID, so any process of a guest can read its VM's ledger.
 */
#ifndef _UAPI_VMTOLL_H
#define _UAPI_VMTOLL_H

#include <linux/types.h>

#define VMTOLL_ABI_VERSION 1

#define VMTOLL_DEVICE "/dev/vmtoll"

/* Instruction set of the virtualization hardware, as KVM numbers it. */
#define VMTOLL_ISA_VMX 1
#define VMTOLL_ISA_SVM 2

/* The entry-failure bit of a VMX exit reason. */
#define VMTOLL_VMX_FAILED_ENTRY 0x80000000u

/*
 * Histogram of whole exit times: bucket 0 holds times below 2^8 cycles, bucket b
 * (1..24) those in [2^(b+7), 2^(b+8)), the last one all from 2^32 on.
 */
#define VMTOLL_BUCKETS	    26
#define VMTOLL_BUCKET_SHIFT 7

/* Flags of a row. */
#define VMTOLL_ROW_NESTED   (1u << 0) /* an exit of L2 to L0 */
#define VMTOLL_ROW_OTHER    (1u << 1) /* code is the last one that had no row */
#define VMTOLL_ROW_OBSERVER (1u << 2) /* CPUID exits that read vmtoll's leaves */

/**
 * struct vmtoll_row - one exit reason of one vCPU
 * @code: exit reason, see "Codes" above
 * @flags: VMTOLL_ROW_*
 * @exits: exits that were re-entered (the open one is not in it)
 * @kvm_tsc: cycles in KVM
 * @vmm_tsc: cycles in user space
 * @halt_tsc: cycles halted
 * @longest_tsc: the longest single exit, all places together
 * @hist: log2 histogram of whole exit times. Its sum is @exits, less those exits whose time
 *	  nobody saw: the last one of a vCPU that is gone, and those counted in
 *	  &vmtoll_ledger.recovered.
 */
struct vmtoll_row {
	__u32 code;
	__u32 flags;
	__u64 exits;
	__u64 kvm_tsc;
	__u64 vmm_tsc;
	__u64 halt_tsc;
	__u64 longest_tsc;
	__u64 hist[VMTOLL_BUCKETS];
};

#define VMTOLL_LEDGER_BYTES 12288u
#define VMTOLL_LEDGER_HEAD  256u
#define VMTOLL_ROWS	    ((VMTOLL_LEDGER_BYTES - VMTOLL_LEDGER_HEAD) / 256u)

#define VMTOLL_ROW_OTHER_INDEX	  0
#define VMTOLL_ROW_OBSERVER_INDEX 1
#define VMTOLL_ROW_FIRST_INDEX	  2 /* of the rows with a code of their own */
#define VMTOLL_ROW_NONE		  0xffffffffu

/* Flags of a ledger. */
#define VMTOLL_LEDGER_PROTECTED (1u << 0) /* registers out of reach (SEV-ES): no leaves */
#define VMTOLL_LEDGER_DEPARTED	(1u << 1) /* slot 0: the sum of all vCPUs that are gone */
#define VMTOLL_LEDGER_REBASED \
	(1u << 2) /* KVM's statistics were cleared under us; the audit began anew */

/**
 * struct vmtoll_ledger - one vCPU, VMTOLL_LEDGER_BYTES long
 * @seq: even when at rest; see "HOST"
 * @generation: the slot's generation that this ledger belongs to
 * @flags: VMTOLL_LEDGER_*
 * @vm: number of the VM, from 1 in order of appearance, never reused; 0 in slot 0
 * @pid: process id of the VMM (thread group, initial pid namespace)
 * @tid: thread that ran the vCPU when it was first seen
 * @vcpu_index: KVM's index of the vCPU, from 0
 * @vcpu_id: the VMM's number of the vCPU (its APIC id)
 * @rows: rows in use, VMTOLL_ROW_FIRST_INDEX at least
 * @open_row: row of the exit that is open, or VMTOLL_ROW_NONE while in the guest
 * @leaves_off: not 0: this VM is answered on no leaf, see "GUEST". The one field that the vCPU does
 *		not write itself; not covered by @seq
 * @start_tsc: TSC when the vCPU was first seen
 * @entry_tsc: TSC of the last VM entry; the rows are of this moment
 * @exit_tsc: TSC of the last VM exit
 * @kvm_tsc: sum of kvm_tsc over all rows
 * @lost: exits that were not counted since vmtoll was attached (no memory, or no slot)
 * @kvm_base: KVM's own count of exits (vcpu->stat.exits) when counting began
 * @kvm_exits: the same at @entry_tsc. The audit: sum of exits over all rows +
 *	       @emulated == @kvm_exits - @kvm_base
 * @emulated: exits in KVM's count for which the hardware never entered the guest: an
 *	      entry that failed, or, most of all, VMX, where KVM emulates while the guest's
 *	      state is invalid for a VM entry (real mode without "unrestricted guest", which
 *	      ept=0 turns off; vmx_vcpu_run() in arch/x86/kvm/vmx/vmx.c)
 * @recovered: exits that KVM's tracepoint did not show but the VMCB still held at the next
 *	       entry: SVM's fast paths, on kernels whose svm_handle_exit() has the
 *	       tracepoint. They are in their rows, without time
 * @unseen: exits in KVM's count that could not be explained or recovered; the audit fails
 * @vcpus: slot 0: how many vCPUs it sums; else 1
 * @row: the rows; [0] is `other`, [1] is `observer`
 */
struct vmtoll_ledger {
	__u64 seq;
	__u32 generation;
	__u32 flags;
	__u32 vm;
	__u32 pid;
	__u32 tid;
	__u32 vcpu_index;
	__u32 vcpu_id;
	__u32 rows;
	__u32 open_row;
	__u32 leaves_off;
	__u64 start_tsc;
	__u64 entry_tsc;
	__u64 exit_tsc;
	__u64 kvm_tsc;
	__u64 lost;
	__u64 kvm_base;
	__u64 kvm_exits;
	__u64 emulated;
	__u64 recovered;
	__u64 unseen;
	__u32 vcpus;
	__u32 reserved1;
	__u64 reserved2[15];
	struct vmtoll_row row[VMTOLL_ROWS];
};

#define VMTOLL_HOST_MAGIC 0x6c6f746d76ULL /* "vmtol" */

/* Flags of the host page. */
#define VMTOLL_HOST_ATTACHED (1u << 0) /* KVM is there and its tracepoints are attached */
#define VMTOLL_HOST_EMULATED \
	(1u << 1) /* this host is itself a virtual machine: cycles are not hardware's */
#define VMTOLL_HOST_VMM_TIME (1u << 2) /* vmm_tsc is measured (KVM's kvm_fpu tracepoint) */
#define VMTOLL_HOST_HALT_TIME \
	(1u << 3) /* halt_tsc is measured (KVM's kvm_vcpu_wakeup tracepoint) */
#define VMTOLL_HOST_LEAVES (1u << 4) /* guests are answered on the native leaves */
#define VMTOLL_HOST_MISMATCH \
	(1u << 5) /* KVM's structures are not those this module was built for: nothing is counted */

/* Dialects of the classic leaves; the parameter's values in this order. */
#define VMTOLL_DIALECT_OFF	     0
#define VMTOLL_DIALECT_COMBINED	     1
#define VMTOLL_DIALECT_SPLIT	     2
#define VMTOLL_DIALECT_SPLIT_SWAPPED 3
#define VMTOLL_DIALECT_REVERSED	     4

/**
 * struct vmtoll_host - the first bytes of /dev/vmtoll
 * @magic: VMTOLL_HOST_MAGIC
 * @version: VMTOLL_ABI_VERSION
 * @flags: VMTOLL_HOST_*; may change while mapped (KVM comes and goes)
 * @isa: VMTOLL_ISA_*
 * @tsc_khz: cycles per millisecond of every *_tsc
 * @dialect: VMTOLL_DIALECT_*
 * @slots: number of slots, slot 0 included
 * @slots_used: slots from this one on were never used
 * @slot_stride: bytes from one slot to the next
 * @row_bytes: sizeof(struct vmtoll_row)
 * @generations_offset: bytes
 * @slots_offset: bytes
 * @lost: lost exits of vCPUs that have no ledger (yet; TDX guests never get one)
 * @attach_tsc: TSC when the tracepoints were attached last
 */
struct vmtoll_host {
	__u64 magic;
	__u32 version;
	__u32 flags;
	__u32 isa;
	__u32 tsc_khz;
	__u32 dialect;
	__u32 slots;
	__u32 slots_used;
	__u32 slot_stride;
	__u32 row_bytes;
	__u32 generations_offset;
	__u64 slots_offset;
	__u64 lost;
	__u64 attach_tsc;
	__u64 reserved[7];
};

/* The guest's leaves. */
#define VMTOLL_CLASSIC_FIRST 0x4ffffffcu
#define VMTOLL_CLASSIC_LAST  0x4fffffffu

#define VMTOLL_LEAF_BASE   0x40008000u
#define VMTOLL_LEAF_INFO   0x40008001u
#define VMTOLL_LEAF_LATCH  0x40008002u
#define VMTOLL_LEAF_TOTALS 0x40008003u
#define VMTOLL_LEAF_ROWS   0x40008004u
#define VMTOLL_LEAF_LAST   VMTOLL_LEAF_ROWS

#define VMTOLL_SIGNATURE_EBX 0x6f746d76u /* "vmto" */
#define VMTOLL_SIGNATURE_ECX 0x6d766c6cu /* "llvm" */
#define VMTOLL_SIGNATURE_EDX 0x6c6c6f74u /* "toll" */

/* INFO.ebx: features. Bits 15..8 are the VMTOLL_DIALECT_* of the classic leaves. */
#define VMTOLL_FEATURE_VMM_TIME	  (1u << 0)
#define VMTOLL_FEATURE_HALT_TIME  (1u << 1)
#define VMTOLL_FEATURE_EMULATED	  (1u << 2) /* as VMTOLL_HOST_EMULATED */
#define VMTOLL_FEATURE_DIALECT(f) (((f) >> 8) & 0xffu)

/* LATCH.ecx: the scope; LATCH.edx: the status. */
#define VMTOLL_SCOPE_VM	       0u
#define VMTOLL_SCOPE_THIS_VCPU 1u
#define VMTOLL_SCOPE_VCPU(i)   (0x80000000u | (i))
#define VMTOLL_LATCH_OK	       0u
#define VMTOLL_LATCH_VCPUS     64u /* a larger VM is latched vCPU by vCPU */
#define VMTOLL_LATCH_NO_VCPU   1u /* no such vCPU, or vmtoll has not seen it run */
#define VMTOLL_LATCH_TOO_MANY  2u /* VMTOLL_SCOPE_VM of more than VMTOLL_LATCH_VCPUS vCPUs */
#define VMTOLL_LATCH_BUSY      3u /* a vCPU was booking an exit all the time: latch again */

/* TOTALS.ecx -> (ebx:eax, edx:ecx). Sums are over all rows without the observer row. */
#define VMTOLL_TOTALS_KVM      0u /* exits, kvm_tsc */
#define VMTOLL_TOTALS_AWAY     1u /* vmm_tsc, halt_tsc */
#define VMTOLL_TOTALS_OBSERVER 2u /* exits of the observer row, lost */
#define VMTOLL_TOTALS_AUDIT    3u /* kvm_exits - kvm_base, emulated + unseen */
#define VMTOLL_TOTALS_TIME \
	4u /* latch TSC less start_tsc (summed over vCPUs), host TSC of the latch */
#define VMTOLL_TOTALS_SERIAL 5u /* serial of the latch that is held (0: none), 0 */

/* ROWS.ecx = 4 * row + part, rows 0 .. LATCH.eax - 1. Rows that are all zero are left out. */
#define VMTOLL_PART_EXITS 0u /* eax code, ebx flags, edx:ecx exits */
#define VMTOLL_PART_KVM	  1u /* ebx:eax kvm_tsc, edx:ecx longest_tsc */
#define VMTOLL_PART_AWAY  2u /* ebx:eax vmm_tsc, edx:ecx halt_tsc */

/* In PART_EXITS.ebx beside VMTOLL_ROW_*: PART_AWAY is not all zero. */
#define VMTOLL_ROW_AWAY (1u << 16)

#ifdef __KERNEL__
#include <linux/build_bug.h>
#define vmtoll_assert(c) static_assert(c)
#elif !defined(__cplusplus)
#define vmtoll_assert(c) _Static_assert(c, #c)
#endif
vmtoll_assert(sizeof(struct vmtoll_row) == 256);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, exits) == 8);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, kvm_tsc) == 16);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, vmm_tsc) == 24);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, halt_tsc) == 32);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, longest_tsc) == 40);
vmtoll_assert(__builtin_offsetof(struct vmtoll_row, hist) == 48);
vmtoll_assert(__builtin_offsetof(struct vmtoll_ledger, start_tsc) == 48);
vmtoll_assert(__builtin_offsetof(struct vmtoll_ledger, kvm_exits) == 96);
vmtoll_assert(__builtin_offsetof(struct vmtoll_ledger, row) == VMTOLL_LEDGER_HEAD);
vmtoll_assert(sizeof(struct vmtoll_ledger) == VMTOLL_LEDGER_BYTES);
vmtoll_assert(__builtin_offsetof(struct vmtoll_host, slots_offset) == 48);
vmtoll_assert(sizeof(struct vmtoll_host) == 128);

#endif /* _UAPI_VMTOLL_H */
