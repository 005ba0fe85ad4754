// SPDX-License-Identifier: GPL-2.0
/* Decode the classic CPUID leaves with a table of dialects. */
#include "source/dialect.h"

#include <errno.h>
#include <string.h>

#include "model/array.h"
#include "uapi/vmtoll.h"

enum cycles { CYCLES_NONE, CYCLES_HIGH_FIRST, CYCLES_LOW_FIRST };

/*
 * The layout of one leaf. If `one` is true, the leaf returns the values for a single exit number,
 * which is passed in ECX. The leaf then rejects numbers that the manuals do not define. If `one`
 * is false, the leaf returns the values for all exits.
 */
struct form {
	bool answered;
	bool one;
	bool exits;
	enum cycles cycles;
};

struct dialect {
	const char *name;
	struct form form[4]; /* VMTOLL_CLASSIC_FIRST and the three leaves after it */
};

#define NOT_ANSWERED \
	{            \
		0    \
	}
#define ALL(exits, cycles)                 \
	{                                  \
		true, false, exits, cycles \
	}
#define ONE(exits, cycles)                \
	{                                 \
		true, true, exits, cycles \
	}

static const struct dialect dialects[] = {
	[VMTOLL_DIALECT_OFF] = { .name = "off" },
	[VMTOLL_DIALECT_COMBINED] = {
		.name = "combined",
		.form = { NOT_ANSWERED, NOT_ANSWERED, ONE(true, CYCLES_NONE),
			  ALL(true, CYCLES_HIGH_FIRST) },
	},
	[VMTOLL_DIALECT_SPLIT] = {
		.name = "split",
		.form = { ONE(false, CYCLES_HIGH_FIRST), ONE(true, CYCLES_NONE),
			  ALL(false, CYCLES_HIGH_FIRST), ALL(true, CYCLES_NONE) },
	},
	[VMTOLL_DIALECT_SPLIT_SWAPPED] = {
		.name = "split-swapped",
		.form = { ONE(false, CYCLES_LOW_FIRST), ONE(true, CYCLES_NONE),
			  ALL(false, CYCLES_LOW_FIRST), ALL(true, CYCLES_NONE) },
	},
	[VMTOLL_DIALECT_REVERSED] = {
		.name = "reversed",
		.form = { ALL(true, CYCLES_NONE), ALL(false, CYCLES_HIGH_FIRST),
			  ONE(true, CYCLES_NONE), ONE(false, CYCLES_HIGH_FIRST) },
	},
};

#define DIALECTS ARRAY_SIZE(dialects)

const char dialect_names[] = "combined, split, split-swapped, reversed";

const char *dialect_name(unsigned int dialect)
{
	return dialect < DIALECTS ? dialects[dialect].name : "unknown";
}

int dialect_parse(const char *name, unsigned int *dialect)
{
	for (unsigned int i = VMTOLL_DIALECT_COMBINED; i < DIALECTS; i++) {
		if (!strcmp(name, dialects[i].name)) {
			*dialect = i;
			return 0;
		}
	}
	return -EINVAL;
}

/* Return true if the leaf rejected the exit number, because the manuals do not define it. */
static bool is_undefined(const struct cpuid_regs *regs)
{
	return !regs->eax && !regs->ebx && !regs->ecx && regs->edx == UINT32_MAX;
}

static uint64_t cycles_of(enum cycles order, const struct cpuid_regs *regs)
{
	if (order == CYCLES_HIGH_FIRST)
		return cpuid_pair(regs->ecx, regs->ebx);
	return cpuid_pair(regs->ebx, regs->ecx);
}

struct classic_value classic_decode(unsigned int dialect, uint32_t leaf,
				    const struct cpuid_regs *regs)
{
	struct classic_value value = { 0 };
	const struct form *form;

	if (dialect >= DIALECTS || leaf < VMTOLL_CLASSIC_FIRST || leaf > VMTOLL_CLASSIC_LAST)
		return value;
	form = &dialects[dialect].form[leaf - VMTOLL_CLASSIC_FIRST];
	value.answered = form->answered;
	value.one = form->one;
	value.undefined = form->one && is_undefined(regs);
	value.has_exits = form->exits && !value.undefined;
	value.has_cycles = form->cycles != CYCLES_NONE && !value.undefined;
	if (value.has_exits)
		value.exits = regs->eax;
	if (value.has_cycles)
		value.cycles = cycles_of(form->cycles, regs);
	return value;
}

static void merge(struct classic_value *sum, const struct classic_value *part)
{
	sum->answered |= part->answered;
	sum->undefined |= part->undefined;
	sum->has_exits |= part->has_exits;
	sum->has_cycles |= part->has_cycles;
	sum->exits += part->exits;
	sum->cycles += part->cycles;
}

/*
 * Read the leaves for all exits or for one exit number. In some dialects, exits and cycles are
 * in separate leaves.
 */
static struct classic_value read_forms(unsigned int dialect, bool one, uint32_t code)
{
	struct classic_value sum = { .one = one };

	for (uint32_t i = 0; i < 4 && dialect < DIALECTS; i++) {
		const struct form *form = &dialects[dialect].form[i];
		uint32_t leaf = VMTOLL_CLASSIC_FIRST + i;
		struct cpuid_regs regs;
		struct classic_value part;

		if (!form->answered || form->one != one)
			continue;
		regs = cpuid_read(leaf, code);
		part = classic_decode(dialect, leaf, &regs);
		merge(&sum, &part);
	}
	return sum;
}

struct classic_value classic_read_all(unsigned int dialect)
{
	return read_forms(dialect, false, 0);
}

struct classic_value classic_read_one(unsigned int dialect, uint32_t code)
{
	return read_forms(dialect, true, code);
}

bool classic_has_row_time(unsigned int dialect)
{
	for (int i = 0; i < 4 && dialect < DIALECTS; i++)
		if (dialects[dialect].form[i].one && dialects[dialect].form[i].cycles)
			return true;
	return false;
}

/*
 * An exit number that neither the Intel SDM nor the AMD APM defines. Which leaves reject this
 * number depends on the dialect.
 */
#define UNDEFINED_CODE 0x7fff

unsigned int classic_detect(void)
{
	bool undefined[4];

	for (uint32_t i = 0; i < 4; i++) {
		struct cpuid_regs regs = cpuid_read(VMTOLL_CLASSIC_FIRST + i, UNDEFINED_CODE);

		undefined[i] = is_undefined(&regs);
	}
	for (unsigned int dialect = VMTOLL_DIALECT_COMBINED; dialect < DIALECTS; dialect++) {
		bool match = true;

		for (int i = 0; i < 4; i++)
			match &= undefined[i] == dialects[dialect].form[i].one;
		if (match)
			return dialect;
	}
	return VMTOLL_DIALECT_OFF;
}
