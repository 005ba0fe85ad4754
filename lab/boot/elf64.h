/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that access the sections of an x86-64 ELF file in memory. */
#ifndef LAB_ELF64_H
#define LAB_ELF64_H

#include <elf.h>

#include "blob.h"

/*
 * Return the ELF header of @file, or NULL if the file is invalid. The functions below require a
 * valid file. A file is valid if
 *
 * - it is an x86-64 ELF file,
 * - its program headers, section headers and sections end within the file, and
 * - its tables are aligned.
 */
const Elf64_Ehdr *elf64_check(const struct blob *file);

/* Return the header of the section at @index. */
Elf64_Shdr *elf64_section(const struct blob *file, size_t index);
/* Return the contents of @section. */
void *elf64_data(const struct blob *file, const Elf64_Shdr *section);

/* Return the index of the section named @name, or 0 if the file has no such section. */
size_t elf64_find(const struct blob *file, const char *name);

#endif
