// SPDX-License-Identifier: GPL-2.0
/* See tally.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"
#include "tally.h"
#include "verbs.h"

#define MAX_PRINTED 10 /* limit on printed mismatches; all are counted */

int mismatches_open(struct mismatches *c)
{
	*c = (struct mismatches){ 0 };
	c->out = open_memstream(&c->text, &c->bytes);
	return c->out ? 0 : fail(-errno, "allocate the report");
}

void mismatch(struct mismatches *c, const char *format, ...)
{
	va_list ap;

	if (++c->count > MAX_PRINTED)
		return;
	fputs("#   ", c->out);
	va_start(ap, format);
	vfprintf(c->out, format, ap);
	va_end(ap);
	fputc('\n', c->out);
}

static void print_head(const struct tally *t, const char *kind, const char *name)
{
	printf("%s %s %s %s: ", kind, name, isa_name(t->platform->isa),
	       paging_name(t->platform->paging));
}

void tally_result(struct tally *t, const char *name, struct mismatches *c, const char *format, ...)
{
	va_list ap;

	if (c->count)
		t->failed++;
	else
		t->passed++;
	if (c->count > MAX_PRINTED)
		fprintf(c->out, "#   and %u more\n", c->count - MAX_PRINTED);
	fclose(c->out);
	print_head(t, c->count ? "not ok" : "ok", name);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n%s", c->text);
	fflush(stdout);
	free(c->text);
}

void tally_error(struct tally *t, const char *name, int err)
{
	t->failed++;
	print_head(t, "not ok", name);
	printf("cannot %s: %s\n", fail_text(), strerror(-err));
}

void tally_skip(struct tally *t, const char *name, const char *reason)
{
	t->skipped++;
	print_head(t, "skip", name);
	printf("%s\n", reason);
}

int tally_end(const struct tally *t)
{
	printf("%u passed, %u failed, %u skipped\n", t->passed, t->failed, t->skipped);
	return t->failed || !(t->passed + t->skipped) ? EXIT_WRONG : EXIT_OK;
}
