// SPDX-License-Identifier: GPL-2.0
/*
 * Functions of test_vm.h that run vCPUs. They call KVM_RUN and emulate the devices of the
 * payloads.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "fail.h"
#include "guest_layout.h"
#include "test_vm.h"

#define PIC_LINE 1

int test_vm_interrupt(struct test_vm *vm)
{
	struct kvm_irq_level line = { .irq = PIC_LINE, .level = 1 };

	if (ioctl(vm->fd, KVM_IRQ_LINE, &line))
		return fail(-errno, "raise an interrupt: KVM_IRQ_LINE");
	line.level = 0;
	if (ioctl(vm->fd, KVM_IRQ_LINE, &line))
		return fail(-errno, "lower an interrupt: KVM_IRQ_LINE");
	return 0;
}

/*
 * Emulate an access to one of the payload's I/O ports. Returns 1 if the payload has reached a
 * mark, 0 if it must be resumed, or a negative errno.
 */
static int handle_io(struct test_vm *vm, struct kvm_run *run)
{
	uint8_t *data = (uint8_t *)run + run->io.data_offset;

	switch (run->io.port) {
	case PORT_MARK:
		return 1;
	case PORT_RING:
		return test_vm_interrupt(vm);
	case PORT_DEVICE:
		if (run->io.direction == KVM_EXIT_IO_IN)
			memset(data, DEVICE_BYTE, run->io.size * run->io.count);
		return 0;
	case PORT_PANIC:
		return fail(-EPROTO, "run the payload: unexpected exception or value");
	default:
		return fail(-EPROTO, "run the payload: it used the unknown port 0x%x",
			    run->io.port);
	}
}

/* Handle an exit to user space. The return value is the same as that of handle_io(). */
static int handle_exit(struct test_vm *vm, struct kvm_run *run)
{
	switch (run->exit_reason) {
	case KVM_EXIT_IO:
		return handle_io(vm, run);
	case KVM_EXIT_MMIO:
		if (run->mmio.phys_addr != GPA_MMIO)
			return fail(-EPROTO, "run the payload: it used the unknown address 0x%llx",
				    (unsigned long long)run->mmio.phys_addr);
		memset(run->mmio.data, DEVICE_BYTE, run->mmio.len);
		return 0;
	case KVM_EXIT_HLT:
		return 0;
	default:
		return fail(-EPROTO, "run the payload: KVM_RUN returned exit reason %u",
			    run->exit_reason);
	}
}

int test_vm_step(struct test_vm *vm, unsigned int i, bool *stopped, enum test_vm_stop *stop)
{
	struct test_vcpu *v = &vm->vcpu[i];
	int err;

	*stopped = false;
	*stop = VM_MARK;
	if (vm->aborted)
		return fail(-ETIMEDOUT, "run the payload: it did not reach its mark in time");
	if (ioctl(v->fd, KVM_RUN, 0))
		return errno == EINTR ? 0 : fail(-errno, "run vCPU %u: KVM_RUN", i);
	if (v->run->exit_reason == KVM_EXIT_SHUTDOWN) {
		*stop = VM_SHUTDOWN;
		*stopped = true;
		return 0;
	}
	err = handle_exit(vm, v->run);
	*stopped = err > 0;
	return err < 0 ? err : 0;
}

int test_vm_run(struct test_vm *vm, unsigned int i, uint64_t iterations, enum test_vm_stop *stop)
{
	bool stopped = false;
	int err = 0;

	*vm->vcpu[i].iterations = iterations;
	while (!err && !stopped)
		err = test_vm_step(vm, i, &stopped, stop);
	return err;
}

void test_vm_abort(struct test_vm *vm)
{
	vm->aborted = true;
	for (unsigned int i = 0; i < vm->vcpus; i++)
		vm->vcpu[i].run->immediate_exit = 1;
}
