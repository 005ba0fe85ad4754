// SPDX-License-Identifier: GPL-2.0
/*
 * The `knock` verb runs in a guest. It connects to `vmtoll share` on the host as often as
 * possible, keeps some of the connections open, and sends the beginning of a request on others.
 * Meanwhile, `vmtoll share` must still answer the other guests.
 *
 * On a host, `knock COUNT CID` connects to `vmtoll share` in the guest with this CID, which must
 * close the connection.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "fail.h"
#include "verbs.h"

#define PORT 978 /* SHARE_PORT in source/share_codec.h */
#define OPEN 200 /* the number of connections that are kept open */

/* How long to wait until a connection is closed. `vmtoll share` waits longer for a request. */
#define CLOSE_MS 2000

/* Connect to the machine with this CID. Returns -1 if it refuses. */
static int knock(unsigned int cid)
{
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_cid = cid,
		.svm_port = PORT,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !connect(fd, (const struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* Return true if the peer closes the connection without an answer. */
static bool is_closed(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&end, 1, CLOSE_MS) > 0 && recv(fd, &byte, 1, 0) <= 0;
}

static int knock_at_guest(unsigned long count, unsigned int cid)
{
	unsigned long connected = 0, closed = 0;

	for (unsigned long i = 0; i < count; i++) {
		int fd = knock(cid);

		if (fd < 0)
			continue;
		connected++;
		closed += is_closed(fd);
		close(fd);
	}
	printf("knocked %lu times, connected %lu times, closed %lu times\n", count, connected,
	       closed);
	return connected && closed == connected ? EXIT_OK : EXIT_WRONG;
}

int verb_knock(int argc, char **argv)
{
	unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long connected = 0;
	int open[OPEN];

	if (!count || argc > 3)
		return -EINVAL;
	if (argc == 3)
		return knock_at_guest(count, (unsigned int)strtoul(argv[2], NULL, 10));
	memset(open, -1, sizeof(open));
	for (unsigned long i = 0; i < count; i++) {
		int *fd = &open[i % OPEN];

		if (*fd >= 0)
			close(*fd);
		*fd = knock(VMADDR_CID_HOST);
		connected += *fd >= 0;
		if (i % 2)
			send(*fd, "V", 1, MSG_NOSIGNAL);
	}
	printf("knocked %lu times, connected %lu times\n", count, connected);
	return connected ? EXIT_OK : EXIT_WRONG;
}
