/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The instruction sets of virtualization hardware. The table in isa.c contains everything that
 * differs between them, except the texts of the exit reasons (reasons_*.c) and the paging modes
 * (paging.c). All other code uses the table and does not compare instruction sets. script/lint
 * checks this. CONTRIBUTING.md lists what an additional instruction set needs.
 */
#ifndef VMTOLL_ISA_H
#define VMTOLL_ISA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/host.h"
#include "model/reason.h"

/**
 * struct isa - an instruction set
 * @id: its number in the ABI, and in the messages of `vmtoll share`
 * @name: its name in JSON, metrics and recordings, such as "vmx"
 * @title: its name in texts, such as "VMX"
 * @vendor: another name that `vmtoll explain --isa` accepts, such as "intel"
 * @product: the vendor's name for it, as `vmtoll check` prints it
 * @cpu_flag: the flag in /proc/cpuinfo of a CPU that has it
 * @module: the module in which KVM implements it; HOST_KVM if KVM has no separate module for it
 * @reasons, @reasons_count: its exit reasons, sorted by code in ascending order
 * @failed_entry: the bit that is set in the exit code of a failed VM entry, or 0
 * @decimal_codes: exit codes below this number are printed in decimal, and others in hexadecimal
 * @halt: the exit code of a halted vCPU, the only one whose time can be halted time
 * @emulates: KVM can emulate a guest that the hardware cannot run. KVM counts exits of the
 *	      emulated guest that the hardware has not reported
 */
struct isa {
	enum reason_isa id;
	const char *name;
	const char *title;
	const char *vendor;
	const char *product;
	const char *cpu_flag;
	enum host_kvm_module module;
	const struct reason *reasons;
	const size_t *reasons_count;
	uint32_t failed_entry;
	uint32_t decimal_codes;
	uint32_t halt;
	bool emulates;
};

/* Return entry @index of the table, or NULL if @index is past the end. */
const struct isa *isa_at(size_t index);

/* Return the entry of the instruction set with the number @id, or NULL if @id is unknown. */
const struct isa *isa_find(uint32_t id);

/* Return the entry with the name @name ("vmx"), or NULL if there is none. */
const struct isa *isa_find_name(const char *name);

/* Return the name or the title of an instruction set, or "unknown" if @id is unknown. */
const char *isa_name(uint32_t id);
const char *isa_title(uint32_t id);

#endif
