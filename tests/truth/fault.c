// SPDX-License-Identifier: GPL-2.0
/* See fault.h. */
#include <stdarg.h>
#include <stdio.h>

#include "fault.h"

static __thread char text[512];

int fault(int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return err;
}

const char *fault_text(void)
{
	return text;
}
