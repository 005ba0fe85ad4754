/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Judge whether vmtoll works on a machine. Each line of the result is about one requirement. A
 * line that is not `ok` also states what to do.
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
 * @text: what was found
 * @cure: what to do; "" if the state is CHECK_OK
 */
struct check_line {
	const char *name;
	enum check_state state;
	char text[320];
	char cure[200];
};

#define CHECK_LINES 20

/**
 * struct check - all lines
 * @as_host, @as_guest: vmtoll can count the VMs of this machine, or read the leaves of its host
 */
struct check {
	struct check_line line[CHECK_LINES];
	size_t lines;
	size_t problems;
	size_t warnings;
	bool as_host;
	bool as_guest;
};

/* Judge the facts. Requirements that do not apply to the machine have no line. */
void check_host(const struct host *host, struct check *check);

/* Return the name of @state: "ok", "warning" or "problem". */
const char *check_state_name(enum check_state state);

#endif
