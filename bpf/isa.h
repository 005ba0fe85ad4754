/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Select the functions of an instruction set. Each instruction set has a header with the following
 * functions. Their full names start with the name of the instruction set: svm_exit_code().
 *
 * traced_vcpu(context)
 *	Return the vCPU of the tracepoint kvm_exit or kvm_entry.
 * destroyed_vcpu(context)
 *	Return the vCPU of the program on_destroy.
 * function_vcpu(context)
 *	Return the vCPU of the programs on_destroyed and on_create.
 * is_nested(vcpu)
 *	Return true if the vCPU runs a nested guest.
 * exit_code(s, vcpu, nested)
 *	Read the exit code into slot @s, and return it. @nested is is_nested(vcpu).
 * code_without_flags(code)
 *	Return @code without the bits that are not part of the code in a ledger.
 * code_index(code)
 *	Return the index of a code >= CODE_DIRECT in slot_private.row_by_nested_index, or
 *	CODE_NO_INDEX if it has none.
 * may_be_emulated(at, extra, row)
 *	Return true if KVM may have counted @extra exits that the hardware has not reported,
 *	because KVM emulated the guest. @at is the address of the vCPU. @row is the row of the exit
 *	that kvm_exit has reported since the last entry, or NULL if there is none.
 * vcpu_loaded(vcpu)
 *	Return a number that changes whenever KVM unloads the vCPU from its CPU. As long as the
 *	number stays the same, the vCPU's thread has neither waited for a CPU nor been in user
 *	space.
 * vcpu_is_countable(vcpu)
 *	Return true if the vCPU can have a ledger.
 * vcpu_is_protected(vcpu)
 *	Return true if the guest's registers are encrypted.
 * private_init(p, vcpu)
 *	Initialize the members of struct slot_private that only this instruction set uses.
 *
 * To add an instruction set, write its header, include it here, and add it to ISA() and
 * FOR_EACH_ISA(). arm64 would differ from x86 as follows:
 *
 * - Its tracepoints do not pass the vCPU. traced_vcpu() would return the vCPU that the current
 *   thread has loaded; see bpf/notifier.h. Slots are found by the address of this vCPU as well.
 * - Its tracepoint kvm_exit passes the exit code. probe_exit() would pass the code on to
 *   exit_code().
 * - It has no tracepoint kvm_fpu, which marks the start and the end of KVM_RUN. Another program
 *   would call run_begin() and run_end().
 */
#ifndef VMTOLL_BPF_ISA_H
#define VMTOLL_BPF_ISA_H

#include "bpf/svm.h"
#include "bpf/vmx.h"

/* The host's instruction set (VMTOLL_ISA_*). The loader sets it. */
const volatile __u32 host_isa = VMTOLL_ISA_SVM;

/*
 * Call @function of the instruction set @isa. In programs of one instruction set, @isa is a
 * constant, and the call takes no additional instructions. Other code passes host_isa.
 */
#define ISA(isa, function, ...) \
	((isa) == VMTOLL_ISA_VMX ? vmx_##function(__VA_ARGS__) : svm_##function(__VA_ARGS__))

/*
 * Define a program for each instruction set. The name of the program ends with the name of the
 * instruction set (model/isa.h), and the loader loads only the programs for the host's one.
 */
#define FOR_EACH_ISA(define_program) \
	define_program(vmx, VMTOLL_ISA_VMX) define_program(svm, VMTOLL_ISA_SVM)

#endif
