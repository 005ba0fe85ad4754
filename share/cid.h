/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the process of the VM that has a vsock context ID (CID). The kernel does not report which
 * process owns a CID. A process claims a CID if both of these conditions hold:
 *
 * - The CID is on its command line. Each VMM has its own option for this:
 *     QEMU: -device vhost-vsock-TYPE,guest-cid=CID, or the same in JSON
 *     crosvm: --cid CID, --vsock CID, --vsock cid=CID
 *     kvmtool: --vsock CID
 * - It has opened the device /dev/vhost-vsock, once for each CID on its command line. Its first
 *   4096 file descriptors are examined.
 *
 * A process claims nothing if its VMM may use another CID than the one on its command line: if a
 * CID starts with a zero, which QEMU reads as octal, if the command line contains QEMU's option
 * -set, or if it has 64 KiB or more.
 *
 * A process can overwrite its own command line, so a user who may open /dev/vhost-vsock can claim
 * the CID of another VM. Such a claim must not be believed. If several processes claim a CID,
 * nobody can tell which claim is true, so the CID belongs to none of them.
 *
 * The CID is not compared with the kernel's, because the kernel does not report it. A process can
 * have the device open without using the CID on its command line: crosvm before it activates the
 * device, QEMU after device_del and device_add, or a VM in another vsock namespace. Another VM can
 * then use this CID. If it has no claim of its own, it reads the ledger of the first process. So
 * everybody who may open /dev/vhost-vsock must be trusted.
 */
#ifndef VMTOLL_SHARE_CID_H
#define VMTOLL_SHARE_CID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CID_FIRST 3 /* lower CIDs belong to the host and to the hypervisor */

/**
 * struct cid_host - where to search for claims
 * @proc: the directory that lists the processes, "/proc"
 * @device: the number of the device /dev/vhost-vsock
 */
struct cid_host {
	const char *proc;
	dev_t device;
};

/* Return the number of the device /dev/vhost-vsock. It is the same on all hosts. */
dev_t cid_device(void);

/**
 * struct cid_claim - a process that claims a CID
 * @cid: the CID
 * @pid: the process
 */
struct cid_claim {
	uint32_t cid;
	uint32_t pid;
};

/**
 * struct cid_table - all claims on a host
 * @unreadable: the number of processes with a CID on their command line whose file descriptors
 *		vmtoll is not permitted to read. These processes claim nothing
 */
struct cid_table {
	struct cid_claim *claim;
	size_t claims;
	size_t unreadable;
};

/*
 * Find the claims of all processes. Returns a negative errno if a claim may be missing, for
 * example because no file descriptors are left. The caller must release @table in both cases.
 */
int cid_table_read(const struct cid_host *host, struct cid_table *table);
void cid_table_release(struct cid_table *table);

/*
 * Find the process that claims @cid. Returns -ENOENT if there is none, and -ENOTUNIQ if there are
 * several.
 */
int cid_table_find(const struct cid_table *table, uint32_t cid, uint32_t *pid);

/* Return true if process @pid claims @cid now. */
bool cid_is_claimed(const struct cid_host *host, uint32_t pid, uint32_t cid);

#endif
