// SPDX-License-Identifier: GPL-2.0
/* Describe a mismatch of ABI versions, see abi.h. */
#include "model/abi.h"

#include <stdio.h>

static const struct {
	const char *what;
	const char *cure_older; /* the module is older than the tool */
	const char *cure_newer;
} modules[] = {
	[ABI_MODULE_HERE] = {
		"the loaded module",
		"run rmmod vmtoll, and load the new module (modprobe vmtoll); if it is not installed, "
		"install the module of this tool's release first",
		"install the tool of the module's release",
	},
	[ABI_MODULE_ON_HOST] = {
		"vmtoll on the host",
		"use the tool of the host's release in this guest, or upgrade vmtoll on the host",
		"use the tool of the host's release in this guest",
	},
};

void abi_mismatch(enum abi_module module, uint32_t theirs, uint32_t ours, char *text, size_t bytes)
{
	snprintf(text, bytes, "%s has ABI %u and is %s than this tool, which has ABI %u",
		 modules[module].what, theirs, theirs < ours ? "older" : "newer", ours);
}

const char *abi_cure(enum abi_module module, uint32_t theirs, uint32_t ours)
{
	return theirs < ours ? modules[module].cure_older : modules[module].cure_newer;
}
