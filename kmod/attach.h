/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds KVM's tracepoints and attaches the probes whenever KVM comes, and
 * detaches them when it goes. By name and not by symbol, so that vmtoll neither
 * needs KVM to load nor keeps it from unloading.
 */
#ifndef VMTOLL_ATTACH_H
#define VMTOLL_ATTACH_H

int attach_start(void);
void attach_stop(void);

#endif /* VMTOLL_ATTACH_H */
