/* SPDX-License-Identifier: GPL-2.0 */
/* The user interface of `vmtoll top` on a terminal. */
#ifndef VMTOLL_TOP_UI_H
#define VMTOLL_TOP_UI_H

#include "cmd/top_data.h"

/*
 * Show the VMs until the user quits or a signal arrives. Returns 0, or a negative errno with a
 * complaint.
 */
int top_ui_run(struct top_data *data, uint64_t interval_ns, struct complaint *complaint);

#endif
