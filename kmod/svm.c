// SPDX-License-Identifier: GPL-2.0
/*
 * AMD SVM: the exit codes that the manual defines, the kernel's names for them, and a check
 * that the VMCB is where vmtoll expects it.
 */

#include <linux/mm.h>
#include <linux/trace_events.h>

#include "svm.h"

/* Exit codes of the AMD APM, volume 2, appendix "SVM Intercept Exit Codes". */
static const struct {
	u32 first;
	u32 last;
} svm_defined[] = {
	{ 0x000, 0x0a6 },
	{ 0x400, 0x403 },
	{ 0xfffffffc, 0xffffffff },
};

bool svm_code_defined(u32 code)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(svm_defined); i++)
		if (code >= svm_defined[i].first && code <= svm_defined[i].last)
			return true;
	return false;
}

static const struct trace_print_flags svm_names[] = { SVM_EXIT_REASONS };

/* Return the kernel's name for @code, or NULL if there is none. */
const char *svm_code_name(u32 code)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(svm_names); i++)
		if ((u32)svm_names[i].mask == code)
			return svm_names[i].name;
	return NULL;
}

/*
 * Check the offset at which vmtoll expects KVM's pointer to the VMCB. Return true if the value
 * there is the address of a page. Of the fields next to the pointer, only vmcb01.ptr holds such an
 * address. It is the same address, unless the vCPU runs a nested guest.
 */
bool svm_layout_ok(struct kvm_vcpu *vcpu)
{
	unsigned long vmcb = (unsigned long)svm_vmcb(vcpu);

	return vmcb && PAGE_ALIGNED(vmcb) && virt_addr_valid(vmcb);
}
