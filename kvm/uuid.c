// SPDX-License-Identifier: GPL-2.0
/* UUIDs as text, see uuid.h. */
#include "kvm/uuid.h"

#include <ctype.h>
#include <string.h>

/* The form of a UUID. Each x stands for a hexadecimal digit. */
static const char form[UUID_BYTES] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

bool uuid_copy(const char *text, char uuid[UUID_BYTES])
{
	if (strlen(text) != UUID_BYTES - 1)
		return false;
	for (int i = 0; form[i]; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	for (int i = 0; i < UUID_BYTES; i++)
		uuid[i] = (char)tolower((unsigned char)text[i]);
	return true;
}
