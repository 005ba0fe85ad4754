// SPDX-License-Identifier: GPL-2.0
/* Error messages, see message.h. */
#include "cmd/message.h"

#include <stdio.h>

#include "view/paragraph.h"

void message_put(const char *program, const char *text)
{
	char label[40];

	snprintf(label, sizeof(label), "%s: ", program);
	paragraph_message(label, text, stderr);
}

int message_replace(const char *program, int error, const struct complaint *problem,
		    struct complaint *complaint)
{
	if (error)
		message_put(program, complaint->text);
	*complaint = *problem;
	return problem->error;
}
