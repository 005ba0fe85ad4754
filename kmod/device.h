/* SPDX-License-Identifier: GPL-2.0 */
/* /dev/vmtoll: the ledgers, for reading by mmap. */
#ifndef VMTOLL_DEVICE_H
#define VMTOLL_DEVICE_H

int device_publish(void);
void device_withdraw(void);

#endif /* VMTOLL_DEVICE_H */
