/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmtoll.bpf.c is compiled to two objects. This header and x86.h contain their differences:
 *
 * - In the typed object, the verifier knows the types of KVM's structures, so the programs read
 *   their members directly. To load it, the loader needs a file descriptor of the BTF of KVM's
 *   modules. The kernel gives this file descriptor only to processes with CAP_SYS_ADMIN.
 * - The untyped object (UNTYPED is defined) is for processes that only have CAP_BPF and
 *   CAP_PERFMON. Its programs are attached to raw tracepoints. The arguments of a raw tracepoint
 *   are numbers without a type, so each read of a member calls a helper function.
 */
#ifndef VMTOLL_BPF_ACCESS_H
#define VMTOLL_BPF_ACCESS_H

/*
 * TRACEPOINT() declares the tracepoint to which a program is attached.
 *
 * MEMBER() returns a member of a structure of KVM.
 *
 * CREATE, DESTROY_START and DESTROY_END declare to which functions the programs for new and ended
 * vCPUs are attached.
 *
 * The untyped object cannot use functions of KVM. They would require the BTF of KVM's modules, or
 * a kprobe. The kernel creates kprobes by perf_event_open(), which Debian's kernels only allow
 * with CAP_SYS_ADMIN, unless the administrator has changed kernel.perf_event_paranoid. The untyped
 * object therefore uses the functions of the kernel by which KVM allocates and frees the FPU state
 * of a vCPU. They exist since d69c1382e1b7 ("x86/kvm: Convert FPU handling to a single swap
 * buffer").
 */
#ifdef UNTYPED

#define TRACEPOINT(name) SEC("raw_tp/" name)

/* The comma operator removes `const` from the type of the variable. */
#define MEMBER(pointer, member)                                                     \
	({                                                                          \
		__typeof__(((void)0, (pointer)->member)) value_;                    \
		bpf_probe_read_kernel(&value_, sizeof(value_), &(pointer)->member); \
		value_;                                                             \
	})

#define CREATE	      "fentry/fpu_alloc_guest_fpstate"
#define DESTROY_START "fentry/fpu_free_guest_fpstate"
#define DESTROY_END   "fexit/fpu_free_guest_fpstate"

#else

#define TRACEPOINT(name)	SEC("tp_btf/" name)
#define MEMBER(pointer, member) ((pointer)->member)
#define CREATE			"fentry/kvm_arch_vcpu_create"
#define DESTROY_START		"kprobe/kvm_arch_vcpu_destroy"
#define DESTROY_END		"fexit/kvm_arch_vcpu_destroy"

#endif

#endif
