// SPDX-License-Identifier: GPL-2.0
/* The table of paging modes, see paging.h. */
#include "model/paging.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "model/array.h"

/*
 * For each paging mode, its name and the parameter values that select it. The kernel prints the
 * first value.
 */
static const struct {
	const char *name;
	const char *values[3];
} modes[PAGING_MODES] = {
	[PAGING_NESTED] = { "nested", { "Y", "1" } },
	[PAGING_SHADOW] = { "shadow", { "N", "0" } },
};

/*
 * With nested paging, page faults and page-table updates of the guest cause no exits. Access to
 * guest memory that KVM has not mapped yet causes an EPT violation or NPF exit. With shadow
 * paging, EPT violations and NPF exits do not occur, but KVM must intercept every #PF, INVLPG
 * and CR3 write of the guest.
 */
static const struct paging pagings[] = {
	{
		.isa = REASON_VMX,
		.vendor = "Intel",
		.module = "kvm_intel",
		.name = "ept",
		.parameter = "kvm_intel.ept",
		.miss = 48,
		.mmio = 49,
		.fault = 0,
		.signature = {
			[PAGING_NESTED] = { { { 48, true } }, 1 },
			[PAGING_SHADOW] = { { { 48, false },
					      { 49, false },
					      { 0, true },
					      { 14, true },
					      { 28, true } },
					    5 },
		},
	},
	{
		.isa = REASON_SVM,
		.vendor = "AMD",
		.module = "kvm_amd",
		.name = "npt",
		.parameter = "kvm_amd.npt",
		.miss = 0x400,
		.mmio = PAGING_NO_CODE,
		.fault = 0x4e,
		.signature = {
			[PAGING_NESTED] = { { { 0x400, true } }, 1 },
			[PAGING_SHADOW] = { { { 0x400, false },
					      { 0x4e, true },
					      { 0x13, true },
					      { 0x79, true } },
					    4 },
		},
	},
};

const struct paging *paging_at(size_t index)
{
	return index < ARRAY_SIZE(pagings) ? &pagings[index] : NULL;
}

const struct paging *paging_find(enum reason_isa isa)
{
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++)
		if (pagings[i].isa == isa)
			return &pagings[i];
	return NULL;
}

const struct paging *paging_find_module(const char *module)
{
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++)
		if (!strcmp(pagings[i].module, module))
			return &pagings[i];
	return NULL;
}

const char *paging_mode_name(enum paging_mode mode)
{
	return modes[mode].name;
}

int paging_mode_parse(const char *name, enum paging_mode *mode)
{
	for (unsigned int i = 0; i < PAGING_MODES; i++) {
		if (!strcmp(name, modes[i].name)) {
			*mode = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *paging_mode_value(enum paging_mode mode)
{
	return modes[mode].values[0];
}

static bool mode_has_value(enum paging_mode mode, const char *value)
{
	for (size_t i = 0; modes[mode].values[i]; i++)
		if (!strcasecmp(modes[mode].values[i], value))
			return true;
	return false;
}

static bool is_paging_parameter(const char *parameter)
{
	for (size_t i = 0; i < ARRAY_SIZE(pagings); i++)
		if (!strcmp(pagings[i].parameter, parameter))
			return true;
	return false;
}

int paging_mode_of_parameter(const char *parameter, const char *value, enum paging_mode *mode)
{
	if (!is_paging_parameter(parameter))
		return -ENOENT;
	for (unsigned int i = 0; i < PAGING_MODES; i++) {
		if (mode_has_value(i, value)) {
			*mode = i;
			return 0;
		}
	}
	return -ENOENT;
}
