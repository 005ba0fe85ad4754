// SPDX-License-Identifier: GPL-2.0
/* The table of instruction sets, see isa.h. */
#include "model/isa.h"

#include <string.h>

#include "model/array.h"

static const struct isa isas[] = {
	{
		.id = REASON_VMX,
		.name = "vmx",
		.title = "VMX",
		.vendor = "intel",
		.product = "Intel VT-x (VMX)",
		.cpu_flag = "vmx",
		.module = HOST_KVM_INTEL,
		.reasons = reasons_vmx,
		.reasons_count = &reasons_vmx_count,
		/* Bit 31 of the exit-reason field (SDM vol. 3, "Exit Reason"). */
		.failed_entry = 0x80000000,
		/* The basic exit reason has 16 bits, and the SDM prints it in decimal. */
		.decimal_codes = 0x10000,
		.halt = 12,
		.emulates = true,
	},
	{
		.id = REASON_SVM,
		.name = "svm",
		.title = "SVM",
		.vendor = "amd",
		.product = "AMD-V (SVM)",
		.cpu_flag = "svm",
		.module = HOST_KVM_AMD,
		.reasons = reasons_svm,
		.reasons_count = &reasons_svm_count,
		.halt = 0x78,
	},
};

const struct isa *isa_at(size_t index)
{
	return index < ARRAY_SIZE(isas) ? &isas[index] : NULL;
}

const struct isa *isa_find(uint32_t id)
{
	for (size_t i = 0; i < ARRAY_SIZE(isas); i++)
		if (isas[i].id == id)
			return &isas[i];
	return NULL;
}

const struct isa *isa_find_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(isas); i++)
		if (!strcmp(isas[i].name, name))
			return &isas[i];
	return NULL;
}

const char *isa_name(uint32_t id)
{
	const struct isa *isa = isa_find(id);

	return isa ? isa->name : "unknown";
}

const char *isa_title(uint32_t id)
{
	const struct isa *isa = isa_find(id);

	return isa ? isa->title : "unknown";
}
