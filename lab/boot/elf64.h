/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sections of an x86-64 ELF file in memory.
 */
#ifndef LAB_ELF64_H
#define LAB_ELF64_H

#include <elf.h>

#include "blob.h"

/*
 * The header of @file, or NULL if it is no x86-64 ELF file, or one whose program headers, section
 * headers or sections reach beyond its end, or whose tables are not aligned.
 */
const Elf64_Ehdr *elf64_check(const struct blob *file);

/* The section at @index of a checked file, and its contents. */
Elf64_Shdr *elf64_section(const struct blob *file, size_t index);
void *elf64_data(const struct blob *file, const Elf64_Shdr *section);

/* The index of the section named @name in a checked file; 0 if there is none. */
size_t elf64_find(const struct blob *file, const char *name);

#endif
