// SPDX-License-Identifier: GPL-2.0
/*
 * An HTTP client for the tests of vmtoll serve. It can also behave badly.
 *
 * http_client get PORT PATH [ACCEPT]
 *	Print the response to a GET request.
 * http_client send PORT
 *	Send standard input, and print everything that the server sends until it closes the
 *	connection.
 * http_client post PORT BYTES
 *	Send a POST request with a body of BYTES bytes, and print the response.
 * http_client crowd PORT CLIENTS TEXT...
 *	Open CLIENTS connections, and do not read. The first connection sends the first TEXT, the
 *	next connection the next TEXT, and so on, beginning again after the last TEXT. Print
 *	"ready". At the end of standard input, print how many connections the server has closed.
 * http_client activate FILE COMMAND [ARGUMENT]...
 *	Listen on a free port of 127.0.0.1, write the port to FILE, and run COMMAND with this
 *	socket, as systemd does.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
	fprintf(stderr, "http_client: %s: %s\n", what, strerror(errno));
	return 2;
}

static struct sockaddr_in loopback(const char *port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

/* Connect to the server. @receive_bytes is the receive buffer size, or 0 for the default. */
static int open_client(const char *port, int receive_bytes)
{
	struct sockaddr_in address = loopback(port);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (receive_bytes)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof(receive_bytes));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		exit(fail("connect"));
	return fd;
}

/* Send all bytes. Return false if the server has closed the connection. */
static int send_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t sent = send(fd, text, bytes, MSG_NOSIGNAL);

		if (sent <= 0)
			return 0;
		text += sent;
		bytes -= (size_t)sent;
	}
	return 1;
}

/* Print everything that the server sends until it closes the connection. */
static int print_response(int fd)
{
	char text[65536];
	ssize_t bytes;

	while ((bytes = recv(fd, text, sizeof(text), 0)) > 0)
		if (!fwrite(text, 1, (size_t)bytes, stdout) || fflush(stdout))
			return fail("cannot write");
	return 0;
}

static int get(const char *port, const char *path, const char *accept)
{
	int fd = open_client(port, 0);
	char text[1024];

	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\n%s%s%sConnection: close\r\n\r\n", path,
		 accept ? "Accept: " : "", accept ? accept : "", accept ? "\r\n" : "");
	send_all(fd, text, strlen(text));
	return print_response(fd);
}

static int send_input(const char *port)
{
	int fd = open_client(port, 0);
	char text[65536];
	size_t bytes;

	while ((bytes = fread(text, 1, sizeof(text), stdin)))
		if (!send_all(fd, text, bytes))
			break;
	return print_response(fd);
}

static int post(const char *port, size_t bytes)
{
	int fd = open_client(port, 0);
	char *body = calloc(1, bytes);
	char text[200];

	if (!body)
		return fail("calloc");
	snprintf(text, sizeof(text),
		 "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n", bytes);
	if (send_all(fd, text, strlen(text)))
		send_all(fd, body, bytes);
	free(body);
	return print_response(fd);
}

/* Read what the server has sent. Return true if the server has closed the connection. */
static int is_closed(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char text[65536];

	while (poll(&poller, 1, 1000) > 0)
		if (recv(fd, text, sizeof(text), 0) <= 0)
			return 1;
	return 0;
}

static int crowd(const char *port, int clients, char **text, int texts)
{
	int *fd = calloc((size_t)clients, sizeof(*fd));
	int closed = 0;

	if (!fd)
		return fail("calloc");
	for (int i = 0; i < clients; i++) {
		fd[i] = open_client(port, 4096);
		send_all(fd[i], text[i % texts], strlen(text[i % texts]));
	}
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	for (int i = 0; i < clients; i++)
		closed += is_closed(fd[i]);
	printf("closed %d\n", closed);
	free(fd);
	return 0;
}

static int activate(const char *path, char **command)
{
	struct sockaddr_in address = loopback("0");
	socklen_t bytes = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	FILE *file;
	char pid[20];

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16) ||
	    getsockname(fd, (struct sockaddr *)&address, &bytes))
		return fail("listen");
	file = fopen(path, "w");
	if (!file || fprintf(file, "%u\n", ntohs(address.sin_port)) < 0 || fclose(file))
		return fail(path);
	if (fd != 3 && dup2(fd, 3) < 0)
		return fail("dup2");
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "1", 1);
	execvp(command[0], command);
	return fail(command[0]);
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 4 && !strcmp(argv[1], "get"))
		return get(argv[2], argv[3], argc > 4 ? argv[4] : NULL);
	if (argc == 3 && !strcmp(argv[1], "send"))
		return send_input(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "post"))
		return post(argv[2], (size_t)atol(argv[3]));
	if (argc >= 5 && !strcmp(argv[1], "crowd"))
		return crowd(argv[2], atoi(argv[3]), argv + 4, argc - 4);
	if (argc >= 4 && !strcmp(argv[1], "activate"))
		return activate(argv[2], argv + 3);
	fputs("Usage: http_client get|send|post|crowd|activate ...\n", stderr);
	return 2;
}
