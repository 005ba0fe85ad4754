// SPDX-License-Identifier: GPL-2.0
/* The scope of `vmtoll stat` as text, see stat_scope.h. */
#include "view/stat_scope.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "model/text.h"
#include "view/format.h"
#include "view/paragraph.h"

static void put_number(uint32_t number, const char *noun, FILE *out)
{
	fprintf(out, "%" PRIu32 " %s%s", number, noun, number == 1 ? "" : "s");
}

static void put_all(const struct stat_view *view, FILE *out)
{
	const struct vm_counts *counts = &view->books->counts;

	if (counts->vcpus || !counts->departed) {
		put_number(counts->vms, "VM", out);
		fputs(", ", out);
		if (counts->vms && !counts->vcpus)
			fputs("all its vCPUs", out); /* classic leaves do not report how many */
		else
			put_number(counts->vcpus, "vCPU", out);
	}
	if (!counts->departed)
		return;
	fputs(counts->vcpus ? ", " : "", out);
	put_number(counts->departed, "vCPU", out);
	fputs(view->command || view->interval ? " gone meanwhile" : " gone", out);
}

/* Print the processes that -p selects, with the names of their VMs. */
static void put_processes(const struct stat_view *view, FILE *out)
{
	const struct scope *scope = &view->scope;

	fputs(scope->pids > 1 ? "VMs of processes" : "VM of process", out);
	for (size_t i = 0; i < scope->pids; i++) {
		const char *name = view->names ? view->names->name[i] : "";
		char text[4 * sizeof(view->names->name[i])];

		if (i)
			fputs(i + 1 < scope->pids ? "," : " and", out);
		fprintf(out, " %" PRIu32, scope->pid[i]);
		if (*name)
			fprintf(out, " (%s)", text_escape(name, text, sizeof(text)));
	}
	fputs(", ", out);
}

static void put_scope(const struct stat_view *view, FILE *out)
{
	const struct scope *scope = &view->scope;
	const struct vm_counts *counts = &view->books->counts;

	if (scope->pids)
		put_processes(view, out);
	if (scope->vcpu >= 0)
		fprintf(out, "vCPU %" PRId64, scope->vcpu);
	else if (scope->pids)
		put_number(counts->vcpus, "vCPU", out);
	else
		put_all(view, out);
	if (scope->vcpu >= 0 && !scope->pids) {
		fputs(" of ", out);
		put_number(counts->vms, "VM", out);
	}
}

int stat_scope_text(const struct stat_view *view, FILE *out)
{
	size_t bytes;
	char *text;
	FILE *words = open_memstream(&text, &bytes);

	if (!words)
		return -ENOMEM;
	put_scope(view, words);
	if (fclose(words))
		return -ENOMEM;
	/* The names of many VMs need more than one line. */
	paragraph_put("scope: ", 7, text, out);
	free(text);
	return 0;
}

const char *stat_scope_vm(const struct stat_view *view, const struct vm_end *end, char *text,
			  size_t bytes)
{
	if (view->scope.pids > 1)
		snprintf(text, bytes, "the VM of process %" PRIu32, end->pid);
	else
		snprintf(text, bytes, "the VM");
	return text;
}

void stat_scope_ends(const struct stat_view *view, FILE *out)
{
	const struct books *books = view->books;
	uint32_t khz = view->origin->tsc_khz;
	char text[STAT_SCOPE_VM + FORMAT_BYTES + 60];
	char vm[STAT_SCOPE_VM];
	char time[FORMAT_BYTES];

	for (size_t i = 0; i < books->ends.count && !view->repeat; i++) {
		const struct vm_end *end = &books->ends.vm[i];
		uint64_t ago = stat_ended_ago_tsc(books, end->tsc);

		format_tsc(view->command || view->interval ? end->tsc : ago, khz, time,
			   sizeof(time));
		stat_scope_vm(view, end, vm, sizeof(vm));
		if (view->interval)
			snprintf(text, sizeof(text), "%s ended after %s of this interval", vm,
				 time);
		else if (view->command)
			snprintf(text, sizeof(text),
				 "%s ended after %s; its figures are those up to its end", vm,
				 time);
		else
			snprintf(text, sizeof(text), "%s has ended, %s ago", vm, time);
		paragraph_put("note: ", 6, text, out);
	}
}
