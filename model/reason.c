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
#include "model/isa.h"

static int compare_code(const void *key, const void *element)
{
	uint32_t code = *(const uint32_t *)key;
	const struct reason *reason = element;

	return (code > reason->code) - (code < reason->code);
}

static const struct reason *find_code(const struct isa *isa, uint32_t code)
{
	return bsearch(&code, isa->reasons, *isa->reasons_count, sizeof(*isa->reasons),
		       compare_code);
}

const struct reason *reason_find(enum reason_isa id, uint32_t code)
{
	const struct isa *isa = isa_find(id);

	if (!isa)
		return NULL;
	return find_code(isa, code) ?: find_code(isa, code | isa->failed_entry);
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
	const struct reason *reason;

	name = without_prefix(name);
	if (!*name)
		return NULL;
	for (size_t i = 0; (reason = reason_at(isa, i)); i++)
		if (reason_has_name(reason, name))
			return reason;
	return NULL;
}

size_t reason_count(enum reason_isa id)
{
	const struct isa *isa = isa_find(id);

	return isa ? *isa->reasons_count : 0;
}

const struct reason *reason_at(enum reason_isa id, size_t i)
{
	return i < reason_count(id) ? &isa_find(id)->reasons[i] : NULL;
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
