/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A long list of CPUID queries and their answers. It covers all defined ranges, the leaves
 * around vmtoll's leaves, and random leaves. Each leaf is read with several subleaves. The
 * answers can be saved to a text file.
 */
#ifndef TRUTH_CPUID_LIST_H
#define TRUTH_CPUID_LIST_H

#include "cpuid_guest.h"

/*
 * A list of queries and their answers. The first @own queries read vmtoll's leaves. If @own is 0,
 * no query reads these leaves.
 */
struct cpuid_list {
	struct cpuid_query *queries;
	struct cpuid_answer *answers;
	unsigned int own;
	unsigned int count;
};

/* Return true if @leaf is one of vmtoll's native or classic leaves. */
bool cpuid_leaf_is_vmtolls(uint32_t leaf);

int cpuid_list_open(struct cpuid_list *list, bool with_own);
void cpuid_list_close(struct cpuid_list *list);

int cpuid_list_write(const struct cpuid_list *list, const char *path);

/* Read the answers from a file that was written for the same list of queries. */
int cpuid_list_read(struct cpuid_list *list, const char *path);

#endif
