// SPDX-License-Identifier: GPL-2.0
/* Parameters of the KVM modules, see param.h. */
#include "kvm/param.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kvm/module.h"
#include "kvm/module_param.h"
#include "model/array.h"
#include "model/isa.h"
#include "model/paging.h"

/*
 * Parameters of kvm_intel and kvm_amd that have the same purpose but different names. The
 * parameters that select the paging mode are in model/paging.c.
 */
static const struct {
	const char *name[HOST_KVM_MODULES];
} counterparts[] = {
	{ { [HOST_KVM_INTEL] = "enable_apicv", [HOST_KVM_AMD] = "avic" } },
	{ { [HOST_KVM_INTEL] = "ple_gap", [HOST_KVM_AMD] = "pause_filter_thresh" } },
	{ { [HOST_KVM_INTEL] = "ple_window", [HOST_KVM_AMD] = "pause_filter_count" } },
};

bool param_is_module(const char *name)
{
	for (size_t i = 0; i < HOST_KVM_MODULES; i++)
		if (!strcmp(host_kvm_modules[i], name))
			return true;
	return false;
}

static void dashes_to_underscores(char *name)
{
	for (; *name; name++)
		if (*name == '-')
			*name = '_';
}

static int malformed(const char *text, struct complaint *complaint)
{
	return complain(complaint, -EINVAL,
			"'%s' is not a setting: use MODULE.PARAM=VALUE, for example "
			"kvm_intel.ept=0 (MODULE is kvm, kvm_intel or kvm_amd)",
			text);
}

static int not_loadable(const char *text, struct complaint *complaint)
{
	return complain(complaint, -EINVAL,
			"'%s': a value with a blank or a quote cannot be passed to a module when "
			"it is loaded, so vmtoll cannot set it",
			text);
}

int param_parse(const char *text, struct param *param, struct complaint *complaint)
{
	size_t module = strcspn(text, ".=");
	const char *name = text + module + 1;
	size_t length = text[module] == '.' ? strcspn(name, "=") : 0;
	const char *value = name + length + 1;

	if (!length || !name[length] || !*value || !module)
		return malformed(text, complaint);
	if (strpbrk(value, " \t\n\"'"))
		return not_loadable(text, complaint);
	if (module >= sizeof(param->module) || length >= sizeof(param->name) ||
	    strlen(value) >= sizeof(param->value) || strpbrk(text, " \t\n/\"'"))
		return malformed(text, complaint);
	snprintf(param->module, sizeof(param->module), "%.*s", (int)module, text);
	snprintf(param->name, sizeof(param->name), "%.*s", (int)length, name);
	snprintf(param->value, sizeof(param->value), "%s", value);
	dashes_to_underscores(param->module);
	if (!param_is_module(param->module))
		return complain(complaint, -EINVAL,
				"'%s': %s is not a KVM module; use kvm, kvm_intel or kvm_amd", text,
				param->module);
	return 0;
}

int param_read(const struct host_paths *host, const struct param *param, char *value, size_t bytes)
{
	int error = module_param_read(host->sys, param->module, param->name, value, bytes);

	if (!error)
		value[strcspn(value, "\n")] = '\0';
	return error;
}

bool param_writable(const struct host_paths *host, const struct param *param)
{
	return module_param_is_writable(host->sys, param->module, param->name);
}

int param_write(const struct host_paths *host, const struct param *param,
		struct complaint *complaint)
{
	int error = module_param_write(host->sys, param->module, param->name, param->value);

	if (!error)
		return 0;
	return complain(complaint, error, "cannot write %s to %s.%s: %s%s", param->value,
			param->module, param->name, strerror(-error),
			error == -EACCES ? " (run as root)" : "");
}

/*
 * The words that kstrtobool() in lib/kstrtox.c accepts for a bool parameter. The kernel reports
 * the value as Y or N.
 */
static const struct {
	const char *word;
	const char *number;
} words[] = { { "Y", "1" }, { "N", "0" }, { "on", "1" }, { "off", "0" } };

const char *param_number(const char *value, char *text, size_t bytes)
{
	char *end;
	long long number;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (!strcasecmp(value, words[i].word))
			return words[i].number;
	number = strtoll(value, &end, 0);
	if (end == value || *end)
		return value;
	snprintf(text, bytes, "%lld", number);
	return text;
}

bool param_same_value(const char *a, const char *b)
{
	char left[32];
	char right[32];

	return !strcmp(param_number(a, left, sizeof(left)), param_number(b, right, sizeof(right)));
}

bool param_same_name(const struct param *a, const struct param *b)
{
	return !strcmp(a->module, b->module) && !strcmp(a->name, b->name);
}

/* Return the Levenshtein distance between two short names. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64];
	size_t length = strlen(b);

	if (length >= 63 || strlen(a) >= 63)
		return 63;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			size_t best = corner + (a[i - 1] != b[j - 1]);

			best = above + 1 < best ? above + 1 : best;
			best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
			row[j] = best;
			corner = above;
		}
	}
	return row[length];
}

/*
 * Find the parameter of @param->module whose name is most similar to @param->name. Store this name
 * in @name. If no name is similar enough, set @name to "".
 */
static void nearest(const struct host_paths *host, const struct param *param, char *name,
		    size_t bytes)
{
	size_t best = strlen(param->name) / 3 + 2;
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *directory;

	name[0] = '\0';
	snprintf(path, sizeof(path), "%s/%s/parameters", host->sys, param->module);
	directory = opendir(path);
	while (directory && (entry = readdir(directory))) {
		size_t far = distance(param->name, entry->d_name);

		if (entry->d_name[0] == '.' || far >= best)
			continue;
		best = far;
		snprintf(name, bytes, "%.*s", (int)bytes - 1, entry->d_name);
	}
	if (directory)
		closedir(directory);
}

/*
 * Return AMD's entry for kvm_intel, and Intel's entry for kvm_amd. Return NULL for any other
 * module.
 */
static const struct paging *other_vendor(const char *module)
{
	const struct paging *vendor = paging_find_module(module);

	if (!vendor)
		return NULL;
	return vendor == paging_at(0) ? paging_at(1) : paging_at(0);
}

/*
 * Return the parameter of @module that corresponds to the parameter @name of the other vendor's
 * module. For example, "avic" of kvm_amd corresponds to "enable_apicv" of kvm_intel. Returns NULL
 * if no such parameter is known.
 */
static const char *counterpart(const char *module, const char *name)
{
	const struct paging *vendor = paging_find_module(module);
	const struct paging *other = other_vendor(module);

	if (!vendor)
		return NULL;
	if (!strcmp(other->name, name))
		return vendor->name;
	for (size_t i = 0; i < ARRAY_SIZE(counterparts); i++)
		if (!strcmp(counterparts[i].name[isa_find(other->isa)->module], name))
			return counterparts[i].name[isa_find(vendor->isa)->module];
	return NULL;
}

static int no_module(const struct host_paths *host, const struct param *param,
		     struct complaint *complaint)
{
	const struct paging *other = other_vendor(param->module);

	if (!other || !module_is_loaded(host, other->module))
		return complain(
			complaint, -ENOENT,
			"%s.%s: the module %s is not loaded: run modprobe %s; vmtoll check prints "
			"what is missing",
			param->module, param->name, param->module, param->module);
	return complain(complaint, -ENOENT,
			"%s.%s: this host has an %s processor and the module %s; use the "
			"parameter %s.%s",
			param->module, param->name, other->vendor, other->module, other->module,
			counterpart(other->module, param->name) ?: param->name);
}

static int no_parameter(const struct host_paths *host, const struct param *param,
			struct complaint *complaint)
{
	const char *other = counterpart(param->module, param->name);
	char near[48];

	nearest(host, param, near, sizeof(near));
	if (other)
		snprintf(near, sizeof(near), "%s", other);
	return complain(complaint, -ENOENT,
			"%s has no readable parameter '%s'%s%s%s (modinfo -p %s lists all)",
			param->module, param->name, *near ? "; did you mean " : "", near,
			*near ? "?" : "", param->module);
}

int param_check(const struct host_paths *host, const struct param *param,
		struct complaint *complaint)
{
	char value[sizeof(param->value)];
	int error;

	if (!module_is_loaded(host, param->module))
		return no_module(host, param, complaint);
	error = param_read(host, param, value, sizeof(value));
	if (error == -ENOENT)
		return no_parameter(host, param, complaint);
	if (error)
		return complain(complaint, error, "cannot read %s.%s: %s", param->module,
				param->name, strerror(-error));
	return 0;
}
