/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire: how a machine's command talks to the one who started the machine.
 *
 * It is one I/O port to which bytes are written (QEMU's isa-debugcon, Bochs's port_e9_hack); both
 * emulators put them on their standard output. That needs no driver, is the same in both, and as
 * fast as the emulator executes OUTS. In a guest in a machine each byte on a port would be an exit to user
 * space, so there it is a port of a virtio-serial device, which takes a whole frame at a time.
 *
 *	send		in the machine: runs the command, puts frames on the wire
 *	receive		outside: runs the emulator, reads its output, takes the frames apart
 *
 * What comes before the greeting is the emulator's own chatter. After it there are only frames: a
 * head, then `bytes` of payload. The sum makes sure that a stray message of the emulator, or a machine
 * that went wild, is a lost machine and never wrong output.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <stddef.h>
#include <stdint.h>

#define WIRE_PORT     0xe9
#define WIRE_GREETING "\026vmtoll wire 1\n"

#define WIRE_MAGIC   0x77 /* 'w' */
#define WIRE_PAYLOAD 16384

enum wire_stream {
	WIRE_STDOUT = 1, /* bytes of the command's standard output */
	WIRE_STDERR = 2, /* and of its standard error */
	WIRE_FILES = 3, /* a tar archive of the files that it left in $OUT */
	WIRE_END = 4, /* one byte: its exit status. The last frame */
};

struct wire_head {
	uint8_t magic;
	uint8_t stream;
	uint16_t bytes;
	uint32_t sum;
};

_Static_assert(sizeof(struct wire_head) == 8, "the head is on the wire as it is");

/* Fletcher's sum over the payload: catches lost, doubled and swapped bytes. */
static inline uint32_t wire_sum(const uint8_t *payload, size_t bytes)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < bytes; i++) {
		a += payload[i];
		b += a;
	}
	return (b & 0xffff) << 16 | (a & 0xffff);
}

#endif
