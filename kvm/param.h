/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Parameters of the KVM modules (kvm, kvm_intel and kvm_amd). On the command line, a parameter is
 * written as MODULE.NAME=VALUE. The module may print the same value in a different spelling, for
 * example Y instead of 1.
 */
#ifndef VMTOLL_PARAM_H
#define VMTOLL_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "kvm/host_paths.h"
#include "model/complaint.h"

/* Return true if @name is the name of a KVM module. */
bool param_is_module(const char *name);

struct param {
	char module[16];
	char name[48];
	char value[64];
};

/*
 * Parse "kvm_intel.ept=0". Returns -EINVAL with a complaint that explains what is wrong. The host
 * is not accessed.
 */
int param_parse(const char *text, struct param *param, struct complaint *complaint);

/*
 * Check that the module is loaded and that the parameter's value can be read. If not, return a
 * negative errno with a complaint. The errno is -ENOENT if the module is not loaded or does not
 * have the parameter. The complaint then suggests loading the module, the other vendor's parameter
 * for the same purpose, or a parameter with a similar name.
 */
int param_check(const struct host_paths *host, const struct param *param,
		struct complaint *complaint);

/* Read the current value, without the newline. Returns a negative errno on failure. */
int param_read(const struct host_paths *host, const struct param *param, char *value, size_t bytes);

/*
 * Return true if the parameter can be changed at run time, that is, if its file has a write
 * permission bit.
 */
bool param_writable(const struct host_paths *host, const struct param *param);

/* Write the parameter's value to the running module. */
int param_write(const struct host_paths *host, const struct param *param,
		struct complaint *complaint);

/*
 * Convert a parameter's value to a decimal number: Y and on become "1", and N, off and 0x0 become
 * "0". Returns @value itself if it cannot be converted. @text is a buffer for the number.
 */
const char *param_number(const char *value, char *text, size_t bytes);

/*
 * Return true if @a and @b are spellings of the same value, such as Y and 1, N and 0, or 0x10
 * and 16.
 */
bool param_same_value(const char *a, const char *b);

/* Return true if @a and @b are the same parameter, regardless of their values. */
bool param_same_name(const struct param *a, const struct param *b);

#endif
