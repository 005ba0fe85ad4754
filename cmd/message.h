/* SPDX-License-Identifier: GPL-2.0 */
/* Print error messages. */
#ifndef VMTOLL_MESSAGE_H
#define VMTOLL_MESSAGE_H

#include "model/complaint.h"

/* Print the error message @text to standard error. @program is the program's name. */
void message_put(const char *program, const char *text);

/*
 * Store @problem in *@complaint. A verb that can fail for several VMs calls this for each
 * failure. @error is the error of the previous failure, whose message is still in *@complaint,
 * or 0 for the first failure. The previous message is printed before it is replaced. Returns the
 * error of @problem.
 */
int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint);

#endif
