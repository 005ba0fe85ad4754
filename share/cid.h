/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Find the process of the VM that has a vsock context ID (CID). The kernel does not report which
 * process owns a CID. A process claims a CID if both of these conditions hold:
 *
 * - The CID is on its command line. Each VMM has its own option for this:
 *     QEMU: -device vhost-vsock-TYPE,guest-cid=CID, or the same in JSON
 *     crosvm: --cid CID, --vsock CID, --vsock cid=CID
 *     cloud-hypervisor: --vsock cid=CID
 *     kvmtool: --vsock CID
 * - It has opened the device /dev/vhost-vsock, once for each CID on its command line.
 *
 * A process can overwrite its own command line, so a user who may open /dev/vhost-vsock can claim
 * the CID of another VM. Such a claim must not be believed. If several processes claim a CID,
 * nobody can tell which claim is true, so the CID belongs to none of them.
 *
 * While the device of a VM is open, the kernel lets no other VM use its CID. So a true claim
 * cannot be exploited: no other VM can connect from this CID.
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
 *		could not be read. They claim nothing
 */
struct cid_table {
	struct cid_claim *claim;
	size_t claims;
	size_t unreadable;
};

/*
 * Find the claims of all processes. Returns -ENOMEM, or another negative errno if the processes
 * cannot be listed. The caller must release @table in both cases.
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
