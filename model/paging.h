/* SPDX-License-Identifier: GPL-2.0 */
/*
 * KVM has two paging modes: nested paging (EPT or NPT) and shadow paging. A module parameter
 * selects the mode, and certain exits show which mode is in use. The table in paging.c contains
 * the name of this parameter and these exits for each vendor.
 */
#ifndef VMTOLL_PAGING_H
#define VMTOLL_PAGING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/reason.h"

enum paging_mode { PAGING_NESTED, PAGING_SHADOW, PAGING_MODES };

/*
 * An exit that helps to identify a paging mode. While this mode is in use, the exit must occur if
 * @present is true, and cannot occur if @present is false.
 */
struct paging_sign {
	uint32_t code;
	bool present;
};

#define PAGING_SIGNS 6

/* The exits that identify a paging mode. */
struct paging_signature {
	struct paging_sign sign[PAGING_SIGNS];
	size_t signs;
};

/* Placeholder for an exit code that the vendor's hardware does not have. */
#define PAGING_NO_CODE UINT32_MAX

/**
 * struct paging - the paging modes of one vendor's KVM
 * @vendor: "Intel" or "AMD"
 * @module, @name: the module and the name of its parameter, such as "kvm_intel" and "ept"
 * @parameter: the module and the parameter, joined by a dot, such as "kvm_intel.ept"
 * @miss: with nested paging, the exit on access to guest memory that KVM has not mapped yet
 * @mmio: with nested paging, the exit on access to device memory; PAGING_NO_CODE if this exit is
 *	  the same as @miss
 * @fault: with shadow paging, the exit on a page fault of the guest
 * @signature: for each paging mode, the exits that identify the mode
 */
struct paging {
	enum reason_isa isa;
	const char *vendor;
	const char *module;
	const char *name;
	const char *parameter;
	uint32_t miss;
	uint32_t mmio;
	uint32_t fault;
	struct paging_signature signature[PAGING_MODES];
};

/* Return entry @index of the table, or NULL if @index is past the end. */
const struct paging *paging_at(size_t index);

/* Return the entry of @isa, or NULL if @isa is unknown. */
const struct paging *paging_find(enum reason_isa isa);

/* Return the entry of the vendor module @module ("kvm_amd"), or NULL if there is none. */
const struct paging *paging_find_module(const char *module);

/* Return the name of @mode: "nested" or "shadow". */
const char *paging_mode_name(enum paging_mode mode);

/* Look up a mode by its name. Returns -EINVAL if @name is not the name of a mode. */
int paging_mode_parse(const char *name, enum paging_mode *mode);

/* Return the parameter's value for @mode as the kernel prints it: "Y" or "N". */
const char *paging_mode_value(enum paging_mode mode);

/*
 * Look up the paging mode that @parameter ("kvm_amd.npt") selects with the value @value (Y, N, 1
 * or 0). Returns -ENOENT if @parameter does not select a paging mode or does not accept @value.
 */
int paging_mode_of_parameter(const char *parameter, const char *value, enum paging_mode *mode);

#endif
