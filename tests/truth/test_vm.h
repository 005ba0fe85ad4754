/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual machine on the KVM API: memory with the payloads and identity page tables in it, and
 * vCPUs that start a payload in 64-bit mode. All functions return 0 or a negative errno.
 */
#ifndef TRUTH_TEST_VM_H
#define TRUTH_TEST_VM_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/kvm.h>

#define VM_VCPUS 8

/* How a VM is made. */
#define VM_IRQCHIP \
	(1u << 0) /* KVM's own interrupt controllers: PIC with automatic EOI, local APICs */
#define VM_DEADLINE (1u << 1) /* the local APIC's timer in TSC-deadline mode */
#define VM_X2APIC   (1u << 2)
#define VM_XSAVE    (1u << 3) /* CR4.OSXSAVE */
#define VM_REAL	    (1u << 4) /* starts in real mode */
#define VM_USER	    (1u << 5) /* starts at CPL 3, with CPUID faulting on */

struct test_vcpu {
	int fd;
	struct kvm_run *run;
	uint64_t *iterations; /* in guest memory: of the next pass */
};

struct test_vm {
	int kvm; /* /dev/kvm */
	int fd;
	unsigned int flags;
	uint8_t *memory;
	long run_bytes;
	struct kvm_cpuid2 *cpuid;
	volatile bool aborted;
	unsigned int vcpus;
	struct test_vcpu vcpu[VM_VCPUS];
};

/* Why vm_run() came back. */
enum test_vm_stop {
	VM_MARK,
	VM_SHUTDOWN,
};

/* Whether there is a KVM to speak to. */
int test_vm_check(void);

/* payload[i] is where vCPU i starts, an address between payload_start and payload_end. */
int test_vm_create(struct test_vm *vm, unsigned int flags, unsigned int vcpus,
		   const char *const *payload);
void test_vm_destroy(struct test_vm *vm);

/* Lets vCPU i begin anew, with this payload. */
int test_vm_start(struct test_vm *vm, unsigned int i, const char *payload);

/* Sets params->iterations and runs vCPU i up to the next mark, playing the devices. */
int test_vm_run(struct test_vm *vm, unsigned int i, uint64_t iterations, enum test_vm_stop *stop);

/*
 * VM_REAL: gives DS a limit of 4 GiB, or its normal one. With it ("big" real mode, as firmware
 * has it) VMX without "unrestricted guest" cannot enter the guest, and KVM emulates all of it.
 */
int test_vm_set_big_real(struct test_vm *vm, unsigned int i, bool big);

/* What payload `leaf` asks for on vCPU i. */
void test_vm_set_leaf(struct test_vm *vm, unsigned int i, uint32_t leaf, uint32_t subleaf);

/*
 * Takes the memory away from the VM and gives it back: KVM forgets what it mapped, the pages
 * themselves stay. Every first touch is an exit again.
 */
int test_vm_drop_mappings(struct test_vm *vm);

/* Pulses the VM's interrupt line (VM_IRQCHIP). */
int test_vm_interrupt(struct test_vm *vm);

/* Number of exceptions that the payload's handlers skipped. */
int test_vm_faults(struct test_vm *vm, unsigned int i, uint64_t *faults);

/* From any thread: vm_run() gives up with -ETIMEDOUT once its thread gets a signal. */
void test_vm_abort(struct test_vm *vm);

#endif
