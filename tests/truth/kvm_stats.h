/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's own statistics for a vCPU, read through KVM_GET_STATS_FD. Reading them requires neither
 * debugfs nor root. Section 4.133 of the kernel's Documentation/virt/kvm/api.rst describes the
 * format.
 */
#ifndef TRUTH_KVM_STATS_H
#define TRUTH_KVM_STATS_H

#include <stdint.h>
#include <sys/types.h>

struct kvm_stats {
	int fd;
	off_t exits; /* offset of the value in the file */
	off_t halts;
	off_t poll_success;
	off_t poll_fail;
};

int kvm_stats_open(struct kvm_stats *stats, int vcpu_fd);
void kvm_stats_close(struct kvm_stats *stats);

/* Read vcpu->stat.exits or vcpu->stat.halt_exits. */
int kvm_stats_exits(const struct kvm_stats *stats, uint64_t *value);
int kvm_stats_halts(const struct kvm_stats *stats, uint64_t *value);

/*
 * Read the time that KVM has spent polling during halts, in nanoseconds. KVM updates this time
 * when it stops polling, even if the halt continues.
 */
int kvm_stats_polled_ns(const struct kvm_stats *stats, uint64_t *value);

#endif
