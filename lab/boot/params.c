// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that build the boot parameters for Bochs. A boot loader usually gets the memory map
 * from the BIOS. These functions use a constant memory map, because the BIOS of Bochs always
 * uses the same memory layout.
 */
#include "params.h"

#include <errno.h>
#include <string.h>

#include "bzimage.h"
#include "layout.h"

#define PAGE 4096u

#define BP_VIDEO_MODE	 0x006
#define BP_VIDEO_COLUMNS 0x007
#define BP_VIDEO_LINES	 0x00e
#define BP_VIDEO_IS_VGA	 0x00f
#define BP_VIDEO_POINTS	 0x010
#define BP_E820_ENTRIES	 0x1e8
#define BP_VID_MODE	 0x1fa
#define BP_LOADER_TYPE	 0x210
#define BP_LOADFLAGS	 0x211
#define BP_RAMDISK_START 0x218
#define BP_RAMDISK_SIZE	 0x21c
#define BP_CMDLINE	 0x228
#define BP_E820_TABLE	 0x2d0

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_BYTES    20

/* The BIOS of Bochs puts its ACPI tables into the last 64 KiB of memory. */
#define ACPI_BYTES 0x10000u

static void put_memory_map(uint64_t memory, struct blob *out)
{
	const struct {
		uint64_t start, end;
		uint32_t type;
	} map[] = {
		{ 0, 0x9f000, E820_RAM },
		{ 0x9f000, 0xa0000, E820_RESERVED },
		{ 0xe8000, 0x100000, E820_RESERVED },
		{ 0x100000, memory - ACPI_BYTES, E820_RAM },
		{ memory - ACPI_BYTES, memory, E820_ACPI },
		{ 0xfffc0000, 0x100000000, E820_RESERVED },
	};
	const size_t entries = sizeof(map) / sizeof(map[0]);

	for (size_t i = 0; i < entries; i++) {
		size_t at = BP_E820_TABLE + i * E820_BYTES;

		blob_put(out, at, map[i].start, 8);
		blob_put(out, at + 8, map[i].end - map[i].start, 8);
		blob_put(out, at + 16, map[i].type, 4);
	}
	blob_put(out, BP_E820_ENTRIES, entries, 1);
}

/*
 * Describe the display mode that the BIOS has set: VGA text mode with 80 x 25 characters.
 */
static void put_screen(struct blob *out)
{
	blob_put(out, BP_VIDEO_MODE, 3, 1);
	blob_put(out, BP_VIDEO_COLUMNS, 80, 1);
	blob_put(out, BP_VIDEO_LINES, 25, 1);
	blob_put(out, BP_VIDEO_IS_VGA, 1, 1);
	blob_put(out, BP_VIDEO_POINTS, 16, 2);
	blob_put(out, BP_VID_MODE, 0xffff, 2);
}

static void put_loader(uint64_t initrd_bytes, struct blob *out)
{
	blob_put(out, BP_LOADER_TYPE, 0xff, 1); /* a boot loader without a registered number */
	out->data[BP_LOADFLAGS] |= 1; /* LOADED_HIGH */
	blob_put(out, BP_CMDLINE, LAYOUT_CMDLINE, 4);
	blob_put(out, BP_RAMDISK_START, LAYOUT_INITRD, 4);
	blob_put(out, BP_RAMDISK_SIZE, initrd_bytes, 4);
}

/*
 * Write the page tables. The first page has one top-level entry (present, writable). The second
 * page has entries for 1 GiB pages (present, writable, large).
 */
static void put_page_tables(struct blob *out)
{
	const size_t tables = LAYOUT_TABLES - LAYOUT_PARAMS;

	blob_put(out, tables, (LAYOUT_TABLES + PAGE) | 0x03, 8);
	for (uint64_t i = 0; i < 4; i++)
		blob_put(out, tables + PAGE + 8 * i, i << 30 | 0x83, 8);
}

int params_build(const struct params *params, struct blob *out)
{
	size_t header_end;
	int err;

	err = bzimage_check(params->image, &header_end);
	if (err)
		return err;
	if (strlen(params->cmdline) >= PAGE)
		return -E2BIG;
	if (LAYOUT_INITRD + params->initrd_bytes + ACPI_BYTES > params->memory_bytes)
		return -ENOSPC;
	err = blob_alloc(LAYOUT_END - LAYOUT_PARAMS, out);
	if (err)
		return err;
	memcpy(out->data + BZIMAGE_SETUP_HEADER, params->image->data + BZIMAGE_SETUP_HEADER,
	       header_end - BZIMAGE_SETUP_HEADER);
	put_memory_map(params->memory_bytes, out);
	put_screen(out);
	put_loader(params->initrd_bytes, out);
	strcpy((char *)out->data + LAYOUT_CMDLINE - LAYOUT_PARAMS, params->cmdline);
	blob_put(out, LAYOUT_ENTRY - LAYOUT_PARAMS, params->entry, 8);
	put_page_tables(out);
	return 0;
}
