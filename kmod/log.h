/* SPDX-License-Identifier: GPL-2.0 */
/* Prints a VM's rows to the kernel log every N exits, as the first instrumented kernels did. */
#ifndef VMTOLL_LOG_H
#define VMTOLL_LOG_H

/* Parameter vmtoll_log_every: print a VM each time it made that many more exits; 0: never. */
extern unsigned int vmtoll_log_every;

/* One look at all VMs. Process context. */
void log_due_vms(void);

#endif /* VMTOLL_LOG_H */
