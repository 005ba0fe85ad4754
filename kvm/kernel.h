/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whether a kernel is known to have the published escapes from shadow paging to the host
 * (CVE-2026-53359, CVE-2026-64561, CVE-2026-80726).
 */
#ifndef VMTOLL_KERNEL_H
#define VMTOLL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#include "kvm/host.h"

/*
 * @release: as uname -r has it; @version: as uname -v, where Debian names the upstream version
 * that its kernel is of. What the numbers do not tell is taken as affected. @why gets one
 * sentence that names the kernel and the first version with the fixes.
 */
bool kernel_shadow_escapes(const char *release, const char *version, char *why, size_t bytes);

/* The first line of PROC/sys/kernel/FILE; "unknown" where the kernel does not say. */
void kernel_says(const struct host *host, const char *file, char *text, size_t bytes);

/* The running one's, from PROC/sys/kernel. Both buffers are of @bytes. */
void kernel_running(const struct host *host, char *release, char *version, size_t bytes);

#endif
