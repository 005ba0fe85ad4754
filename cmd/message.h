/* SPDX-License-Identifier: GPL-2.0 */
/* Print error messages. */
#ifndef VMTOLL_MESSAGE_H
#define VMTOLL_MESSAGE_H

#include "model/complaint.h"

/* Print the error message @text to standard error. @program is the program's name. */
void message_put(const char *program, const char *text);

/*
 * Store @problem in *@complaint, and return the error of @problem. If @error is not 0, first print
 * the message that *@complaint contains.
 *
 * A verb that can fail for several VMs calls this function for each failure, so that no message is
 * lost. @error is 0 for the first failure. For each further failure, it is the return value of the
 * previous call.
 */
int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint);

#endif
