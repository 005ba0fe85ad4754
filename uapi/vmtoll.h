/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * vmtoll's binary interface, which the module and user space share.
 *
 * It has two parts: pages that the host maps from /dev/vmtoll, and CPUID leaves that a guest
 * reads. This comment describes both; the declarations follow.
 *
 * LEDGERS
 *
 * Each vCPU has a ledger. A ledger has one row per exit reason. A row contains the number of
 * exits, their duration, and where the time was spent. An exit lasts from the VM exit to the
 * next VM entry of the same vCPU. Durations are in TSC cycles of the host. They are split by the
 * place where the vCPU spent the time:
 *
 *	kvm	in KVM, including the time spent waiting in KVM for a SIPI or an asynchronous
 *		page fault
 *	vmm	in user space, between two KVM_RUN calls
 *	halt	halted in KVM (polling or blocked), as measured by KVM
 *
 * The time of a row is kvm_tsc + vmm_tsc + halt_tsc. This sum excludes the time during which the
 * vCPU's thread waited for a CPU. That time is in the ledger's `ready_tsc`.
 *
 * An exit is added to its row at the VM entry that ends the exit. Until then, the exit is open.
 * While a vCPU is not in the guest, it has one open exit, and `open_row` is the row of that exit.
 * The row does not include the open exit yet. A reader therefore adds 1 to the row's number of
 * exits, and the time since `exit_tsc` to the times. "OPEN EXITS" describes how this time is
 * split.
 *
 * The thread of a vCPU writes the vCPU's ledger, with these exceptions:
 * - The module sets `leaves_off` when the policy for the VM changes.
 * - The module sets a flag and `ended_tsc` when the vCPU has ended; see "ENDED VCPUS".
 * - Whenever a vCPU ends, the module adds the vCPU's counters to the ledger in slot 0, which is
 *   the sum of the departed vCPUs.
 *
 * Exits that could not be recorded are counted in the ledger's field `lost`. If the vCPU has no
 * ledger, they are counted in the field `lost` of the host page.
 *
 * OPEN EXITS
 *
 * An open exit began at `exit_tsc`. vmtoll_open_time() splits the time since then by place:
 *
 *	vmm	`open_vmm_tsc`. The TSC is subtracted from this value when KVM_RUN ends, and
 *		added to it when KVM_RUN begins. A negative value therefore means that the
 *		vCPU is in user space now. The current TSC must then be added to the value.
 *	halt	`open_halt_tsc`, which is the time of the halts that have ended. If the exit
 *		reason is HLT and the vCPU is in KVM, the vCPU is halted now, and the
 *		remaining time is added to the value.
 *	ready	`open_ready_tsc`. If the thread is waiting for a CPU now, that wait is added to
 *		`open_ready_tsc` later. Until then, it is included in another part.
 *	kvm	the remaining time, if it is not added to `halt`
 *
 * BALANCE
 *
 * For each vCPU at any moment, these times add up to the time since `start_tsc`:
 *
 *	- the times of all rows (KVM, VMM and halted)
 *	- `ready_tsc`
 *	- the time in the guest: vmtoll_guest_time()
 *	- the parts of the open exit, if any: vmtoll_open_time()
 *
 * The difference between two readings is therefore the time within the interval, even if an exit
 * began before the interval or ends after it.
 *
 * Halts are measured with the kernel's clock, and the time spent waiting for a CPU is measured by
 * the scheduler. If the halts in an exit are longer than the exit according to the TSC, the excess
 * is dropped. If the time waiting for a CPU is longer than the exit according to the TSC, the
 * excess is subtracted from the time in the guest before the exit.
 *
 * An exit is opened outside the write sections. A reader must therefore read `open_row` before
 * the other fields of the open exit. If `seq` is unchanged afterwards, all these fields belong
 * to the same exit.
 *
 * EXIT CODES
 *
 * On VMX, the code of a row consists of the basic exit reason (bits 15..0) and the entry-failure
 * bit (31). The other flag bits are cleared (Intel SDM vol. 3, VM-exit information field "Exit
 * reason"). On SVM, the code is the low half of EXITCODE (AMD APM vol. 2, appendix C), so
 * VMEXIT_INVALID (-1) is 0xffffffff. Exits from a nested guest (L2 to L0) have separate rows
 * with the flag VMTOLL_ROW_NESTED.
 *
 * Two rows are special. Row VMTOLL_ROW_OTHER_INDEX counts all exits whose codes have no row. A
 * code has no row if all rows are in use, if the code is unknown, or if it is 0x404 or higher
 * and eight such codes already have rows. The code of VMTOLL_ROW_OTHER_INDEX is that of the
 * most recent exit in this row. Row VMTOLL_ROW_OBSERVER_INDEX counts the CPUID exits that read
 * vmtoll's leaves. These exits are not counted in the CPUID row.
 *
 * READING FROM THE HOST
 *
 * Call open("/dev/vmtoll", O_RDONLY) and then mmap(PROT_READ, MAP_SHARED). The file has this
 * layout:
 *
 *	offset 0			struct vmtoll_host
 *	generations_offset		__u32 generation[slots]
 *	slots_offset + i * slot_stride	struct vmtoll_ledger of slot i
 *
 * generation[i] is odd while slot i is in use. It changes whenever the slot is assigned or
 * released. Slot 0 is always in use: it holds the ledger of the departed vCPUs.
 *
 * To read slot i:
 *
 *	1. Read g = generation[i]. If g is even, the slot is free.
 *	2. If g differs from its value in the previous pass, call madvise(slot, MADV_DONTNEED).
 *	   Without that call, the mapping may still show the pages of the slot's previous ledger.
 *	3. Read `seq` until it is even, copy the ledger, and read `seq` again. If `seq` has
 *	   changed, repeat this step.
 *	4. The copy is valid if its `generation` is g and generation[i] is still g.
 *
 * When a vCPU ends, its counters are moved from its slot to slot 0, in one write section of slot
 * 0. A pass over all slots has therefore read every vCPU exactly once if the `seq` of slot 0 was
 * even before the pass and has the same value after it.
 *
 * vmtoll supports only x86, which does not reorder loads with other loads. A compiler barrier
 * before and after the copy is therefore sufficient. Readers take no lock and never delay a
 * vCPU. After a slot is released, the mapping of a reader keeps the old pages until step 2.
 *
 * open() fails with EACCES if the caller lacks permission (the file's mode is 0600) or opens the
 * file for writing. mmap() fails with EACCES if the mapping is writable or executable, and with
 * EINVAL if it extends beyond the last slot.
 *
 * ENDED VCPUS
 *
 * A ledger with the flag VMTOLL_LEDGER_ENDED belongs to a vCPU that has ended. Its counters are
 * included in slot 0, but the ledger also stays in its slot, so that the figures of a VM can be
 * read after the VM has ended. `ended_tsc` is the TSC when the module noticed that the vCPU had
 * ended. This may be up to a quarter of a second after the end of the vCPU. The ledger is kept
 * for VMTOLL_ENDED_SECONDS, or until a live vCPU needs the slot. At most VMTOLL_ENDED_MAX such
 * ledgers are kept, and the ledgers of the oldest VM are removed first. If a VM has more than
 * VMTOLL_ENDED_MAX vCPUs, none of its ledgers are kept.
 *
 * LEDGERS BY BPF
 *
 * On a host without the module, BPF programs can fill the ledgers. The file is then a BPF map that
 * is pinned as VMTOLL_BPF_LEDGERS. Open it with the command BPF_OBJ_GET of bpf(). It has the same
 * layout, with these differences:
 * - The flag VMTOLL_HOST_NANOSECONDS is set. All fields named *_tsc, and the limits of the
 *   histogram's buckets, are in nanoseconds of CLOCK_MONOTONIC instead of TSC cycles. `tsc_khz`
 *   is 1000000, because one such unit takes a nanosecond.
 * - The distance between slots is larger. The rest of a slot contains data of the programs.
 * - A mapping always shows the current page, so a reader omits step 2. It must not call
 *   madvise(), because an access to a dropped page raises SIGBUS.
 * - A vCPU ends when KVM destroys it, together with its VM. Its slot is free at once, but the free
 *   slot that has waited longest is taken first. Until then, the slot contains the ledger of the
 *   ended vCPU, with the flag VMTOLL_LEDGER_ENDED. VMTOLL_ENDED_MAX does not apply, so all free
 *   slots can contain such ledgers. Readers should ignore such a ledger VMTOLL_ENDED_SECONDS after
 *   `ended_tsc`.
 * - On a kernel with preemption, the programs may miss the end of a vCPU. Its ledger then stays in
 *   its slot without VMTOLL_LEDGER_ENDED until the programs are detached.
 * - There are no CPUID leaves, so the observer row is always empty.
 * - `kvm_tsc` of a ledger is always 0. The sum over the rows is the same value.
 *
 * READING FROM THE GUEST: CLASSIC LEAVES
 *
 * The leaves 0x4ffffffc to 0x4fffffff are compatible with published instrumented kernels. The
 * host selects one of their dialects with the module parameter `dialect`. Totals are sums over
 * all live vCPUs of the VM and exclude the observer row. The exits of a vCPU are counted from
 * the time when vmtoll first saw the vCPU. Exit counts saturate at 2^32 - 1. "Cycles" are the
 * cycles spent in KVM (kvm_tsc).
 *
 * If a VM has at most VMTOLL_CLASSIC_VCPUS vCPUs, the answer is the sum at the time of the CPUID.
 * For a larger VM, the module computes the sums four times per second, and the answer is up to
 * half a second old.
 *
 * READING FROM THE GUEST: NATIVE LEAVES
 *
 * The native leaves begin at VMTOLL_LEAF_BASE. A guest finds them when it scans for hypervisors
 * from 0x40000000 in steps of 0x100. A 64-bit value is returned in two registers, low half
 * first.
 *
 * Each vCPU has its own latched snapshot. A reader must therefore stay on one CPU
 * (sched_setaffinity) during these steps:
 *
 *	1. Read LATCH with the scope in ecx, and save the serial. If the status in edx is not
 *	   VMTOLL_LATCH_OK, there is no snapshot.
 *	2. Read TOTALS and ROWS. They do not change until the next latch.
 *	3. Read the serial with TOTALS. If it differs from the serial of step 1, start again:
 *	   another reader has taken a snapshot on this vCPU, the guest was migrated, or the
 *	   module was reloaded.
 *
 * Each LATCH takes a bounded time. A snapshot of a VM with several vCPUs may therefore take
 * several steps. LATCH then returns VMTOLL_LATCH_PENDING, with the number of vCPUs copied so
 * far in ecx. The reader must then read LATCH with VMTOLL_SCOPE_VM_NEXT until a different
 * status is returned. While a snapshot is pending, TOTALS and ROWS are zeros, and LATCH with
 * any other scope discards the snapshot. Another reader on the same vCPU may complete or
 * discard the snapshot between two steps. If the other reader completes the snapshot,
 * VMTOLL_SCOPE_VM_NEXT returns the status of the completed snapshot. If the other reader
 * discards the snapshot and starts a snapshot of the VM, VMTOLL_SCOPE_VM_NEXT continues the new
 * snapshot. If the other reader discards the snapshot without starting a snapshot of the VM,
 * VMTOLL_SCOPE_VM_NEXT returns VMTOLL_LATCH_NO_VCPU.
 *
 * The vCPUs of a VM keep running while a snapshot of the VM is taken. Each vCPU is therefore
 * copied at a slightly different time, but never before the LATCH with VMTOLL_SCOPE_VM that
 * started the snapshot. Each copy shows the state of the vCPU between two VM entries, so the
 * audit holds in the snapshot. In VMTOLL_TOTALS_TIME, the time of each vCPU ends when this vCPU
 * is copied.
 *
 * leaf (eax)  subleaf (ecx)         eax        ebx       ecx      edx
 * BASE        any                   last leaf  "vmto"    "llvm"   "toll"
 * INFO        any                   version    features  tsc_khz  isa
 * LATCH       VMTOLL_SCOPE_*        rows       serial    vCPUs    VMTOLL_LATCH_*
 * TOTALS      VMTOLL_TOTALS_*       first u64            second u64
 * ROWS        4 * row + part        see VMTOLL_PART_*
 *
 * A subleaf or row that does not exist returns zeros. LATCH with an unknown scope returns
 * VMTOLL_LATCH_NO_VCPU.
 *
 * Any process in a guest can execute CPUID, so any process can read the ledgers of its VM.
 *
 * TURNING LEAVES ON AND OFF
 *
 * By default, the leaves are off for all VMs. The module parameter `leaves` turns them on. The
 * parameter `leaves_off` then turns them off for selected VMs. Each of its entries is one of
 * these:
 * - "pid:PID", the process of a VMM, in the initial pid namespace
 * - "cgroup:/PATH", a cgroup in the unified hierarchy, including all cgroups below it
 *
 * Only root can read or write `leaves_off`. Writing an entry adds it, and writing it with a
 * leading '-' removes it. The entry of a process is removed when the process ends, but the leaves
 * of its VMs stay off. A cgroup need not exist when its entry is written.
 *
 * An entry applies to running and future VMs, starting with the first CPUID after the write. If
 * a VMM moves to another cgroup, the module notices within half a second. If the leaves are off
 * for a VM, KVM answers all CPUID instructions of this VM, and the exits are counted in the CPUID
 * row.
 *
 * LEAVES OF THE VMM
 *
 * A VMM can define any CPUID leaf with KVM_SET_CPUID2. If it defines at least one native leaf,
 * the module answers none of the native leaves for that vCPU. The same applies to the classic
 * leaves. KVM then answers all leaves of that group, and the exits are counted in the CPUID
 * row.
 */
#ifndef _UAPI_VMTOLL_H
#define _UAPI_VMTOLL_H

#include <linux/types.h>

#define VMTOLL_ABI_VERSION 2

#define VMTOLL_DEVICE "/dev/vmtoll"

/* The pinned BPF map with the layout of VMTOLL_DEVICE; see "LEDGERS BY BPF". */
#define VMTOLL_BPF_LEDGERS "/sys/fs/bpf/vmtoll/ledgers"

/* Instruction set of the virtualization hardware. The values are those of KVM's tracepoints. */
#define VMTOLL_ISA_VMX 1
#define VMTOLL_ISA_SVM 2

/* The entry-failure bit of a VMX exit reason. */
#define VMTOLL_VMX_FAILED_ENTRY 0x80000000u

/*
 * Histogram of whole exit durations. Bucket 0 counts durations below 2^8 cycles. Each bucket b
 * from 1 to 24 counts durations in [2^(b+7), 2^(b+8)). The last bucket counts durations of 2^32
 * cycles or more.
 */
#define VMTOLL_BUCKETS	    26
#define VMTOLL_BUCKET_SHIFT 7

/* Flags of a row. */
#define VMTOLL_ROW_NESTED   (1u << 0) /* exits from a nested guest (L2 to L0) */
#define VMTOLL_ROW_OTHER    (1u << 1) /* row 0; code of the latest exit without a row */
#define VMTOLL_ROW_OBSERVER (1u << 2) /* row 1; CPUID exits that read vmtoll's leaves */

/**
 * struct vmtoll_row - the exits of one vCPU with one exit reason
 * @code: exit reason, see "EXIT CODES"
 * @flags: VMTOLL_ROW_*
 * @exits: number of exits that were followed by a VM entry (excludes the open exit)
 * @kvm_tsc: cycles in KVM
 * @vmm_tsc: cycles in user space
 * @halt_tsc: cycles halted
 * @longest_tsc: whole duration of the longest exit, including time outside KVM and time spent
 *		 waiting for a CPU
 * @hist: log2 histogram of whole exit durations, as in @longest_tsc. Two kinds of exits have no
 *	  known duration and are missing: the last exit of each departed vCPU, and the exits in
 *	  &vmtoll_ledger.recovered. The sum of the buckets is @exits minus the number of these
 *	  exits
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
#define VMTOLL_ROW_FIRST_INDEX	  2 /* first row for one exit code */
#define VMTOLL_ROW_NONE		  0xffffffffu

/* Flags of a ledger. */
#define VMTOLL_LEDGER_PROTECTED (1u << 0) /* guest registers are encrypted (SEV-ES): no leaves */
#define VMTOLL_LEDGER_DEPARTED	(1u << 1) /* slot 0: sum of all departed vCPUs */
#define VMTOLL_LEDGER_REBASED	(1u << 2) /* KVM's statistics were cleared: the audit restarted */
#define VMTOLL_LEDGER_ENDED	(1u << 3) /* the vCPU has ended; see "ENDED VCPUS" */
/*
 * The VMM itself has defined leaves of the native or the classic group, so vmtoll answers no leaf
 * of this group; see "LEAVES OF THE VMM".
 */
#define VMTOLL_LEDGER_VMM_NATIVE  (1u << 4)
#define VMTOLL_LEDGER_VMM_CLASSIC (1u << 5)

#define VMTOLL_ENDED_SECONDS 300 /* how long the ledger of an ended vCPU remains */
#define VMTOLL_ENDED_MAX     64 /* maximum number of such ledgers */

/**
 * struct vmtoll_ledger - the ledger of one vCPU, VMTOLL_LEDGER_BYTES long
 * @seq: sequence counter, odd during a write section; see "READING FROM THE HOST"
 * @generation: generation of the slot when the ledger was assigned to it
 * @flags: VMTOLL_LEDGER_*
 * @vm: number of the VM, counted from 1 in order of appearance and never reused; 0 in slot 0
 * @pid: process ID of the VMM (its thread group, in the initial pid namespace)
 * @tid: ID of the thread that runs the vCPU. If another thread runs the vCPU, vmtoll may notice
 *	 this later
 * @vcpu_index: KVM's index of the vCPU, from 0
 * @vcpu_id: the VMM's number for the vCPU (its APIC ID)
 * @rows: number of rows in use, at least VMTOLL_ROW_FIRST_INDEX
 * @open_row: row of the open exit, or VMTOLL_ROW_NONE while the vCPU is in the guest
 * @leaves_off: nonzero if `leaves_off` lists this VM; see "TURNING LEAVES ON AND OFF". This
 *		field is not written by the vCPU's thread and not protected by @seq
 * @start_tsc: TSC when vmtoll first saw the vCPU
 * @entry_tsc: TSC of the last VM entry, or @start_tsc before the first one. The rows, @guest_tsc
 *	       and @ready_tsc are complete up to this time
 * @exit_tsc: TSC of the last VM exit
 * @kvm_tsc: sum of kvm_tsc over all rows
 * @lost: number of exits since vmtoll was attached that were not recorded, because there was
 *	  no memory or no slot for a ledger
 * @kvm_base: KVM's own number of exits (vcpu->stat.exits) when counting began
 * @kvm_exits: KVM's own number of exits at @entry_tsc. The audit checks this equation: sum of
 *	       exits over all rows + @emulated == @kvm_exits - @kvm_base
 * @emulated: number of exits that KVM counted although the hardware had not entered the guest.
 *	      Most of them occur on VMX, where KVM emulates the guest while its state is
 *	      invalid for a VM entry (vmx_vcpu_run() in arch/x86/kvm/vmx/vmx.c). This happens
 *	      in real mode if "unrestricted guest" is off, for example because of ept=0. The
 *	      others are failed VM entries, and entries to a nested guest whose state is
 *	      invalid. If "unrestricted guest" is on, all other exits that KVM counted
 *	      additionally are @unseen
 * @recovered: number of exits that KVM's tracepoint did not report, but for which the VMCB
 *	       still held the exit code at the next entry. These are exits after which KVM's
 *	       SVM code entered the guest again on its fast path, on kernels where
 *	       svm_handle_exit() calls the tracepoint. Mainline kernels have no such exits.
 *	       They are counted in their rows, without a duration
 * @unseen: number of exits that KVM counted and that could be neither explained nor recovered.
 *	    The audit fails if it is not 0
 * @vcpus: number of vCPUs in this ledger: in slot 0, all departed vCPUs; in other slots, 1
 * @ended_tsc: TSC when the module noticed that the vCPU had ended; 0 if it is live
 * @open_vmm_tsc: time of the open exit in user space; negative while the vCPU is in user space.
 *		  See "OPEN EXITS"
 * @open_halt_tsc: time of the open exit in halts that have ended
 * @guest_tsc: cycles in the guest, from each VM entry to the next exit; see "BALANCE"
 * @ready_tsc: cycles during which the vCPU's thread was ready to run but waited for a CPU, as
 *	       measured by the scheduler (the second field of /proc/PID/task/TID/schedstat). KVM
 *	       reports the same figure to guests as steal time
 * @polled_tsc: the part of the halted time in which KVM polled for a wakeup, instead of blocking
 *		the thread. This field includes the open exit, and is not protected by @seq
 * @open_ready_tsc: time of the open exit in which the thread waited for a CPU
 * @row: the rows; row 0 is `other`, row 1 is `observer`
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
	__u64 ended_tsc;
	__s64 open_vmm_tsc;
	__u64 open_halt_tsc;
	__u64 guest_tsc;
	__u64 ready_tsc;
	__u64 polled_tsc;
	__u64 open_ready_tsc;
	__u64 reserved2[8];
	struct vmtoll_row row[VMTOLL_ROWS];
};

#define VMTOLL_HOST_MAGIC 0x6c6f746d76ULL /* "vmtol" */

/* Flags of the host page. */
#define VMTOLL_HOST_ATTACHED (1u << 0) /* attached to the tracepoints of a loaded KVM */
#define VMTOLL_HOST_EMULATED \
	(1u << 1) /* this host is itself a virtual machine, so cycles are not hardware cycles */
#define VMTOLL_HOST_VMM_TIME (1u << 2) /* vmm_tsc is measured (KVM's kvm_fpu tracepoint) */
#define VMTOLL_HOST_HALT_TIME \
	(1u << 3) /* halt_tsc is measured (KVM's kvm_vcpu_wakeup tracepoint) */
#define VMTOLL_HOST_LEAVES (1u << 4) /* the parameter `leaves` is on */
#define VMTOLL_HOST_MISMATCH \
	(1u << 5) /* KVM's structures differ from the module's headers; no exits are counted */

#define VMTOLL_HOST_TSC_UNRELIABLE \
	(1u << 6) /* the TSC is unstable or not constant, or went back: times may be wrong */
#define VMTOLL_HOST_BOOKS \
	(1u << 7) /* guest_tsc is measured; with VMTOLL_HOST_HALT_TIME, also polled_tsc */
#define VMTOLL_HOST_READY_TIME \
	(1u << 8) /* ready_tsc is measured (CONFIG_SCHED_INFO); if not, other times include it */
#define VMTOLL_HOST_LAYOUT_COMPARED \
	(1u << 9) /* the kernel's BTF confirms the layout of KVM's structures */
#define VMTOLL_HOST_NANOSECONDS \
	(1u << 10) /* all times are in nanoseconds of CLOCK_MONOTONIC; see "LEDGERS BY BPF" */

/* Dialects of the classic leaves. The parameter `dialect` selects one by name. */
#define VMTOLL_DIALECT_OFF	     0
#define VMTOLL_DIALECT_COMBINED	     1
#define VMTOLL_DIALECT_SPLIT	     2
#define VMTOLL_DIALECT_SPLIT_SWAPPED 3
#define VMTOLL_DIALECT_REVERSED	     4

/**
 * struct vmtoll_host - the start of /dev/vmtoll
 * @magic: VMTOLL_HOST_MAGIC
 * @version: VMTOLL_ABI_VERSION
 * @flags: VMTOLL_HOST_*; they may change at any time, for example when KVM is loaded
 * @isa: VMTOLL_ISA_*
 * @tsc_khz: TSC cycles per millisecond; this applies to every *_tsc. The kernel may refine this
 *	     value shortly after it has booted
 * @dialect: VMTOLL_DIALECT_*
 * @slots: number of slots, including slot 0
 * @slots_used: slots from this index onwards have never been used
 * @slot_stride: distance between slots, in bytes
 * @row_bytes: sizeof(struct vmtoll_row)
 * @generations_offset: offset of the generations, in bytes
 * @slots_offset: offset of slot 0, in bytes
 * @lost: number of lost exits of vCPUs that have no ledger, or do not have one yet. vCPUs of TDX
 *	  guests never get a ledger. The value is exact at the time when the device is mapped.
 *	  Afterwards, it may be up to half a second old
 * @attach_tsc: TSC when the tracepoints were last attached
 * @copied_tsc: 0 in the device, because its readers can read the TSC themselves. In a copy of
 *		the pages, this may be the TSC when the copy was created. In a BPF map without
 *		VMTOLL_HOST_ATTACHED, this is the time when the programs were detached
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
	__u64 copied_tsc;
	__u64 reserved[6];
};

/* The CPUID leaves of guests. */
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

/* INFO.ebx: features. Bits 15..8 contain VMTOLL_DIALECT_* of the classic leaves. */
#define VMTOLL_FEATURE_VMM_TIME	      (1u << 0)
#define VMTOLL_FEATURE_HALT_TIME      (1u << 1)
#define VMTOLL_FEATURE_EMULATED	      (1u << 2) /* same as VMTOLL_HOST_EMULATED */
#define VMTOLL_FEATURE_TSC_UNRELIABLE (1u << 3) /* same as VMTOLL_HOST_TSC_UNRELIABLE */
#define VMTOLL_FEATURE_BOOKS	      (1u << 4) /* VMTOLL_TOTALS_BOOKS exists */
#define VMTOLL_FEATURE_READY_TIME     (1u << 5) /* same as VMTOLL_HOST_READY_TIME */
#define VMTOLL_FEATURE_UNSEEN	      (1u << 6) /* TOTALS_SERIAL also reports unseen exits */
#define VMTOLL_FEATURE_DIALECT(f)     (((f) >> 8) & 0xffu)

/* LATCH.ecx: the scope; LATCH.edx: the status. */
#define VMTOLL_SCOPE_VM	       0u
#define VMTOLL_SCOPE_THIS_VCPU 1u
#define VMTOLL_SCOPE_VM_NEXT   2u /* continue a pending snapshot of the VM */
#define VMTOLL_SCOPE_VCPU(i)   (0x80000000u | (i))
#define VMTOLL_LATCH_OK	       0u
#define VMTOLL_LATCH_NO_VCPU   1u /* no such vCPU, or vmtoll has not seen it yet */
#define VMTOLL_LATCH_TOO_MANY  2u /* older modules: the VM has more than 64 vCPUs */
#define VMTOLL_LATCH_BUSY      3u /* a vCPU was recording an exit at every attempt: latch again */
#define VMTOLL_LATCH_PENDING   4u /* read LATCH with VMTOLL_SCOPE_VM_NEXT until this changes */

/*
 * If a VM has more vCPUs than this, its sums in the classic leaves may be up to half a second
 * old.
 */
#define VMTOLL_CLASSIC_VCPUS 64u

/*
 * TOTALS.ecx selects one of these pairs of values. The first value is returned in ebx:eax, and the
 * second value in edx:ecx.
 *
 * Sums include all rows except the observer row. Times in TOTALS and ROWS include the time of the
 * open exits up to the latch; see "OPEN EXITS". TOTALS_TIME returns the sum of (TSC - start_tsc)
 * over all vCPUs, and the TSC at the last step of the latch.
 */
#define VMTOLL_TOTALS_KVM      0u /* exits, kvm_tsc */
#define VMTOLL_TOTALS_AWAY     1u /* vmm_tsc, halt_tsc */
#define VMTOLL_TOTALS_OBSERVER 2u /* exits of the observer row, lost */
#define VMTOLL_TOTALS_AUDIT    3u /* kvm_exits - kvm_base, emulated + unseen */
#define VMTOLL_TOTALS_TIME     4u /* sum of times since start_tsc, TSC */
#define VMTOLL_TOTALS_SERIAL   5u /* serial of the current latch (0 without a latch), unseen */
#define VMTOLL_TOTALS_BOOKS    6u /* guest_tsc, ready_tsc; see "BALANCE" */

/*
 * ROWS.ecx = 4 * row + part, for rows 0 to LATCH.eax - 1. Rows 0 and 1 (`other` and `observer`)
 * are always present. Other rows are omitted if they have no exits. If the open exit has already
 * taken longer than longest_tsc, PART_KVM returns the time of the open exit in place of
 * longest_tsc.
 */
#define VMTOLL_PART_EXITS 0u /* eax code, ebx flags, edx:ecx exits (including the open one) */
#define VMTOLL_PART_KVM	  1u /* ebx:eax kvm_tsc, edx:ecx longest_tsc */
#define VMTOLL_PART_AWAY  2u /* ebx:eax vmm_tsc, edx:ecx halt_tsc */

/* An additional flag in PART_EXITS.ebx. It is set if any value in PART_AWAY is nonzero. */
#define VMTOLL_ROW_AWAY (1u << 16)

/* The exit codes of HLT. While a HLT exit is open, its time in KVM counts as halted. */
#define VMTOLL_VMX_HLT 12u
#define VMTOLL_SVM_HLT 0x78u

/* The time of an open exit, in TSC cycles: in KVM, in the VMM, halted, and waiting for a CPU. */
struct vmtoll_open_time {
	__u64 kvm_tsc;
	__u64 vmm_tsc;
	__u64 halt_tsc;
	__u64 ready_tsc;
};

/*
 * Divide the time of an open exit, from @exit_tsc to @now_tsc, into the parts of struct
 * vmtoll_open_time; see "OPEN EXITS". @halts must be nonzero if the exit reason is HLT and halts
 * are measured (VMTOLL_HOST_HALT_TIME).
 */
static inline struct vmtoll_open_time vmtoll_open_time(__u64 exit_tsc, __s64 open_vmm_tsc,
						       __u64 open_halt_tsc, __u64 open_ready_tsc,
						       int halts, __u64 now_tsc)
{
	struct vmtoll_open_time open = { 0, 0, 0, 0 };
	__s64 vmm = open_vmm_tsc < 0 ? (__s64)((__u64)open_vmm_tsc + now_tsc) : open_vmm_tsc;
	__u64 left = now_tsc - exit_tsc;

	if ((__s64)left <= 0)
		return open;
	if (vmm > 0)
		open.vmm_tsc = (__u64)vmm < left ? (__u64)vmm : left;
	left -= open.vmm_tsc;
	open.halt_tsc = open_halt_tsc < left ? open_halt_tsc : left;
	left -= open.halt_tsc;
	open.ready_tsc = open_ready_tsc < left ? open_ready_tsc : left;
	left -= open.ready_tsc;
	if (halts && open_vmm_tsc >= 0)
		open.halt_tsc += left;
	else
		open.kvm_tsc = left;
	return open;
}

/*
 * Return the time that the vCPU has spent in the guest from start_tsc to @now_tsc. @open must be
 * nonzero if an exit is open, and 0 if the vCPU is in the guest now. If the TSC went backwards,
 * the result may be too small.
 */
static inline __u64 vmtoll_guest_time(__u64 guest_tsc, __u64 entry_tsc, __u64 exit_tsc, int open,
				      __u64 now_tsc)
{
	__s64 since = (__s64)((open ? exit_tsc : now_tsc) - entry_tsc);
	__s64 sum = (__s64)guest_tsc + (since > 0 ? since : 0);

	return sum > 0 ? (__u64)sum : 0;
}

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
