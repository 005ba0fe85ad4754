// SPDX-License-Identifier: GPL-2.0
/*
 * A module that makes each call of one function of the kernel fail. While the module is loaded,
 * the function does nothing and returns -ENOMEM. The parameter `function` is the name of the
 * function, which must return an int.
 */
#include <linux/kprobes.h>
#include <linux/module.h>

static char *function;
module_param(function, charp, 0);

static noinline notrace void return_at_once(void)
{
}

static int refuse(struct kprobe *probe, struct pt_regs *regs)
{
	regs_set_return_value(regs, -ENOMEM);
	instruction_pointer_set(regs, (unsigned long)return_at_once);
	return 1;
}

/* A probe that changes the instruction pointer must have a post_handler, even if it is empty. */
static void refuse_post(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe refusal = {
	.pre_handler = refuse,
	.post_handler = refuse_post,
};

static int __init refuse_init(void)
{
	refusal.symbol_name = function;
	return function ? register_kprobe(&refusal) : -EINVAL;
}

static void __exit refuse_exit(void)
{
	unregister_kprobe(&refusal);
}

module_init(refuse_init);
module_exit(refuse_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A function of the kernel that fails, for testing the errors of vmtoll");
