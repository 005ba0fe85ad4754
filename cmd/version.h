/* SPDX-License-Identifier: GPL-2.0 */
/* The output of `vmtoll --version`. */
#ifndef VMTOLL_VERSION_H
#define VMTOLL_VERSION_H

/*
 * Print the version and the ABI of the tool and of the loaded module, the release of the
 * running kernel, and the loaded KVM modules to standard output.
 */
void version_put(void);

#endif
