// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for reading vmtoll's CPUID leaves in a guest. A simulated CPU with these leaves
 * answers the queries. For each answer, the input selects which registers to replace, and with
 * which values.
 */
#include "fuzz.h"

#include "fake_cpu.h"
#include "source/cpuid.h"

/*
 * The number of queries that the simulated CPU answers before it returns only zeros. Without this
 * limit, some inputs would take too long: a ledger with 2^32 rows is valid.
 */
#define QUERIES 20000

static struct input input;
static unsigned int queries;
static void (*unmodified)(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs);

static void modified(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs)
{
	uint8_t which = 0;

	if (++queries > QUERIES) {
		*regs = (struct cpuid_regs){ 0 };
		return;
	}
	unmodified(leaf, subleaf, regs);
	input_take(&input, &which, 1);
	if (which & 1)
		input_take(&input, &regs->eax, 4);
	if (which & 2)
		input_take(&input, &regs->ebx, 4);
	if (which & 4)
		input_take(&input, &regs->ecx, 4);
	if (which & 8)
		input_take(&input, &regs->edx, 4);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scope vcpu = { .vcpu = 1 };
	struct source_options options = { 0 };
	uint8_t how;

	input = (struct input){ data, size };
	queries = 0;
	input_take(&input, &how, 1);
	fake_cpu_install(how & 1 ? VMTOLL_ISA_VMX : VMTOLL_ISA_SVM);
	fake_cpu.native = how & 2;
	fake_cpu.dialect = how >> 2 & 7;
	fake_cpu.guest = how & 0x20;
	unmodified = cpuid_execute;
	cpuid_execute = modified;
	options.spec = how & 0x40 ? "guest:classic" : "guest";
	options.dialect = how & 0x80 ? how >> 2 & 7 : 0;
	show_source(&options, how & 0x10 ? &vcpu : &SCOPE_ALL);
	fake_cpu_remove();
	return 0;
}
