// SPDX-License-Identifier: GPL-2.0
/*
 * The `knock` verb runs in a guest. It connects to `vmtoll share` on the host as often as
 * possible, keeps some of the connections open, and sends the beginning of a request on others.
 * Meanwhile, `vmtoll share` must still answer the other guests.
 */
#define _GNU_SOURCE
#include <errno.h>
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

/* Connect to the host. Returns -1 if the host refuses. */
static int knock(void)
{
	const struct sockaddr_vm host = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_HOST,
		.svm_port = PORT,
	};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || !connect(fd, (const struct sockaddr *)&host, sizeof(host)))
		return fd;
	close(fd);
	return -1;
}

int verb_knock(int argc, char **argv)
{
	unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;
	unsigned long connected = 0;
	int open[OPEN];

	if (!count)
		return -EINVAL;
	memset(open, -1, sizeof(open));
	for (unsigned long i = 0; i < count; i++) {
		int *fd = &open[i % OPEN];

		if (*fd >= 0)
			close(*fd);
		*fd = knock();
		connected += *fd >= 0;
		if (i % 2)
			send(*fd, "V", 1, MSG_NOSIGNAL);
	}
	printf("knocked %lu times, connected %lu times\n", count, connected);
	return connected ? EXIT_OK : EXIT_WRONG;
}
