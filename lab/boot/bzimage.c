// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that read the setup header of a bzImage and unpack its payload. They support all
 * compression formats that Debian's kernels have used: xz, zstd and lz4.
 */
#include "bzimage.h"

#include <errno.h>
#include <lz4.h>
#include <lzma.h>
#include <string.h>
#include <zstd.h>

#define HDR_SETUP_SECTS	   0x1f1
#define HDR_JUMP_LENGTH	   0x201
#define HDR_MAGIC	   0x202
#define HDR_VERSION	   0x206
#define HDR_PAYLOAD_OFFSET 0x248
#define HDR_PAYLOAD_LENGTH 0x24c
#define HDR_END		   0x250

#define MAGIC_HDRS     0x53726448u
#define MAGIC_XZ       0x587a37fdu
#define MAGIC_ZSTD     0xfd2fb528u
#define MAGIC_LZ4      0x184c2102u
#define LZ4_BLOCK_SIZE (8u << 20)

/*
 * The maximum size of a kernel, including its .bss. The kernel reserves a virtual address range
 * of 512 MiB for its image.
 */
#define UNPACKED_MAX (512u << 20)

int bzimage_check(const struct blob *image, size_t *header_end)
{
	if (!blob_has(image, 0, HDR_END) || blob_u32(image, HDR_MAGIC) != MAGIC_HDRS ||
	    blob_u16(image, HDR_VERSION) < 0x208)
		return -EINVAL;
	/* The setup header contains a short jump to the end of the header. */
	*header_end = HDR_MAGIC + image->data[HDR_JUMP_LENGTH];
	return blob_has(image, 0, *header_end) ? 0 : -EINVAL;
}

static int unpack_xz(const struct blob *in, struct blob *out)
{
	uint64_t memory = UINT64_MAX;
	size_t from = 0, to = 0;

	if (lzma_stream_buffer_decode(&memory, 0, NULL, in->data, &from, in->size, out->data, &to,
				      out->size) != LZMA_OK)
		return -EBADMSG;
	return to == out->size ? 0 : -EBADMSG;
}

static int unpack_zstd(const struct blob *in, struct blob *out)
{
	size_t n = ZSTD_decompress(out->data, out->size, in->data, in->size);

	return n == out->size ? 0 : -EBADMSG;
}

/*
 * Unpack the "legacy" LZ4 frame format that the kernel's build uses. A frame consists of a magic
 * number and a sequence of blocks, each preceded by its size.
 */
static int unpack_lz4(const struct blob *in, struct blob *out)
{
	size_t from = 4, to = 0;

	while (to < out->size) {
		size_t capacity = out->size - to < LZ4_BLOCK_SIZE ? out->size - to : LZ4_BLOCK_SIZE;
		uint32_t bytes;
		int n;

		if (!blob_has(in, from, 4))
			return -EBADMSG;
		bytes = blob_u32(in, from);
		from += 4;
		if (!blob_has(in, from, bytes))
			return -EBADMSG;
		n = LZ4_decompress_safe((char *)in->data + from, (char *)out->data + to, bytes,
					capacity);
		if (n <= 0)
			return -EBADMSG;
		from += bytes;
		to += n;
	}
	return 0;
}

static const struct compression {
	uint32_t magic;
	int (*unpack)(const struct blob *in, struct blob *out);
} compressions[] = {
	{ MAGIC_XZ, unpack_xz },
	{ MAGIC_ZSTD, unpack_zstd },
	{ MAGIC_LZ4, unpack_lz4 },
};

static const struct compression *compression_of(const struct blob *payload)
{
	for (size_t i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (compressions[i].magic == blob_u32(payload, 0))
			return &compressions[i];
	return NULL;
}

int bzimage_unpack(const struct blob *image, struct blob *vmlinux)
{
	const struct compression *compression;
	struct blob payload;
	size_t header_end, sects, start;
	uint32_t unpacked;
	int err;

	err = bzimage_check(image, &header_end);
	if (err)
		return err;
	sects = image->data[HDR_SETUP_SECTS] ? image->data[HDR_SETUP_SECTS] : 4;
	start = (sects + 1) * 512 + blob_u32(image, HDR_PAYLOAD_OFFSET);
	payload.size = blob_u32(image, HDR_PAYLOAD_LENGTH);
	if (payload.size < 8 || !blob_has(image, start, payload.size))
		return -EINVAL;
	payload.data = image->data + start;
	compression = compression_of(&payload);
	if (!compression)
		return -EOPNOTSUPP;
	/* The kernel's build appends the unpacked size to the compressed data. */
	payload.size -= 4;
	unpacked = blob_u32(&payload, payload.size);
	if (unpacked > UNPACKED_MAX)
		return -EBADMSG;
	err = blob_alloc(unpacked, vmlinux);
	if (err)
		return err;
	err = compression->unpack(&payload, vmlinux);
	if (err)
		blob_free(vmlinux);
	return err;
}
