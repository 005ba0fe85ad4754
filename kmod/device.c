// SPDX-License-Identifier: GPL-2.0
/*
 * The device /dev/vmtoll. A page is mapped when it is first touched, so mapping the whole file
 * is cheap. The mapping of a ledger's page remains valid even after the ledger has been freed.
 */

#include "device.h"

#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "compat.h"
#include "registry.h"
#include "slots.h"

static vm_fault_t device_fault(struct vm_fault *vmf)
{
	vmf->page = slots_page(vmf->pgoff);
	return vmf->page ? 0 : VM_FAULT_SIGBUS;
}

static const struct vm_operations_struct device_vm_ops = {
	.fault = device_fault,
};

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	unsigned long pages = slots_bytes() >> PAGE_SHIFT;

	if (vma->vm_flags & (VM_WRITE | VM_EXEC))
		return -EACCES;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYWRITE | VM_MAYEXEC);
	vma->vm_ops = &device_vm_ops;
	registry_publish_lost();
	return 0;
}

static int device_open(struct inode *inode, struct file *file)
{
	return file->f_mode & FMODE_WRITE ? -EACCES : 0;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.open = device_open,
	.mmap = device_mmap,
	.llseek = noop_llseek,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vmtoll",
	.fops = &device_fops,
	.mode = 0600,
};

int device_publish(void)
{
	return misc_register(&device);
}

void device_withdraw(void)
{
	misc_deregister(&device);
}
