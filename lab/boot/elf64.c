// SPDX-License-Identifier: GPL-2.0
/*
 * Looking into ELF files.
 */
#include "elf64.h"

#include <string.h>

static int sections_lie_within(const struct blob *file, const Elf64_Ehdr *eh)
{
	const Elf64_Shdr *section = (const void *)(file->data + eh->e_shoff);

	for (size_t i = 0; i < eh->e_shnum; i++, section++)
		if (section->sh_type != SHT_NOBITS &&
		    !blob_has(file, section->sh_offset, section->sh_size))
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
	    eh->e_shstrndx >= eh->e_shnum)
		return NULL;
	return sections_lie_within(file, eh) ? eh : NULL;
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
