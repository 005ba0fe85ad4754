/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wire carries the output of a machine's command to the program that started the machine.
 *
 * In a machine, the wire is one I/O port (QEMU's isa-debugcon, Bochs's port_e9_hack). Both
 * emulators copy the bytes to their standard output. The port needs no driver and is the same in
 * both emulators. Its throughput is limited only by the speed at which the emulator executes
 * OUTS. In a guest inside a machine, each byte written to an I/O port would cause an exit to
 * user space. The wire of a guest is therefore a virtio-serial device, which takes a whole frame
 * at a time.
 *
 * 	send		in the machine: runs the command, writes frames to the wire
 * 	receive		outside: runs the emulator, reads its output, decodes the frames
 *
 * Bytes before the greeting are the emulator's own messages. All bytes after the greeting belong
 * to frames. In a machine, send starts when init does, and sends a heartbeat every second of the
 * machine's time. If the heartbeats stop, the machine hangs. When the machine is ready, another
 * instance of send takes over and runs the command. The wire carries only one greeting.
 *
 * A frame is a header followed by `bytes` bytes of payload. The checksum detects stray messages
 * of the emulator and data from a corrupted machine. If a checksum is wrong, receive reports a
 * lost machine and does not print the corrupted output.
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
	WIRE_STDERR = 2, /* bytes of the command's standard error */
	WIRE_FILES = 3, /* a tar archive of the files that the command left in $OUT */
	WIRE_END = 4, /* the last frame; its payload is one byte, the exit status */
	WIRE_BEAT = 5, /* a heartbeat; its payload is one byte, WIRE_BOOTING or WIRE_RUNNING */
};

#define WIRE_BOOTING 0 /* init is preparing the machine */
#define WIRE_RUNNING 1 /* the command is running, or it has ended */

struct wire_header {
	uint8_t magic;
	uint8_t stream;
	uint16_t bytes;
	uint32_t sum;
};

_Static_assert(sizeof(struct wire_header) == 8, "the header is written to the wire unconverted");

/*
 * Return Fletcher's checksum of the payload. The checksum detects lost, duplicated and swapped
 * bytes.
 */
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
