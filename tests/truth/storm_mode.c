// SPDX-License-Identifier: GPL-2.0
/* See storm_mode.h. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "model/array.h"
#include "fail.h"
#include "guest_layout.h"
#include "storm.h"
#include "storm_mode.h"

extern const char storm_start[], storm_end[];
extern const char storm_loop16[], storm_debug16[], storm_undefined16[], storm_protection16[],
	storm_panic16[], storm_interrupt16[];
extern const char storm_loop32[], storm_debug32[], storm_undefined32[], storm_protection32[],
	storm_panic32[], storm_interrupt32[];
extern const char storm_debug86[], storm_undefined86[], storm_protection86[], storm_panic86[],
	storm_interrupt86[];
extern const char storm_loop64[], storm_debug64[], storm_undefined64[], storm_protection64[],
	storm_panic64[], storm_interrupt64[];
extern const char storm_slot_plain[], storm_slot_operand[], storm_slot_address[],
	storm_slot_repne[], storm_slot_rep[], storm_slot_cs[], storm_slot_fs[], storm_slot_gs[],
	storm_slot_rex[], storm_slot_rex_w[], storm_slot_many[], storm_slot_too_long[],
	storm_slot_lock[], storm_slot_boundary[], storm_slot_boundary_prefixes[];

const struct storm_mode storm_modes[] = {
	{ "real", 16, 0, false, false, false },
	{ "virtual-8086", 16, 3, true, false, true },
	{ "protected-16", 16, 0, true, false, false },
	{ "protected", 32, 0, true, false, false },
	{ "protected-ring-1", 32, 1, true, false, false },
	{ "protected-ring-2", 32, 2, true, false, false },
	{ "protected-ring-3", 32, 3, true, false, false },
	{ "compatibility", 32, 0, true, true, false },
	{ "compatibility-ring-1", 32, 1, true, true, false },
	{ "compatibility-ring-3", 32, 3, true, true, false },
	{ "long", 64, 0, true, true, false },
	{ "long-ring-1", 64, 1, true, true, false },
	{ "long-ring-2", 64, 2, true, true, false },
	{ "long-ring-3", 64, 3, true, true, false },
};

const unsigned int storm_modes_count = ARRAY_SIZE(storm_modes);

const struct storm_mode *storm_mode_find(const char *name)
{
	for (unsigned int i = 0; i < storm_modes_count; i++) {
		if (!strcmp(storm_modes[i].name, name))
			return &storm_modes[i];
	}
	return NULL;
}

const struct storm_form storm_forms[] = {
	{ "plain", storm_slot_plain, 2, false, false, false },
	{ "operand-size", storm_slot_operand, 3, false, false, false },
	{ "address-size", storm_slot_address, 3, false, false, false },
	{ "repne", storm_slot_repne, 3, false, false, false },
	{ "rep", storm_slot_rep, 3, false, false, false },
	{ "cs", storm_slot_cs, 3, false, false, false },
	{ "fs", storm_slot_fs, 3, false, false, false },
	{ "gs", storm_slot_gs, 3, false, false, false },
	{ "rex", storm_slot_rex, 3, true, false, false },
	{ "rex-w", storm_slot_rex_w, 4, true, false, false },
	{ "15-bytes", storm_slot_many, 15, false, false, false },
	{ "16-bytes", storm_slot_too_long, 16, false, true, false },
	{ "lock", storm_slot_lock, 3, false, true, false },
	{ "boundary", storm_slot_boundary, 2, false, false, true },
	{ "boundary-prefixes", storm_slot_boundary_prefixes, 7, false, false, true },
};

const unsigned int storm_forms_count = ARRAY_SIZE(storm_forms);

#define CR0_PE	     (1ull << 0)
#define CR0_ET	     (1ull << 4)
#define CR0_NE	     (1ull << 5)
#define CR0_PG	     (1ull << 31)
#define CR4_PAE	     (1ull << 5)
#define EFER_LONG    (1ull << 8 | 1ull << 10)
#define FLAGS_FIXED  (1u << 1)
#define FLAGS_TF     (1u << 8)
#define FLAGS_IF     (1u << 9)
#define FLAGS_IOPL3  (3u << 12)
#define FLAGS_VM     (1u << 17)
#define DR7_BREAK_0  0x403 /* break on execution of the instruction at DR0 */
#define TYPE_CODE    11
#define TYPE_DATA    3
#define TSS_BITMAP   0x68 /* offset of the I/O permission bitmap */
#define TYPE_TSS     11
#define TYPE_TSS_TCG 9
#define GATE_16	     0x86
#define GATE_32	     0x8e
#define VECTORS	     0x22
#define VECTOR_DEBUG 1
#define VECTOR_UD    6
#define VECTOR_GP    13
#define VECTOR_IRQ   0x21 /* vector of the PIC line that test_vm_interrupt() pulses */

/*
 * The code segment of the handlers in IA-32e mode. The handlers run in 64-bit code even if the
 * storm runs in compatibility mode.
 */
#define SELECTOR_HANDLER64 0x48
#define SELECTOR_TSS	   0x50
#define GDT_BYTES	   0x60

static uint16_t code_selector(unsigned int ring)
{
	return (1 + 2 * ring) * 8 | ring;
}

static uint16_t data_selector(unsigned int ring)
{
	return (2 + 2 * ring) * 8 | ring;
}

/*
 * Return the base of the code segment. In 16-bit modes, the code segment begins at the payload,
 * and the data segment begins at the vCPU's area. In other modes, the base of both segments is 0.
 */
static uint32_t code_base(const struct storm_mode *mode)
{
	return mode->width == 16 ? GPA_STORM : 0;
}

/* Return the base of the handlers' code segment. */
static uint32_t handler_base(const struct storm_mode *mode)
{
	return mode->v8086 ? 0 : code_base(mode);
}

/* Return the width of the handlers' code: 16, 32 or 64 bits. */
static unsigned int handler_width(const struct storm_mode *mode)
{
	return mode->v8086 ? 32 : mode->width;
}

/* Return true if the base of a segment is 16 times its selector, as in real mode. */
static bool has_real_segments(const struct storm_mode *mode)
{
	return !mode->protection || mode->v8086;
}

static uint32_t area(unsigned int i)
{
	return GPA_STORM_AREA + i * STORM_AREA_BYTES;
}

static uint32_t data_base(const struct storm_mode *mode, unsigned int i)
{
	return mode->width == 16 ? area(i) : 0;
}

static uint32_t address(const struct storm_mode *mode, const char *symbol)
{
	return GPA_STORM - code_base(mode) + (symbol - storm_start);
}

uint32_t *storm_number(const struct test_vm *vm, unsigned int i, unsigned int offset)
{
	return (uint32_t *)(vm->memory + area(i) + offset);
}

/* ---- tables ---- */

struct handlers {
	const char *debug;
	const char *undefined;
	const char *protection;
	const char *panic;
	const char *interrupt;
};

static const struct handlers *handlers_of(const struct storm_mode *mode)
{
	static const struct handlers real = { storm_debug16, storm_undefined16, storm_undefined16,
					      storm_panic16, storm_interrupt16 },
				     wide16 = { storm_debug16, storm_undefined16,
						storm_protection16, storm_panic16,
						storm_interrupt16 },
				     wide32 = { storm_debug32, storm_undefined32,
						storm_protection32, storm_panic32,
						storm_interrupt32 },
				     wide64 = { storm_debug64, storm_undefined64,
						storm_protection64, storm_panic64,
						storm_interrupt64 },
				     virtual86 = { storm_debug86, storm_undefined86,
						   storm_protection86, storm_panic86,
						   storm_interrupt86 };

	if (!mode->protection)
		return &real; /* no error codes in real mode */
	if (mode->long_mode)
		return &wide64;
	if (mode->v8086)
		return &virtual86;
	return mode->width == 16 ? &wide16 : &wide32;
}

static void build_gate(uint8_t *idt, const struct storm_mode *mode, unsigned int vector,
		       const char *handler)
{
	uint64_t to = GPA_STORM - handler_base(mode) + (handler - storm_start);
	uint64_t selector = mode->long_mode ? SELECTOR_HANDLER64 : code_selector(0);
	uint64_t type = handler_width(mode) == 16 ? GATE_16 : GATE_32;
	uint64_t gate = (to & 0xffff) | selector << 16 | type << 40 | (to >> 16) << 48;
	unsigned int stride = mode->long_mode ? 16 : 8;

	if (mode->protection)
		memcpy(idt + vector * stride, &gate, 8);
	else
		memcpy(idt + 4 * vector, &(uint16_t[]){ to, GPA_STORM >> 4 }, 4);
}

static void build_idt(struct test_vm *vm, const struct storm_mode *mode)
{
	const struct handlers *h = handlers_of(mode);
	uint8_t *idt = vm->memory + GPA_STORM_IDT;

	for (unsigned int v = 0; v < VECTORS; v++)
		build_gate(idt, mode, v, h->panic);
	build_gate(idt, mode, VECTOR_DEBUG, h->debug);
	build_gate(idt, mode, VECTOR_UD, h->undefined);
	build_gate(idt, mode, VECTOR_GP, h->protection);
	build_gate(idt, mode, VECTOR_IRQ, h->interrupt);
}

/*
 * Return the descriptor of a present segment. A 16-bit segment covers 64 KiB, and its base has
 * up to 24 bits. All other segments cover 4 GiB.
 */
static uint64_t descriptor(uint32_t base, unsigned int type, unsigned int ring, unsigned int width)
{
	uint64_t d = 0xffffull | (uint64_t)(base & 0xffffff) << 16 |
		     (uint64_t)(0x90 | ring << 5 | type) << 40;

	if (width == 64)
		d |= 0xafull << 48;
	else if (width == 32)
		d |= 0xcfull << 48;
	return d;
}

static void build_gdt(struct test_vm *vm, const struct storm_mode *mode)
{
	uint64_t *gdt = (uint64_t *)(vm->memory + GPA_STORM_GDT);
	unsigned int width = handler_width(mode), data_width = width == 64 ? 32 : width;

	for (unsigned int r = 0; r < 4; r++) {
		gdt[code_selector(r) / 8] = descriptor(handler_base(mode), TYPE_CODE, r, width);
		gdt[data_selector(r) / 8] = descriptor(0, TYPE_DATA, r, data_width);
	}
	gdt[SELECTOR_HANDLER64 / 8] = descriptor(0, TYPE_CODE, 0, 64);
}

/*
 * Set the ring-0 stack in the TSS. The stack pointer has the same offset in 32-bit and 64-bit
 * TSSs. Only a 32-bit TSS has a stack segment. The I/O permission bitmap allows the ports below
 * 0xb8. Virtual-8086 mode needs this bitmap, because IOPL does not apply to OUT in this mode.
 */
static void build_tss(struct test_vm *vm, const struct storm_mode *mode, unsigned int i)
{
	uint32_t *tss = (uint32_t *)(vm->memory + GPA_STORM_TSS + i * STORM_TSS_BYTES);

	tss[1] = area(i) + STORM_STACK0;
	tss[2] = mode->long_mode ? 0 : data_selector(0);
	tss[25] = TSS_BITMAP << 16;
}

void storm_build(struct test_vm *vm, const struct storm_mode *mode)
{
	memcpy(vm->memory + GPA_STORM, storm_start, storm_end - storm_start);
	memset(vm->memory + GPA_STORM_IDT, 0, GPA_STORM_END - GPA_STORM_IDT);
	build_idt(vm, mode);
	build_gdt(vm, mode);
	for (unsigned int i = 0; i < vm->vcpus; i++)
		build_tss(vm, mode, i);
}

/* ---- the vCPU's state ---- */

static struct kvm_segment segment(const struct storm_mode *mode, bool code, uint32_t base)
{
	bool flat = mode->width != 16;

	return (struct kvm_segment){
		.base = base,
		.limit = flat ? 0xffffffff : 0xffff,
		.selector = has_real_segments(mode) ? base >> 4
			    : code		    ? code_selector(mode->ring)
						    : data_selector(mode->ring),
		.type = code && !has_real_segments(mode) ? TYPE_CODE : TYPE_DATA,
		.present = 1,
		.dpl = mode->ring,
		.s = 1,
		.g = flat,
		.l = code && mode->width == 64,
		.db = flat && !(code && mode->width == 64),
	};
}

/*
 * Return the descriptor type of the TSS. A TSS in use must be marked as busy. The only exception
 * is a 32-bit TSS on QEMU TCG, where LTR does not mark it as busy. If VMRUN loads a busy 32-bit
 * TSS, QEMU aborts when the guest changes to another ring (get_ss_esp_from_tss() in
 * target/i386/tcg/seg_helper.c).
 */
static uint8_t tss_type(const struct storm_mode *mode, const struct platform *platform)
{
	return mode->long_mode || strcmp(platform->hardware, "tcg") ? TYPE_TSS : TYPE_TSS_TCG;
}

static void set_mode(const struct storm_mode *mode, unsigned int i, const struct platform *platform,
		     struct kvm_sregs *s)
{
	s->cr0 = CR0_ET | CR0_NE | (mode->protection ? CR0_PE : 0) | (mode->long_mode ? CR0_PG : 0);
	s->cr3 = GPA_PML4;
	s->cr4 = mode->long_mode ? CR4_PAE : 0;
	s->efer = mode->long_mode ? EFER_LONG : 0;
	s->cs = segment(mode, true, code_base(mode));
	s->ds = segment(mode, false, data_base(mode, i));
	s->es = s->fs = s->gs = s->ss = s->ds;
	s->tr = (struct kvm_segment){ .selector = SELECTOR_TSS,
				      .base = GPA_STORM_TSS + i * STORM_TSS_BYTES,
				      .limit = STORM_TSS_BYTES - 1,
				      .type = tss_type(mode, platform),
				      .present = 1 };
	s->gdt = (struct kvm_dtable){ .base = GPA_STORM_GDT, .limit = GDT_BYTES - 1 };
	s->idt = (struct kvm_dtable){ .base = GPA_STORM_IDT, .limit = 0xfff };
}

static const char *loop_of(const struct storm_mode *mode)
{
	if (mode->width == 16)
		return storm_loop16;
	return mode->width == 32 ? storm_loop32 : storm_loop64;
}

int storm_enter(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		const struct platform *platform)
{
	uint32_t base = area(i) - data_base(mode, i);
	struct kvm_regs r = {
		.rip = address(mode, loop_of(mode)),
		.rsp = base + STORM_STACK,
		.rdi = base,
		.rflags = FLAGS_FIXED | FLAGS_IOPL3 | (mode->v8086 ? FLAGS_VM : 0),
	};
	struct kvm_sregs s;

	if (ioctl(vm->vcpu[i].fd, KVM_GET_SREGS, &s))
		return fail(-errno, "read vCPU %u's system registers: KVM_GET_SREGS", i);
	set_mode(mode, i, platform, &s);
	if (ioctl(vm->vcpu[i].fd, KVM_SET_SREGS, &s))
		return fail(-errno, "set vCPU %u to mode %s: KVM_SET_SREGS", i, mode->name);
	if (ioctl(vm->vcpu[i].fd, KVM_SET_REGS, &r))
		return fail(-errno, "set vCPU %u's registers: KVM_SET_REGS", i);
	return 0;
}

/* Set or clear the breakpoint at the linear address @at. */
static int set_breakpoint(struct test_vm *vm, unsigned int i, uint64_t at, bool on)
{
	struct kvm_debugregs d = { .db = { at },
				   .dr6 = 0xffff0ff0,
				   .dr7 = on ? DR7_BREAK_0 : 0x400 };

	if (ioctl(vm->vcpu[i].fd, KVM_SET_DEBUGREGS, &d))
		return fail(-errno, "set vCPU %u's debug registers: KVM_SET_DEBUGREGS", i);
	return 0;
}

int storm_prepare(struct test_vm *vm, unsigned int i, const struct storm_mode *mode,
		  const struct storm_form *form, unsigned int traps, uint32_t queries)
{
	uint32_t slot = address(mode, form->slot);

	memset(storm_number(vm, i, 0), 0, STORM_LIST);
	*storm_number(vm, i, STORM_COUNT) = queries;
	*storm_number(vm, i, STORM_TARGET) = slot;
	*storm_number(vm, i, STORM_FLAGS) = FLAGS_FIXED | FLAGS_IOPL3 |
					    (traps & STORM_STEP ? FLAGS_TF : 0) |
					    (traps & STORM_IRQS ? FLAGS_IF : 0);
	*storm_number(vm, i, STORM_AT) = slot + 1;
	*storm_number(vm, i, STORM_AFTER) = slot + 1 + form->bytes;
	return set_breakpoint(vm, i, code_base(mode) + slot + 1, traps & STORM_BREAK);
}
