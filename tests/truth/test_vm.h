/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small VMM that uses the KVM API directly. The guest's memory contains the payloads and
 * identity-mapping page tables. The vCPUs start a payload in 64-bit mode, or in real mode with
 * VM_REAL. All functions return 0 or a negative errno.
 */
#ifndef TRUTH_TEST_VM_H
#define TRUTH_TEST_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/kvm.h>

/*
 * A VM can have up to VM_VCPUS_MAX vCPUs, but only VM_VCPUS of them can run at the same time: vCPU
 * i and vCPU i + VM_VCPUS must not run simultaneously, because they share their parameters and
 * their stack.
 */
#define VM_VCPUS     8
#define VM_VCPUS_MAX 1024

/* Flags of a VM. With VM_IRQCHIP, KVM emulates the local APICs and a PIC with automatic EOI. */
#define VM_IRQCHIP  (1u << 0)
#define VM_DEADLINE (1u << 1) /* the local APIC's timer in TSC-deadline mode */
#define VM_X2APIC   (1u << 2)
#define VM_XSAVE    (1u << 3) /* CR4.OSXSAVE */
#define VM_REAL	    (1u << 4) /* starts in real mode */
#define VM_USER	    (1u << 5) /* starts at CPL 3, with CPUID faulting on */
/*
 * With these flags, the VMM itself defines one of vmtoll's leaves: the first native leaf with
 * VM_OWN_NATIVE, and the last classic leaf with VM_OWN_CLASSIC.
 */
#define VM_OWN_NATIVE  (1u << 6)
#define VM_OWN_CLASSIC (1u << 7)
#define VM_NESTED      (1u << 8) /* can run a nested guest */

struct test_vcpu {
	int fd;
	struct kvm_run *run;
	uint64_t *iterations; /* in guest memory: iterations of the next pass */
};

struct test_vm {
	int kvm; /* descriptor of /dev/kvm */
	int fd;
	unsigned int flags;
	uint8_t *memory;
	long run_bytes;
	struct kvm_cpuid2 *cpuid;
	volatile bool aborted;
	unsigned int vcpus;
	struct test_vcpu vcpu[VM_VCPUS_MAX];
};

/* The reasons for test_vm_run() to return. */
enum test_vm_stop {
	VM_MARK,
	VM_SHUTDOWN,
};

/* Check that KVM is available and has the expected API version. */
int test_vm_check(void);

/* Raise the limit on open files. Each vCPU needs two descriptors, and each VM needs two more. */
int test_vm_allow_files(void);

/*
 * Create a VM. vCPU i starts at @payload[i % VM_VCPUS], which must be an address between
 * payload_start and payload_end. The caller must call test_vm_destroy().
 */
int test_vm_create(struct test_vm *vm, unsigned int flags, unsigned int vcpus,
		   const char *const *payload);
void test_vm_destroy(struct test_vm *vm);

/* Close the vCPUs' files, which ends the vCPUs. The caller must still call test_vm_destroy(). */
void test_vm_close_vcpus(struct test_vm *vm);

/*
 * If @flags contains VM_OWN_NATIVE or VM_OWN_CLASSIC, add the leaves that the flag stands for to
 * the VM's CPUID table. test_vm_create() calls this function with the VM's flags.
 */
void test_vm_add_own_leaves(struct test_vm *vm, unsigned int flags);

/* Return true if the VM's CPUID offers VMX. */
bool test_vm_has_vmx(const struct test_vm *vm);

/* Restart vCPU @i with this payload. */
int test_vm_start(struct test_vm *vm, unsigned int i, const char *payload);

/* Set params->iterations and run vCPU @i up to its next mark. Emulate the payload's devices. */
int test_vm_run(struct test_vm *vm, unsigned int i, uint64_t iterations, enum test_vm_stop *stop);

/*
 * Run vCPU @i until KVM_RUN returns once, and emulate the payload's devices. Set @stopped to true
 * and set @stop if the vCPU has reached its mark or has shut down.
 */
int test_vm_step(struct test_vm *vm, unsigned int i, bool *stopped, enum test_vm_stop *stop);

/*
 * Set the limit of DS to 4 GiB if @big is true, and to the usual 64 KiB if it is false. A guest
 * with the larger limit is in "big" real mode, which firmware uses. The VM must have been created
 * with VM_REAL.
 *
 * VMX cannot enter a guest in big real mode without "unrestricted guest". KVM then emulates all
 * of the guest's instructions.
 */
int test_vm_set_big_real(struct test_vm *vm, unsigned int i, bool big);

/* Set the leaf that the payload `leaf` reads on vCPU @i. */
void test_vm_set_leaf(struct test_vm *vm, unsigned int i, uint32_t leaf, uint32_t subleaf);

/*
 * Make KVM drop its mappings of the guest's memory: remove the memory from the VM and add it
 * again. The next access to each page then causes an exit. The pages stay allocated.
 */
int test_vm_drop_mappings(struct test_vm *vm);

/* Pulse the interrupt line of a VM with VM_IRQCHIP. */
int test_vm_interrupt(struct test_vm *vm);

/*
 * Set @faults to the number of faulting instructions that the payload's handlers have skipped on
 * vCPU @i.
 */
int test_vm_faults(struct test_vm *vm, unsigned int i, uint64_t *faults);

/*
 * Make test_vm_run() return -ETIMEDOUT when its thread receives a signal. Any thread may call
 * this function.
 */
void test_vm_abort(struct test_vm *vm);

#endif
