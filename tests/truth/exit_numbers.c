// SPDX-License-Identifier: GPL-2.0
/* See exit_numbers.h. The comment at the top of the file `exit_numbers` describes its format. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "exit_numbers.h"

#define RANGES 64

struct number_range {
	enum exit_number_class class;
	uint32_t first;
	uint32_t last;
};

extern const char exit_numbers_start[], exit_numbers_end[];

static struct number_range ranges[2][RANGES];
static unsigned int count[2];

static int add_range(const char *isa, const char *class, const char *range, unsigned int line)
{
	enum isa of = strcmp(isa, "vmx") ? ISA_SVM : ISA_VMX;
	struct number_range *r = &ranges[of][count[of]];
	char *end;

	if (count[of] == RANGES || (of == ISA_SVM && strcmp(isa, "svm")))
		return fail(-EINVAL, "parse line %u of the exit numbers", line);
	r->class = strcmp(class, "defined") ? NUMBER_EDITION : NUMBER_DEFINED;
	if (r->class == NUMBER_EDITION && strcmp(class, "edition"))
		return fail(-EINVAL, "parse line %u of the exit numbers: class %s", line, class);
	r->first = strtoul(range, &end, 0);
	r->last = *end == '-' ? strtoul(end + 1, &end, 0) : r->first;
	if (*end || end == range || r->last < r->first)
		return fail(-EINVAL, "parse line %u of the exit numbers: range %s", line, range);
	count[of]++;
	return 0;
}

static int load(void)
{
	unsigned int number = 0;
	int err = 0;

	for (const char *p = exit_numbers_start; !err && p < exit_numbers_end; number++) {
		const char *nl = memchr(p, '\n', exit_numbers_end - p) ?: exit_numbers_end;
		char line[256], isa[8], class[16], range[32];

		snprintf(line, sizeof(line), "%.*s", (int)(nl - p), p);
		p = nl + 1;
		if (*line == '#' || !*line)
			continue;
		if (sscanf(line, "%7s %15s %31s", isa, class, range) != 3)
			err = fail(-EINVAL, "parse line %u of the exit numbers", number + 1);
		else
			err = add_range(isa, class, range, number + 1);
	}
	return err;
}

int exit_number_class(enum isa isa, uint32_t number, enum exit_number_class *found)
{
	int err = count[isa] ? 0 : load();

	*found = NUMBER_UNDEFINED;
	for (unsigned int i = 0; !err && i < count[isa]; i++) {
		const struct number_range *r = &ranges[isa][i];

		if (number >= r->first && number <= r->last)
			*found = r->class;
	}
	return err;
}
