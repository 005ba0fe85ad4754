// SPDX-License-Identifier: GPL-2.0
/*
 * Functions that convert a vmlinux into a flat image, and a flat image into a minimal ELF file.
 */
#include "vmlinux.h"

#include <errno.h>
#include <string.h>

#include "elf64.h"

#define PVH_TEXT_OFFSET 0x1000u

/*
 * The virtual address range for the kernel image is 512 MiB (KERNEL_IMAGE_SIZE without KASLR).
 */
#define FLAT_MAX (512u << 20)

/*
 * Return the physical address of .bss, or 0 if there is no such section. The address is
 * computed from the virtual address in the kernel's mapping (__START_KERNEL_map).
 */
static uint64_t bss_address(const struct blob *elf)
{
	size_t bss = elf64_find(elf, ".bss");

	return bss ? elf64_section(elf, bss)->sh_addr & 0x7fffffff : 0;
}

static int load_segment(const struct blob *elf, const Elf64_Phdr *ph, struct blob *flat)
{
	uint64_t start = ph->p_paddr - VMLINUX_BASE, bytes = ph->p_filesz;

	if (ph->p_paddr < VMLINUX_BASE || !blob_has(elf, ph->p_offset, bytes))
		return -ENOEXEC;
	if (start >= flat->size)
		return 0;
	if (bytes > flat->size - start)
		bytes = flat->size - start;
	memcpy(flat->data + start, elf->data + ph->p_offset, bytes);
	return 0;
}

static int load(const struct blob *elf, const Elf64_Ehdr *eh, struct vmlinux *vmlinux)
{
	const Elf64_Phdr *ph = (const void *)(elf->data + eh->e_phoff);
	int err;

	for (int i = 0; i < eh->e_phnum; i++, ph++) {
		if (ph->p_type == PT_NOTE) {
			vmlinux->note_address = ph->p_paddr;
			vmlinux->note_bytes = ph->p_filesz;
		}
		if (ph->p_type != PT_LOAD)
			continue;
		err = load_segment(elf, ph, &vmlinux->flat);
		if (err)
			return err;
	}
	return 0;
}

int vmlinux_flatten(const struct blob *elf, struct vmlinux *vmlinux)
{
	const Elf64_Ehdr *eh = elf64_check(elf);
	uint64_t bss = eh ? bss_address(elf) : 0;
	int err;

	if (bss <= VMLINUX_BASE || bss - VMLINUX_BASE > FLAT_MAX)
		return -ENOEXEC;
	memset(vmlinux, 0, sizeof(*vmlinux));
	err = blob_alloc(bss - VMLINUX_BASE, &vmlinux->flat);
	if (err)
		return err;
	vmlinux->entry = eh->e_entry;
	err = load(elf, eh, vmlinux);
	if (err)
		blob_free(&vmlinux->flat);
	return err;
}

static void put_header(struct blob *elf)
{
	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_EXEC,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_entry = VMLINUX_BASE,
		.e_phoff = sizeof(eh),
		.e_ehsize = sizeof(eh),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 2,
	};

	memcpy(elf->data, &eh, sizeof(eh));
}

int vmlinux_to_pvh(const struct vmlinux *vmlinux, struct blob *elf)
{
	const struct blob *flat = &vmlinux->flat;
	Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD,
		  .p_flags = PF_R | PF_W | PF_X,
		  .p_offset = PVH_TEXT_OFFSET,
		  .p_vaddr = VMLINUX_BASE,
		  .p_paddr = VMLINUX_BASE,
		  .p_filesz = flat->size,
		  .p_memsz = flat->size,
		  .p_align = PVH_TEXT_OFFSET },
		{ .p_type = PT_NOTE,
		  .p_flags = PF_R,
		  .p_offset = PVH_TEXT_OFFSET + vmlinux->note_address - VMLINUX_BASE,
		  .p_vaddr = vmlinux->note_address,
		  .p_paddr = vmlinux->note_address,
		  .p_filesz = vmlinux->note_bytes,
		  .p_memsz = vmlinux->note_bytes,
		  .p_align = 4 },
	};
	int err;

	if (vmlinux->note_address < VMLINUX_BASE ||
	    !blob_has(flat, vmlinux->note_address - VMLINUX_BASE, vmlinux->note_bytes))
		return -ENOEXEC;
	err = blob_alloc(PVH_TEXT_OFFSET + flat->size, elf);
	if (err)
		return err;
	put_header(elf);
	memcpy(elf->data + sizeof(Elf64_Ehdr), ph, sizeof(ph));
	memcpy(elf->data + PVH_TEXT_OFFSET, flat->data, flat->size);
	return 0;
}
