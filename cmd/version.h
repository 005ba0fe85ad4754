/* SPDX-License-Identifier: GPL-2.0 */
/* The output of `vmtoll --version`. */
#ifndef VMTOLL_VERSION_H
#define VMTOLL_VERSION_H

/*
 * Print to standard output the version and the ABI of the tool and of the loaded module, the
 * release of the running kernel, and the loaded KVM modules.
 */
void version_put(void);

#endif
