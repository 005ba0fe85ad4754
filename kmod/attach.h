/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attach the probes to KVM's tracepoints whenever KVM is loaded, and detach them when it is
 * unloaded. The tracepoints are found by name, not by symbol. vmtoll can therefore be loaded
 * without KVM, and does not prevent KVM from being unloaded.
 */
#ifndef VMTOLL_ATTACH_H
#define VMTOLL_ATTACH_H

int attach_start(void);
void attach_stop(void);

#endif /* VMTOLL_ATTACH_H */
