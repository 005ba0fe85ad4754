/* SPDX-License-Identifier: GPL-2.0 */
/*
 * After every N exits of a VM, print the VM's rows to the kernel log, as the first instrumented
 * kernels did.
 */
#ifndef VMTOLL_LOG_H
#define VMTOLL_LOG_H

/*
 * The parameter log_every. The exits of a VM are printed each time the VM's exit count has reached
 * another multiple of this value. 0 disables printing.
 */
extern unsigned int vmtoll_log_every;

/*
 * Print the exits of each VM whose exit count has reached the next multiple of log_every. Call
 * this in process context.
 */
void log_due_vms(void);

#endif /* VMTOLL_LOG_H */
