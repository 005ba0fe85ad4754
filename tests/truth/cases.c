// SPDX-License-Identifier: GPL-2.0
/* See cases.h. */
#include <stddef.h>
#include <string.h>

#include "model/array.h"
#include "cases.h"
#include "guest_layout.h"
#include "payload.h"

#define APIC (VM_IRQCHIP | VM_DEADLINE | VM_X2APIC)

/*
 * The first case is the canary. If the canary fails, the machine is broken, and no other result
 * can be trusted.
 */
const struct test_case cases[] = {
	{ .name = "canary", .what = "nothing between two marks", .payload = { payload_canary } },
	{ .name = "cpuid", .what = "CPUID", .payload = { payload_cpuid } },
	{ .name = "hlt", .what = "HLT that exits to user space", .payload = { payload_hlt } },
	{ .name = "hlt-pending",
	  .what = "HLT handled in KVM, interrupt already pending",
	  .payload = { payload_hlt_pending },
	  .vm = VM_IRQCHIP,
	  .waker = 100 },
	{ .name = "hlt-sleep",
	  .what = "HLT handled in KVM, interrupted while the vCPU sleeps",
	  .payload = { payload_hlt_sleep },
	  .vm = VM_IRQCHIP,
	  .max_iterations = 200,
	  .waker = 1 },
	{ .name = "out", .what = "OUT that exits to user space", .payload = { payload_out } },
	{ .name = "in", .what = "IN that exits to user space", .payload = { payload_in } },
	{ .name = "in-kernel",
	  .what = "IN from KVM's own PIC",
	  .payload = { payload_in_kernel },
	  .vm = VM_IRQCHIP },
	{ .name = "outs", .what = "REP OUTS of 16 bytes", .payload = { payload_outs } },
	{ .name = "ins", .what = "REP INS of 16 bytes", .payload = { payload_ins } },
	{ .name = "rdmsr", .what = "RDMSR, intercepted", .payload = { payload_rdmsr } },
	{ .name = "wrmsr", .what = "WRMSR, intercepted", .payload = { payload_wrmsr } },
	{ .name = "msr-passed",
	  .what = "RDMSR and WRMSR, passed through",
	  .payload = { payload_msr_passed } },
	{ .name = "deadline",
	  .what = "WRMSR of the TSC deadline",
	  .payload = { payload_deadline },
	  .vm = APIC },
	{ .name = "icr",
	  .what = "WRMSR of the x2APIC's ICR",
	  .payload = { payload_icr },
	  .vm = APIC },
	{ .name = "hypercall",
	  .what = "VMCALL or VMMCALL",
	  .payload = { payload_vmcall },
	  .svm_payload = { payload_vmmcall } },
	{ .name = "cr0-write",
	  .what = "MOV to CR0 that changes a bit",
	  .payload = { payload_cr0_write } },
	{ .name = "cr0-same",
	  .what = "MOV to CR0 without a change",
	  .payload = { payload_cr0_same } },
	{ .name = "cr3-read", .what = "MOV from CR3", .payload = { payload_cr3_read } },
	{ .name = "cr3-write", .what = "MOV to CR3", .payload = { payload_cr3_write } },
	{ .name = "cr4-write",
	  .what = "MOV to CR4 that changes a host-owned bit",
	  .payload = { payload_cr4_write } },
	{ .name = "cr4-owned",
	  .what = "MOV to CR4 that changes a bit that the guest owns on VMX",
	  .payload = { payload_cr4_owned } },
	{ .name = "invlpg", .what = "INVLPG", .payload = { payload_invlpg } },
	{ .name = "mmio-read",
	  .what = "read from an address without memory (MMIO)",
	  .payload = { payload_mmio_read } },
	{ .name = "mmio-write",
	  .what = "write to an address without memory (MMIO)",
	  .payload = { payload_mmio_write } },
	{ .name = "touch",
	  .what = "first write to a page",
	  .payload = { payload_touch },
	  .touches_pages = true,
	  .max_iterations = TOUCH_PAGES / 2 },
	{ .name = "xsetbv", .what = "XSETBV", .payload = { payload_xsetbv }, .vm = VM_XSAVE },
	{ .name = "wbinvd", .what = "WBINVD", .payload = { payload_wbinvd } },
	{ .name = "invd", .what = "INVD", .payload = { payload_invd } },
	{ .name = "rdpmc", .what = "RDPMC", .payload = { payload_rdpmc } },
	{ .name = "monitor", .what = "MONITOR", .payload = { payload_monitor } },
	{ .name = "mwait", .what = "MWAIT", .payload = { payload_mwait } },
	{ .name = "dr-write", .what = "MOV to DR7, then CPUID", .payload = { payload_dr_write } },
	{ .name = "dr-read", .what = "MOV from DR7, then CPUID", .payload = { payload_dr_read } },
	{ .name = "ud2", .what = "UD2", .payload = { payload_ud2 } },
	{ .name = "rdtsc", .what = "RDTSC", .payload = { payload_rdtsc } },
	{ .name = "shutdown",
	  .what = "a triple fault",
	  .payload = { payload_shutdown },
	  .shuts_down = true },
	{ .name = "two-vcpus",
	  .what = "two vCPUs at once: CPUID on the first, 3 hypercalls on the second",
	  .payload = { payload_cpuid, payload_vmcall3 },
	  .svm_payload = { payload_cpuid, payload_vmmcall3 } },
	{ .name = "nested",
	  .what = "a nested guest whose exits go to L0 and to L1",
	  .payload = { payload_nested_vmx },
	  .svm_payload = { payload_nested_svm },
	  .vm = VM_NESTED },
	{ .name = "real",
	  .what = "a loop in big real mode",
	  .payload = { payload_real },
	  .vm = VM_REAL,
	  .max_iterations = 60000 },
};

const unsigned int cases_count = ARRAY_SIZE(cases);

const struct test_case *case_find(const char *name)
{
	for (unsigned int i = 0; i < cases_count; i++) {
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	}
	return NULL;
}
