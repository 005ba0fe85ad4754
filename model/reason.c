// SPDX-License-Identifier: GPL-2.0
/*
 * Lookups in the catalogue of exit reasons, by code and by name. The entries are in
 * reasons_vmx.c and reasons_svm.c.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model/reason.h"

#include "model/array.h"

/* Bit 31 of the VMX exit-reason field: the VM entry failed (SDM vol. 3, "Exit Reason"). */
#define VMX_FAILED_ENTRY 0x80000000u

struct table {
	const struct reason *reasons;
	size_t count;
};

static struct table table_of(enum reason_isa isa)
{
	switch (isa) {
	case REASON_VMX:
		return (struct table){ reasons_vmx, reasons_vmx_count };
	case REASON_SVM:
		return (struct table){ reasons_svm, reasons_svm_count };
	}
	return (struct table){ NULL, 0 };
}

static int compare_code(const void *key, const void *element)
{
	uint32_t code = *(const uint32_t *)key;
	const struct reason *reason = element;

	return (code > reason->code) - (code < reason->code);
}

static const struct reason *find_code(struct table table, uint32_t code)
{
	if (!table.count)
		return NULL;
	return bsearch(&code, table.reasons, table.count, sizeof(*table.reasons), compare_code);
}

const struct reason *reason_find(enum reason_isa isa, uint32_t code)
{
	const struct reason *reason = find_code(table_of(isa), code);

	if (!reason && isa == REASON_VMX)
		reason = find_code(table_of(isa), code | VMX_FAILED_ENTRY);
	return reason;
}

static const char *without_prefix(const char *name)
{
	static const char *const prefixes[] = { "EXIT_REASON_", "SVM_EXIT_", "VMEXIT_", "SVM_" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t length = strlen(prefixes[i]);

		if (!strncasecmp(name, prefixes[i], length))
			return name + length;
	}
	return name;
}

static bool list_has(const char *list, const char *name)
{
	size_t length = strlen(name);

	while (list) {
		size_t item = strcspn(list, ",");

		if (item == length && !strncasecmp(list, name, length))
			return true;
		list = list[item] ? list + item + 1 : NULL;
	}
	return false;
}

static bool reason_has_name(const struct reason *reason, const char *name)
{
	return !strcasecmp(reason->name, name) || list_has(reason->alias, name);
}

const struct reason *reason_find_name(enum reason_isa isa, const char *name)
{
	struct table table = table_of(isa);

	name = without_prefix(name);
	if (!*name)
		return NULL;
	for (size_t i = 0; i < table.count; i++) {
		if (reason_has_name(&table.reasons[i], name))
			return &table.reasons[i];
	}
	return NULL;
}

size_t reason_count(enum reason_isa isa)
{
	return table_of(isa).count;
}

const struct reason *reason_at(enum reason_isa isa, size_t i)
{
	struct table table = table_of(isa);

	return i < table.count ? &table.reasons[i] : NULL;
}

const char *reason_class_name(enum reason_class class)
{
	static const char *const names[REASON_CLASSES] = {
		[REASON_MEMORY] = "memory", [REASON_INTERRUPT] = "timer and interrupt",
		[REASON_IO] = "I/O",	    [REASON_INSTRUCTION] = "instruction",
		[REASON_OTHER] = "other",
	};

	return (unsigned int)class < REASON_CLASSES ? names[class] : "unknown";
}
