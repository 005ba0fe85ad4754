/* SPDX-License-Identifier: GPL-2.0 */
/* Print error messages. */
#ifndef VMTOLL_MESSAGE_H
#define VMTOLL_MESSAGE_H

#include "model/complaint.h"

/* Print the error message @text to standard error. @program is the program's name. */
void message_put(const char *program, const char *text);

/*
 * Replace *@complaint by @problem, for a verb that can fail for several VMs. @error is the error
 * of the previous problem, or 0 if there is none. If there is one, print its message first.
 * Returns the error of @problem.
 */
int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint);

#endif
