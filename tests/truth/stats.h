/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM's own statistics of a vCPU, through KVM_GET_STATS_FD: no debugfs and no root needed.
 * Source of the format: the kernel's Documentation/virt/kvm/api.rst, 4.133.
 */
#ifndef TRUTH_STATS_H
#define TRUTH_STATS_H

#include <stdint.h>
#include <sys/types.h>

struct stats {
	int fd;
	off_t exits; /* where the value is in the file */
	off_t halts;
};

int stats_open(struct stats *stats, int vcpu_fd);
void stats_close(struct stats *stats);

/* vcpu->stat.exits and vcpu->stat.halt_exits. */
int stats_exits(const struct stats *stats, uint64_t *value);
int stats_halts(const struct stats *stats, uint64_t *value);

#endif
