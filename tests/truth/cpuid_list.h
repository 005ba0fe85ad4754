/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A long list of CPUID questions, each with some subleaves: all ranges that mean something, the
 * neighbourhood of vmtoll's leaves and leaves at random; and the answers, in a text file too.
 */
#ifndef TRUTH_CPUID_LIST_H
#define TRUTH_CPUID_LIST_H

#include "cpuid_guest.h"

/* vmtoll's own leaves come first, if they are in it: @own of them. */
struct cpuid_list {
	struct cpuid_query *queries;
	struct cpuid_answer *answers;
	unsigned int own;
	unsigned int count;
};

int cpuid_list_open(struct cpuid_list *list, bool with_own);
void cpuid_list_close(struct cpuid_list *list);

int cpuid_list_write(const struct cpuid_list *list, const char *path);

/* The answers from a file that the same list was written to. */
int cpuid_list_read(struct cpuid_list *list, const char *path);

#endif
