// SPDX-License-Identifier: GPL-2.0
/*
 * The vsock device of Firecracker and cloud-hypervisor, as docs/vsock.md of Firecracker describes
 * it, for the tests of vmtoll share.
 *
 * fake_vmm PATH PORT GUEST
 *	A connection to the Unix socket GUEST stands for a connection of the guest to PORT of the
 *	host. It is forwarded to the Unix socket PATH_PORT, where a program of the host listens. If
 *	no program listens there, the connection of the guest is reset.
 *	A connection to the Unix socket PATH is made by a program of the host that wants to reach
 *	the guest. Its first line is "CONNECT PORT". No program of this guest listens, so the
 *	connection is closed. The line is printed.
 *	Print "ready" when both sockets exist.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "fake_vmm: %s: %s\n", what, strerror(errno));
	exit(2);
}

static struct sockaddr_un address_of(const char *path, const char *port)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s%s%s", path,
			     port ? "_" : "", port ? port : "") >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		fail(path);
	}
	return address;
}

static int listen_on(const char *path)
{
	struct sockaddr_un address = address_of(path, NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16))
		fail(path);
	return fd;
}

/*
 * Close the connection with a reset. After a normal close, the peer could mistake the data it has
 * received so far for a complete transfer.
 */
static void reset(int fd)
{
	struct linger now = { .l_onoff = 1 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

/*
 * Forward the data that can be read from @from to @to. Return false if either side has closed the
 * connection.
 */
static int copy(int from, int to)
{
	char bytes[4096];
	ssize_t got = read(from, bytes, sizeof(bytes));

	for (ssize_t sent = 0; sent < got;) {
		ssize_t more = write(to, bytes + sent, (size_t)(got - sent));

		if (more <= 0)
			return 0;
		sent += more;
	}
	return got > 0;
}

/* Forward in both directions until one side closes the connection. */
static void forward(int guest, int host)
{
	struct pollfd sides[2] = { { guest, POLLIN, 0 }, { host, POLLIN, 0 } };
	int goes_on = 1;

	while (goes_on && poll(sides, 2, -1) > 0)
		for (int i = 0; i < 2 && goes_on; i++)
			if (sides[i].revents)
				goes_on = copy(sides[i].fd, sides[!i].fd);
	close(guest);
	close(host);
}

/* The guest connects to the host. */
static void connect_to_host(int guest, const char *path, const char *port)
{
	struct sockaddr_un address = address_of(path, port);
	int host = socket(AF_UNIX, SOCK_STREAM, 0);

	if (connect(host, (struct sockaddr *)&address, sizeof(address))) {
		close(host);
		reset(guest);
		return;
	}
	forward(guest, host);
}

/* Print what a program on the host sends to the guest, and close the connection. */
static void refuse_host(int host)
{
	char line[64] = "";

	if (read(host, line, sizeof(line) - 1) <= 0)
		strcpy(line, "(nothing)\n");
	printf("host: %s", line);
	fflush(stdout);
	close(host);
}

int main(int argc, char **argv)
{
	struct pollfd sockets[2];

	if (argc != 4) {
		fprintf(stderr, "usage: fake_vmm PATH PORT GUEST\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	sockets[0] = (struct pollfd){ listen_on(argv[1]), POLLIN, 0 };
	sockets[1] = (struct pollfd){ listen_on(argv[3]), POLLIN, 0 };
	puts("ready");
	fflush(stdout);
	while (poll(sockets, 2, -1) > 0) {
		if (sockets[0].revents)
			refuse_host(accept(sockets[0].fd, NULL, NULL));
		if (sockets[1].revents)
			connect_to_host(accept(sockets[1].fd, NULL, NULL), argv[1], argv[2]);
	}
	fail("poll");
}
