/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The initial content of the guest's memory: the payloads, the page tables, and the descriptor
 * tables that refer to the handlers in payload.S.
 */
#ifndef TRUTH_GUEST_MEMORY_H
#define TRUTH_GUEST_MEMORY_H

#include <stdint.h>

/* Write the initial content to @memory, which must consist of GUEST_BYTES zero bytes. */
void guest_memory_build(uint8_t *memory);

/* Return the guest-physical address of a symbol of payload.S. */
uint64_t guest_memory_address(const char *symbol);

#endif
