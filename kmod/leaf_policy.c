// SPDX-License-Identifier: GPL-2.0
/*
 * The list of processes and cgroups whose VMs get no leaves.
 *
 * Locking: rules_lock protects the list. The module also holds rules_lock while it decides
 * whether a VM gets leaves and stores the decision. A new VM is added to the registry before the
 * policy is first applied to it. After each change to the list, the policy is applied to all VMs
 * in the registry. No VM can therefore miss a change.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "leaf_policy.h"

#include <linux/cgroup.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "registry.h"

#define PID_PREFIX    "pid:"
#define CGROUP_PREFIX "cgroup:"

/* The maximum size of a cgroup's path. It is small because probes keep the path on the stack. */
#define CGROUP_BYTES 320

/* The maximum size of the list as text. sysfs returns the list in one page. */
#define ENTRY_BYTES_MAX (PAGE_SIZE - 1)

bool vmtoll_leaves_on;

struct rule {
	struct list_head list;
	u64 id; /* identifies the rule in vm_ledgers.off_rule; never reused, never 0 */
	struct pid *pid; /* the process of a VMM; NULL for a cgroup */
	size_t length; /* length of the path */
	char cgroup[]; /* path without a trailing '/'; "" is the root */
};

static LIST_HEAD(rules);
static u64 last_rule_id; /* protected by rules_lock */
static DEFINE_SPINLOCK(rules_lock);

/* ---- applying the list to a VM ---- */

/*
 * Return true if the process of @rule has ended. Its process ID may be reused, but a rule is
 * valid only for the process that had the ID when the rule was written.
 */
static bool rule_is_dead(const struct rule *rule)
{
	bool dead;

	rcu_read_lock();
	dead = rule->pid && !pid_task(rule->pid, PIDTYPE_TGID);
	rcu_read_unlock();
	return dead;
}

static bool path_matches(const struct rule *rule, const char *cgroup)
{
	return !strncmp(cgroup, rule->cgroup, rule->length) &&
	       (cgroup[rule->length] == '/' || (!cgroup[rule->length] && rule->length));
}

#ifdef CONFIG_CGROUPS
/*
 * Return the ID of the rule for a cgroup of @task, or 0 if the list contains none. The caller
 * holds rules_lock.
 */
static u64 task_rule(struct task_struct *task)
{
	char cgroup[CGROUP_BYTES] = "";
	const struct rule *rule;

	cgroup_path(task_dfl_cgroup(task), cgroup, sizeof(cgroup));
	list_for_each_entry(rule, &rules, list)
		if (!rule->pid && path_matches(rule, cgroup))
			return rule->id;
	return 0;
}
#else
static u64 task_rule(struct task_struct *task)
{
	return 0;
}
#endif

/* Return true if the list contains any cgroup. The caller holds rules_lock. */
static bool any_cgroup_rule(void)
{
	const struct rule *rule;

	list_for_each_entry(rule, &rules, list)
		if (!rule->pid)
			return true;
	return false;
}

/*
 * Return true if the list contains the VMM's process. Processes are removed from the list when
 * they end. If the VMM's process has ended, return what this function returned while the process
 * was running. The caller holds rules_lock.
 */
static bool vm_is_listed_by_pid(const struct vm_ledgers *vm)
{
	const struct rule *rule;

	if (vmm_process_ended(&vm->vmm))
		return vm->off_by_pid;
	list_for_each_entry(rule, &rules, list)
		if (rule->pid == vm->vmm.process)
			return true;
	return false;
}

/* Return true if the rule with this ID is in the list. The caller holds rules_lock. */
static bool rule_exists(u64 id)
{
	const struct rule *rule;

	list_for_each_entry(rule, &rules, list)
		if (rule->id == id)
			return true;
	return false;
}

/*
 * Return the ID of the rule for the cgroup of the thread that last ran the vCPU of @l, or 0 if the
 * list contains no such rule. Return 0 also if the thread has ended. KVM lets only processes that
 * share the VMM's memory run a vCPU, so a thread with other memory merely reuses the thread ID.
 * The caller holds rules_lock.
 */
static u64 runner_rule(const struct vcpu_ledger *l)
{
	struct task_struct *runner;
	u64 id = 0;

	rcu_read_lock();
	runner = pid_task(find_pid_ns(READ_ONCE(l->page.tid), &init_pid_ns), PIDTYPE_PID);
	/* A race is harmless, because the pointer is compared and not dereferenced. */
	if (runner && data_race(READ_ONCE(runner->mm)) == l->vm->vmm.mm)
		id = task_rule(runner);
	rcu_read_unlock();
	return id;
}

/*
 * Return the ID of the rule for a cgroup of the VMM, or 0 if the list contains none. Two tasks are
 * checked: a thread of the process that was the first to run the VM, and the owner of the VMM's
 * address space. The owner is checked because the first process may have exited while another
 * process of the VMM continues. If neither task exists, set *@unknown. The caller holds
 * rules_lock.
 */
static u64 vmm_rule(const struct vm_ledgers *vm, bool *unknown)
{
	struct task_struct *thread, *owner;
	u64 id = 0;

	rcu_read_lock();
	thread = vmm_thread(&vm->vmm);
	owner = vmm_owner(&vm->vmm);
	*unknown = !thread && !owner;
	if (thread)
		id = task_rule(thread);
	if (owner && owner != thread && !id)
		id = task_rule(owner);
	rcu_read_unlock();
	return id;
}

/*
 * Return true if the list contains a cgroup of the VMM. A VM for which this function returns true
 * gets no leaves. @runner_id is the ID of the rule for a thread that runs the VM, or 0.
 *
 * Once the first process has ended, several processes in different cgroups may share the VM. A
 * rule that has applied to the VM then stays in effect until it is removed from the list, even if
 * no known process is in its cgroup any more.
 *
 * If the list contains cgroups but no process of the VMM is known, return true: the cgroup of the
 * VMM is unknown and may be listed, so the VM must not get leaves. The caller holds rules_lock.
 */
static bool vm_is_listed_by_cgroup(struct vm_ledgers *vm, u64 runner_id)
{
	bool unknown;
	u64 id;

	if (!any_cgroup_rule())
		return false;
	id = vmm_rule(vm, &unknown) ?: runner_id;
	if (!id && !vmm_process_runs(&vm->vmm) && rule_exists(vm->off_rule))
		return true;
	vm->off_rule = id;
	return id || unknown;
}

/*
 * Return the ranges of leaves (LEAVES_*) that vmtoll answers for a vCPU while the leaves of its VM
 * are on. A range is excluded if the VMM has defined leaves in it. Both ranges are excluded if the
 * vCPU's registers are encrypted.
 */
static u8 ledger_ranges(const struct vcpu_ledger *l)
{
	u32 flags = READ_ONCE(l->page.flags);

	if (flags & VMTOLL_LEDGER_PROTECTED)
		return 0;
	return (flags & VMTOLL_LEDGER_VMM_NATIVE ? 0 : LEAVES_NATIVE) |
	       (flags & VMTOLL_LEDGER_VMM_CLASSIC ? 0 : LEAVES_CLASSIC);
}

/*
 * Set leaves_on and page.leaves_off in one ledger. @off is true if the list contains its VM. The
 * caller holds rules_lock.
 */
static void ledger_set_leaves(struct vcpu_ledger *l, bool off)
{
	bool on = READ_ONCE(vmtoll_leaves_on) && !off;

	WRITE_ONCE(l->page.leaves_off, off);
	WRITE_ONCE(l->leaves_on, on ? ledger_ranges(l) : 0);
}

/*
 * Decide whether the list contains @vm. For @runner_id, see vm_is_listed_by_cgroup(). The caller
 * holds rules_lock.
 */
static void vm_decide(struct vm_ledgers *vm, u64 runner_id)
{
	bool off_by_cgroup = vm_is_listed_by_cgroup(vm, runner_id);

	vm->off_by_pid = vm_is_listed_by_pid(vm);
	vm->off = vm->off_by_pid || off_by_cgroup;
}

/*
 * Return the ID of a rule for the cgroup of a thread that runs @vm, or 0 if the list contains
 * none. This is needed only if the VMM's first process has ended. Until then, return 0.
 */
static u64 vm_runner_rule(const struct vm_ledgers *vm)
{
	const struct vcpu_ledger *l;
	unsigned long flags;
	u64 id;

	if (vmm_process_runs(&vm->vmm))
		return 0;
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm) {
		spin_lock_irqsave(&rules_lock, flags);
		id = runner_rule(l);
		spin_unlock_irqrestore(&rules_lock, flags);
		if (id)
			return id;
	}
	return 0;
}

/*
 * Interrupts are disabled while the lock is held, so release it after each ledger. Another
 * thread may then change vm->off. That thread also updates all ledgers of the VM, so each ledger
 * ends up with the latest value.
 */
void leaf_policy_apply(struct vm_ledgers *vm)
{
	u64 runner_id = vm_runner_rule(vm);
	unsigned long flags;
	struct vcpu_ledger *l;

	spin_lock_irqsave(&rules_lock, flags);
	vm_decide(vm, runner_id);
	spin_unlock_irqrestore(&rules_lock, flags);
	hlist_for_each_entry_rcu(l, &vm->ledgers, in_vm) {
		spin_lock_irqsave(&rules_lock, flags);
		ledger_set_leaves(l, vm->off);
		spin_unlock_irqrestore(&rules_lock, flags);
	}
}

void leaf_policy_apply_to(struct vcpu_ledger *l)
{
	unsigned long flags;

	spin_lock_irqsave(&rules_lock, flags);
	vm_decide(l->vm, vmm_process_runs(&l->vm->vmm) ? 0 : runner_rule(l));
	ledger_set_leaves(l, l->vm->off);
	spin_unlock_irqrestore(&rules_lock, flags);
}

void leaf_policy_refresh(void)
{
	if (!list_empty(&rules))
		registry_walk_vms(leaf_policy_apply);
}

/* ---- the list ---- */

static void rule_destroy(struct rule *rule)
{
	if (!rule)
		return;
	put_pid(rule->pid);
	kfree(rule);
}

static int rule_alloc(const char *cgroup, size_t length, struct rule **rule)
{
	*rule = kzalloc(sizeof(**rule) + length + 1, GFP_KERNEL);
	if (!*rule)
		return -ENOMEM;
	memcpy((*rule)->cgroup, cgroup, length);
	(*rule)->length = length;
	return 0;
}

/*
 * Create a rule for a process. Process IDs refer to the initial pid namespace, as in the rest
 * of the ABI.
 */
static int rule_of_pid(const char *text, struct rule **rule)
{
	int err, nr;

	err = kstrtoint(text, 10, &nr) ?: rule_alloc("", 0, rule);
	if (err)
		return err;
	rcu_read_lock();
	(*rule)->pid = get_pid(find_pid_ns(nr, &init_pid_ns));
	rcu_read_unlock();
	if ((*rule)->pid && !rule_is_dead(*rule))
		return 0;
	rule_destroy(*rule);
	return -ESRCH;
}

/*
 * Create a rule for a cgroup, which need not exist. A rule applies to the VMMs that are in the
 * cgroup when the rule is checked.
 */
static int rule_of_cgroup(const char *text, struct rule **rule)
{
	size_t length = strlen(text);

	if (!IS_ENABLED(CONFIG_CGROUPS))
		return -EOPNOTSUPP;
	if (*text != '/')
		return -EINVAL;
	while (length && text[length - 1] == '/')
		length--;
	/*
	 * A buffer of CGROUP_BYTES must have space for a path of this length, for the byte after
	 * it, which path_matches() checks, and for the terminating '\0'.
	 */
	if (length > CGROUP_BYTES - 2)
		return -ENAMETOOLONG;
	return rule_alloc(text, length, rule);
}

static int rule_parse(const char *text, struct rule **rule)
{
	size_t prefix = str_has_prefix(text, PID_PREFIX);

	if (prefix)
		return rule_of_pid(text + prefix, rule);
	prefix = str_has_prefix(text, CGROUP_PREFIX);
	return prefix ? rule_of_cgroup(text + prefix, rule) : -EINVAL;
}

static bool rules_equal(const struct rule *a, const struct rule *b)
{
	return a->pid == b->pid && a->length == b->length &&
	       !memcmp(a->cgroup, b->cgroup, a->length);
}

/* Return the rule in the list that equals @like, or NULL. The caller holds rules_lock. */
static struct rule *rule_find(const struct rule *like)
{
	struct rule *rule;

	list_for_each_entry(rule, &rules, list)
		if (rules_equal(rule, like))
			return rule;
	return NULL;
}

static size_t rule_bytes(const struct rule *rule)
{
	return rule->pid ? sizeof(PID_PREFIX) + 10 : sizeof(CGROUP_PREFIX) + rule->length + 1;
}

/*
 * Return true if the list still fits into ENTRY_BYTES_MAX bytes of text after @new has been added.
 * The caller holds rules_lock.
 */
static bool rule_fits(const struct rule *new)
{
	size_t bytes = rule_bytes(new);
	const struct rule *rule;

	list_for_each_entry(rule, &rules, list)
		bytes += rule_bytes(rule);
	return bytes <= ENTRY_BYTES_MAX;
}

/* Remove the rules of processes that have ended. The caller holds rules_lock. */
static void rules_reclaim(void)
{
	struct rule *rule, *next;

	list_for_each_entry_safe(rule, next, &rules, list) {
		if (!rule_is_dead(rule))
			continue;
		list_del(&rule->list);
		rule_destroy(rule);
	}
}

static int rule_add(struct rule *rule)
{
	unsigned long flags;
	int err = 0;

	spin_lock_irqsave(&rules_lock, flags);
	rules_reclaim();
	if (!rule_find(rule)) {
		if (rule_fits(rule)) {
			rule->id = ++last_rule_id;
			list_add_tail(&rule->list, &rules);
			rule = NULL;
		} else {
			err = -ENOSPC;
		}
	}
	spin_unlock_irqrestore(&rules_lock, flags);
	rule_destroy(rule);
	return err;
}

static int rule_remove(struct rule *like)
{
	unsigned long flags;
	struct rule *rule;

	spin_lock_irqsave(&rules_lock, flags);
	rule = rule_find(like);
	if (rule)
		list_del(&rule->list);
	spin_unlock_irqrestore(&rules_lock, flags);
	rule_destroy(like);
	if (!rule)
		return -ENOENT;
	rule_destroy(rule);
	return 0;
}

/* ---- the parameter ---- */

/* Add or remove one entry. The newline that echo appends is dropped. */
static int entry_set(char *entry)
{
	bool remove = *entry == '-';
	struct rule *rule = NULL;
	int err;

	entry[strcspn(entry, "\n")] = '\0';
	err = rule_parse(entry + remove, &rule);
	if (err)
		return err;
	err = remove ? rule_remove(rule) : rule_add(rule);
	if (!err)
		registry_walk_vms(leaf_policy_apply);
	return err;
}

static int leaves_off_set(const char *value, const struct kernel_param *kp)
{
	char *entry = kstrdup(value, GFP_KERNEL);
	int err = entry ? entry_set(entry) : -ENOMEM;

	if (err)
		pr_err("leaves_off=%s: error %d; write %sPID or %s/PATH to add an entry, with a leading '-' to remove it\n",
		       entry ?: "", err, PID_PREFIX, CGROUP_PREFIX);
	kfree(entry);
	return err;
}

static int leaves_off_get(char *buffer, const struct kernel_param *kp)
{
	const struct rule *rule;
	unsigned long flags;
	int bytes = 0;

	spin_lock_irqsave(&rules_lock, flags);
	rules_reclaim();
	list_for_each_entry(rule, &rules, list) {
		if (rule->pid)
			bytes += sysfs_emit_at(buffer, bytes, PID_PREFIX "%d\n", pid_nr(rule->pid));
		else
			bytes += sysfs_emit_at(buffer, bytes, CGROUP_PREFIX "%s\n",
					       rule->length ? rule->cgroup : "/");
	}
	spin_unlock_irqrestore(&rules_lock, flags);
	return bytes;
}

/*
 * Free the list. This is called when the module is unloaded or fails to load. At that point, the
 * parameter can no longer be written.
 */
static void leaves_off_free(void *arg)
{
	struct rule *rule, *next;

	list_for_each_entry_safe(rule, next, &rules, list) {
		list_del(&rule->list);
		rule_destroy(rule);
	}
}

const struct kernel_param_ops vmtoll_leaves_off_ops = {
	.set = leaves_off_set,
	.get = leaves_off_get,
	.free = leaves_off_free,
};
