/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The interface between the payloads (assembly) and the VMM (C). It defines the meaning of the
 * I/O ports and the layout of guest-physical memory. The memory is identity-mapped.
 */
#ifndef TRUTH_GUEST_LAYOUT_H
#define TRUTH_GUEST_LAYOUT_H

#define GPA_PARAMS   0x1000 /* vCPU i at GPA_PARAMS + i * PARAM_BYTES */
#define GPA_IDT	     0x2000
#define GPA_GDT	     0x3000
#define GPA_TSS	     0x3800
#define GPA_PML4     0x4000
#define GPA_PDPT     0x5000
#define GPA_PD	     0x6000
#define GPA_TOUCH_PT 0x7000 /* the only page table with 4 KiB pages; maps GPA_TOUCH */
/*
 * The addresses from GPA_VMCB to GPA_IO_BITMAP are for nested guests. On SVM, GPA_VMCB contains
 * the VMCB, and GPA_HSAVE is the host save area. On VMX, GPA_VMXON is the VMXON region, GPA_VMCS
 * is the VMCS region, and GPA_FIELDS contains the values of the VMCS fields. The MSR bitmap is
 * empty, so L1 intercepts no MSR.
 */
#define GPA_VMCB	0x8000
#define GPA_HSAVE	0x9000
#define GPA_VMXON	0x8000
#define GPA_VMCS	0x9000
#define GPA_MSR_BITMAP	0xa000 /* two pages on SVM */
#define GPA_FIELDS	0xc000 /* pairs of u64: field, value; the last field is 0 */
#define GPA_IO_BITMAP	0xd000 /* three pages, on SVM */
#define GPA_CODE	0x10000
#define GPA_STACK_TOP	0x80000 /* vCPU i at GPA_STACK_TOP + i * 4096 */
#define GPA_FAULT_STACK 0x8f000 /* for exceptions at CPL 3 */
#define GPA_SCRATCH	0x90000 /* for string I/O and MONITOR */
#define GPA_LIST	0x200000 /* the list of CPUID queries */
#define LIST_BYTES	0x600000
#define GPA_TOUCH	0x800000 /* untouched pages, as many as one page table maps */
#define TOUCH_PAGES	512
#define GUEST_BYTES	0xa00000
#define GPA_MMIO	0x1000000 /* above the guest's memory; not backed by anything */

/*
 * The size and the offsets of a vCPU's parameters. The VMM may change the parameters while the
 * vCPU is stopped at a mark.
 */
#define PARAM_BYTES	 64
#define PARAM_ITERATIONS 0 /* u64: iterations of the next pass */
#define PARAM_LEAF	 8 /* u32: for payload `leaf` */
#define PARAM_SUBLEAF	 12 /* u32: for payload `leaf` */

/*
 * The I/O ports. A write to PORT_MARK ends a pass. PORT_DEVICE is emulated by the VMM; reads
 * return DEVICE_BYTE. A write to PORT_RING requests an interrupt from the VMM. A write to
 * PORT_PANIC reports an unexpected exception.
 */
#define PORT_MARK     0x10
#define PORT_DEVICE   0x11
#define PORT_RING     0x12
#define PORT_PANIC    0x13
#define PORT_PIC_MASK 0x21 /* KVM's own PIC, handled in the kernel */
#define DEVICE_BYTE   0x5a

#define STRING_BYTES 16 /* length of each REP INS and REP OUTS */

#define CS_KERNEL   0x08
#define SS_KERNEL   0x10
#define CS_USER	    0x1b
#define SS_USER	    0x23
#define TR_SELECTOR 0x28

/*
 * Size of an entry of the CPUID list, in bytes. An entry contains a query, which the payload
 * overwrites with the answer.
 */
#define LIST_ENTRY 16

#define MSR_NOT_PASSED 0x1b /* IA32_APIC_BASE: KVM always intercepts reads */
#define MSR_WRITTEN    0x277 /* IA32_PAT: KVM always intercepts writes */
#define MSR_PASSED     0xc0000100 /* FS_BASE: KVM never intercepts it */
#define MSR_DEADLINE   0x6e0 /* IA32_TSC_DEADLINE */
#define MSR_X2APIC_ICR 0x830
#define MSR_VMX_BASIC  0x480 /* the low half is the revision of the VMCS */

#define LEAF_BASE     0x40008000 /* VMTOLL_LEAF_BASE */
#define LEAF_BASE_EBX 0x6f746d76 /* VMTOLL_SIGNATURE_EBX, its answer */

/* Offsets in the VMCB, the exit code of VMMCALL, and the length of the VMMCALL instruction. */
#define VMCB_EXITCODE  0x070
#define VMCB_RIP       0x578
#define SVM_VMMCALL    0x81
#define VMMCALL_LENGTH 3

/* Encodings of VMCS fields, and an exit reason. */
#define VMCS_EXIT_REASON 0x4402
#define VMCS_GUEST_RIP	 0x681e
#define VMX_VMCALL	 18

#endif
