// SPDX-License-Identifier: GPL-2.0
/* Functions that validate ELF files and access their sections. */
#include "elf64.h"

#include <string.h>

/*
 * Return true if @offset is aligned as the ELF ABI requires for a table. The functions below rely
 * on this alignment, because they access tables in place.
 */
static int is_aligned(uint64_t offset)
{
	return offset % _Alignof(Elf64_Shdr) == 0;
}

static int section_is_valid(const struct blob *file, const Elf64_Shdr *section)
{
	if (section->sh_type == SHT_NOBITS)
		return 1;
	if ((section->sh_type == SHT_RELA || section->sh_type == SHT_SYMTAB) &&
	    !is_aligned(section->sh_offset))
		return 0;
	return blob_has(file, section->sh_offset, section->sh_size);
}

static int sections_are_valid(const struct blob *file, const Elf64_Ehdr *eh)
{
	const Elf64_Shdr *section = (const void *)(file->data + eh->e_shoff);

	for (size_t i = 0; i < eh->e_shnum; i++, section++)
		if (!section_is_valid(file, section))
			return 0;
	return 1;
}

const Elf64_Ehdr *elf64_check(const struct blob *file)
{
	const Elf64_Ehdr *eh = (const void *)file->data;

	if (!blob_has(file, 0, sizeof(*eh)) || memcmp(eh->e_ident, ELFMAG, SELFMAG) ||
	    eh->e_ident[EI_CLASS] != ELFCLASS64 || eh->e_machine != EM_X86_64 ||
	    eh->e_shentsize != sizeof(Elf64_Shdr) ||
	    (eh->e_phnum && eh->e_phentsize != sizeof(Elf64_Phdr)) ||
	    !blob_has(file, eh->e_phoff, (uint64_t)eh->e_phnum * sizeof(Elf64_Phdr)) ||
	    !blob_has(file, eh->e_shoff, (uint64_t)eh->e_shnum * sizeof(Elf64_Shdr)) ||
	    eh->e_shstrndx >= eh->e_shnum || !is_aligned(eh->e_phoff) || !is_aligned(eh->e_shoff))
		return NULL;
	return sections_are_valid(file, eh) ? eh : NULL;
}

Elf64_Shdr *elf64_section(const struct blob *file, size_t index)
{
	const Elf64_Ehdr *eh = (const void *)file->data;

	return (Elf64_Shdr *)(file->data + eh->e_shoff) + index;
}

void *elf64_data(const struct blob *file, const Elf64_Shdr *section)
{
	return file->data + section->sh_offset;
}

size_t elf64_find(const struct blob *file, const char *name)
{
	const Elf64_Ehdr *eh = (const void *)file->data;
	const Elf64_Shdr *names = elf64_section(file, eh->e_shstrndx);

	for (size_t i = 1; i < eh->e_shnum; i++) {
		uint64_t at = names->sh_offset + elf64_section(file, i)->sh_name;

		if (blob_has(file, at, strlen(name) + 1) && !strcmp((char *)file->data + at, name))
			return i;
	}
	return 0;
}
