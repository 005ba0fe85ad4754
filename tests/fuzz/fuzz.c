// SPDX-License-Identifier: GPL-2.0
/* See fuzz.h. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "view/audit_view.h"
#include "view/list_view.h"
#include "view/stat_view.h"

void input_take(struct input *input, void *to, size_t bytes)
{
	size_t there = bytes < input->size ? bytes : input->size;

	memset(to, 0, bytes);
	if (there)
		memcpy(to, input->data, there);
	input->data += there;
	input->size -= there;
}

void input_line(struct input *input, char *text, size_t bytes)
{
	const uint8_t *end = input->size ? memchr(input->data, '\n', input->size) : NULL;
	size_t length = end ? (size_t)(end - input->data) : input->size;
	size_t kept = length < bytes ? length : bytes - 1;

	memcpy(text, input->data, kept);
	text[kept] = '\0';
	length += !!end;
	input->data += length;
	input->size -= length;
}

/*
 * Exit if the test could not be set up. Otherwise, the target would seem to pass although it tests
 * nothing.
 */
static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(2);
}

const char *input_file(const void *data, size_t size)
{
	static char path[40];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("input", MFD_CLOEXEC);
		must(fd >= 0, "memfd_create");
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	must(!ftruncate(fd, 0) && pwrite(fd, data, size, 0) == (ssize_t)size, "input file");
	return path;
}

const char *scratch(void)
{
	const char *path = getenv("TMPDIR");

	return path && strlen(path) < 40 ? path : "/tmp";
}

FILE *nowhere(void)
{
	static FILE *out;

	if (!out)
		out = fopen("/dev/null", "we");
	must(!!out, "/dev/null");
	return out;
}

static void show_stat(const struct snapshot *snapshot)
{
	struct complaint complaint;
	struct books books;
	struct stat_view view = { .origin = &snapshot->origin,
				  .books = &books,
				  .scope = SCOPE_ALL,
				  .clock_ns = snapshot->clock_ns };

	if (books_gather(snapshot, &SCOPE_ALL, &books, &complaint))
		return;
	books_sort(&books, snapshot->origin.isa, "mean");
	stat_text(&view, nowhere());
	stat_json(&view, nowhere());
	stat_csv(&view, nowhere());
	books_release(&books);
}

static void show_audit(const struct snapshot *snapshot)
{
	struct audit_view view = { .origin = &snapshot->origin, .lost = snapshot->lost };
	struct audit_line *line;
	long lines = audit_lines(snapshot, &SCOPE_ALL, &line);

	if (lines < 0)
		return;
	view.line = line;
	view.lines = (size_t)lines;
	audit_text(&view, nowhere());
	audit_json(&view, nowhere());
	audit_csv(&view, nowhere());
	free(line);
}

static void show_list(const struct snapshot *snapshot)
{
	struct list_view view = { .origin = &snapshot->origin, .lost = snapshot->lost };
	struct vm_rate *rate;
	long vms = rates_of(snapshot, snapshot, &rate);

	if (vms < 0)
		return;
	view.rate = rate;
	view.vms = (size_t)vms;
	list_text(&view, nowhere());
	list_json(&view, nowhere());
	list_csv(&view, nowhere());
	free(rate);
}

void show_snapshot(const struct snapshot *snapshot)
{
	show_stat(snapshot);
	show_audit(snapshot);
	show_list(snapshot);
}

void show_source(const struct source_options *options, const struct scope *scope)
{
	struct complaint complaint;
	struct snapshot *snapshot;
	struct source *source;

	if (source_open(options, &source, &complaint))
		return;
	if (!source_read(source, scope, &snapshot, &complaint)) {
		show_snapshot(snapshot);
		snapshot_destroy(snapshot);
	}
	source_close(source);
}
