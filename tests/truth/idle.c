// SPDX-License-Identifier: GPL-2.0
/*
 * The `idle` verb creates VMs with many vCPUs. Each vCPU causes a few exits and then stays idle in
 * user space. When all vCPUs are idle, the verb prints a line. When its standard input ends, it
 * destroys the VMs.
 *
 * With -r N, the verb also destroys the first VM, waits until the module has detected this, and
 * creates N more VMs. Only then does it print the line.
 *
 * With -o 1, the verb keeps an O_PATH descriptor of each vCPU's file open. After it has destroyed
 * the VMs, it prints another line and waits for a signal.
 */
#define _GNU_SOURCE /* O_PATH */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "option.h"
#include "payload.h"
#include "platform.h"
#include "test_vm.h"
#include "verbs.h"

#define MAX_VMS 256

struct idle {
	uint64_t vms;
	uint64_t vcpus; /* per VM */
	uint64_t pinned; /* 1: keep O_PATH descriptors */
	uint64_t more; /* VMs to create after the first one has been destroyed */
	struct test_vm *vm;
	unsigned int created; /* number of VMs */
	unsigned int destroyed; /* how many of them have been destroyed */
};

/* Open an O_PATH descriptor of each vCPU's file and never close it. */
static int pin(const struct test_vm *vm)
{
	char path[32];

	for (unsigned int i = 0; i < vm->vcpus; i++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", vm->vcpu[i].fd);
		if (open(path, O_PATH | O_CLOEXEC) < 0)
			return fail(-errno, "open %s", path);
	}
	return 0;
}

static int add_vm(struct idle *idle)
{
	const char *payloads[VM_VCPUS];
	struct test_vm *vm = &idle->vm[idle->created];
	enum test_vm_stop stop;
	int err;

	for (unsigned int i = 0; i < VM_VCPUS; i++)
		payloads[i] = payload_cpuid;
	err = test_vm_create(vm, 0, (unsigned int)idle->vcpus, payloads);
	if (err)
		return err;
	idle->created++;
	for (unsigned int i = 0; !err && i < idle->vcpus; i++)
		err = test_vm_run(vm, i, 1, &stop);
	return err ?: idle->pinned ? pin(vm) : 0;
}

static int add_vms(struct idle *idle, uint64_t vms)
{
	int err = 0;

	while (!err && vms--)
		err = add_vm(idle);
	return err;
}

static int create_vms(struct idle *idle)
{
	int err;

	idle->vm = calloc(idle->vms + idle->more, sizeof(*idle->vm));
	if (!idle->vm)
		return fail(-ENOMEM, "allocate the VMs");
	err = add_vms(idle, idle->vms);
	if (err || !idle->more)
		return err;
	test_vm_destroy(&idle->vm[idle->destroyed++]);
	sleep(1);
	return add_vms(idle, idle->more);
}

static void wait_for_end_of_input(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) > 0)
		;
}

static const struct number_option options[] = {
	{ 'v', offsetof(struct idle, vms), 1, MAX_VMS },
	{ 'c', offsetof(struct idle, vcpus), 1, VM_VCPUS_MAX },
	{ 'o', offsetof(struct idle, pinned), 0, 1 },
	{ 'r', offsetof(struct idle, more), 0, MAX_VMS },
};

int verb_idle(int argc, char **argv)
{
	struct idle idle = { .vms = 1, .vcpus = 1 };
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &idle);

	if (err)
		return err;
	err = test_vm_check() ?: test_vm_allow_files() ?: create_vms(&idle);
	if (!err) {
		printf("%" PRIu64 " VMs with %" PRIu64 " vCPUs each are idle\n", idle.vms,
		       idle.vcpus);
		fflush(stdout);
		wait_for_end_of_input();
	}
	while (idle.created > idle.destroyed)
		test_vm_destroy(&idle.vm[--idle.created]);
	free(idle.vm);
	if (!err && idle.pinned) {
		puts("destroyed");
		fflush(stdout);
		pause();
	}
	return err;
}
