// SPDX-License-Identifier: GPL-2.0
/* vmtoll explain: print the catalogue's descriptions of exit reasons. */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "view/format.h"
#include "model/array.h"
#include "model/isa.h"
#include "model/number.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "view/paragraph.h"
#include "model/reason.h"
#include "cmd/verb.h"

#define KEY_ISA 0x2000
#define L2	"L2 " /* before the names of exits of nested guests */

/**
 * struct explain - the arguments of the verb
 * @only: the instruction set to search, or NULL to search all
 * @what: the name or the code of a reason, or NULL to list all reasons
 */
struct explain {
	const struct isa *only;
	const char *what;
};

/* Return the instruction set with this name, which may also be the name of its vendor. */
static const struct isa *find_isa(const char *name)
{
	const struct isa *isa;

	for (size_t i = 0; (isa = isa_at(i)); i++)
		if (!strcasecmp(name, isa->name) || !strcasecmp(name, isa->vendor))
			break;
	return isa;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct explain *explain = state->input;

	switch (key) {
	case KEY_ISA:
		explain->only = find_isa(arg);
		if (!explain->only)
			options_error(state, "--isa: '%s' is neither vmx nor svm", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			options_error(state, "too many arguments: '%s'", arg);
		explain->what = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "isa", KEY_ISA, "ISA", 0, "only vmx (intel) or only svm (amd)", 0 },
			{ 0 },
		},
	.parser = parse,
	.args_doc = "[REASON|CODE]",
	.doc = "Print what an exit reason means, what causes it, what usually reduces it, and "
	       "where the processor's manual describes it. Without an argument, list all "
	       "reasons.",
	.children = (const struct argp_child[]){ { &options_help, 0, NULL, 0 }, { 0 } },
};

static const struct reason *find(enum reason_isa isa, const char *what)
{
	uint32_t code;

	if (!number_parse_u32(what, &code))
		return reason_find(isa, code);
	return reason_find_name(isa, what);
}

static void put_reason(enum reason_isa isa, const struct reason *reason)
{
	char code[FORMAT_BYTES];

	printf("%s (%s exit %s)\n", reason->name, isa_title(isa),
	       format_code(isa, reason->code, code, sizeof(code)));
	paragraph_put("  ", 10, reason->summary, stdout);
	paragraph_put("  cause", 10, reason->cause, stdout);
	paragraph_put("  lower", 10, reason->lower, stdout);
	paragraph_put("  manual", 10, reason->manual, stdout);
}

static void put_list(enum reason_isa isa)
{
	char code[FORMAT_BYTES];
	char label[80];

	printf("%s\n", isa_title(isa));
	for (size_t i = 0; i < reason_count(isa); i++) {
		const struct reason *reason = reason_at(isa, i);

		snprintf(label, sizeof(label), "%10s  %-26s ",
			 format_code(isa, reason->code, code, sizeof(code)), reason->name);
		paragraph_put(label, (int)strlen(label), reason->summary, stdout);
	}
}

#define OTHER                                                                                      \
	"all exits with a code for which the ledger of the vCPU has no row left. The code of the " \
	"row is the last one of them."

/*
 * The special rows of vmtoll stat, which are not exit reasons. In the output, the names of these
 * rows are in parentheses.
 */
static const struct special {
	const char *name;
	const char *text;
} specials[] = {
	{ "observer",
	  "the CPUID exits that a guest causes by reading vmtoll's CPUID leaves. They are in no "
	  "other row, so that the measurement does not count itself." },
	{ "other", OTHER },
	{ "other, last code", OTHER },
	{ "lost", "exits that could not be recorded. They are in no other row." },
};

/* Return true if @what is the name of a special row, with or without the parentheses. */
static bool is_special(const struct special *special, const char *what)
{
	char name[40];

	snprintf(name, sizeof(name), "(%s)", special->name);
	return !strcasecmp(what, name) || !strcasecmp(what, special->name);
}

static bool explain_special(const char *what)
{
	for (size_t i = 0; i < ARRAY_SIZE(specials); i++) {
		if (!is_special(&specials[i], what))
			continue;
		printf("(%s)\n", specials[i].name);
		paragraph_put("  ", 10, specials[i].text, stdout);
		return true;
	}
	return false;
}

static int explain_one(const struct explain *explain, struct complaint *complaint)
{
	bool nested = !strncasecmp(explain->what, L2, strlen(L2));
	const char *what = explain->what + (nested ? strlen(L2) : 0);
	const struct isa *isa;
	int found = 0;

	if (explain_special(explain->what))
		return 0;
	for (size_t i = 0; (isa = isa_at(i)); i++) {
		const struct reason *reason = find(isa->id, what);

		if ((explain->only && explain->only != isa) || !reason)
			continue;
		if (found++)
			putchar('\n');
		put_reason(isa->id, reason);
		if (nested)
			paragraph_put(
				"  L2", 10,
				"exits of a nested guest (L2) to this host. If the reason is "
				"intercepted by the guest hypervisor (L1), KVM passes the exit on "
				"to it.",
				stdout);
	}
	if (found)
		return 0;
	return complain(complaint, -ENOENT,
			"no exit reason '%s' in the catalogue (vmtoll explain lists all names "
			"and codes)",
			explain->what);
}

int verb_explain(int argc, char **argv, struct complaint *complaint)
{
	struct explain explain = { 0 };
	const struct isa *isa;
	struct output output = { stdout, "standard output" };
	int error = 0;

	options_parse(&argp, argc, argv, 0, &explain);
	if (explain.what) {
		error = explain_one(&explain, complaint);
	} else {
		for (size_t i = 0; (isa = isa_at(i)); i++)
			if (!explain.only || explain.only == isa)
				put_list(isa->id);
	}
	if (!error)
		error = output_close(&output, 0, complaint);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
