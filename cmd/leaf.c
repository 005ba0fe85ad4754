// SPDX-License-Identifier: GPL-2.0
/* vmtoll leaf: read one CPUID leaf and decode it. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "model/array.h"
#include "source/cpuid.h"
#include "source/dialect.h"
#include "source/source.h"
#include "model/number.h"
#include "cmd/options.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "uapi/vmtoll.h"

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
	printf("signature of vmtoll, last leaf 0x%" PRIx32 "\n", regs->eax);
}

static void decode_info(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	const char *isa = regs->edx == VMTOLL_ISA_VMX	? "VMX"
			  : regs->edx == VMTOLL_ISA_SVM ? "SVM"
							: "unknown";

	(void)leaf;
	printf("version %" PRIu32 ", features 0x%" PRIx32 ":%s%s%s dialect %s; TSC %" PRIu32
	       " kHz; isa %s\n",
	       regs->eax, regs->ebx, regs->ebx & VMTOLL_FEATURE_VMM_TIME ? " VMM time," : "",
	       regs->ebx & VMTOLL_FEATURE_HALT_TIME ? " halt time," : "",
	       regs->ebx & VMTOLL_FEATURE_EMULATED ? " emulated host," : "",
	       dialect_name(VMTOLL_FEATURE_DIALECT(regs->ebx)), regs->ecx, isa);
}

static void decode_latch(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	static const char *const status[] = {
		[VMTOLL_LATCH_OK] = "done",
		[VMTOLL_LATCH_NO_VCPU] = "no such vCPU",
		[VMTOLL_LATCH_TOO_MANY] = "too many vCPUs",
		[VMTOLL_LATCH_BUSY] = "busy, latch again",
	};

	(void)leaf;
	printf("latched: %" PRIu32 " rows, serial %" PRIu32 ", %" PRIu32 " vCPUs, status %" PRIu32
	       " (%s)\n",
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
		[VMTOLL_TOTALS_SERIAL] = { "serial of the latch (0: none)", "0" },
	};

	if (leaf->subleaf >= ARRAY_SIZE(names))
		puts("no such subleaf");
	else
		printf("%s: %" PRIu64 ", %s: %" PRIu64 "\n", names[leaf->subleaf][0],
		       low_pair(regs), names[leaf->subleaf][1], high_pair(regs));
}

static void decode_rows(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	uint32_t row = leaf->subleaf / 4;

	switch (leaf->subleaf % 4) {
	case VMTOLL_PART_EXITS:
		printf("row %" PRIu32 ": code 0x%" PRIx32 ", flags 0x%" PRIx32 "%s%s%s, exits "
		       "%" PRIu64 "\n",
		       row, regs->eax, regs->ebx, regs->ebx & VMTOLL_ROW_NESTED ? " nested" : "",
		       regs->ebx & VMTOLL_ROW_OTHER ? " other" : "",
		       regs->ebx & VMTOLL_ROW_OBSERVER ? " observer" : "", high_pair(regs));
		return;
	case VMTOLL_PART_KVM:
		printf("row %" PRIu32 ": cycles in KVM %" PRIu64 ", longest %" PRIu64 "\n", row,
		       low_pair(regs), high_pair(regs));
		return;
	case VMTOLL_PART_AWAY:
		printf("row %" PRIu32 ": cycles in the VMM %" PRIu64 ", halted %" PRIu64 "\n", row,
		       low_pair(regs), high_pair(regs));
		return;
	}
	printf("row %" PRIu32 ": no such part\n", row);
}

static void (*const native_decoders[])(const struct leaf *leaf, const struct cpuid_regs *regs) = {
	decode_base, decode_info, decode_latch, decode_totals, decode_rows,
};

static void decode_native(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	if (!native_answers()) {
		puts("a native vmtoll leaf, but vmtoll does not answer leaves on this machine; in a "
		     "guest, " SOURCE_TURN_LEAVES_ON);
		return;
	}
	native_decoders[leaf->leaf - VMTOLL_LEAF_BASE](leaf, regs);
}

/*
 * Return the dialect of the classic leaves. Set *@how to a phrase for the output that says where
 * the dialect comes from. The dialect is the first of these that is available:
 * 1. the dialect given on the command line;
 * 2. the dialect that the native leaves report;
 * 3. the dialect detected from the values of the classic leaves.
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

static void print_value(const struct leaf *leaf, const struct classic_value *value)
{
	if (value->undefined) {
		printf("exit number 0x%" PRIx32 " is not defined\n", leaf->subleaf);
		return;
	}
	if (value->one)
		printf("exit number %" PRIu32 " (0x%" PRIx32 "):", leaf->subleaf, leaf->subleaf);
	else
		printf("all exits:");
	if (value->has_exits)
		printf(" %" PRIu64 " exits%s", value->exits,
		       value->exits == UINT32_MAX ? " or more" : "");
	if (value->has_cycles)
		printf("%s %" PRIu64 " cycles in KVM", value->has_exits ? "," : "", value->cycles);
	putchar('\n');
}

static void decode_classic(const struct leaf *leaf, const struct cpuid_regs *regs)
{
	const char *how;
	unsigned int dialect = dialect_here(leaf, &how);
	struct classic_value value = classic_decode(dialect, leaf->leaf, regs);

	if (!dialect) {
		puts("a classic leaf, but nothing answers classic leaves on this machine; in a "
		     "guest, " SOURCE_TURN_LEAVES_ON);
		return;
	}
	printf("dialect %s (%s): ", dialect_name(dialect), how);
	if (value.answered)
		print_value(leaf, &value);
	else
		puts("this leaf is not answered");
}

int verb_leaf(int argc, char **argv, struct complaint *complaint)
{
	struct leaf leaf = { .options.scope = SCOPE_ALL };
	struct output output = { stdout, "standard output" };
	struct cpuid_regs regs;

	options_parse(&argp, argc, argv, 0, &leaf);
	regs = cpuid_read(leaf.leaf, leaf.subleaf);
	printf("leaf 0x%08" PRIx32 " subleaf 0x%08" PRIx32 ": eax 0x%08" PRIx32 " ebx 0x%08" PRIx32
	       " ecx 0x%08" PRIx32 " edx 0x%08" PRIx32 "\n",
	       leaf.leaf, leaf.subleaf, regs.eax, regs.ebx, regs.ecx, regs.edx);
	if (leaf.leaf >= VMTOLL_LEAF_BASE && leaf.leaf <= VMTOLL_LEAF_LAST)
		decode_native(&leaf, &regs);
	else if (leaf.leaf >= VMTOLL_CLASSIC_FIRST && leaf.leaf <= VMTOLL_CLASSIC_LAST)
		decode_classic(&leaf, &regs);
	return output_close(&output, 0, complaint) ? STATUS_TROUBLE : STATUS_OK;
}
