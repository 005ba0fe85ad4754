/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The table of test cases. For each case, the table gives the payload and the type of VM. The
 * file `expected` lists the exits that each case must cause.
 */
#ifndef TRUTH_CASES_H
#define TRUTH_CASES_H

#include "test_vm.h"

#define CASE_VCPUS 2

struct test_case {
	const char *name;
	const char *what;
	const char *payload[CASE_VCPUS]; /* one per vCPU; [1] is NULL if the case has one vCPU */
	/* replaces payload[] on SVM if SVM needs a different instruction */
	const char *svm_payload[CASE_VCPUS];
	unsigned int vm; /* VM_* flags of the VM */
	unsigned int max_iterations; /* limit on the number of iterations, or 0 */
	/* If nonzero: interrupt the vCPU after this many ticks without a new HLT exit. */
	unsigned int waker;
	bool shuts_down; /* the last pass ends with a triple fault instead of a mark */
	/*
	 * If nonzero: interrupt the vCPU after this many ticks of the waker thread without a new
	 * HLT exit.
	 */
	bool touches_pages;
};

extern const struct test_case cases[];
extern const unsigned int cases_count;

const struct test_case *case_find(const char *name);

#endif
