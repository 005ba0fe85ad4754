/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sockets on which vmtoll share listens: one vsock, and one Unix socket for each VM whose VMM
 * implements vsock itself.
 */
#ifndef VMTOLL_SHARE_LISTENER_H
#define VMTOLL_SHARE_LISTENER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "model/complaint.h"

/**
 * struct listener - a listening socket
 * @fd: the socket
 * @pid: the process of the VM; 0 for the vsock
 * @pidfd: a pidfd of this process, to detect when the process ends; -1 for the vsock
 * @path: the name of the Unix socket; "" for the vsock
 */
struct listener {
	int fd;
	uint32_t pid;
	int pidfd;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Identifies a peer: the CID of a guest, or the process of a VMM. */
struct peer {
	uint32_t cid;
	uint32_t pid;
};

/* Listen on SHARE_PORT of the vsock. Returns a negative errno on failure. */
int listener_open_vsock(struct listener *listener, struct complaint *complaint);

/*
 * Listen on the Unix socket @path with the suffix "_978". @path is the socket in the
 * configuration of the VMM, which runs as process @pid. Only this process may connect. A socket
 * with this name that remained from an earlier vmtoll is replaced. Returns a negative errno on
 * failure.
 */
int listener_open_unix(const char *path, uint32_t pid, struct listener *listener,
		       struct complaint *complaint);

/* Close the socket. Remove the name of a Unix socket. */
void listener_close(struct listener *listener);

/*
 * Accept a connection and return its socket, which is non-blocking. Returns -EAGAIN if no
 * connection is pending, -EPERM if the peer is neither a guest nor the VMM, or another negative
 * errno.
 */
int listener_accept(const struct listener *listener, struct peer *peer);

/* Return true if the VMM of a Unix socket has ended. */
bool listener_is_orphaned(const struct listener *listener);

#endif
