/* SPDX-License-Identifier: GPL-2.0 */
/* What counts the exits on this host: the module, BPF programs, or both. */
#ifndef VMTOLL_COUNTER_H
#define VMTOLL_COUNTER_H

#include <argp.h>
#include <stdbool.h>

enum counter { COUNTER_ANY, COUNTER_KMOD, COUNTER_BPF };

/* The options --kmod and --bpf. The input of this parser is an enum counter. */
extern const struct argp counter_options;

/* Return true if the module is loaded, or if the BPF programs are attached. */
bool counter_is_active(enum counter counter);

#endif
