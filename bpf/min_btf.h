/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Create a small BTF of the kernel. libbpf gets the BTF of modules from the kernel by file
 * descriptor, which requires CAP_SYS_ADMIN. All users can read the BTF in /sys/kernel/btf, and
 * libbpf also accepts a file with a BTF. However, it accepts only one file, and not the BTF of a
 * module. So copy the structures that the programs use to one new BTF.
 */
#ifndef VMTOLL_BPF_MIN_BTF_H
#define VMTOLL_BPF_MIN_BTF_H

#include <stddef.h>

struct btf;

/*
 * Return a BTF with the structures and unions of @kernel that have the same name as one of
 * @programs. A suffix such as ___NAME in @programs is ignored, as in libbpf. A copy only contains
 * the members that @programs declare. Members of anonymous structures and unions become members of
 * the structure that contains them. Pointers become pointers to void, and arrays are omitted.
 *
 * @programs: the BTF of the programs
 * @kernel: @count BTFs of the kernel and of its modules
 *
 * Returns NULL and sets errno on failure. The caller must free the result with btf__free().
 */
struct btf *min_btf_create(const struct btf *programs, const struct btf *const *kernel,
			   size_t count);

/*
 * Write such a BTF to the file @fd. It contains the structures of the running kernel and of the
 * modules @modules. A module that is built into the kernel has no BTF of its own and is skipped.
 * Returns 0 or a negative errno.
 */
int min_btf_write(const struct btf *programs, const char *const *modules, size_t count, int fd);

#endif
