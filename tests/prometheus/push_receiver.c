// SPDX-License-Identifier: GPL-2.0
/*
 * A receiver for `vmtoll serve --push`. The arguments determine its answers.
 *
 * push_receiver PORT ANSWER...
 *	Listen on this port of 127.0.0.1. The first request gets the first ANSWER, and so on; all
 *	further requests get the last ANSWER. An ANSWER is an HTTP status, or STATUS:SECONDS to
 *	add the header Retry-After, or "close" to close the connection without an answer. Print a
 *	line for each request: the milliseconds since the start, the ANSWER, and the number of
 *	bytes of the body.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_socket(const char *port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)atoi(port)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 16)) {
		perror("push_receiver");
		exit(2);
	}
	return fd;
}

/* Read a request, and return the size of its body. Returns -1 if the connection was closed. */
static long read_request(int fd)
{
	char text[8192];
	size_t used = 0;
	char *body = NULL;
	const char *length;
	long bytes;

	while (!body && used < sizeof(text) - 1) {
		ssize_t got = read(fd, text + used, sizeof(text) - 1 - used);

		if (got <= 0)
			return -1;
		used += (size_t)got;
		text[used] = '\0';
		body = strstr(text, "\r\n\r\n");
	}
	length = strcasestr(text, "\r\nContent-Length:");
	bytes = length ? atol(length + strlen("\r\nContent-Length:")) : 0;
	for (long left = bytes - (long)(text + used - body - 4); left > 0;) {
		char more[65536];
		ssize_t got = read(fd, more, sizeof(more));

		if (got <= 0)
			return -1;
		left -= got;
	}
	return bytes;
}

static void answer(int fd, const char *text)
{
	const char *seconds = strchr(text, ':');
	char response[200];

	if (!strcmp(text, "close"))
		return;
	snprintf(response, sizeof(response),
		 "HTTP/1.1 %d Status\r\nContent-Length: 5\r\nConnection: close\r\n%s%s%s\r\nbody\n",
		 atoi(text), seconds ? "Retry-After: " : "", seconds ? seconds + 1 : "",
		 seconds ? "\r\n" : "");
	if (write(fd, response, strlen(response)) < 0)
		perror("push_receiver");
}

int main(int argc, char **argv)
{
	long began = now_ms();
	int listener;

	if (argc < 3) {
		fprintf(stderr, "Usage: push_receiver PORT ANSWER...\n");
		return 2;
	}
	listener = open_socket(argv[1]);
	for (int i = 2;; i += i < argc - 1) {
		int fd = accept(listener, NULL, NULL);
		long bytes = read_request(fd);

		printf("%ld %s %ld\n", now_ms() - began, argv[i], bytes);
		fflush(stdout);
		answer(fd, argv[i]);
		close(fd);
	}
}
