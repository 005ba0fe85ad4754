/* SPDX-License-Identifier: GPL-2.0 */
/* Print error messages. */
#ifndef VMTOLL_MESSAGE_H
#define VMTOLL_MESSAGE_H

#include "model/complaint.h"

/* Print the error message @text to standard error. @program is the program's name. */
void message_put(const char *program, const char *text);

/*
 * Store @problem in *@complaint, and return its error. A verb that can fail for several VMs calls
 * this function for each failure, so that all messages are printed. @error is 0 for the first
 * failure, and the return value of the previous call for all others. If @error is not 0, the
 * message in *@complaint is printed before it is overwritten.
 */
int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint);

#endif
