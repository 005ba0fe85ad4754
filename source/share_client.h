/* SPDX-License-Identifier: GPL-2.0 */
/* Ask `vmtoll share` on the host for the ledger of this guest. See share_codec.h. */
#ifndef VMTOLL_SHARE_CLIENT_H
#define VMTOLL_SHARE_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"
#include "model/snapshot.h"

/*
 * The environment variable with the path of a Unix socket. If --source does not name a socket, the
 * one in this variable is used instead of the host's vsock.
 */
#define SHARE_SOCKET_VARIABLE "VMTOLL_SHARE_SOCKET"

/*
 * Return true if a program listens on the host's port. @path is a Unix socket, or NULL for vsock.
 */
bool share_client_present(const char *path);

/*
 * Ask the host for the ledger of vCPU @vcpu, or for the sum of all vCPUs if @vcpu is negative. If
 * the host is busy, wait and ask again. @snapshot must be empty, and receives all figures. The
 * caller must set the name of the source. Returns a negative errno on failure; @snapshot is then
 * incomplete.
 */
int share_client_ask(const char *path, int64_t vcpu, struct snapshot *snapshot,
		     struct complaint *complaint);

#endif
