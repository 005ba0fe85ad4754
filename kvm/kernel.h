/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Read the version of the running kernel, and check it for known vulnerabilities in shadow
 * paging. The vulnerabilities allow a guest to escape to the host (CVE-2026-53359,
 * CVE-2026-64561, CVE-2026-80726).
 */
#ifndef VMTOLL_KERNEL_H
#define VMTOLL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "kvm/host_paths.h"

/*
 * Return true if a guest may be able to escape to the host through shadow paging. This is the case
 * if the kernel lacks the fix for a known vulnerability, or if its version cannot be determined.
 * Then set @why to a sentence that names the kernel. If a later version in the kernel's branch
 * contains the fixes, the sentence also names the first such version.
 *
 * @release is the output of uname -r. @version is the output of uname -v, which contains the
 * upstream version on Debian.
 */
bool kernel_has_shadow_escapes(const char *release, const char *version, char *why, size_t bytes);

/*
 * Read the first line of PROC/sys/kernel/FILE into @text. If this fails, set @text to
 * "unknown".
 */
void kernel_read(const struct host_paths *host, const char *file, char *text, size_t bytes);

/* Read the release and the version of the running kernel. Each buffer has @bytes bytes. */
void kernel_running(const struct host_paths *host, char *release, char *version, size_t bytes);

#endif
