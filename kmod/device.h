/* SPDX-License-Identifier: GPL-2.0 */
/* The device /dev/vmtoll, from which readers map the host page and the ledgers. */
#ifndef VMTOLL_DEVICE_H
#define VMTOLL_DEVICE_H

int device_publish(void);
void device_withdraw(void);

#endif /* VMTOLL_DEVICE_H */
