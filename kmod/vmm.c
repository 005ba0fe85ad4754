// SPDX-License-Identifier: GPL-2.0
/* The process of a VMM; see vmm.h. */

#include "vmm.h"

#include <linux/mm_types.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

void vmm_get_current(struct vmm *vmm)
{
	vmm->process = get_pid(task_tgid(current));
	vmm->mm = current->mm;
	mmgrab(vmm->mm);
}

void vmm_put(struct vmm *vmm)
{
	put_pid(vmm->process);
	mmdrop(vmm->mm);
}

bool vmm_has_no_memory(const struct mm_struct *mm)
{
	return !atomic_read(&mm->mm_users);
}

bool vmm_process_ended(const struct vmm *vmm)
{
	bool ended;

	rcu_read_lock();
	ended = !pid_task(vmm->process, PIDTYPE_TGID);
	rcu_read_unlock();
	return ended;
}

struct task_struct *vmm_thread(const struct vmm *vmm)
{
	struct task_struct *leader = pid_task(vmm->process, PIDTYPE_TGID);
	struct task_struct *thread;

	if (!leader)
		return NULL;
	/*
	 * Skip threads that have exited. They stay in their old cgroup when the process is moved
	 * to another one.
	 */
	for_each_thread(leader, thread)
		/* data_race(): each thread changes its own flags with plain writes. */
		if (!(data_race(READ_ONCE(thread->flags)) & PF_EXITING))
			return thread;
	return NULL;
}

bool vmm_process_runs(const struct vmm *vmm)
{
	bool runs;

	rcu_read_lock();
	runs = vmm_thread(vmm);
	rcu_read_unlock();
	return runs;
}

struct task_struct *vmm_owner(const struct vmm *vmm)
{
#ifdef CONFIG_MEMCG
	return rcu_dereference(vmm->mm->owner);
#else
	return NULL;
#endif
}
