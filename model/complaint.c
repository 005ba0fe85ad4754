// SPDX-License-Identifier: GPL-2.0
/* Format error messages. */
#include "model/complaint.h"

#include <stdarg.h>
#include <stdio.h>

int complain(struct complaint *complaint, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(complaint->text, sizeof(complaint->text), format, args);
	va_end(args);
	complaint->error = error;
	return error;
}
