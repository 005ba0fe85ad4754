/* SPDX-License-Identifier: GPL-2.0 */
/* What counts the exits on this host: the module, BPF programs, or both. */
#ifndef VMTOLL_COUNTER_H
#define VMTOLL_COUNTER_H

#include <argp.h>
#include <stdbool.h>

#include "model/complaint.h"

enum counter { COUNTER_ANY, COUNTER_KMOD, COUNTER_BPF };

/* The options --kmod and --bpf, as an argp child. Its input must point to an enum counter. */
extern const struct argp counter_options;

/* Return true if the module is loaded, or if the BPF programs are attached. */
bool counter_is_active(enum counter counter);

/* Load or remove the module. These functions return the errors of kvm/module.h. */
int counter_load_module(struct complaint *complaint);
int counter_remove_module(struct complaint *complaint);

/* Print a sentence about the module or the BPF programs to standard output. Returns 0. */
int counter_print(const char *text);

#endif
