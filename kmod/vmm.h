/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The process of a VMM. It is identified by its struct pid, because a process ID may be reused.
 *
 * The process that first ran a vCPU of the VM may exit before the VM ends. Other processes can
 * still run the vCPUs if they share the memory and files of the VMM. The VMM's address space is
 * therefore also recorded. vmm_owner() returns mm->owner, which is a live process or thread
 * that uses this address space.
 *
 * Neither the reference to the struct pid nor the reference to the address space pins a
 * process, its memory or a VM.
 */
#ifndef VMTOLL_VMM_H
#define VMTOLL_VMM_H

#include <linux/types.h>

struct mm_struct;
struct pid;
struct task_struct;

/**
 * struct vmm - the process of a VMM
 * @process: the process that first ran a vCPU of the VM
 * @mm: its address space
 */
struct vmm {
	struct pid *process;
	struct mm_struct *mm;
};

/*
 * Take references to the current process and its address space. The caller must call vmm_put()
 * in process context.
 */
void vmm_get_current(struct vmm *vmm);
void vmm_put(struct vmm *vmm);

/*
 * Return true if no process uses the address space @mm any more. KVM then never runs a vCPU of
 * this VMM again, because KVM_RUN requires the address space in which the VM was created.
 */
bool vmm_has_no_memory(const struct mm_struct *mm);

/* Return true if the process has ended. Other processes may still use its address space. */
bool vmm_process_ended(const struct vmm *vmm);

/*
 * vmm_thread() returns a live thread of the VMM's process. vmm_owner() returns a live thread that
 * uses the VMM's address space. Both return NULL if there is no such thread. vmm_owner() also
 * returns NULL if the kernel is built without CONFIG_MEMCG. The caller holds the RCU read lock.
 */
struct task_struct *vmm_thread(const struct vmm *vmm);

/*
 * Return true if the process has a thread that is not exiting. A process whose parent has not
 * waited for it yet has no such thread, although vmm_process_ended() returns false for it.
 */
bool vmm_process_runs(const struct vmm *vmm);
struct task_struct *vmm_owner(const struct vmm *vmm);

#endif /* VMTOLL_VMM_H */
