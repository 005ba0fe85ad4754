/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Check whether vmtoll works on a machine. The result has one line per requirement. A line whose
 * state is not `ok` also states how to fix the problem.
 */
#ifndef VMTOLL_CHECK_H
#define VMTOLL_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "model/host.h"

enum check_state { CHECK_OK, CHECK_WARNING, CHECK_PROBLEM };

/**
 * struct check_line - the result for one requirement
 * @name: name of the requirement, such as "kernel"
 * @text: what the check found
 * @cure: how to fix the problem; "" if the state is CHECK_OK
 */
struct check_line {
	const char *name;
	enum check_state state;
	char text[320];
	char cure[200];
};

#define CHECK_LINES 23

/**
 * struct check - the result for all requirements
 * @as_host: vmtoll can count the exits of VMs that this machine runs
 * @as_guest: this machine is a guest, and vmtoll can read its exits from its host, either from
 *	      CPUID leaves or over vsock
 */
struct check {
	struct check_line line[CHECK_LINES];
	size_t lines;
	size_t problems;
	size_t warnings;
	bool as_host;
	bool as_guest;
};

/* Check all requirements. Requirements that do not apply to the machine get no line in @check. */
void check_host(const struct host *host, struct check *check);

/* Return the name of @state: "ok", "warning" or "problem". */
const char *check_state_name(enum check_state state);

#endif
