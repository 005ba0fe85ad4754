// SPDX-License-Identifier: GPL-2.0
/* See expect.h. The comment at the top of the file `expected` describes its format. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/array.h"
#include "expect.h"
#include "fail.h"
#include "vmtoll.h"

#define WORDS 7

extern const char expected_start[], expected_end[];

static char *loaded;

/*
 * One line of the table, split into words. If a line has more than WORDS words, the last word also
 * contains the rest of the line.
 */
struct table_line {
	unsigned int number;
	unsigned int words;
	char *word[WORDS];
	char text[256];
};

/* The state of expect_find() while it looks up the expected counts of one vCPU. */
struct search {
	const struct platform *platform;
	const char *name;
	struct expect *expect;
	bool unmarked;
	unsigned int marks;
	struct expect_row mark;
};

int expect_load(const char *path)
{
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return fail(-errno, "read the expected counts from %s", path);
	loaded = calloc(1, 1 << 20);
	n = loaded ? fread(loaded, 1, (1 << 20) - 1, f) : 0;
	if (ferror(f) || !n || !feof(f)) {
		fclose(f);
		return fail(-EIO, "read the expected counts from %s: empty, too long or unreadable",
			    path);
	}
	fclose(f);
	return 0;
}

static void split(struct table_line *line)
{
	char *p = line->text;

	line->words = 0;
	while (line->words < WORDS) {
		while (isspace((unsigned char)*p))
			*p++ = '\0';
		if (!*p || *p == '#')
			return;
		line->word[line->words++] = p;
		if (line->words == WORDS)
			return;
		while (*p && !isspace((unsigned char)*p))
			p++;
	}
}

static int parse_error(const struct table_line *line, const char *what)
{
	return fail(-EINVAL, "parse line %u of the expected counts: %s", line->number, what);
}

static bool matches(const char *pattern, const char *value)
{
	return !strcmp(pattern, "any") || !strcmp(pattern, value);
}

/* Match a pattern such as "svm", "svm-tcg" or "any". */
static bool isa_matches(const struct search *s, const char *pattern)
{
	char exact[64];

	snprintf(exact, sizeof(exact), "%s-%s", isa_name(s->platform->isa), s->platform->hardware);
	return matches(pattern, isa_name(s->platform->isa)) || !strcmp(pattern, exact);
}

/* Return true if the line applies to this host. Words 1 and 2 of the line are ISA and MODE. */
static bool applies(const struct search *s, const struct table_line *line)
{
	return isa_matches(s, line->word[1]) &&
	       matches(line->word[2], paging_name(s->platform->paging));
}

/* Parse COUNT: a sum of terms such as "n", "3n" or "5", optionally followed by ".." or "~". */
static int parse_count(const char *text, struct expect_row *row)
{
	char *end;

	do {
		unsigned long k = isdigit((unsigned char)*text) ? strtoul(text, &end, 10) : 1;

		if (isdigit((unsigned char)*text))
			text = end;
		else if (*text != 'n')
			return -EINVAL;
		if (*text == 'n') {
			row->per_iteration += k;
			text++;
		} else {
			row->fixed += k;
		}
	} while (*text == '+' && text++);
	row->more = !strcmp(text, "..");
	row->slack = !strcmp(text, "~");
	return row->more || row->slack || !*text ? 0 : -EINVAL;
}

static int parse_place(const char *text, enum exit_place *place)
{
	static const char *const names[] = { "kvm", "vmm", "halt", "poll" };

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++) {
		if (!strcmp(names[i], text)) {
			*place = i;
			return 0;
		}
	}
	return -EINVAL;
}

/*
 * Add a row. If there is a row with the same code, add the counts to that row. For example, a mark
 * is an I/O exit, too. If a case performs other I/O, its I/O exits are therefore listed in two
 * lines: one for the marks and one for the other exits.
 */
static int add_row(struct expect *e, const struct expect_row *row)
{
	for (unsigned int i = 0; i < e->rows; i++) {
		struct expect_row *r = &e->row[i];

		if (r->code != row->code || r->flags != row->flags)
			continue;
		r->per_iteration += row->per_iteration;
		r->fixed += row->fixed;
		r->more |= row->more;
		r->slack |= row->slack;
		if (row->place > r->place)
			r->place = row->place;
		return 0;
	}
	if (e->rows == EXPECT_ROWS)
		return -ENOSPC;
	e->row[e->rows++] = *row;
	return 0;
}

/* Parse CODE, with the prefix "L2:" for an exit of a nested guest. */
static int parse_row_code(const struct search *s, const struct table_line *line, const char *text,
			  struct expect_row *row)
{
	if (!strncmp(text, "L2:", 3)) {
		row->flags = VMTOLL_ROW_NESTED;
		text += 3;
	}
	if (code_parse(s->platform->isa, text, &row->code))
		return parse_error(line, "the kernel does not define this exit code");
	return 0;
}

/* Parse CODE COUNT PLACE, starting at the given word. */
static int parse_row(const struct search *s, const struct table_line *line, unsigned int word,
		     struct expect_row *row)
{
	*row = (struct expect_row){ 0 };
	if (line->words != word + 3)
		return parse_error(line, "expected CODE COUNT PLACE");
	if (parse_count(line->word[word + 1], row))
		return parse_error(line, "the count is not valid");
	if (parse_place(line->word[word + 2], &row->place))
		return parse_error(line, "the place is not kvm, vmm, halt or poll");
	if (!strcmp(line->word[word], "emulated"))
		return 0;
	return parse_row_code(s, line, line->word[word], row);
}

static int take_async(struct search *s, const struct table_line *line)
{
	struct expect *e = s->expect;

	if (line->words != 4 || e->asyncs == EXPECT_ASYNC)
		return parse_error(
			line, "expected async ISA MODE CODE, or there are too many of these lines");
	if (!applies(s, line))
		return 0;
	if (code_parse(s->platform->isa, line->word[3], &e->async[e->asyncs]))
		return parse_error(line, "the kernel does not define this exit code");
	e->asyncs++;
	return 0;
}

static int take_mark(struct search *s, const struct table_line *line)
{
	if (line->words != 6)
		return parse_error(line, "expected mark ISA MODE CODE COUNT PLACE");
	if (!applies(s, line))
		return 0;
	if (s->marks++)
		return parse_error(line, "there is already a mark");
	return parse_row(s, line, 3, &s->mark);
}

static int take_unmarked(struct search *s, const struct table_line *line)
{
	if (line->words != 4)
		return parse_error(line, "expected unmarked ISA MODE CASE");
	s->unmarked |= applies(s, line) && !strcmp(line->word[3], s->name);
	return 0;
}

static int take_case(struct search *s, const struct table_line *line)
{
	struct expect_row row;
	bool none;
	int err;

	if (line->words < 5)
		return parse_error(line,
				   "expected case ISA MODE NAME, then CODE COUNT PLACE or none");
	none = !strcmp(line->word[4], "none");
	if (!applies(s, line))
		return 0;
	/*
	 * Parse the row before the names are compared, to detect syntax errors in the lines of all
	 * cases.
	 */
	err = none ? 0 : parse_row(s, line, 4, &row);
	if (err || strcmp(line->word[3], s->name))
		return err;
	s->expect->known = true;
	if (none)
		return 0;
	if (!strcmp(line->word[4], "emulated")) {
		s->expect->emulated = row;
		return 0;
	}
	return add_row(s->expect, &row) ? parse_error(line, "too many rows") : 0;
}

static int take_skip(struct search *s, const struct table_line *line)
{
	if (line->words < 5)
		return parse_error(line, "expected skip ISA MODE NAME REASON");
	if (applies(s, line) && !strcmp(line->word[3], s->name))
		snprintf(s->expect->skip, EXPECT_REASON, "%s %s %s", line->word[4],
			 line->words > 5 ? line->word[5] : "",
			 line->words > 6 ? line->word[6] : "");
	return 0;
}

static const struct keyword {
	const char *name;
	int (*take)(struct search *s, const struct table_line *line);
} keywords[] = {
	{ "async", take_async }, { "mark", take_mark }, { "unmarked", take_unmarked },
	{ "case", take_case },	 { "skip", take_skip },
};

static int take_line(struct search *s, struct table_line *line)
{
	split(line);
	if (!line->words)
		return 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(keywords); i++) {
		if (!strcmp(keywords[i].name, line->word[0]))
			return line->words < 4 ? parse_error(line, "too short")
					       : keywords[i].take(s, line);
	}
	return parse_error(line, "the first word is not async, mark, unmarked, case or skip");
}

int expect_find(const struct platform *platform, const char *name, struct expect *e)
{
	struct search s = { .platform = platform, .name = name, .expect = e };
	const char *p = loaded ?: expected_start;
	const char *end = loaded ? loaded + strlen(loaded) : expected_end;
	struct table_line line = { 0 };
	int err = 0;

	*e = (struct expect){ 0 };
	while (!err && p < end) {
		const char *nl = memchr(p, '\n', end - p) ?: end;

		line.number++;
		if (nl - p >= (long)sizeof(line.text))
			return parse_error(&line, "too long");
		memcpy(line.text, p, nl - p);
		line.text[nl - p] = '\0';
		err = take_line(&s, &line);
		p = nl + 1;
	}
	if (!err && s.marks && !s.unmarked && add_row(e, &s.mark))
		err = fail(-ENOSPC, "add the mark to the expected counts: too many rows");
	return err;
}

bool expect_is_async(const struct expect *e, uint32_t code)
{
	for (unsigned int i = 0; i < e->asyncs; i++) {
		if (e->async[i] == code)
			return true;
	}
	return false;
}

const struct expect_row *expect_row(const struct expect *e, uint32_t code, uint32_t flags)
{
	for (unsigned int i = 0; i < e->rows; i++) {
		if (e->row[i].code == code && e->row[i].flags == flags)
			return &e->row[i];
	}
	return NULL;
}
