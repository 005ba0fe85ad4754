// SPDX-License-Identifier: GPL-2.0
/* Read how KVM is configured and whether it is in use, see usage.h. */
#include "kvm/usage.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "kvm/kernel.h"
#include "kvm/module.h"
#include "kvm/small_file.h"
#include "model/paging.h"

static int64_t read_references(const struct host_paths *host, const char *module)
{
	char path[PATH_MAX];
	struct small_file file;
	int64_t references;

	snprintf(path, sizeof(path), "%s/%s/refcnt", host->sys, module);
	if (small_file_read(path, 40, &file))
		return -1;
	references = strtoll(file.text, NULL, 10);
	small_file_release(&file);
	return references;
}

static void read_paging(const struct host_paths *host, const struct paging *paging,
			struct kvm_usage *usage)
{
	struct param param;
	enum paging_mode mode;
	char value[16];

	snprintf(param.module, sizeof(param.module), "%s", paging->module);
	snprintf(param.name, sizeof(param.name), "%s", paging->name);
	if (!param_read(host, &param, value, sizeof(value)) &&
	    !paging_mode_of_parameter(paging->parameter, value, &mode))
		snprintf(usage->paging, sizeof(usage->paging), "%s", paging_mode_name(mode));
}

/* Return the time since the host was booted, or 0 if unknown. */
static uint64_t read_uptime_ns(const struct host_paths *host)
{
	char path[PATH_MAX];
	struct small_file file;
	uint64_t uptime_ns;

	snprintf(path, sizeof(path), "%s/uptime", host->proc);
	if (small_file_read(path, 80, &file))
		return 0;
	uptime_ns = (uint64_t)(strtod(file.text, NULL) * 1e9);
	small_file_release(&file);
	return uptime_ns;
}

void kvm_usage_read(const struct host_paths *host, struct kvm_usage *usage)
{
	const struct paging *paging;
	char version[sizeof(usage->kernel)];

	*usage = (struct kvm_usage){ .references = -1, .uptime_ns = read_uptime_ns(host) };
	kernel_running(host, usage->kernel, version, sizeof(usage->kernel));
	for (size_t i = 0; (paging = paging_at(i)); i++) {
		if (!module_is_loaded(host, paging->module))
			continue;
		snprintf(usage->module, sizeof(usage->module), "%s", paging->module);
		usage->references = read_references(host, paging->module);
		read_paging(host, paging, usage);
	}
}
