// SPDX-License-Identifier: GPL-2.0
/*
 * The VMCB of the nested guest, see nested.h. The offsets are from the AMD APM, volume 2, appendix
 * B.
 */
#include <assert.h>
#include <string.h>

#include "guest_layout.h"
#include "nested.h"
#include "vmtoll.h"

static_assert(LEAF_BASE == VMTOLL_LEAF_BASE && LEAF_BASE_EBX == VMTOLL_SIGNATURE_EBX,
	      "payload.S compares the answer of a leaf");

/* Offsets in the VMCB: the control area, then the state save area. */
#define VMCB_INTERCEPTS_4 0x010
#define VMCB_IOPM	  0x040
#define VMCB_MSRPM	  0x048
#define VMCB_ASID	  0x058
#define VMCB_ES		  0x400
#define VMCB_CS		  0x410
#define VMCB_SS		  0x420
#define VMCB_DS		  0x430
#define VMCB_GDTR	  0x460
#define VMCB_IDTR	  0x480
#define VMCB_EFER	  0x4d0
#define VMCB_CR4	  0x548
#define VMCB_CR3	  0x550
#define VMCB_CR0	  0x558
#define VMCB_DR7	  0x560
#define VMCB_DR6	  0x568
#define VMCB_RFLAGS	  0x570

#define INTERCEPT_4_VMRUN   (1u << 0)
#define INTERCEPT_4_VMMCALL (1u << 1)

struct vmcb_segment {
	uint16_t selector;
	uint16_t attributes;
	uint32_t limit;
	uint64_t base;
};

static void put_u64(uint8_t *vmcb, unsigned int offset, uint64_t value)
{
	memcpy(vmcb + offset, &value, sizeof(value));
}

static void put_segment(uint8_t *vmcb, unsigned int offset, const struct kvm_segment *s)
{
	struct vmcb_segment segment = {
		.selector = s->selector,
		.attributes = s->type | s->s << 4 | s->dpl << 5 | s->present << 7 | s->l << 9 |
			      s->db << 10 | s->g << 11,
		.limit = s->limit,
		.base = s->base,
	};

	memcpy(vmcb + offset, &segment, sizeof(segment));
}

static void put_table(uint8_t *vmcb, unsigned int offset, const struct kvm_dtable *table)
{
	struct vmcb_segment segment = { .limit = table->limit, .base = table->base };

	memcpy(vmcb + offset, &segment, sizeof(segment));
}

void nested_svm_build(uint8_t *memory, const struct kvm_sregs *s)
{
	uint8_t *vmcb = memory + GPA_VMCB;

	put_u64(vmcb, VMCB_INTERCEPTS_4, INTERCEPT_4_VMRUN | INTERCEPT_4_VMMCALL);
	put_u64(vmcb, VMCB_IOPM, GPA_IO_BITMAP);
	put_u64(vmcb, VMCB_MSRPM, GPA_MSR_BITMAP);
	put_u64(vmcb, VMCB_ASID, 1);
	put_segment(vmcb, VMCB_ES, &s->es);
	put_segment(vmcb, VMCB_CS, &s->cs);
	put_segment(vmcb, VMCB_SS, &s->ss);
	put_segment(vmcb, VMCB_DS, &s->ds);
	put_table(vmcb, VMCB_GDTR, &s->gdt);
	put_table(vmcb, VMCB_IDTR, &s->idt);
	put_u64(vmcb, VMCB_EFER, s->efer);
	put_u64(vmcb, VMCB_CR4, s->cr4);
	put_u64(vmcb, VMCB_CR3, s->cr3);
	put_u64(vmcb, VMCB_CR0, s->cr0);
	put_u64(vmcb, VMCB_DR7, 0x400);
	put_u64(vmcb, VMCB_DR6, 0xffff0ff0);
	put_u64(vmcb, VMCB_RFLAGS, 2);
}
