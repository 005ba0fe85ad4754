// SPDX-License-Identifier: GPL-2.0
/*
 * A library that is preloaded into Debian's unmodified Bochs 2.7. It works around three defects:
 *
 * read(): Bochs loads an optramimage into guest memory with one read() for the whole file.
 * Guest memory is allocated in blocks, but Bochs looks up the block only once per read(), so
 * data beyond the first block ends up at the wrong addresses. After a short read, Bochs looks
 * up the block again. This library therefore limits each read of a regular file to 64 KiB.
 * These reads never cross a block boundary, because each image starts at a block boundary.
 *
 * putc(): Bochs calls putc() only for bytes that the machine writes to the wire's I/O port
 * (../wire/wire.h). Bochs would print these bytes on standard output, mixed with its own
 * messages and those of its debugger. This library writes the bytes to a separate file
 * descriptor.
 *
 * bind(): the display of Bochs (rfb) would listen on all network interfaces. The lab does not
 * use the display, so this library restricts it to the loopback interface.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define READ_MAX (64u * 1024)
#define WIRE_FD	 3

ssize_t read(int fd, void *buffer, size_t bytes)
{
	if (bytes > READ_MAX && lseek(fd, 0, SEEK_CUR) >= 0)
		bytes = READ_MAX;
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
