// SPDX-License-Identifier: GPL-2.0
/* See guest_memory.h. */
#include <string.h>

#include "guest_memory.h"
#include "guest_layout.h"
#include "payload.h"

#define PTE_PRESENT  (1ull << 0)
#define PTE_WRITE    (1ull << 1)
#define PTE_USER     (1ull << 2)
#define PTE_ACCESSED (1ull << 5)
#define PTE_DIRTY    (1ull << 6)
#define PTE_LARGE    (1ull << 7)
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED)
#define LARGE_PAGE   (2u << 20)

static uint64_t *guest_table(uint8_t *memory, uint64_t gpa)
{
	return (uint64_t *)(memory + gpa);
}

uint64_t guest_memory_address(const char *symbol)
{
	return GPA_CODE + (symbol - payload_start);
}

/*
 * Build the page tables. All pages are large, except those at GPA_TOUCH, so one page directory is
 * enough. The entries of the small pages have clear accessed and dirty bits, so that shadow
 * paging has no reason to map these pages in advance.
 */
static void build_page_tables(uint8_t *memory)
{
	uint64_t *pd = guest_table(memory, GPA_PD), *pt = guest_table(memory, GPA_TOUCH_PT);

	guest_table(memory, GPA_PML4)[0] = GPA_PDPT | PTE_TABLE;
	guest_table(memory, GPA_PDPT)[0] = GPA_PD | PTE_TABLE;
	for (uint64_t i = 0; i < 512; i++)
		pd[i] = (i * LARGE_PAGE) | PTE_TABLE | PTE_DIRTY | PTE_LARGE;
	pd[GPA_TOUCH / LARGE_PAGE] = GPA_TOUCH_PT | PTE_TABLE;
	for (uint64_t i = 0; i < TOUCH_PAGES; i++)
		pt[i] = (GPA_TOUCH + i * 4096) | PTE_PRESENT | PTE_WRITE | PTE_USER;
}

static void build_gate(uint8_t *memory, unsigned int vector, const char *handler)
{
	uint64_t *gate = guest_table(memory, GPA_IDT) + 2 * vector;
	uint64_t to = guest_memory_address(handler);

	gate[0] =
		(to & 0xffff) | (uint64_t)CS_KERNEL << 16 | 0x8eull << 40 | (to & 0xffff0000) << 32;
	gate[1] = to >> 32;
}

static void build_descriptors(uint8_t *memory)
{
	uint64_t *gdt = guest_table(memory, GPA_GDT);

	gdt[CS_KERNEL / 8] = 0x00af9b000000ffff;
	gdt[SS_KERNEL / 8] = 0x00cf93000000ffff;
	gdt[CS_USER / 8] = 0x00affb000000ffff;
	gdt[SS_USER / 8] = 0x00cff3000000ffff;
	gdt[TR_SELECTOR / 8] = 0x00008b0000000067 | (uint64_t)GPA_TSS << 16;
	*(uint64_t *)(memory + GPA_TSS + 4) = GPA_FAULT_STACK;
	for (unsigned int i = 0; i < 32; i++)
		build_gate(memory, i, payload_panic);
	build_gate(memory, 6, payload_fault);
	build_gate(memory, 13, payload_fault_code);
	for (unsigned int i = 32; i < 256; i++)
		build_gate(memory, i, payload_interrupt);
}

void guest_memory_build(uint8_t *memory)
{
	memcpy(memory + GPA_CODE, payload_start, payload_end - payload_start);
	build_page_tables(memory);
	build_descriptors(memory);
}
