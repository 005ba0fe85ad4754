// SPDX-License-Identifier: GPL-2.0
/*
 * The values of the VMCS fields of the nested guest, see nested.h. The encodings are from the
 * Intel SDM, volume 3, appendix B.
 */
#include "guest_layout.h"
#include "guest_memory.h"
#include "nested.h"
#include "payload.h"

/*
 * The VM-execution, VM-exit and VM-entry controls. They include the bits that must be 1 on CPUs
 * without "true" controls. All other CPUs allow these bits to be 1 (SDM volume 3, appendix A.2 to
 * A.5).
 */
#define PIN_CONTROLS   0x16u
#define PROC_CONTROLS  (0x0401e172u | 1u << 28) /* use MSR bitmaps */
#define EXIT_CONTROLS  (0x00036dffu | 1u << 9) /* host address-space size */
#define ENTRY_CONTROLS (0x000011ffu | 1u << 9) /* IA-32e mode guest */

#define AR_UNUSABLE 0x10000

struct vmcs_field {
	uint64_t field;
	uint64_t value;
};

static uint32_t access_rights(const struct kvm_segment *s)
{
	if (!s->present)
		return AR_UNUSABLE;
	return s->type | s->s << 4 | s->dpl << 5 | s->present << 7 | s->l << 13 | s->db << 14 |
	       s->g << 15;
}

/*
 * Append the VMCS fields of a guest segment. @i is the position of the segment in the order ES,
 * CS, SS, DS, FS, GS, LDTR, TR. The encodings of the fields have the same order.
 */
static struct vmcs_field *put_segment(struct vmcs_field *f, unsigned int i,
				      const struct kvm_segment *s)
{
	*f++ = (struct vmcs_field){ 0x0800 + 2 * i, s->selector };
	*f++ = (struct vmcs_field){ 0x4800 + 2 * i, s->limit };
	*f++ = (struct vmcs_field){ 0x4814 + 2 * i, access_rights(s) };
	*f++ = (struct vmcs_field){ 0x6806 + 2 * i, s->base };
	return f;
}

static struct vmcs_field *put_guest_segments(struct vmcs_field *f, const struct kvm_sregs *s)
{
	const struct kvm_segment *segments[] = { &s->es, &s->cs, &s->ss,  &s->ds,
						 &s->fs, &s->gs, &s->ldt, &s->tr };

	for (unsigned int i = 0; i < 8; i++)
		f = put_segment(f, i, segments[i]);
	return f;
}

static struct vmcs_field *put_controls(struct vmcs_field *f)
{
	const struct vmcs_field controls[] = {
		{ 0x4000, PIN_CONTROLS },
		{ 0x4002, PROC_CONTROLS },
		{ 0x400c, EXIT_CONTROLS },
		{ 0x4012, ENTRY_CONTROLS },
		{ 0x4004, 0 }, /* exception bitmap */
		{ 0x400a, 0 }, /* number of CR3 targets */
		{ 0x400e, 0 }, /* number of MSRs to store at an exit, */
		{ 0x4010, 0 }, /* to load at an exit, */
		{ 0x4014, 0 }, /* and to load at an entry */
		{ 0x4016, 0 }, /* event to inject */
		{ 0x2004, GPA_MSR_BITMAP },
		{ 0x6000, 0 }, /* CR0 and CR4 guest/host masks */
		{ 0x6002, 0 },
		{ 0x2800, ~0ull }, /* VMCS link pointer */
	};

	for (unsigned int i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		*f++ = controls[i];
	return f;
}

static struct vmcs_field *put_guest(struct vmcs_field *f, const struct kvm_sregs *s)
{
	const struct vmcs_field guest[] = {
		{ 0x6800, s->cr0 },
		{ 0x6802, s->cr3 },
		{ 0x6804, s->cr4 },
		{ 0x6816, s->gdt.base },
		{ 0x6818, s->idt.base },
		{ 0x4810, s->gdt.limit },
		{ 0x4812, s->idt.limit },
		{ 0x681a, 0x400 } /* DR7 */,
		{ 0x681c, GPA_STACK_TOP },
		{ 0x6820, 2 } /* RFLAGS */,
		{ 0x6822, 0 } /* pending debug exceptions */,
		{ 0x4824, 0 } /* interruptibility */,
		{ 0x4826, 0 } /* activity */,
		{ 0x482a, 0 } /* SYSENTER_CS */,
		{ 0x6824, 0 },
		{ 0x6826, 0 },
		{ 0x2802, 0 } /* IA32_DEBUGCTL */,
	};

	for (unsigned int i = 0; i < sizeof(guest) / sizeof(guest[0]); i++)
		*f++ = guest[i];
	return put_guest_segments(f, s);
}

/*
 * Append the fields of the host-state area: the state of L1 after a VM exit from L2. The segments,
 * the control registers and the descriptor tables are the same as before the VM entry.
 */
static struct vmcs_field *put_host(struct vmcs_field *f, const struct kvm_sregs *s)
{
	const struct vmcs_field host[] = {
		{ 0x0c00, s->es.selector },
		{ 0x0c02, s->cs.selector },
		{ 0x0c04, s->ss.selector },
		{ 0x0c06, s->ds.selector },
		{ 0x0c08, s->fs.selector },
		{ 0x0c0a, s->gs.selector },
		{ 0x0c0c, s->tr.selector },
		{ 0x6c00, s->cr0 },
		{ 0x6c02, s->cr3 },
		{ 0x6c04, s->cr4 },
		{ 0x6c06, s->fs.base },
		{ 0x6c08, s->gs.base },
		{ 0x6c0a, s->tr.base },
		{ 0x6c0c, s->gdt.base },
		{ 0x6c0e, s->idt.base },
		{ 0x4c00, 0 } /* SYSENTER_CS */,
		{ 0x6c10, 0 },
		{ 0x6c12, 0 },
		{ 0x6c14, GPA_STACK_TOP },
		{ 0x6c16, guest_memory_address(payload_l1_return) },
	};

	for (unsigned int i = 0; i < sizeof(host) / sizeof(host[0]); i++)
		*f++ = host[i];
	return f;
}

void nested_vmx_build(uint8_t *memory, const struct kvm_sregs *s)
{
	struct vmcs_field *f = (struct vmcs_field *)(memory + GPA_FIELDS);

	f = put_controls(f);
	f = put_guest(f, s);
	f = put_host(f, s);
	*f = (struct vmcs_field){ 0 };
}
