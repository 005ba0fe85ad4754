// SPDX-License-Identifier: GPL-2.0
/*
 * Preloaded into Bochs 2.7, which is otherwise Debian's as it is. Three cures:
 *
 * read(): Bochs loads an optramimage into guest memory with one read() for all that is left,
 * though its memory is allocated block by block, so what lies beyond the first block goes
 * astray. Its loop does look the block up again after a short read, so reads of regular files are
 * cut to a piece that never crosses a block (images start on a block's boundary).
 *
 * putc(): only the port of the wire (../wire/wire.h) is written with it, to the standard output,
 * where Bochs and its debugger write too. Here it goes to a descriptor of its own.
 *
 * bind(): the display that nobody needs to watch (rfb) would listen on all interfaces; here it
 * listens on the loopback one alone.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PIECE	(64u * 1024)
#define WIRE_FD 3

ssize_t read(int fd, void *buffer, size_t bytes)
{
	if (bytes > PIECE && lseek(fd, 0, SEEK_CUR) >= 0)
		bytes = PIECE;
	return syscall(SYS_read, fd, buffer, bytes);
}

int putc(int c, FILE *stream)
{
	unsigned char byte = c;

	if (stream != stdout)
		return fputc(c, stream);
	return write(WIRE_FD, &byte, 1) == 1 ? byte : EOF;
}

int bind(int fd, const struct sockaddr *address, socklen_t bytes)
{
	struct sockaddr_in local;

	if (address->sa_family == AF_INET && bytes >= sizeof(local)) {
		memcpy(&local, address, sizeof(local));
		local.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		address = (struct sockaddr *)&local;
		bytes = sizeof(local);
	}
	return syscall(SYS_bind, fd, address, bytes);
}
