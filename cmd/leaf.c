// SPDX-License-Identifier: GPL-2.0
/* vmtoll leaf: read one CPUID leaf and decode it. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "model/array.h"
#include "model/isa.h"
#include "source/cpuid.h"
#include "source/dialect.h"
#include "source/source.h"
#include "model/number.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "uapi/vmtoll.h"
#include "view/paragraph.h"

struct leaf {
	struct options options;
	uint32_t leaf;
	uint32_t subleaf;
};

static uint32_t number_argument(const struct argp_state *state, const char *what, const char *arg)
{
	return (uint32_t)options_number(state, what, arg, 0, UINT32_MAX);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct leaf *leaf = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &leaf->options);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			leaf->leaf = number_argument(state, "LEAF", arg);
		else if (state->arg_num == 1)
			leaf->subleaf = number_argument(state, "SUBLEAF", arg);
		else
			options_error(state, "too many arguments: '%s'", arg);
		return 0;
	case ARGP_KEY_NO_ARGS:
		options_error(state, "no leaf given");
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "LEAF [SUBLEAF]",
	.doc = "Read one CPUID leaf on the current CPU and print its registers in hexadecimal. "
	       "Leaves of vmtoll are decoded, too. LEAF and SUBLEAF are decimal numbers, or "
	       "hexadecimal ones with the prefix 0x.",
	.children =
		(const struct argp_child[]){
			{ &options_dialect, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Print a line. If the output is a terminal, wrap the line at the width of the terminal. */
static void __attribute__((format(printf, 1, 2))) put_line(const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	paragraph_message("", text, stdout);
}

static uint64_t low_pair(const struct cpuid_regs *regs)
{
	return cpuid_pair(regs->eax, regs->ebx);
}

static uint64_t high_pair(const struct cpuid_regs *regs)
{
	return cpuid_pair(regs->ecx, regs->edx);
}

static bool native_signature(const struct cpuid_regs *regs)
{
	return regs->ebx == VMTOLL_SIGNATURE_EBX && regs->ecx == VMTOLL_SIGNATURE_ECX &&
	       regs->edx == VMTOLL_SIGNATURE_EDX;
}

static bool native_answers(void)
{
	struct cpuid_regs base = cpuid_read(VMTOLL_LEAF_BASE, 0);

	return native_signature(&base);
}

static void decode_base(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	(void)leaf;
	put_line("signature of vmtoll, last leaf 0x%" PRIx32, regs->eax);
}

static void decode_info(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	(void)leaf;
	put_line("version %" PRIu32 ", features 0x%" PRIx32
		 ":%s%s%s%s%s%s%s dialect %s; TSC %" PRIu32 " kHz; isa %s",
		 regs->eax, regs->ebx, regs->ebx & VMTOLL_FEATURE_VMM_TIME ? " VMM time," : "",
		 regs->ebx & VMTOLL_FEATURE_HALT_TIME ? " halt time," : "",
		 regs->ebx & VMTOLL_FEATURE_BOOKS ? " guest time," : "",
		 regs->ebx & VMTOLL_FEATURE_READY_TIME ? " ready time," : "",
		 regs->ebx & VMTOLL_FEATURE_EMULATED ? " emulated host," : "",
		 regs->ebx & VMTOLL_FEATURE_TSC_UNRELIABLE ? " unreliable TSC," : "",
		 regs->ebx & VMTOLL_FEATURE_UNSEEN ? " unseen exits," : "",
		 dialect_name(VMTOLL_FEATURE_DIALECT(regs->ebx)), regs->ecx, isa_title(regs->edx));
}

static void decode_latch(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	static const char *const status[] = {
		[VMTOLL_LATCH_OK] = "done",
		[VMTOLL_LATCH_NO_VCPU] = "no such vCPU",
		[VMTOLL_LATCH_TOO_MANY] = "too many vCPUs",
		[VMTOLL_LATCH_BUSY] = "busy, latch again",
		[VMTOLL_LATCH_PENDING] = "pending, latch with scope 2",
	};

	(void)leaf;
	put_line("latched: %" PRIu32 " rows, serial %" PRIu32 ", %" PRIu32 " vCPUs, status %" PRIu32
		 " (%s)",
		 regs->eax, regs->ebx, regs->ecx, regs->edx,
		 regs->edx < ARRAY_SIZE(status) ? status[regs->edx] : "unknown");
}

static void decode_totals(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	static const char *const names[][2] = {
		[VMTOLL_TOTALS_KVM] = { "exits", "cycles in KVM" },
		[VMTOLL_TOTALS_AWAY] = { "cycles in the VMM", "cycles halted" },
		[VMTOLL_TOTALS_OBSERVER] = { "exits of the observer row", "lost exits" },
		[VMTOLL_TOTALS_AUDIT] = { "exits in KVM's count",
					  "emulated or unseen exits among them" },
		[VMTOLL_TOTALS_TIME] = { "cycles observed", "TSC of the latch" },
		[VMTOLL_TOTALS_SERIAL] = { "serial of the latch (0: none)", "unseen exits" },
		[VMTOLL_TOTALS_BOOKS] = { "cycles in the guest", "cycles waiting for a CPU" },
	};

	if (leaf->subleaf >= ARRAY_SIZE(names))
		put_line("no such subleaf");
	else
		put_line("%s: %" PRIu64 ", %s: %" PRIu64, names[leaf->subleaf][0], low_pair(regs),
			 names[leaf->subleaf][1], high_pair(regs));
}

static void decode_rows(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	uint32_t row = leaf->subleaf / 4;

	switch (leaf->subleaf % 4) {
	case VMTOLL_PART_EXITS:
		put_line("row %" PRIu32 ": code 0x%" PRIx32 ", flags 0x%" PRIx32 "%s%s%s, exits "
			 "%" PRIu64,
			 row, regs->eax, regs->ebx, regs->ebx & VMTOLL_ROW_NESTED ? " nested" : "",
			 regs->ebx & VMTOLL_ROW_OTHER ? " other" : "",
			 regs->ebx & VMTOLL_ROW_OBSERVER ? " observer" : "", high_pair(regs));
		return;
	case VMTOLL_PART_KVM:
		put_line("row %" PRIu32 ": cycles in KVM %" PRIu64 ", longest %" PRIu64, row,
			 low_pair(regs), high_pair(regs));
		return;
	case VMTOLL_PART_AWAY:
		put_line("row %" PRIu32 ": cycles in the VMM %" PRIu64 ", halted %" PRIu64, row,
			 low_pair(regs), high_pair(regs));
		return;
	}
	put_line("row %" PRIu32 ": no such part", row);
}

static void (*const native_decoders[])(const struct leaf *leaf, const struct cpuid_regs *regs) = {
	decode_base, decode_info, decode_latch, decode_totals, decode_rows,
};

static void decode_native(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	if (!native_answers()) {
		put_line(
			"a native vmtoll leaf, but vmtoll does not answer leaves on this machine; in a "
			"guest, " SOURCE_TURN_LEAVES_ON);
		return;
	}
	native_decoders[leaf->leaf - VMTOLL_LEAF_BASE](leaf, regs);
}

/*
 * Return the dialect of the classic leaves. Use the first of these methods that works:
 * 1. Use the argument of --dialect.
 * 2. Read the dialect from the native leaves.
 * 3. Detect the dialect by reading the classic leaves.
 *
 * Set *@how to a phrase for the output, such as "reported by the host".
 */
static unsigned int dialect_here(const struct leaf *leaf, const char **how)
{
	unsigned int dialect = leaf->options.source.dialect;

	*how = "given with --dialect";
	if (dialect)
		return dialect;
	*how = "reported by the host";
	if (native_answers())
		return VMTOLL_FEATURE_DIALECT(cpuid_read(VMTOLL_LEAF_INFO, 0).ebx);
	dialect = classic_detect();
	*how = dialect == VMTOLL_DIALECT_SPLIT ? "detected; it may also be split-swapped"
					       : "detected";
	return dialect;
}

/* Write the decoded value of a classic leaf to @text, and return @text. */
static const char *value_text(const struct leaf *leaf, const struct classic_value *value,
			      char *text, size_t bytes)
{
	char exits[60] = "";
	char cycles[60] = "";

	if (!value->answered)
		return "this leaf is not answered";
	if (value->undefined) {
		snprintf(text, bytes, "exit number 0x%" PRIx32 " is not defined", leaf->subleaf);
		return text;
	}
	if (value->has_exits)
		snprintf(exits, sizeof(exits), " %" PRIu64 " exits%s", value->exits,
			 value->exits == UINT32_MAX ? " or more" : "");
	if (value->has_cycles)
		snprintf(cycles, sizeof(cycles), "%s %" PRIu64 " cycles in KVM",
			 value->has_exits ? "," : "", value->cycles);
	if (value->one)
		snprintf(text, bytes, "exit number %" PRIu32 " (0x%" PRIx32 "):%s%s", leaf->subleaf,
			 leaf->subleaf, exits, cycles);
	else
		snprintf(text, bytes, "all exits:%s%s", exits, cycles);
	return text;
}

static void decode_classic(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	const char *how;
	unsigned int dialect = dialect_here(leaf, &how);
	struct classic_value value = classic_decode(dialect, leaf->leaf, regs);
	char text[200];

	if (dialect)
		put_line("dialect %s (%s): %s", dialect_name(dialect), how,
			 value_text(leaf, &value, text, sizeof(text)));
	else
		put_line("a classic leaf, but nothing answers classic leaves on this machine");
}

int verb_leaf(int argc, char **argv, struct complaint *complaint)
{
	struct leaf leaf = { .options.scope = SCOPE_ALL };
	struct output output = { stdout, "standard output" };
	struct cpuid_regs regs;

	options_parse(&argp, argc, argv, 0, &leaf);
	regs = cpuid_read(leaf.leaf, leaf.subleaf);
	put_line("leaf 0x%08" PRIx32 " subleaf 0x%08" PRIx32 ": eax 0x%08" PRIx32
		 " ebx 0x%08" PRIx32 " ecx 0x%08" PRIx32 " edx 0x%08" PRIx32,
		 leaf.leaf, leaf.subleaf, regs.eax, regs.ebx, regs.ecx, regs.edx);
	if (leaf.leaf >= VMTOLL_LEAF_BASE && leaf.leaf <= VMTOLL_LEAF_LAST)
		decode_native(&leaf, &regs);
	else if (leaf.leaf >= VMTOLL_CLASSIC_FIRST && leaf.leaf <= VMTOLL_CLASSIC_LAST)
		decode_classic(&leaf, &regs);
	return output_close(&output, 0, complaint) ? STATUS_TROUBLE : STATUS_OK;
}
