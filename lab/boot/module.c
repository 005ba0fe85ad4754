// SPDX-License-Identifier: GPL-2.0
/* Functions that remove the calls to __fentry__ from a kernel module. */
#include "module.h"

#include <errno.h>
#include <string.h>

#include "elf64.h"

#define CALL_BYTES 5

static const uint8_t call[CALL_BYTES] = { 0xe8, 0, 0, 0, 0 };
/* x86_nops[5] in the kernel's arch/x86/include/asm/nops.h */
static const uint8_t nop[CALL_BYTES] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };

/* Return the relocations of the section @target, and set @count to their number. */
static Elf64_Rela *relocations_of(const struct blob *module, size_t target, size_t *count)
{
	const Elf64_Ehdr *eh = (const void *)module->data;

	for (size_t i = 1; i < eh->e_shnum; i++) {
		const Elf64_Shdr *section = elf64_section(module, i);

		if (section->sh_type != SHT_RELA || section->sh_info != target)
			continue;
		*count = section->sh_size / sizeof(Elf64_Rela);
		return elf64_data(module, section);
	}
	*count = 0;
	return NULL;
}

/*
 * Disable the relocation that applies to the call operand at @offset in the section @target.
 * Returns -ENOEXEC if there is no such relocation.
 */
static int relocation_drop(const struct blob *module, size_t target, uint64_t offset)
{
	size_t count;
	Elf64_Rela *rela = relocations_of(module, target, &count);

	for (size_t i = 0; i < count; i++) {
		if (rela[i].r_offset != offset)
			continue;
		rela[i].r_info = ELF64_R_INFO(0, R_X86_64_NONE);
		return 0;
	}
	return -ENOEXEC;
}

/*
 * Replace one call to __fentry__ with a NOP. The section __mcount_loc is a list of the addresses
 * of these calls. Each entry of the list is filled in by a relocation. @site is the relocation for
 * the call to replace.
 */
static int site_nop(const struct blob *module, const Elf64_Shdr *symbols, const Elf64_Rela *site)
{
	const Elf64_Sym *symbol = elf64_data(module, symbols);
	const Elf64_Ehdr *eh = (const void *)module->data;
	const Elf64_Shdr *text;
	uint64_t offset;
	uint8_t *code;

	if (ELF64_R_SYM(site->r_info) >= symbols->sh_size / sizeof(*symbol))
		return -ENOEXEC;
	symbol += ELF64_R_SYM(site->r_info);
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= eh->e_shnum)
		return -ENOEXEC;
	text = elf64_section(module, symbol->st_shndx);
	offset = symbol->st_value + site->r_addend;
	if (text->sh_type != SHT_PROGBITS || text->sh_size < CALL_BYTES ||
	    offset > text->sh_size - CALL_BYTES)
		return -ENOEXEC;
	code = (uint8_t *)elf64_data(module, text) + offset;
	/*
	 * In newer kernels, the build has already replaced the call with a NOP (objtool --mnop).
	 */
	if (!memcmp(code, nop, CALL_BYTES))
		return 0;
	if (memcmp(code, call, CALL_BYTES))
		return -ENOEXEC;
	memcpy(code, nop, CALL_BYTES);
	return relocation_drop(module, symbol->st_shndx, offset + 1);
}

int module_nop_fentry(struct blob *module)
{
	size_t sites, symbols, count;
	const Elf64_Shdr *table;
	const Elf64_Rela *site;
	int err;

	if (!elf64_check(module))
		return -ENOEXEC;
	sites = elf64_find(module, "__mcount_loc");
	symbols = elf64_find(module, ".symtab");
	if (!sites)
		return 0;
	table = elf64_section(module, symbols);
	/*
	 * elf64_find() compares only names, so check the type, too. elf64_check() has validated
	 * the section as a symbol table only if its type is SHT_SYMTAB.
	 */
	if (!symbols || table->sh_type != SHT_SYMTAB)
		return -ENOEXEC;
	site = relocations_of(module, sites, &count);
	for (size_t i = 0; i < count; i++) {
		err = site_nop(module, table, &site[i]);
		if (err)
			return err;
	}
	return 0;
}
