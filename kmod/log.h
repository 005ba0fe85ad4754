/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Print the exits of a VM to the kernel log after every N exits, row by row, as the first
 * instrumented kernels did.
 */
#ifndef VMTOLL_LOG_H
#define VMTOLL_LOG_H

/*
 * The parameter log_every: print the exits of a VM each time their number has reached a multiple
 * of this value. 0 disables printing.
 */
extern unsigned int vmtoll_log_every;

/*
 * For each VM that has reached the next multiple of log_every, print its exits. Call this in
 * process context.
 */
void log_due_vms(void);

#endif /* VMTOLL_LOG_H */
