// SPDX-License-Identifier: GPL-2.0
/* See test_vm.h. test_vcpu.c sets up the state of the vCPUs, and test_vm_run.c runs them. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fail.h"
#include "guest_memory.h"
#include "guest_layout.h"
#include "test_vcpu.h"
#include "test_vm.h"
#include "vmtoll.h"

#define PIC_VECTOR 0x20
/* The maximum number of CPUID entries that KVM returns or accepts. */
#define CPUID_ENTRIES	256
#define MAX_FILES	65536
#define CPUID_1_ECX_VMX (1u << 5)
#define OWN_LEAVES	2

static int set_memory_size(struct test_vm *vm, uint64_t bytes)
{
	struct kvm_userspace_memory_region region = {
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)vm->memory,
	};

	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		return fail(-errno, "set the guest memory: KVM_SET_USER_MEMORY_REGION");
	return 0;
}

int test_vm_drop_mappings(struct test_vm *vm)
{
	return set_memory_size(vm, 0) ?: set_memory_size(vm, GUEST_BYTES);
}

static int add_memory(struct test_vm *vm)
{
	int err;

	vm->memory = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (vm->memory == MAP_FAILED) {
		vm->memory = NULL;
		return fail(-errno, "map %u bytes of guest memory", GUEST_BYTES);
	}
	/*
	 * Do not use huge pages. With a huge page, only one of the 512 pages at GPA_TOUCH would
	 * cause a fault.
	 */
	if (madvise(vm->memory, GUEST_BYTES, MADV_NOHUGEPAGE) && errno != EINVAL)
		return fail(-errno, "disable huge pages in the guest memory: madvise");
	err = set_memory_size(vm, GUEST_BYTES);
	if (!err)
		guest_memory_build(vm->memory);
	return err;
}

/* Set up the PIC as an operating system does, but with automatic end of interrupt (EOI). */
static int add_irqchip(struct test_vm *vm)
{
	struct kvm_irqchip chip = { .chip_id = KVM_IRQCHIP_PIC_MASTER };

	if (ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0))
		return fail(-errno, "create the interrupt controllers: KVM_CREATE_IRQCHIP");
	if (ioctl(vm->fd, KVM_GET_IRQCHIP, &chip))
		return fail(-errno, "read the PIC: KVM_GET_IRQCHIP");
	chip.chip.pic.irq_base = PIC_VECTOR;
	chip.chip.pic.imr = 0;
	chip.chip.pic.auto_eoi = 1;
	if (ioctl(vm->fd, KVM_SET_IRQCHIP, &chip))
		return fail(-errno, "set up the PIC: KVM_SET_IRQCHIP");
	return 0;
}

/*
 * Read the CPUID leaves that KVM supports. Always read them on CPU 0, because some leaves
 * depend on the CPU that executes the query.
 */
static int read_supported_cpuid(struct test_vm *vm)
{
	cpu_set_t before, first;
	int err = 0;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	if (sched_getaffinity(0, sizeof(before), &before) ||
	    sched_setaffinity(0, sizeof(first), &first))
		return fail(-errno, "run on CPU 0");
	if (ioctl(vm->kvm, KVM_GET_SUPPORTED_CPUID, vm->cpuid))
		err = fail(-errno, "read KVM's CPUID leaves: KVM_GET_SUPPORTED_CPUID");
	if (sched_setaffinity(0, sizeof(before), &before) && !err)
		err = fail(-errno, "restore the CPU affinity");
	return err;
}

static void add_own_leaf(struct test_vm *vm, uint32_t leaf)
{
	vm->cpuid->entries[vm->cpuid->nent++] = (struct kvm_cpuid_entry2){
		.function = leaf,
		.eax = leaf,
		.ebx = 0x6e776f21, /* "!own" */
		.ecx = 0x600dcafe,
		.edx = ~leaf,
	};
}

void test_vm_add_own_leaves(struct test_vm *vm, unsigned int flags)
{
	if (flags & VM_OWN_NATIVE)
		add_own_leaf(vm, VMTOLL_LEAF_BASE);
	if (flags & VM_OWN_CLASSIC)
		add_own_leaf(vm, VMTOLL_CLASSIC_LAST);
}

bool test_vm_has_vmx(const struct test_vm *vm)
{
	for (unsigned int i = 0; i < vm->cpuid->nent; i++) {
		if (vm->cpuid->entries[i].function == 1)
			return vm->cpuid->entries[i].ecx & CPUID_1_ECX_VMX;
	}
	return false;
}

static int get_cpuid(struct test_vm *vm)
{
	size_t bytes =
		sizeof(*vm->cpuid) + (CPUID_ENTRIES + OWN_LEAVES) * sizeof(vm->cpuid->entries[0]);
	int err;

	vm->cpuid = calloc(1, bytes);
	if (!vm->cpuid)
		return fail(-ENOMEM, "allocate the CPUID table");
	vm->cpuid->nent = CPUID_ENTRIES;
	err = read_supported_cpuid(vm);
	if (err)
		return err;
	for (unsigned int i = 0; i < vm->cpuid->nent; i++) {
		struct kvm_cpuid_entry2 *e = &vm->cpuid->entries[i];

		if (e->function == 1) /* KVM emulates these features but does not list them */
			e->ecx |= (1u << 21) | (1u << 24) | (1u << 31);
	}
	test_vm_add_own_leaves(vm, vm->flags);
	return 0;
}

static int add_vcpu(struct test_vm *vm, unsigned int i, const char *payload)
{
	struct test_vcpu *v = &vm->vcpu[i];
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };

	v->iterations = (uint64_t *)(vm->memory + GPA_PARAMS + i % VM_VCPUS * PARAM_BYTES +
				     PARAM_ITERATIONS);
	v->fd = ioctl(vm->fd, KVM_CREATE_VCPU, i);
	if (v->fd < 0)
		return fail(-errno, "create vCPU %u: KVM_CREATE_VCPU", i);
	vm->vcpus = i + 1;
	v->run = mmap(NULL, vm->run_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (v->run == MAP_FAILED) {
		v->run = NULL;
		return fail(-errno, "map vCPU %u's kvm_run", i);
	}
	/*
	 * With KVM's interrupt controllers, every vCPU except the first would wait for an INIT.
	 * Make these vCPUs runnable.
	 */
	if (i && vm->flags & VM_IRQCHIP && ioctl(v->fd, KVM_SET_MP_STATE, &runnable))
		return fail(-errno, "make vCPU %u runnable: KVM_SET_MP_STATE", i);
	return test_vcpu_set_up(vm, i, payload);
}

int test_vm_allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return fail(-errno, "read the limit on open files");
	if (limit.rlim_max < MAX_FILES)
		limit.rlim_max = MAX_FILES; /* this requires root */
	limit.rlim_cur = limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) ? fail(-errno, "raise the limit on open files") : 0;
}

int test_vm_check(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int version;

	if (fd < 0)
		return fail(-errno, "open /dev/kvm (is kvm_intel or kvm_amd loaded?)");
	version = ioctl(fd, KVM_GET_API_VERSION, 0);
	close(fd);
	if (version != KVM_API_VERSION)
		return fail(-EPROTO, "use KVM: its API version is %d, expected %d", version,
			    KVM_API_VERSION);
	return 0;
}

static int open_kvm(struct test_vm *vm)
{
	vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (vm->kvm < 0)
		return fail(-errno, "open /dev/kvm");
	vm->run_bytes = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	if (vm->run_bytes < 0)
		return fail(-errno, "read the size of kvm_run: KVM_GET_VCPU_MMAP_SIZE");
	vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return fail(-errno, "create a VM: KVM_CREATE_VM");
	/*
	 * VMX without "unrestricted guest" needs this address range. The guest itself does not
	 * use it.
	 */
	if (ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000ul))
		return fail(-errno, "place KVM's own pages: KVM_SET_TSS_ADDR");
	return 0;
}

int test_vm_create(struct test_vm *vm, unsigned int flags, unsigned int vcpus,
		   const char *const *payload)
{
	int err;

	*vm = (struct test_vm){ .kvm = -1, .fd = -1, .flags = flags };
	err = open_kvm(vm);
	if (!err && flags & VM_IRQCHIP)
		err = add_irqchip(vm);
	if (!err)
		err = add_memory(vm) ?: get_cpuid(vm);
	for (unsigned int i = 0; !err && i < vcpus; i++)
		err = add_vcpu(vm, i, payload[i % VM_VCPUS]);
	if (err)
		test_vm_destroy(vm);
	return err;
}

void test_vm_set_leaf(struct test_vm *vm, unsigned int i, uint32_t leaf, uint32_t subleaf)
{
	uint8_t *params = vm->memory + GPA_PARAMS + i % VM_VCPUS * PARAM_BYTES;

	*(uint32_t *)(params + PARAM_LEAF) = leaf;
	*(uint32_t *)(params + PARAM_SUBLEAF) = subleaf;
}

void test_vm_close_vcpus(struct test_vm *vm)
{
	for (unsigned int i = 0; i < vm->vcpus; i++) {
		if (vm->vcpu[i].run)
			munmap(vm->vcpu[i].run, vm->run_bytes);
		close(vm->vcpu[i].fd);
	}
	vm->vcpus = 0;
}

void test_vm_destroy(struct test_vm *vm)
{
	test_vm_close_vcpus(vm);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->kvm >= 0)
		close(vm->kvm);
	if (vm->memory)
		munmap(vm->memory, GUEST_BYTES);
	free(vm->cpuid);
}
