// SPDX-License-Identifier: GPL-2.0
/* See test_vcpu.h. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fail.h"
#include "guest_memory.h"
#include "guest_layout.h"
#include "nested.h"
#include "payload.h"
#include "test_vcpu.h"

#define CR0_PE			  (1ull << 0)
#define CR0_MP			  (1ull << 1)
#define CR0_ET			  (1ull << 4)
#define CR0_NE			  (1ull << 5)
#define CR0_WP			  (1ull << 16)
#define CR0_PG			  (1ull << 31)
#define CR4_PAE			  (1ull << 5)
#define CR4_OSFXSR		  (1ull << 9)
#define CR4_VMXE		  (1ull << 13)
#define CR4_OSXSAVE		  (1ull << 18)
#define EFER_LME		  (1ull << 8)
#define EFER_LMA		  (1ull << 10)
#define EFER_SVME		  (1ull << 12)
#define RFLAGS_FIXED		  (1ull << 1)
#define RFLAGS_IOPL3		  (3ull << 12)
#define MSR_PLATFORM_INFO	  0xce
#define PLATFORM_INFO_CPUID_FAULT (1ull << 31)
#define MSR_MISC_FEATURES_ENABLES 0x140
#define MISC_FEATURES_CPUID_FAULT (1ull << 0)
#define MSR_VM_HSAVE_PA		  0xc0010117
#define MSR_FEATURE_CONTROL	  0x3a
#define FEATURE_CONTROL_LOCKED	  (1ull << 0)
#define FEATURE_CONTROL_VMXON	  (1ull << 2)
#define APIC_BASE_X2APIC	  (1ull << 10)
#define APIC_SPIV		  0xf0
#define APIC_LVTT		  0x320
#define APIC_LVTT_DEADLINE	  ((2u << 17) | 0xef)

static struct kvm_segment flat_segment(uint16_t selector, uint8_t type)
{
	return (struct kvm_segment){
		.selector = selector,
		.limit = 0xffffffff,
		.type = type,
		.present = 1,
		.dpl = selector & 3,
		.s = 1,
		.g = 1,
		.l = type == 11,
		.db = type != 11,
	};
}

static void set_long_mode(struct test_vm *vm, struct kvm_sregs *s)
{
	bool user = vm->flags & VM_USER;

	s->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG;
	s->cr3 = GPA_PML4;
	s->cr4 = CR4_PAE | CR4_OSFXSR | (vm->flags & VM_XSAVE ? CR4_OSXSAVE : 0);
	s->efer = EFER_LME | EFER_LMA;
	s->cs = flat_segment(user ? CS_USER : CS_KERNEL, 11);
	s->ss = flat_segment(user ? SS_USER : SS_KERNEL, 3);
	s->ds = s->es = s->fs = s->gs = s->ss;
	s->tr = (struct kvm_segment){
		.selector = TR_SELECTOR, .base = GPA_TSS, .limit = 0x67, .type = 11, .present = 1
	};
	s->gdt = (struct kvm_dtable){ .base = GPA_GDT, .limit = TR_SELECTOR + 15 };
	s->idt = (struct kvm_dtable){ .base = GPA_IDT, .limit = 0xfff };
}

/* Enable SVM or VMX, whichever the vCPU's CPUID offers, and prepare the nested guest. */
static void set_nested(struct test_vm *vm, struct kvm_sregs *s)
{
	if (test_vm_has_vmx(vm)) {
		s->cr4 |= CR4_VMXE;
		nested_vmx_build(vm->memory, s);
	} else {
		s->efer |= EFER_SVME;
		nested_svm_build(vm->memory, s);
	}
}

static void set_real_mode(struct kvm_sregs *s)
{
	s->cs.selector = GPA_CODE >> 4;
	s->cs.base = GPA_CODE;
	s->ds.selector = GPA_PARAMS >> 4;
	s->ds.base = GPA_PARAMS;
}

static int set_sregs(struct test_vm *vm, struct test_vcpu *v)
{
	struct kvm_sregs s;

	if (ioctl(v->fd, KVM_GET_SREGS, &s))
		return fail(-errno, "read the vCPU's system registers: KVM_GET_SREGS");
	if (vm->flags & VM_REAL)
		set_real_mode(&s);
	else
		set_long_mode(vm, &s);
	if (vm->flags & VM_NESTED)
		set_nested(vm, &s);
	if (vm->flags & VM_X2APIC)
		s.apic_base |= APIC_BASE_X2APIC;
	if (ioctl(v->fd, KVM_SET_SREGS, &s))
		return fail(-errno, "set the vCPU's system registers: KVM_SET_SREGS");
	return 0;
}

int test_vm_start(struct test_vm *vm, unsigned int i, const char *payload)
{
	bool real = vm->flags & VM_REAL;
	struct kvm_regs r = {
		.rip = real ? (uint64_t)(payload - payload_start) : guest_memory_address(payload),
		.rsp = real ? 0 : GPA_STACK_TOP + i % VM_VCPUS * 4096,
		.rbp = GPA_PARAMS + i % VM_VCPUS * PARAM_BYTES,
		.rflags = RFLAGS_FIXED | (vm->flags & VM_USER ? RFLAGS_IOPL3 : 0),
	};

	if (ioctl(vm->vcpu[i].fd, KVM_SET_REGS, &r))
		return fail(-errno, "set vCPU %u's registers: KVM_SET_REGS", i);
	return 0;
}

static int set_msr(struct test_vcpu *v, uint32_t index, uint64_t value)
{
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry;
	} m = { .head = { .nmsrs = 1 }, .entry = { .index = index, .data = value } };
	int n = ioctl(v->fd, KVM_SET_MSRS, &m);

	if (n != 1)
		return fail(n < 0 ? -errno : -EOPNOTSUPP, "set MSR 0x%x: KVM_SET_MSRS", index);
	return 0;
}

static int set_cpuid_faulting(struct test_vcpu *v)
{
	int err = set_msr(v, MSR_PLATFORM_INFO, PLATFORM_INFO_CPUID_FAULT);

	return err ?: set_msr(v, MSR_MISC_FEATURES_ENABLES, MISC_FEATURES_CPUID_FAULT);
}

static int set_nested_msr(const struct test_vm *vm, struct test_vcpu *v)
{
	if (!test_vm_has_vmx(vm))
		return set_msr(v, MSR_VM_HSAVE_PA, GPA_HSAVE);
	return set_msr(v, MSR_FEATURE_CONTROL, FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMXON);
}

static int set_deadline_mode(struct test_vcpu *v)
{
	struct kvm_lapic_state apic;
	uint32_t value;

	if (ioctl(v->fd, KVM_GET_LAPIC, &apic))
		return fail(-errno, "read the local APIC: KVM_GET_LAPIC");
	value = 0x1ff;
	memcpy(apic.regs + APIC_SPIV, &value, sizeof(value));
	value = APIC_LVTT_DEADLINE;
	memcpy(apic.regs + APIC_LVTT, &value, sizeof(value));
	if (ioctl(v->fd, KVM_SET_LAPIC, &apic))
		return fail(-errno, "set up the local APIC's timer: KVM_SET_LAPIC");
	return 0;
}

int test_vcpu_set_up(struct test_vm *vm, unsigned int i, const char *payload)
{
	struct test_vcpu *v = &vm->vcpu[i];
	int err;

	if (ioctl(v->fd, KVM_SET_CPUID2, vm->cpuid))
		return fail(-errno, "set vCPU %u's CPUID: KVM_SET_CPUID2", i);
	err = vm->flags & VM_NESTED ? set_nested_msr(vm, v) : 0;
	err = err ?: set_sregs(vm, v) ?: test_vm_start(vm, i, payload);
	if (!err && vm->flags & VM_DEADLINE)
		err = set_deadline_mode(v);
	if (!err && vm->flags & VM_USER)
		err = set_cpuid_faulting(v);
	return err;
}

int test_vm_set_big_real(struct test_vm *vm, unsigned int i, bool big)
{
	struct kvm_sregs s;

	if (ioctl(vm->vcpu[i].fd, KVM_GET_SREGS, &s))
		return fail(-errno, "read vCPU %u's system registers: KVM_GET_SREGS", i);
	s.ds.limit = big ? 0xffffffff : 0xffff;
	s.ds.g = big;
	if (ioctl(vm->vcpu[i].fd, KVM_SET_SREGS, &s))
		return fail(-errno, "set vCPU %u's system registers: KVM_SET_SREGS", i);
	return 0;
}

int test_vm_faults(struct test_vm *vm, unsigned int i, uint64_t *faults)
{
	struct kvm_regs r;

	if (ioctl(vm->vcpu[i].fd, KVM_GET_REGS, &r))
		return fail(-errno, "read vCPU %u's registers: KVM_GET_REGS", i);
	*faults = r.r13;
	return 0;
}
