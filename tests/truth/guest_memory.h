/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is in the guest's memory before it starts: the payloads, the page tables, and the descriptor
 * tables with the payloads' handlers in them.
 */
#ifndef TRUTH_GUEST_MEMORY_H
#define TRUTH_GUEST_MEMORY_H

#include <stdint.h>

/* memory: GUEST_BYTES, all zero. */
void guest_memory_build(uint8_t *memory);

/* Where a symbol of payload.S is in the guest. */
uint64_t guest_memory_address(const char *symbol);

#endif
