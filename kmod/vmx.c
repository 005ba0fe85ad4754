// SPDX-License-Identifier: GPL-2.0
/* Intel VMX: the exit reasons that the manual defines, and the kernel's names for them. */

#include <linux/trace_events.h>

#include "vmx.h"

/*
 * All basic exit reasons that are defined in at least one edition of the Intel SDM (volume 3,
 * appendix "VMX Basic Exit Reasons"). No edition defines 35, 38 or 42.
 */
static const struct {
	u8 first;
	u8 last;
} vmx_defined[] = {
	{ 0, 34 }, { 36, 37 }, { 39, 41 }, { 43, 70 }, { 72, 81 }, { 84, 85 },
};

bool vmx_code_defined(u32 code)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vmx_defined); i++)
		if (code >= vmx_defined[i].first && code <= vmx_defined[i].last)
			return true;
	return false;
}

static const struct trace_print_flags vmx_names[] = { VMX_EXIT_REASONS };

/* Return the kernel's name for @code, or NULL if there is none. */
const char *vmx_code_name(u32 code)
{
	int i;

	for (i = 0; i < ARRAY_SIZE(vmx_names); i++)
		if (vmx_names[i].mask == (code & ~VMTOLL_VMX_FAILED_ENTRY))
			return vmx_names[i].name;
	return NULL;
}
