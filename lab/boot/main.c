// SPDX-License-Identifier: GPL-2.0
/*
 * bootimage converts a distribution's bzImage into files that an emulator can start directly. It
 * also prepares kernel modules and option ROMs. The table verbs[] lists all conversions. The exit
 * status is 1 on failure and 2 if the arguments are invalid.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bzimage.h"
#include "layout.h"
#include "module.h"
#include "params.h"
#include "vmlinux.h"

static int flatten_file(const char *bzimage, struct vmlinux *vmlinux)
{
	struct blob image, elf;
	int err;

	err = blob_read(bzimage, &image);
	if (err)
		return err;
	err = bzimage_unpack(&image, &elf);
	blob_free(&image);
	if (err)
		return err;
	err = vmlinux_flatten(&elf, vmlinux);
	blob_free(&elf);
	return err;
}

/* pvh BZIMAGE OUT */
static int make_pvh(char **args)
{
	struct vmlinux vmlinux;
	struct blob elf;
	int err;

	err = flatten_file(args[0], &vmlinux);
	if (err)
		return err;
	err = vmlinux_to_pvh(&vmlinux, &elf);
	if (!err) {
		err = blob_write(args[1], &elf);
		blob_free(&elf);
	}
	blob_free(&vmlinux.flat);
	return err;
}

/* flat BZIMAGE OUT */
static int make_flat(char **args)
{
	struct vmlinux vmlinux;
	int err;

	err = flatten_file(args[0], &vmlinux);
	if (err)
		return err;
	err = blob_write(args[1], &vmlinux.flat);
	blob_free(&vmlinux.flat);
	return err;
}

/* entry BZIMAGE OUT: write the address as text */
static int make_entry(char **args)
{
	struct vmlinux vmlinux;
	struct blob out;
	char text[32];
	int err;

	err = flatten_file(args[0], &vmlinux);
	if (err)
		return err;
	blob_free(&vmlinux.flat);
	out.data = (uint8_t *)text;
	out.size = snprintf(text, sizeof(text), "%#" PRIx64 "\n", vmlinux.entry);
	return blob_write(args[1], &out);
}

/* params BZIMAGE INITRD MEMORY_MB ENTRY CMDLINE OUT */
static int make_params(char **args)
{
	struct params params = { .cmdline = args[4] };
	struct blob image, out;
	struct stat initrd;
	char *end;
	int err;

	params.memory_bytes = strtoull(args[2], &end, 10) << 20;
	if (*end || !params.memory_bytes)
		return -EINVAL;
	params.entry = strtoull(args[3], &end, 16);
	if (*end || !params.entry)
		return -EINVAL;
	if (stat(args[1], &initrd))
		return -errno;
	params.initrd_bytes = initrd.st_size;
	err = blob_read(args[0], &image);
	if (err)
		return err;
	params.image = &image;
	err = params_build(&params, &out);
	if (!err) {
		err = blob_write(args[5], &out);
		blob_free(&out);
	}
	blob_free(&image);
	return err;
}

/*
 * rom IN OUT: pad the option ROM and add its checksum. The BIOS ignores an option ROM unless
 * the sum of its bytes is 0.
 */
static int make_rom(char **args)
{
	struct blob in, out;
	uint8_t sum = 0;
	int err;

	err = blob_read(args[0], &in);
	if (err)
		return err;
	err = in.size < LAYOUT_ROM_BYTES ? blob_alloc(LAYOUT_ROM_BYTES, &out) : -E2BIG;
	if (!err) {
		memcpy(out.data, in.data, in.size);
		for (size_t i = 0; i < out.size; i++)
			sum += out.data[i];
		out.data[out.size - 1] = -sum;
		err = blob_write(args[1], &out);
		blob_free(&out);
	}
	blob_free(&in);
	return err;
}

/* module IN OUT */
static int make_module(char **args)
{
	struct blob module;
	int err;

	err = blob_read(args[0], &module);
	if (err)
		return err;
	err = module_nop_fentry(&module);
	if (!err)
		err = blob_write(args[1], &module);
	blob_free(&module);
	return err;
}

static const struct verb {
	const char *name;
	int nargs;
	const char *usage;
	int (*make)(char **args);
} verbs[] = {
	{ "pvh", 2, "BZIMAGE OUT: write an ELF file that QEMU's -kernel starts by its PVH note",
	  make_pvh },
	{ "flat", 2, "BZIMAGE OUT: write the kernel as it lies in memory", make_flat },
	{ "entry", 2, "BZIMAGE OUT: write the address of the kernel's entry point in memory",
	  make_entry },
	{ "params", 6,
	  "BZIMAGE INITRD MEMORY_MB ENTRY CMDLINE OUT: write boot parameters for Bochs",
	  make_params },
	{ "module", 2, "IN OUT: remove the calls to __fentry__ from a kernel module", make_module },
	{ "rom", 2, "IN OUT: add the checksum to an option ROM", make_rom },
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int usage(void)
{
	for (size_t i = 0; i < VERBS; i++)
		fprintf(stderr, "usage: bootimage %s %s\n", verbs[i].name, verbs[i].usage);
	return 2;
}

static const char *reason(int err)
{
	switch (err) {
	case -EINVAL:
		return "not a bzImage (boot protocol 2.08 or later), or an invalid number";
	case -EOPNOTSUPP:
		return "unsupported compression format (supported: xz, zstd, lz4)";
	case -EBADMSG:
		return "the compressed kernel is damaged: delete the file and run script/setup again";
	case -ENOEXEC:
		return "unexpected layout (kernel: x86-64 ELF, .bss, PVH note; module: .symtab, __fentry__)";
	default:
		return strerror(-err);
	}
}

int main(int argc, char **argv)
{
	int err;

	for (size_t i = 0; i < VERBS; i++) {
		if (argc < 2 || strcmp(argv[1], verbs[i].name))
			continue;
		if (argc - 2 != verbs[i].nargs)
			return usage();
		err = verbs[i].make(argv + 2);
		if (err)
			fprintf(stderr, "bootimage: cannot make %s from %s: %s\n", argv[argc - 1],
				argv[2], reason(err));
		return err ? 1 : 0;
	}
	return usage();
}
