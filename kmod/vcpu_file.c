// SPDX-License-Identifier: GPL-2.0
/* Finding a vCPU's file among those that its thread has open. */

#include "vcpu_file.h"

#include <linux/fdtable.h>
#include <linux/sched.h>

/* Bounds the search, which may run with interrupts off. */
#define FILES_MAX BIT(16)

static bool file_is_vcpu(const struct file *file, const struct kvm_vcpu *vcpu)
{
	/* The file of a vCPU's statistics has the same private_data. */
	return file->private_data == vcpu &&
	       !strncmp(file->f_path.dentry->d_name.name, "kvm-vcpu:", 9);
}

struct dentry *vcpu_file_get(const struct kvm_vcpu *vcpu)
{
	struct dentry *dentry = NULL;
	struct fdtable *fdt;
	struct file *file;
	unsigned int fd;

	if (!current->files)
		return NULL;
	rcu_read_lock();
	fdt = rcu_dereference(current->files->fdt);
	for (fd = 0; fd < fdt->max_fds && fd < FILES_MAX && !dentry; fd++) {
		file = rcu_dereference(fdt->fd[fd]);
		/* A match is the file that this very ioctl holds; it cannot go now. */
		if (file && file_is_vcpu(file, vcpu))
			dentry = dget(file->f_path.dentry);
	}
	rcu_read_unlock();
	return dentry;
}
