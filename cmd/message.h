/* SPDX-License-Identifier: GPL-2.0 */
/* Print error messages. */
#ifndef VMTOLL_MESSAGE_H
#define VMTOLL_MESSAGE_H

#include "model/complaint.h"

/* Print the error message @text to standard error. @program is the program's name. */
void message_put(const char *program, const char *text);

/*
 * Replace the message in *@complaint with @problem, and return the error of @problem. A verb that
 * can fail for several VMs calls this function for each failure. @error is the error of the
 * previous failure, or 0 for the first failure. If it is not 0, *@complaint contains the message
 * of the previous failure. Print this message before it is replaced.
 */
int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint);

#endif
