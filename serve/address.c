// SPDX-License-Identifier: GPL-2.0
/* The server's listening socket, see address.h. */
#include "serve/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>
#include <unistd.h>

#include "model/number.h"

#define FIRST_INHERITED 3 /* SD_LISTEN_FDS_START */

static int not_an_address(const char *text, struct complaint *complaint)
{
	return complain(complaint, -EINVAL,
			"'%s' is not an address and a port, such as 127.0.0.1:9786 or [::1]:9786",
			text);
}

/*
 * Set the IP address and the port of @address. @host contains neither brackets nor a port. Return
 * false if @host is invalid.
 */
static bool set_host(const char *host, in_port_t port, struct address *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address->socket;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address->socket;

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, strcmp(host, "localhost") ? host : "127.0.0.1", &v4->sin_addr) ==
	    1) {
		v4->sin_family = AF_INET;
		v4->sin_port = port;
		address->bytes = sizeof(*v4);
		return true;
	}
	memset(address, 0, sizeof(*address));
	v6->sin6_family = AF_INET6;
	v6->sin6_port = port;
	address->bytes = sizeof(*v6);
	return inet_pton(AF_INET6, host, &v6->sin6_addr) == 1;
}

int address_parse(const char *text, struct address *address, struct complaint *complaint)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 2];
	size_t length = colon ? (size_t)(colon - text) : 0;
	bool has_brackets;
	uint64_t port;

	if (!colon || !length || length >= sizeof(host) || number_parse(colon + 1, 0, 65535, &port))
		return not_an_address(text, complaint);
	has_brackets = text[0] == '[' && text[length - 1] == ']';
	memcpy(host, text + has_brackets, length - 2 * has_brackets);
	host[length - 2 * has_brackets] = '\0';
	if (has_brackets != !!strchr(host, ':') || !set_host(host, htons((in_port_t)port), address))
		return not_an_address(text, complaint);
	return 0;
}

bool address_is_local(const struct address *address)
{
	return address->socket.ss_family == AF_UNIX || address_is_loopback(address);
}

bool address_is_loopback(const struct address *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->socket;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;

	switch (address->socket.ss_family) {
	case AF_INET:
		return ntohl(v4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	case AF_INET6:
		return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
	}
	return false;
}

/*
 * Return the length of HOST in "HOST" or "HOST:PORT". HOST is a name or an address, possibly in
 * brackets. The brackets are included in the length.
 */
static size_t host_length(const char *host)
{
	const char *end = *host == '[' ? strchr(host, ']') : NULL;

	return end ? (size_t)(end + 1 - host) : strcspn(host, ":");
}

bool address_host_is_local(const char *host)
{
	size_t length = host ? host_length(host) : 0;
	struct address address;
	char name[INET6_ADDRSTRLEN + 2];
	uint64_t port;

	if (!host)
		return true;
	if (!length || length >= sizeof(name))
		return false;
	if (host[length] &&
	    (host[length] != ':' || number_parse(host + length + 1, 0, 65535, &port)))
		return false;
	memcpy(name, host, length);
	name[length] = '\0';
	if (!strcasecmp(name, "localhost"))
		return true;
	if (*name != '[')
		return set_host(name, 0, &address) && address.socket.ss_family == AF_INET;
	name[length - 1] = '\0';
	return set_host(name + 1, 0, &address) && address.socket.ss_family == AF_INET6;
}

const char *address_text(const struct address *address, char *text, size_t bytes)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)&address->socket;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&address->socket;
	char host[INET6_ADDRSTRLEN] = "?";

	switch (address->socket.ss_family) {
	case AF_INET:
		inet_ntop(AF_INET, &v4->sin_addr, host, sizeof(host));
		snprintf(text, bytes, "%s:%u", host, ntohs(v4->sin_port));
		break;
	case AF_INET6:
		inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof(host));
		snprintf(text, bytes, "[%s]:%u", host, ntohs(v6->sin6_port));
		break;
	default:
		snprintf(text, bytes, "%.70s",
			 ((const struct sockaddr_un *)&address->socket)->sun_path);
	}
	return text;
}

static int read_address(int fd, struct address *address)
{
	address->bytes = sizeof(address->socket);
	return getsockname(fd, (struct sockaddr *)&address->socket, &address->bytes) ? -errno : 0;
}

static int listen_failed(int fd, const struct address *address, struct complaint *complaint)
{
	char text[ADDRESS_TEXT];
	int error = -errno;

	if (fd >= 0)
		close(fd);
	address_text(address, text, sizeof(text));
	return complain(complaint, error, "cannot listen on %s: %s", text, strerror(-error));
}

int address_listen(struct address *address, struct complaint *complaint)
{
	int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&address->socket, address->bytes) ||
	    listen(fd, SOMAXCONN) || read_address(fd, address))
		return listen_failed(fd, address, complaint);
	return fd;
}

/* Return the number of sockets that systemd has passed to this process. */
static uint64_t inherited_sockets(void)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	uint64_t number;

	if (!pid || !fds || number_parse(pid, 1, UINT32_MAX, &number) ||
	    number != (uint64_t)getpid() || number_parse(fds, 0, 1024, &number))
		return 0;
	return number;
}

int address_inherited(struct address *address, struct complaint *complaint)
{
	uint64_t sockets = inherited_sockets();
	int listens = 0;
	socklen_t bytes = sizeof(listens);

	if (!sockets)
		return 0;
	if (sockets > 1)
		return complain(complaint, -EINVAL,
				"systemd passed %d sockets; the socket unit must have one address",
				(int)sockets);
	if (getsockopt(FIRST_INHERITED, SOL_SOCKET, SO_ACCEPTCONN, &listens, &bytes) || !listens)
		return complain(complaint, -ENOTSOCK,
				"file descriptor %d from systemd is not a listening socket",
				FIRST_INHERITED);
	fcntl(FIRST_INHERITED, F_SETFD, FD_CLOEXEC);
	fcntl(FIRST_INHERITED, F_SETFL, O_NONBLOCK);
	if (read_address(FIRST_INHERITED, address))
		return complain(complaint, -errno, "cannot use the socket from systemd: %s",
				strerror(errno));
	return FIRST_INHERITED;
}
