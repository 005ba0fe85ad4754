// SPDX-License-Identifier: GPL-2.0
/* Exit codes on VMX and SVM hosts. Each function calls the variant for this host. */

#include "exit_code.h"

#include "host_page.h"
#include "svm.h"
#include "vmx.h"

static u32 vmx_index(u32 code)
{
	u32 basic = code & ~VMTOLL_VMX_FAILED_ENTRY;

	if ((code & VMTOLL_VMX_FAILED_ENTRY) && basic < CODE_INDEXES - CODE_DIRECT)
		return CODE_DIRECT + basic;
	return CODE_NO_INDEX;
}

static u32 svm_index(u32 code)
{
	if (code >= SVM_EXIT_NPF && code < SVM_EXIT_NPF + 16)
		return CODE_DIRECT + (code - SVM_EXIT_NPF);
	if (code >= (u32)-16)
		return CODE_DIRECT + 16 + (code - (u32)-16);
	return CODE_NO_INDEX;
}

/* Return the dense index of @code, or CODE_NO_INDEX if it has none. */
u32 exit_code_index(u32 code)
{
	if (code < CODE_DIRECT)
		return code;
	return vmtoll_host_page->isa == VMTOLL_ISA_VMX ? vmx_index(code) : svm_index(code);
}

u32 exit_code_of_cpuid(void)
{
	return vmtoll_host_page->isa == VMTOLL_ISA_VMX ? EXIT_REASON_CPUID : SVM_EXIT_CPUID;
}

bool exit_code_is_defined(u32 code)
{
	return vmtoll_host_page->isa == VMTOLL_ISA_VMX ? vmx_code_defined(code)
						       : svm_code_defined(code);
}

const char *exit_code_name(u32 code)
{
	return vmtoll_host_page->isa == VMTOLL_ISA_VMX ? vmx_code_name(code) : svm_code_name(code);
}
