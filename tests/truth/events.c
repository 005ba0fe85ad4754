// SPDX-License-Identifier: GPL-2.0
/*
 * The `events` verb tests interrupts, SMIs and INITs that arrive after a CPUID exit and before
 * the next VM entry. The VMM or another vCPU sends these events. After an interrupt or an SMI,
 * the guest must still read vmtoll's answer, because the handlers save and restore the
 * registers. After an INIT, the registers must have the values that the manuals define. No part
 * of an answer may remain in them.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "guest_layout.h"
#include "option.h"
#include "payload.h"
#include "storm.h"
#include "storm_check.h"
#include "storm_mode.h"
#include "verbs.h"
#include "vmtoll.h"

#define DEFAULT_ROUNDS 100
/* If no event hits the tested point, up to ROUNDS_FOR_ONE times as many rounds are run. */
#define ROUNDS_FOR_ONE	 50
#define QUERIES		 200
#define IPIS		 20 /* per pass of the sender */
#define NO_ICR		 0
#define IRQ_US		 50
#define ICR_SMI		 0x200
#define ICR_INIT	 0x4500
#define SLOT_SMM	 (1u << 16) /* memory slot 0 of KVM's SMM address space */
#define SLOT_RESET	 1
#define GPA_RESET	 0xffff0000u
#define RESET_BYTES	 0x10000
#define RIP_RESET	 0xfff0
#define RIP_BEFORE_RESET 0xffe8 /* within one instruction length of RIP_RESET */

extern const char storm_start[], storm_sender[], storm_smm[], storm_smm_end[], storm_moved[];

struct events {
	struct platform platform;
	struct ledger_map ledger;
	struct test_vm vm;
	void *reset; /* memory at the reset vector */
	const struct storm_mode *mode;
	uint64_t rounds; /* minimum number of rounds */
	uint64_t done; /* number of completed rounds */
	volatile bool over;
	pthread_t sender;
	uint32_t icr; /* ICR value that the sender writes, addressed to vCPU 0 */
	int sender_err;
	char sender_text[512];
	struct mismatches mismatches;
	uint64_t seen; /* events that arrived at the tested point */
};

/* ---- the sender ---- */

/*
 * Wait until the guest has resumed its loop after an interrupt. Sleep more than once if needed,
 * because the guest may need longer than one usleep() to handle the interrupt.
 */
static void wait_for_progress(const struct events *e)
{
	const volatile uint32_t *left = storm_number(&e->vm, 0, STORM_LEFT);
	uint32_t before = *left;

	do
		usleep(IRQ_US);
	while (*left == before && !e->over);
}

/*
 * Send events to vCPU 0. The VMM raises interrupts through KVM's PIC. vCPU 1 sends SMIs and
 * INITs as IPIs.
 */
static int send(struct events *e)
{
	enum test_vm_stop stop;

	if (e->icr != NO_ICR)
		return test_vm_run(&e->vm, 1, 0, &stop);
	wait_for_progress(e);
	return test_vm_interrupt(&e->vm);
}

static void *sender_main(void *arg)
{
	struct events *e = arg;

	while (!e->over && !e->sender_err)
		e->sender_err = send(e);
	if (e->sender_err)
		snprintf(e->sender_text, sizeof(e->sender_text), "%s", fail_text());
	return NULL;
}

static int sender_start(struct events *e)
{
	int err = storm_enter(&e->vm, 1, storm_mode_find("long"), &e->platform);
	struct kvm_regs r;

	if (err)
		return err;
	if (ioctl(e->vm.vcpu[1].fd, KVM_GET_REGS, &r))
		return fail(-errno, "read the sender's registers: KVM_GET_REGS");
	r.rip = GPA_STORM + (storm_sender - storm_start);
	if (ioctl(e->vm.vcpu[1].fd, KVM_SET_REGS, &r))
		return fail(-errno, "set the sender's registers: KVM_SET_REGS");
	*storm_number(&e->vm, 1, STORM_COUNT) = IPIS;
	*storm_number(&e->vm, 1, STORM_IPI) = e->icr;
	e->over = false;
	return -pthread_create(&e->sender, NULL, sender_main, e);
}

static int sender_end(struct events *e)
{
	e->over = true;
	pthread_join(e->sender, NULL);
	return e->sender_err ? fail(e->sender_err, "%s", e->sender_text) : 0;
}

/* ---- the VM ---- */

static int add_slot(struct events *e, uint32_t slot, uint64_t gpa, uint64_t bytes, void *memory)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.guest_phys_addr = gpa,
		.memory_size = bytes,
		.userspace_addr = (uintptr_t)memory,
	};

	if (ioctl(e->vm.fd, KVM_SET_USER_MEMORY_REGION, &region))
		return fail(-errno, "add guest memory at 0x%" PRIx64, gpa);
	return 0;
}

/*
 * Place code at the reset vector. After an INIT, the vCPU executes this code, which writes a
 * mark.
 */
static int add_reset_vector(struct events *e)
{
	static const uint8_t code[] = { 0xe6, PORT_MARK, 0xf4 };

	e->reset =
		mmap(NULL, RESET_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (e->reset == MAP_FAILED)
		return fail(-errno, "map the memory of the reset vector");
	memcpy((uint8_t *)e->reset + RIP_RESET, code, sizeof(code));
	return add_slot(e, SLOT_RESET, GPA_RESET, RESET_BYTES, e->reset);
}

static int open_vm(struct events *e)
{
	static const char *const payloads[] = { payload_list, payload_list };
	int err = test_vm_create(&e->vm, VM_IRQCHIP | VM_X2APIC, 2, payloads);

	if (err)
		return err;
	storm_build(&e->vm, e->mode);
	memcpy(e->vm.memory + GPA_SMM, storm_smm, storm_smm_end - storm_smm);
	return add_slot(e, SLOT_SMM, 0, GUEST_BYTES, e->vm.memory) ?: add_reset_vector(e);
}

static void close_vm(struct events *e)
{
	test_vm_destroy(&e->vm);
	munmap(e->reset, RESET_BYTES);
}

/*
 * Return true if enough rounds have been run. Events arrive at random times, so it is possible
 * that none has hit the tested point yet. In this case, run up to ROUNDS_FOR_ONE times as many
 * rounds.
 */
static bool rounds_over(const struct events *e)
{
	uint64_t limit = e->seen ? e->rounds : e->rounds * ROUNDS_FOR_ONE;

	return e->done >= limit;
}

/* ---- interrupts and SMIs: the answer must be unchanged ---- */

/* A query with a constant answer. */
static const struct cpuid_query constant = { VMTOLL_LEAF_BASE, 0 };

static void check_constant(struct events *e, const struct cpuid_answer *a, uint32_t i)
{
	static const struct cpuid_answer base = { VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
						  VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };

	if (memcmp(a, &base, sizeof(base)))
		mismatch(&e->mismatches, "answer %u: %x %x %x %x", i, a->eax, a->ebx, a->ecx,
			 a->edx);
}

/*
 * Execute the queries in one pass. The answers are in STORM_LIST afterwards. If @move is not 0,
 * the SMI handler sets RIP to @move.
 */
static int run_queries(struct events *e, uint32_t move)
{
	struct cpuid_answer *list = (struct cpuid_answer *)storm_number(&e->vm, 0, STORM_LIST);
	enum test_vm_stop stop;
	int err = storm_prepare(&e->vm, 0, e->mode, &storm_forms[0], STORM_IRQS, QUERIES);

	*storm_number(&e->vm, 0, STORM_MOVE) = move;
	for (uint32_t i = 0; i < QUERIES; i++)
		list[i] = (struct cpuid_answer){ constant.leaf, constant.subleaf, QUERY_EBX,
						 QUERY_EDX };
	return err ?: test_vm_run(&e->vm, 0, 0, &stop);
}

static int answered_round(struct events *e)
{
	const struct cpuid_answer *list =
		(struct cpuid_answer *)storm_number(&e->vm, 0, STORM_LIST);
	int err = run_queries(e, 0);

	if (err)
		return err;
	for (uint32_t i = 0; i < QUERIES; i++)
		check_constant(e, &list[i], i);
	e->seen += *storm_number(&e->vm, 0, STORM_EVENTS);
	return 0;
}

static int answered_rounds(struct events *e)
{
	int err = storm_enter(&e->vm, 0, e->mode, &e->platform);

	for (; !err && !rounds_over(e); e->done++)
		err = answered_round(e);
	return err;
}

/* ---- SMIs whose handler moves RIP: no answer ---- */

/*
 * Check the answers of a pass in which SMI handlers move RIP. If an SMI arrives before vmtoll has
 * answered a CPUID, vmtoll must not answer this CPUID: the registers must stay as the handler left
 * them, with KVM's answer. If the SMI arrives later, the guest keeps vmtoll's answer.
 */
static int moved_round(struct events *e)
{
	const struct cpuid_answer *list =
		(struct cpuid_answer *)storm_number(&e->vm, 0, STORM_LIST);
	uint32_t moved, unanswered = 0;
	int err = run_queries(e, GPA_STORM + (storm_moved - storm_start));

	if (err)
		return err;
	for (uint32_t i = 0; i < QUERIES; i++) {
		if (list[i].ebx == VMTOLL_SIGNATURE_EBX)
			check_constant(e, &list[i], i);
		else
			unanswered++;
	}
	moved = *storm_number(&e->vm, 0, STORM_EVENTS);
	if (unanswered > moved)
		mismatch(&e->mismatches,
			 "SMI handlers moved RIP %u times, but %u answers are KVM's", moved,
			 unanswered);
	e->seen += unanswered;
	return 0;
}

static int moved_rounds(struct events *e)
{
	int err = storm_enter(&e->vm, 0, e->mode, &e->platform);

	for (; !err && !rounds_over(e); e->done++)
		err = moved_round(e);
	return err;
}

/* ---- INIT ---- */

static void check_reset(struct events *e, const struct kvm_regs *r)
{
	uint64_t others = r->rbx | r->rcx | r->rsi | r->rdi | r->rbp | r->rsp | r->r8 | r->r9 |
			  r->r10 | r->r11 | r->r12 | r->r13 | r->r14 | r->r15;

	/*
	 * INIT sets RAX to 0. The code at the reset vector does not change RAX: it only writes AL
	 * to a port.
	 */
	if (r->rax || others || !r->rdx)
		mismatch(
			&e->mismatches,
			"after INIT: rax %llx rbx %llx rcx %llx rdx %llx, others together %" PRIx64,
			r->rax, r->rbx, r->rcx, r->rdx, others);
}

/*
 * Execute passes of CPUID instructions until the INIT arrives. Two pieces of code write a mark:
 * the storm's loop at the end of a pass, and the code at the reset vector after an INIT. The value
 * of RIP distinguishes the two marks. After a mark of the loop, start another pass. A mark of the
 * reset vector ends the round.
 */
static int init_round(struct events *e, bool near)
{
	uint32_t slot = RIP_BEFORE_RESET - 1;
	struct kvm_regs r = { 0 };
	enum test_vm_stop stop;
	int err = storm_prepare(&e->vm, 0, e->mode, &storm_forms[0], 0, QUERIES);

	if (near)
		*storm_number(&e->vm, 0, STORM_TARGET) = slot;
	err = err ?: storm_enter(&e->vm, 0, e->mode, &e->platform);
	while (!err && r.rip != RIP_RESET && r.rip != RIP_RESET + 2) {
		struct cpuid_answer *list =
			(struct cpuid_answer *)storm_number(&e->vm, 0, STORM_LIST);

		for (uint32_t i = 0; i < QUERIES; i++)
			list[i] = (struct cpuid_answer){ constant.leaf, constant.subleaf, 0, 0 };
		err = test_vm_run(&e->vm, 0, 0, &stop);
		if (!err && ioctl(e->vm.vcpu[0].fd, KVM_GET_REGS, &r))
			err = fail(-errno, "read vCPU 0's registers: KVM_GET_REGS");
	}
	if (!err) {
		check_reset(e, &r);
		e->seen++;
	}
	return err;
}

/*
 * Run rounds until rounds_over() returns true. In 16-bit code, every second round executes a CPUID
 * just below the reset vector. If an INIT arrives after this CPUID, RIP advances by at most the
 * length of one instruction, as if the CPUID had completed. RIP alone then does not reveal the
 * INIT.
 */
static int init_rounds(struct events *e)
{
	static const uint8_t slot[] = { 0x9d, 0x0f, 0xa2, 0xc3 };
	bool near = e->mode->width == 16;
	int err = 0;

	memcpy(e->vm.memory + GPA_STORM + RIP_BEFORE_RESET - 1, slot, sizeof(slot));
	for (; !err && !rounds_over(e); e->done++)
		err = init_round(e, near && e->done % 2);
	return err;
}

/* ---- the verb ---- */

static const struct event {
	const char *name;
	const char *mode;
	uint32_t icr;
	int (*rounds)(struct events *e);
} events[] = {
	{ "interrupt", "real", NO_ICR, answered_rounds },
	{ "interrupt", "protected", NO_ICR, answered_rounds },
	{ "interrupt", "long-ring-3", NO_ICR, answered_rounds },
	{ "smi", "long", ICR_SMI, answered_rounds },
	{ "smi", "long-ring-3", ICR_SMI, answered_rounds },
	{ "smi", "real", ICR_SMI, answered_rounds },
	{ "smi-moves-rip", "long", ICR_SMI, moved_rounds },
	{ "init", "long", ICR_INIT, init_rounds },
	{ "init", "real", ICR_INIT, init_rounds },
};

static int run_event(struct events *e, const struct event *event, struct tally *tally)
{
	char name[64];
	int err = mismatches_open(&e->mismatches), end;

	e->mode = storm_mode_find(event->mode);
	e->icr = event->icr;
	e->seen = 0;
	e->done = 0;
	err = err ?: open_vm(e);
	if (err)
		return err;
	err = sender_start(e);
	if (!err) {
		err = event->rounds(e);
		end = sender_end(e);
		err = err ?: end;
	}
	close_vm(e);
	if (err)
		return err;
	if (!e->seen)
		mismatch(&e->mismatches, "no event arrived at the tested point");
	snprintf(name, sizeof(name), "event-%s-%s", event->name, event->mode);
	tally_result(tally, name, &e->mismatches,
		     "%" PRIu64 " rounds, %" PRIu64 " events arrived before the answer", e->done,
		     e->seen);
	return 0;
}

static const struct number_option options[] = {
	{ 'n', offsetof(struct events, rounds), 1, UINT32_MAX },
};

int verb_events(int argc, char **argv)
{
	static struct events e = { .rounds = DEFAULT_ROUNDS };
	struct tally tally = { .platform = &e.platform };
	int err = options_take(argc, argv, options, ARRAY_SIZE(options), &e);

	err = err ?: test_vm_check() ?: platform_probe(&e.platform);
	err = err ?: ledger_map_open(&e.ledger);
	if (err)
		return err;
	for (size_t i = 0; !err && i < ARRAY_SIZE(events); i++)
		if (options_select(argc, argv, events[i].name))
			err = run_event(&e, &events[i], &tally);
	ledger_map_close(&e.ledger);
	return err ?: tally_end(&tally);
}
