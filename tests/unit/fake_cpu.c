// SPDX-License-Identifier: GPL-2.0
/* A simulated CPU of a guest, see fake_cpu.h. */
#include "fake_cpu.h"

#include <sched.h>
#include <string.h>

#include "source/cpuid.h"

struct fake_cpu fake_cpu;

static void (*real)(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs);

static struct cpuid_regs two(uint64_t first, uint64_t second)
{
	return (struct cpuid_regs){ (uint32_t)first, (uint32_t)(first >> 32), (uint32_t)second,
				    (uint32_t)(second >> 32) };
}

static bool is_observer(const struct fake_row *row)
{
	return row->flags & VMTOLL_ROW_OBSERVER;
}

static uint64_t sum_exits(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < fake_cpu.rows; i++)
		sum += is_observer(&fake_cpu.row[i]) ? 0 : fake_cpu.row[i].exits;
	return sum;
}

static uint64_t sum_kvm(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < fake_cpu.rows; i++)
		sum += is_observer(&fake_cpu.row[i]) ? 0 : fake_cpu.row[i].kvm;
	return sum;
}

static struct cpuid_regs totals(uint32_t subleaf)
{
	switch (subleaf) {
	case VMTOLL_TOTALS_KVM:
		return two(sum_exits(), sum_kvm());
	case VMTOLL_TOTALS_OBSERVER:
		return two(fake_cpu.observer, fake_cpu.lost);
	case VMTOLL_TOTALS_AUDIT:
		return two(fake_cpu.kvm_exits, fake_cpu.unexplained);
	case VMTOLL_TOTALS_TIME:
		return two(4000000000ull, 5000000000ull);
	case VMTOLL_TOTALS_SERIAL:
		return two(fake_cpu.serial, fake_cpu.unseen);
	case VMTOLL_TOTALS_BOOKS:
		return two(fake_cpu.guest_tsc, fake_cpu.ready_tsc);
	}
	return two(0, 0);
}

static struct cpuid_regs latch(uint32_t scope)
{
	struct cpuid_regs regs = { fake_cpu.rows, ++fake_cpu.serial, fake_cpu.vcpus, 0 };

	if (fake_cpu.busy) {
		fake_cpu.busy--;
		return (struct cpuid_regs){ .edx = VMTOLL_LATCH_BUSY };
	}
	if (scope == VMTOLL_SCOPE_VM)
		fake_cpu.steps = fake_cpu.pending + 1;
	if (scope == VMTOLL_SCOPE_VM_NEXT && fake_cpu.discard) {
		fake_cpu.discard = false;
		return (struct cpuid_regs){ .edx = VMTOLL_LATCH_NO_VCPU };
	}
	if (scope == VMTOLL_SCOPE_VM || scope == VMTOLL_SCOPE_VM_NEXT) {
		fake_cpu.steps--;
		if (fake_cpu.steps)
			return (struct cpuid_regs){ .edx = VMTOLL_LATCH_PENDING };
	}
	fake_cpu.scope = scope;
	if (scope & 0x80000000u && (scope & 0x7fffffffu) >= fake_cpu.vcpus)
		regs.edx = VMTOLL_LATCH_NO_VCPU;
	if (fake_cpu.disturb) {
		fake_cpu.disturb--;
		fake_cpu.serial++;
	}
	return regs;
}

static struct cpuid_regs rows(uint32_t subleaf)
{
	const struct fake_row *row = &fake_cpu.row[subleaf / 4 % FAKE_ROWS];
	struct cpuid_regs regs;

	if (subleaf / 4 >= fake_cpu.rows)
		return two(0, 0);
	switch (subleaf % 4) {
	case VMTOLL_PART_EXITS:
		regs = two(0, row->exits);
		regs.eax = row->code;
		regs.ebx = row->flags | (row->vmm || row->halt ? VMTOLL_ROW_AWAY : 0);
		return regs;
	case VMTOLL_PART_KVM:
		return two(row->kvm, row->longest);
	case VMTOLL_PART_AWAY:
		return two(row->vmm, row->halt);
	}
	return two(0, 0);
}

static struct cpuid_regs native(uint32_t leaf, uint32_t subleaf)
{
	struct cpuid_regs none = { 0 };

	switch (fake_cpu.native ? leaf : 0) {
	case VMTOLL_LEAF_BASE:
		return (struct cpuid_regs){ VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
					    VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };
	case VMTOLL_LEAF_INFO:
		return (struct cpuid_regs){ fake_cpu.version,
					    fake_cpu.features | fake_cpu.dialect << 8, 1000000,
					    fake_cpu.isa };
	case VMTOLL_LEAF_LATCH:
		return latch(subleaf);
	case VMTOLL_LEAF_TOTALS:
		return totals(subleaf);
	case VMTOLL_LEAF_ROWS:
		return rows(subleaf);
	}
	return none;
}

/*
 * Return true if the processor manuals define the exit code @code. Only the ranges that the tests
 * use are implemented. On VMX, these are the codes 0 to 69, except 35. On SVM, these are the
 * codes 0 to 0xa4 and 0x400 to 0x403.
 */
static bool is_defined(uint32_t code)
{
	if (fake_cpu.isa == VMTOLL_ISA_VMX)
		return code < 70 && code != 35;
	return code < 0xa5 || (code >= 0x400 && code <= 0x403);
}

static const struct fake_row *row_of(uint32_t code)
{
	static const struct fake_row none;

	for (uint32_t i = 0; i < fake_cpu.rows; i++)
		if (fake_cpu.row[i].code == code && !fake_cpu.row[i].flags)
			return &fake_cpu.row[i];
	return &none;
}

static struct cpuid_regs exits_of(uint32_t code)
{
	uint64_t exits = row_of(code)->exits;

	if (!is_defined(code))
		return (struct cpuid_regs){ 0, 0, 0, UINT32_MAX };
	return (struct cpuid_regs){ exits > UINT32_MAX ? UINT32_MAX : (uint32_t)exits, 0, 0, 0 };
}

static struct cpuid_regs cycles(uint64_t cycles, bool swapped)
{
	uint32_t high = (uint32_t)(cycles >> 32);
	uint32_t low = (uint32_t)cycles;

	return (struct cpuid_regs){ 0, swapped ? low : high, swapped ? high : low, 0 };
}

static struct cpuid_regs cycles_of(uint32_t code, bool swapped)
{
	if (!is_defined(code))
		return (struct cpuid_regs){ 0, 0, 0, UINT32_MAX };
	return cycles(row_of(code)->kvm, swapped);
}

/*
 * Answer the classic leaf 0x4ffffffc + @index, where @index is 0 to 3. This function follows the
 * description of the dialects and shares no code with dialect.c, so that the tests can reveal
 * errors in dialect.c.
 */
static struct cpuid_regs classic(uint32_t index, uint32_t code)
{
	bool swapped = fake_cpu.dialect == VMTOLL_DIALECT_SPLIT_SWAPPED;
	struct cpuid_regs all = { (uint32_t)sum_exits(), 0, 0, 0 };
	struct cpuid_regs none = { 0 };

	switch (fake_cpu.dialect) {
	case VMTOLL_DIALECT_COMBINED:
		if (index == 3) {
			all.ebx = (uint32_t)(sum_kvm() >> 32);
			all.ecx = (uint32_t)sum_kvm();
			return all;
		}
		return index == 2 ? exits_of(code) : none;
	case VMTOLL_DIALECT_SPLIT:
	case VMTOLL_DIALECT_SPLIT_SWAPPED:
		return index == 3   ? all
		       : index == 2 ? cycles(sum_kvm(), swapped)
		       : index == 1 ? exits_of(code)
				    : cycles_of(code, swapped);
	case VMTOLL_DIALECT_REVERSED:
		return index == 0   ? all
		       : index == 1 ? cycles(sum_kvm(), false)
		       : index == 2 ? exits_of(code)
				    : cycles_of(code, false);
	}
	return none;
}

/*
 * Count the queries from threads that are not pinned to one CPU. A reader must pin its thread
 * while it reads vmtoll's leaves.
 */
static void count_unpinned(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) != 1)
		fake_cpu.unpinned++;
}

static void execute(uint32_t leaf, uint32_t subleaf, struct cpuid_regs *regs)
{
	*regs = (struct cpuid_regs){ 0 };
	fake_cpu.queries++;
	if (leaf == 0) {
		memcpy(&regs->ebx, fake_cpu.vendor, 4);
		memcpy(&regs->edx, fake_cpu.vendor + 4, 4);
		memcpy(&regs->ecx, fake_cpu.vendor + 8, 4);
	} else if (leaf == 1) {
		regs->ecx = fake_cpu.guest ? 0x80000000u : 0;
	} else if (leaf == 0x40000000u) {
		memcpy(&regs->ebx, "KVMKVMKVM\0\0\0", 12);
	} else if (leaf >= VMTOLL_LEAF_BASE && leaf <= VMTOLL_LEAF_LAST) {
		if (leaf >= VMTOLL_LEAF_LATCH)
			count_unpinned();
		*regs = native(leaf, subleaf);
	} else if (leaf >= VMTOLL_CLASSIC_FIRST && leaf <= VMTOLL_CLASSIC_LAST) {
		*regs = classic(leaf - VMTOLL_CLASSIC_FIRST, subleaf);
	}
}

void fake_cpu_install(uint32_t isa)
{
	bool vmx = isa == VMTOLL_ISA_VMX;

	fake_cpu = (struct fake_cpu){
		.guest = true,
		.native = true,
		.version = VMTOLL_ABI_VERSION,
		.dialect = VMTOLL_DIALECT_COMBINED,
		.isa = isa,
		.features = VMTOLL_FEATURE_VMM_TIME | VMTOLL_FEATURE_HALT_TIME |
			    VMTOLL_FEATURE_BOOKS | VMTOLL_FEATURE_READY_TIME,
		.vcpus = 2,
		.rows = 4,
		.observer = 5,
		.row = {
			{ 0, VMTOLL_ROW_OBSERVER, 5, 5000, 1100, 0, 0 },
			{ vmx ? 10 : 0x72, 0, 1000, 7000000000ull, 90000, 0, 0 },
			{ vmx ? 12 : 0x78, 0, 50, 60000, 5000000, 0, 400000000 },
			{ vmx ? 30 : 0x7b, 0, 5000000000ull, 9000000000ull, 3000, 77, 0 },
		},
		.kvm_exits = 5000001055ull,
		.guest_tsc = 3000000000ull,
		.ready_tsc = 123456789,
	};
	memcpy(fake_cpu.vendor, vmx ? "GenuineIntel" : "AuthenticAMD", 12);
	if (!real)
		real = cpuid_execute;
	cpuid_execute = execute;
}

void fake_cpu_remove(void)
{
	cpuid_execute = real;
}
