// SPDX-License-Identifier: GPL-2.0
/* Find a vCPU's file among the open files of its thread. */

#include "vcpu_file.h"

#include <linux/fdtable.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/sched/task_stack.h>
#include <asm/syscall.h>

/*
 * The maximum number of files to search. The search may run with interrupts disabled, so it must
 * end after about 20,000 instructions.
 */
#define FILES_MAX BIT(11)

/*
 * Return true if @file is the vCPU's file. The vCPU's statistics file has the same private_data,
 * but it has no ioctl. Other threads may close files at the same time, so do not dereference a
 * pointer in @file before private_data has been compared. The vCPU's own file cannot be released
 * now, because the current KVM_RUN is using it.
 */
static bool file_is_vcpu(const struct file *file, const struct kvm_vcpu *vcpu)
{
	const struct file_operations *fop = READ_ONCE(file->f_op);

	return READ_ONCE(file->private_data) == vcpu && fop && fop->unlocked_ioctl;
}

/*
 * Return the vCPU's file if @fd is a descriptor of it. Return NULL if @fd refers to another file
 * or is not open. The caller holds the RCU read lock.
 */
static struct file *file_at(const struct fdtable *fdt, unsigned long fd,
			    const struct kvm_vcpu *vcpu)
{
	struct file *file;

	if (fd >= fdt->max_fds)
		return NULL;
	file = rcu_dereference(fdt->fd[array_index_nospec(fd, fdt->max_fds)]);
	return file && file_is_vcpu(file, vcpu) ? file : NULL;
}

/*
 * Return the vCPU's file, or NULL. The first argument of the current ioctl() is normally the
 * file's descriptor. If it is not, all descriptors are searched. The caller holds the RCU read
 * lock.
 */
static struct file *vcpu_file(const struct kvm_vcpu *vcpu)
{
	unsigned long args[6];
	struct fdtable *fdt;
	struct file *file;
	unsigned int fd;

	if (!current->files)
		return NULL;
	fdt = rcu_dereference(current->files->fdt);
	syscall_get_arguments(current, task_pt_regs(current), args);
	file = file_at(fdt, (unsigned int)args[0], vcpu);
	for (fd = 0; fd < fdt->max_fds && fd < FILES_MAX && !file; fd++)
		file = file_at(fdt, fd, vcpu);
	return file;
}

struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu)
{
	struct dentry *dentry = NULL;
	struct file *file;

	rcu_read_lock();
	file = vcpu_file(vcpu);
	if (file)
		dentry = dget(file->f_path.dentry);
	rcu_read_unlock();
	return dentry;
}

const struct dentry *vcpu_file_dentry(const struct kvm_vcpu *vcpu)
{
	const struct dentry *dentry = NULL;
	struct file *file;

	rcu_read_lock();
	file = vcpu_file(vcpu);
	if (file)
		dentry = file->f_path.dentry;
	rcu_read_unlock();
	return dentry;
}
