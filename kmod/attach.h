/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finding KVM's tracepoints and attaching the probes, whenever KVM comes, and detaching when it goes. By name
 * and not by symbol, so that vmtoll neither needs KVM to load nor keeps it from unloading.
 */
#ifndef VMTOLL_ATTACH_H
#define VMTOLL_ATTACH_H

int attach_start(void);
void attach_stop(void);

#endif /* VMTOLL_ATTACH_H */
