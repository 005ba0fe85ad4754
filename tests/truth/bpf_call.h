/* SPDX-License-Identifier: GPL-2.0 */
/* The system call bpf(2), for which the C library has no function. */
#ifndef TRUTH_BPF_CALL_H
#define TRUTH_BPF_CALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

/* Returns the result of the command, such as a file descriptor, or a negative errno. */
static inline int bpf_call(enum bpf_cmd command, union bpf_attr *attributes)
{
	long result = syscall(SYS_bpf, command, attributes, sizeof(*attributes));

	return result < 0 ? -errno : (int)result;
}

#endif
