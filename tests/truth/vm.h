/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A virtual machine on the KVM API: memory with the payloads and identity page tables in it, and
 * vCPUs that start a payload in 64-bit mode. All functions return 0 or a negative errno.
 */
#ifndef TRUTH_VM_H
#define TRUTH_VM_H

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

struct vcpu {
	int fd;
	struct kvm_run *run;
	uint64_t *iterations; /* in guest memory: of the next pass */
};

struct vm {
	int kvm; /* /dev/kvm */
	int fd;
	unsigned int flags;
	uint8_t *memory;
	long run_bytes;
	struct kvm_cpuid2 *cpuid;
	volatile bool given_up;
	unsigned int vcpus;
	struct vcpu vcpu[VM_VCPUS];
};

/* Why vm_run() came back. */
enum vm_stop {
	VM_MARK,
	VM_SHUTDOWN,
};

/* Whether there is a KVM to speak to. */
int vm_check(void);

/* payload[i] is where vCPU i starts, an address between payload_start and payload_end. */
int vm_create(struct vm *vm, unsigned int flags, unsigned int vcpus, const char *const *payload);
void vm_destroy(struct vm *vm);

/* Lets vCPU i begin anew, with this payload. */
int vm_start(struct vm *vm, unsigned int i, const char *payload);

/* Sets params->iterations and runs vCPU i up to the next mark, playing the devices. */
int vm_run(struct vm *vm, unsigned int i, uint64_t iterations, enum vm_stop *stop);

/*
 * VM_REAL: gives DS a limit of 4 GiB, or its normal one. With it ("big" real mode, as firmware
 * has it) VMX without "unrestricted guest" cannot enter the guest, and KVM emulates all of it.
 */
int vm_set_big_real(struct vm *vm, unsigned int i, bool big);

/* What payload `leaf` asks for on vCPU i. */
void vm_set_leaf(struct vm *vm, unsigned int i, uint32_t leaf, uint32_t subleaf);

/*
 * Takes the memory away from the VM and gives it back: KVM forgets what it mapped, the pages
 * themselves stay. Every first touch is an exit again.
 */
int vm_forget_pages(struct vm *vm);

/* Pulses the VM's interrupt line (VM_IRQCHIP). */
int vm_interrupt(struct vm *vm);

/* Number of exceptions that the payload's handlers skipped. */
int vm_faults(struct vm *vm, unsigned int i, uint64_t *faults);

/* From any thread: vm_run() gives up with -ETIMEDOUT once its thread gets a signal. */
void vm_give_up(struct vm *vm);

#endif
