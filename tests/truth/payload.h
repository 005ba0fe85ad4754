/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Labels in payload.S. They are addresses in this program; guest_memory_address() converts them
 * to guest-physical addresses.
 */
#ifndef TRUTH_PAYLOAD_H
#define TRUTH_PAYLOAD_H

extern const char payload_start[], payload_end[];

extern const char payload_fault[], payload_fault_code[], payload_interrupt[], payload_panic[];

extern const char payload_canary[], payload_cpuid[], payload_hlt[], payload_hlt_pending[],
	payload_hlt_sleep[], payload_out[], payload_in[], payload_in_kernel[], payload_outs[],
	payload_ins[], payload_rdmsr[], payload_wrmsr[], payload_msr_passed[], payload_deadline[],
	payload_icr[], payload_vmcall[], payload_vmmcall[], payload_vmcall3[], payload_vmmcall3[],
	payload_cr0_write[], payload_cr0_same[], payload_cr3_read[], payload_cr3_write[],
	payload_cr4_write[], payload_cr4_owned[], payload_invlpg[], payload_mmio_read[],
	payload_mmio_write[], payload_touch[], payload_xsetbv[], payload_wbinvd[], payload_invd[],
	payload_rdpmc[], payload_monitor[], payload_mwait[], payload_dr_write[], payload_dr_read[],
	payload_ud2[], payload_rdtsc[], payload_shutdown[], payload_real[], payload_list[],
	payload_leaf[], payload_nested_svm[], payload_nested_vmx[], payload_l1_return[];

#endif
