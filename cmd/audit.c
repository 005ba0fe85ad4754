// SPDX-License-Identifier: GPL-2.0
/* vmtoll audit: compare the ledgers with KVM's own count of exits. */
#include <errno.h>
#include <stdlib.h>

#include "analysis/interval.h"
#include "view/audit_view.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/scope_check.h"
#include "cmd/verb.h"

static const struct argp argp = {
	.parser = options_parse_key,
	.doc = "Compare the ledger of each vCPU with KVM's own count of its exits. "
	       "The exit status is 1 if a ledger does not balance or exits were lost.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_range, 0, NULL, 0 },
			{ &options_vms, 0, NULL, 0 },
			{ &options_scope, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_format, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static bool all_balanced(const struct audit_view *view)
{
	for (size_t i = 0; i < view->lines; i++)
		if (view->line[i].faults)
			return false;
	return !view->lost;
}

static int show(const struct options *options, const struct audit_view *view,
		struct complaint *complaint)
{
	static int (*const formats[])(const struct audit_view *view, FILE *out) = {
		[FORMAT_TEXT] = audit_text,
		[FORMAT_JSON] = audit_json,
		[FORMAT_CSV] = audit_csv,
	};
	struct output output;
	int error = output_open(options->output, stdout, &output, complaint);

	if (error)
		return error;
	return output_close(&output, formats[options->format](view, output.file), complaint);
}

static int audit_snapshot(const char *program, const struct options *options, bool is_live,
			  struct snapshot *snapshot, bool *balanced, struct complaint *complaint)
{
	struct audit_view view = { .origin = &snapshot->origin,
				   .clock_ns = snapshot->clock_ns,
				   .clock_tsc = snapshot->clock_tsc };
	struct audit_line *line;
	long lines;
	int error;

	if (!(snapshot->origin.knows & KNOWS_AUDIT))
		return complain(complaint, -ENOTSUP, "%s does not provide KVM's own count",
				snapshot->origin.source);
	interval_use_ended(snapshot, &options->scope);
	error = scope_check(program, options, is_live, snapshot, complaint);
	if (error)
		return error;
	lines = audit_lines(snapshot, &options->scope, &line);
	if (lines < 0)
		return complain(complaint, (int)lines, "cannot audit: out of memory");
	view.line = line;
	view.lines = (size_t)lines;
	view.lost = scope_is_all(&options->scope) ? snapshot->lost : 0;
	view.balanced = all_balanced(&view);
	*balanced = view.balanced;
	error = show(options, &view, complaint);
	free(line);
	return error;
}

int verb_audit(int argc, char **argv, struct complaint *complaint)
{
	struct options options = { .scope = SCOPE_ALL };
	struct snapshot *snapshot;
	struct source *source;
	bool balanced = false;
	int error;

	options_parse(&argp, argc, argv, 0, &options);
	error = source_open(&options.source, &source, complaint);
	if (error)
		return STATUS_TROUBLE;
	error = vm_select_apply(&options, source, argv[0], complaint);
	vm_select_release(&options.select);
	if (!error)
		error = source_read(source, &options.scope, &snapshot, complaint);
	if (!error) {
		error = audit_snapshot(argv[0], &options, source_is_live(source), snapshot,
				       &balanced, complaint);
		snapshot_destroy(snapshot);
	}
	source_close(source);
	if (error)
		return STATUS_TROUBLE;
	return balanced ? STATUS_OK : STATUS_NO;
}
