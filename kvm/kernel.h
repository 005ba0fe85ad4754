/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions that determine the version of the running kernel, and whether that version has the
 * published vulnerabilities in shadow paging that allow a guest to escape to the host
 * (CVE-2026-53359, CVE-2026-64561, CVE-2026-80726).
 */
#ifndef VMTOLL_KERNEL_H
#define VMTOLL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "kvm/host_paths.h"

/*
 * Return true if the kernel has these vulnerabilities. @release is the output of uname -r.
 * @version is the output of uname -v, in which Debian names the upstream version of its kernel.
 * A kernel whose version cannot be determined counts as affected. If the result is true, @why
 * is set to a sentence that names the kernel and the first version with the fixes, if its
 * branch has such a version.
 */
bool kernel_has_shadow_escapes(const char *release, const char *version, char *why, size_t bytes);

/* Read the first line of PROC/sys/kernel/FILE. @text is "unknown" if that fails. */
void kernel_read(const struct host_paths *host, const char *file, char *text, size_t bytes);

/* Read the release and the version of the running kernel. Each buffer has @bytes bytes. */
void kernel_running(const struct host_paths *host, char *release, char *version, size_t bytes);

#endif
