/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One module parameter of KVM and its value: what a user wrote (MODULE.NAME=VALUE), and what
 * /sys/module has. Only kvm, kvm_intel and kvm_amd are meant.
 */
#ifndef VMTOLL_PARAM_H
#define VMTOLL_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"
#include "kvm/host.h"

struct param {
	char module[16];
	char name[48];
	char value[64];
};

/* "kvm_intel.ept=0" into its parts; -EINVAL with what is wrong with it. Asks no host. */
int param_parse(const char *text, struct param *param, struct complaint *complaint);

/*
 * Whether this host has it and can tell its value; else -ENOENT with what it has instead: a name
 * that is near, the other vendor's counterpart, a module that is not loaded.
 */
int param_check(const struct host *host, const struct param *param, struct complaint *complaint);

/* Its value now into @value, without the newline; a negative errno. */
int param_read(const struct host *host, const struct param *param, char *value, size_t bytes);

/* Whether it can be written at run time, that is, has a write permission. */
bool param_writable(const struct host *host, const struct param *param);
int param_write(const struct host *host, const struct param *param, struct complaint *complaint);

/* The plainest spelling of a value: "1" for Y and on, "0" for N, off and 0x0; else @value itself. In @text, or not. */
const char *param_number(const char *value, char *text, size_t bytes);

/* Whether two spellings are one value: Y is 1, N is 0, 0x10 is 16. */
bool param_same_value(const char *a, const char *b);

/* Whether two are the same parameter, whatever their values. */
bool param_same_name(const struct param *a, const struct param *b);

#endif
