/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read two times that the kernel itself measures: how long a vCPU's thread has waited for a CPU
 * (measured by the scheduler), and how long KVM has polled while the vCPU was halted.
 */
#ifndef VMTOLL_WAITING_H
#define VMTOLL_WAITING_H

#include <linux/kvm_host.h>
#include <linux/sched.h>

/*
 * Return how long the current thread has waited for a CPU since it was created, in nanoseconds.
 * Return 0 if the kernel does not measure this time.
 */
static __always_inline u64 thread_run_delay(void)
{
#ifdef CONFIG_SCHED_INFO
	return current->sched_info.run_delay;
#else
	return 0;
#endif
}

/*
 * Return the low half of the total time that KVM has polled while @vcpu was halted, in
 * nanoseconds. KVM polls for less than 2^32 ns in one halt, so the low half is sufficient.
 */
static inline u32 vcpu_halt_poll_ns(const struct kvm_vcpu *vcpu)
{
	const struct kvm_vcpu_stat_generic *stat = &vcpu->stat.generic;

	return stat->halt_poll_success_ns + stat->halt_poll_fail_ns;
}

#endif /* VMTOLL_WAITING_H */
