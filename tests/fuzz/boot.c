// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the parsers of the lab's image builder, which read bzImages, ELF kernels and
 * ELF modules. The first byte of the input selects the format. The remaining bytes are the file.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "bzimage.h"
#include "module.h"
#include "params.h"
#include "vmlinux.h"

/* Larger kernels take too long to convert. */
#define MEMORY (64u << 20)

static void flatten(const struct blob *elf)
{
	struct vmlinux vmlinux;
	struct blob pvh;

	if (vmlinux_flatten(elf, &vmlinux))
		return;
	if (vmlinux.flat.size < MEMORY && !vmlinux_to_pvh(&vmlinux, &pvh))
		blob_free(&pvh);
	blob_free(&vmlinux.flat);
}

static void unpack(const struct blob *image)
{
	struct params params = {
		.image = image, .initrd_bytes = 1 << 20, .memory_bytes = 1 << 30, .cmdline = "quiet"
	};
	struct blob out;

	if (!params_build(&params, &out))
		blob_free(&out);
	if (bzimage_unpack(image, &out))
		return;
	flatten(&out);
	blob_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blob blob;

	if (!size || blob_alloc(size - 1, &blob))
		return 0;
	memcpy(blob.data, data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		unpack(&blob);
		break;
	case 1:
		flatten(&blob);
		break;
	case 2:
		module_nop_fentry(&blob);
		break;
	}
	blob_free(&blob);
	return 0;
}
