/* SPDX-License-Identifier: GPL-2.0 */
/* Ask `vmtoll share` on the host of this guest for the ledger. See share_codec.h. */
#ifndef VMTOLL_SHARE_CLIENT_H
#define VMTOLL_SHARE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"
#include "model/snapshot.h"

/*
 * The environment variable with the path of a Unix socket that is used instead of the host's
 * vsock, if --source does not name one.
 */
#define SHARE_SOCKET_VARIABLE "VMTOLL_SHARE_SOCKET"

/*
 * Return true if a program listens on the host's port. @path is a Unix socket, or NULL for vsock.
 */
bool share_client_present(const char *path);

/*
 * Ask for the ledger of vCPU @vcpu, or for the sum of all vCPUs if @vcpu is negative. @snapshot
 * must be empty. It receives the figures; the caller must set the name of the source. If the host
 * is busy, wait and ask again. Returns a negative errno on failure; @snapshot is then incomplete.
 */
int share_client_ask(const char *path, int64_t vcpu, struct snapshot *snapshot,
		     struct complaint *complaint);

#endif
