// SPDX-License-Identifier: GPL-2.0
/*
 * A module that causes one fault, which the parameter `what` selects. The tests load this module
 * to prove that the debug kernels report such faults, and that the tests of vmtoll.ko would detect
 * these reports. The module's init function always fails, so the module never stays loaded.
 */
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *what = "";
module_param(what, charp, 0);

static void write_out_of_bounds(void)
{
	size_t size = 40;
	char *object = kmalloc(size, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(size);
	if (object)
		object[size] = 1;
	kfree(object);
}

static void read_after_free(void)
{
	int *object = kmalloc(sizeof(*object), GFP_KERNEL);

	kfree(object);
	OPTIMIZER_HIDE_VAR(object);
	if (object)
		pr_info("%d\n", READ_ONCE(*object));
}

static void leak_objects(void)
{
	int i;

	/*
	 * Leak several objects, because kmemleak overlooks an object whose address is still on
	 * a stack. If several objects leak, kmemleak reports at least one.
	 */
	for (i = 0; i < 16; i++)
		if (!kmalloc(200, GFP_KERNEL))
			pr_err("no memory\n");
}

static void sleep_in_atomic(void)
{
	static DEFINE_SPINLOCK(lock);
	static DEFINE_MUTEX(sleeper);

	spin_lock(&lock);
	mutex_lock(&sleeper);
	mutex_unlock(&sleeper);
	spin_unlock(&lock);
}

/*
 * Take two locks of the same lockdep class. Both locks belong to one class because the same line
 * of code initializes them.
 */
static void lock_recursively(void)
{
	static spinlock_t locks[2];
	int i;

	for (i = 0; i < ARRAY_SIZE(locks); i++)
		spin_lock_init(&locks[i]);
	spin_lock(&locks[0]);
	spin_lock(&locks[1]);
	spin_unlock(&locks[1]);
	spin_unlock(&locks[0]);
}

static void lock_in_circle(void)
{
	static DEFINE_MUTEX(a);
	static DEFINE_MUTEX(b);

	mutex_lock(&a);
	mutex_lock(&b);
	mutex_unlock(&b);
	mutex_unlock(&a);
	mutex_lock(&b);
	mutex_lock(&a);
	mutex_unlock(&a);
	mutex_unlock(&b);
}

/*
 * Take a spinlock while a raw spinlock is held. On a PREEMPT_RT kernel, taking the spinlock could
 * sleep.
 */
static void nest_in_raw_lock(void)
{
	static DEFINE_RAW_SPINLOCK(raw);
	static DEFINE_SPINLOCK(lock);

	raw_spin_lock(&raw);
	spin_lock(&lock);
	spin_unlock(&lock);
	raw_spin_unlock(&raw);
}

static void dereference_without_rcu(void)
{
	static int __rcu *pointer;

	pr_info("%p\n", rcu_dereference(pointer));
}

static void corrupt_list(void)
{
	LIST_HEAD(head);
	LIST_HEAD(entry);

	head.next = &entry;
	list_add_tail(&entry, &head);
	list_add(&entry, &head);
}

static void timer_expire(struct timer_list *timer)
{
}

static void free_running_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, timer_expire, 0);
	timer->expires = jiffies + 1000 * HZ;
	add_timer(timer);
	kfree(timer);
}

static u64 raced;

static int race_thread(void *done)
{
	unsigned long end = jiffies + 3 * HZ;

	while (time_before(jiffies, end)) {
		raced++;
		barrier();
		cond_resched();
	}
	kthread_complete_and_exit(done, 0); /* the module is unloaded next */
}

static void race_counter(void)
{
	static DECLARE_COMPLETION(done);
	int threads = 0;

	while (threads < 2 && !IS_ERR(kthread_run(race_thread, &done, "race-%d", threads)))
		threads++;
	while (threads--)
		wait_for_completion(&done);
}

static const struct {
	const char *name;
	void (*commit)(void);
} faults[] = {
	{ "out-of-bounds", write_out_of_bounds },
	{ "after-free", read_after_free },
	{ "leak", leak_objects },
	{ "sleep", sleep_in_atomic },
	{ "recursion", lock_recursively },
	{ "circle", lock_in_circle },
	{ "nesting", nest_in_raw_lock },
	{ "rcu", dereference_without_rcu },
	{ "list", corrupt_list },
	{ "timer", free_running_timer },
	{ "race", race_counter },
};

static int __init fault_init(void)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(faults); i++) {
		if (strcmp(what, faults[i].name))
			continue;
		faults[i].commit();
		return -ECANCELED;
	}
	return -EINVAL;
}
module_init(fault_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Deliberate faults, for testing the tests");
