// SPDX-License-Identifier: GPL-2.0
/* See fail.h. */
#include <stdarg.h>
#include <stdio.h>

#include "fail.h"

static __thread char text[512];

int fail(int err, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return err;
}

const char *fail_text(void)
{
	return text;
}
