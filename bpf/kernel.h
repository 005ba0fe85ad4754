/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel structures that the programs use. libbpf replaces the offset of each member by the
 * offset in the BTF of the running kernel and its modules (CO-RE). The declarations therefore
 * contain only the members that the programs use, in any order.
 *
 * libbpf ignores a suffix such as ___NAME in the name of a structure. The suffix distinguishes
 * several declarations of the same structure for different kernels.
 */
#ifndef VMTOLL_BPF_KERNEL_H
#define VMTOLL_BPF_KERNEL_H

#include <stdbool.h>

#include <linux/types.h>

/*
 * Return the pointer that is argument @i of a tracepoint. The verifier knows the type of the
 * structure to which it points. Since 838a10bd2ebf ("bpf: Augment raw_tp arguments with
 * PTR_MAYBE_NULL"), the verifier also requires a check for NULL, because a tracepoint of a module
 * might pass NULL. KVM never does.
 */
#define ARGUMENT(context, i) ((void *)(context)[i])

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct pt_regs {
	unsigned long di;
};

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct sched_info {
	unsigned long long run_delay;
	unsigned long pcount;
};

struct task_struct {
	struct sched_info sched_info;
	struct hlist_head preempt_notifiers;
};

struct preempt_notifier {
	struct hlist_node link;
};

struct kvm_arch {
	unsigned long vm_type;
};

struct kvm {
	struct kvm_arch arch;
	atomic_t online_vcpus;
};

struct kvm_run {
	__u32 exit_reason;
};

struct kvm_vcpu_stat_generic {
	__u64 halt_poll_success_ns;
	__u64 halt_poll_fail_ns;
};

struct kvm_vcpu_stat {
	struct kvm_vcpu_stat_generic generic;
	__u64 exits;
	__u64 guest_mode;
};

struct fpu_guest {
	__u64 xfeatures;
};

struct kvm_vcpu_arch {
	__u64 last_host_tsc;
	bool guest_state_protected;
	struct fpu_guest guest_fpu;
};

struct kvm_vcpu {
	struct kvm *kvm;
	struct preempt_notifier preempt_notifier;
	int vcpu_id;
	int vcpu_idx;
	struct kvm_run *run;
	struct kvm_vcpu_arch arch;
	struct kvm_vcpu_stat stat;
};

/* AMD SVM: kvm_amd.ko. */

struct vmcb_control_area {
	__u32 exit_code;
};

struct vmcb {
	struct vmcb_control_area control;
};

struct kvm_vmcb_info {
	struct vmcb *ptr;
};

/*
 * @vmcb: the VMCB in use. While a nested guest runs, this is the nested guest's VMCB
 * @vmcb01: the VMCB of the guest itself
 */
struct vcpu_svm {
	struct vmcb *vmcb;
	struct kvm_vmcb_info vmcb01;
};

/* Intel VMX: kvm_intel.ko. */

union vmx_exit_reason {
	__u32 full;
};

struct vmcs_controls_shadow {
	__u32 secondary_exec;
};

struct loaded_vmcs {
	struct vmcs_controls_shadow controls_shadow;
};

struct vcpu_vmx {
	union vmx_exit_reason exit_reason;
	struct loaded_vmcs *loaded_vmcs;
};

/*
 * In 6.16, the exit reason was moved to a structure that VMX and TDX share: 14aecf2a5b32 ("KVM:
 * VMX: Move common fields of struct vcpu_{vmx,tdx} to a struct").
 */
struct vcpu_vt {
	union vmx_exit_reason exit_reason;
};

struct vcpu_vmx___vt {
	struct vcpu_vt vt;
};

#pragma clang attribute pop

#endif
