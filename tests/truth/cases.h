/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cases: which payload runs in what kind of VM. What it must cost is in `expected`.
 */
#ifndef TRUTH_CASES_H
#define TRUTH_CASES_H

#include "test_vm.h"

#define CASE_VCPUS 2

struct test_case {
	const char *name;
	const char *what;
	const char *payload[CASE_VCPUS]; /* of each vCPU; one vCPU if [1] is NULL */
	const char *svm_payload[CASE_VCPUS]; /* instead, where SVM's instruction is another */
	unsigned int vm; /* VM_* */
	unsigned int max_iterations; /* iterations, if limited */
	unsigned int
		waker; /* a thread interrupts the vCPU when it halted no more for so many ticks */
	bool shuts_down; /* of a triple fault, instead of the second mark */
	bool touches_pages; /* each page once: to run it again, KVM must forget the pages */
};

extern const struct test_case cases[];
extern const unsigned int cases_count;

const struct test_case *case_find(const char *name);

#endif
