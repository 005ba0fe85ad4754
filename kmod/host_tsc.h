/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The TSC of this host. All times are in TSC cycles. They are wrong if the TSC is unstable,
 * changes its rate, stops while a CPU is idle, or goes backwards. In these cases, the flag
 * VMTOLL_HOST_TSC_UNRELIABLE is set in the host page until the module is unloaded.
 */
#ifndef VMTOLL_HOST_TSC_H
#define VMTOLL_HOST_TSC_H

#include <linux/types.h>

/*
 * Store the current TSC frequency in the host page, because the kernel may refine the frequency
 * after the module has been loaded. Also check the TSC; if it is unreliable, log why. Call this
 * function in process context, at load and periodically.
 */
void host_tsc_update(void);

/*
 * Record that the TSC has gone backwards on a vCPU. The next host_tsc_update() logs this. Probes
 * may call this function.
 */
void host_tsc_report_backwards(void);

#endif /* VMTOLL_HOST_TSC_H */
