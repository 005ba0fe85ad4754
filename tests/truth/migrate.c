// SPDX-License-Identifier: GPL-2.0
/*
 * The `migrate` verb moves a guest back and forth between two VMs while the guest reads a latched
 * snapshot. A move can occur at any instruction. For each move, the test reads the guest's
 * complete state from one VM and loads it into the other VM.
 *
 * Each answer must be correct for one of the two VMs. The snapshot's serial number identifies
 * this VM. In a VM without a latched snapshot, the serial number is 0.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
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

#define DEFAULT_MOVES 200
#define QUERIES	      STORM_MAX
#define KICK_NS	      700000
#define MSRS	      256
#define ENDPOINTS     2

struct endpoint {
	struct test_vm vm;
	struct cpuid_model model;
	uint32_t serial; /* 0 if nothing is latched */
	struct cpuid_answer exits; /* TOTALS_KVM of the latched snapshot */
};

struct migration {
	struct platform platform;
	const struct storm_mode *mode;
	struct endpoint endpoint[ENDPOINTS];
	unsigned int at; /* the endpoint that currently runs the guest */
	uint64_t moves; /* number of moves to perform */
	unsigned long moved;
	uint64_t from[ENDPOINTS]; /* number of answers with the serial of each endpoint */
	struct mismatches mismatches;
};

/* ---- the state of a vCPU ---- */

struct vcpu_state {
	struct kvm_regs regs;
	struct kvm_sregs sregs;
	struct kvm_debugregs debugregs;
	struct kvm_vcpu_events events;
	struct kvm_fpu fpu;
	struct kvm_mp_state mp_state;
	struct {
		struct kvm_msrs head;
		struct kvm_msr_entry entry[MSRS];
	} msrs;
};

static const struct part {
	const char *name;
	unsigned long get;
	unsigned long set;
	size_t offset;
} parts[] = {
	{ "system registers", KVM_GET_SREGS, KVM_SET_SREGS, offsetof(struct vcpu_state, sregs) },
	{ "registers", KVM_GET_REGS, KVM_SET_REGS, offsetof(struct vcpu_state, regs) },
	{ "debug registers", KVM_GET_DEBUGREGS, KVM_SET_DEBUGREGS,
	  offsetof(struct vcpu_state, debugregs) },
	{ "FPU", KVM_GET_FPU, KVM_SET_FPU, offsetof(struct vcpu_state, fpu) },
	{ "events", KVM_GET_VCPU_EVENTS, KVM_SET_VCPU_EVENTS, offsetof(struct vcpu_state, events) },
	{ "run state", KVM_GET_MP_STATE, KVM_SET_MP_STATE, offsetof(struct vcpu_state, mp_state) },
};

/*
 * Set @s->msrs to the MSRs to migrate: all MSRs in KVM's list that can be both read and written.
 */
static int list_msrs(const struct test_vm *vm, struct vcpu_state *s)
{
	struct {
		struct kvm_msr_list head;
		uint32_t index[MSRS];
	} list = { .head.nmsrs = MSRS };

	if (ioctl(vm->kvm, KVM_GET_MSR_INDEX_LIST, &list))
		return fail(-errno, "list KVM's MSRs: KVM_GET_MSR_INDEX_LIST");
	s->msrs.head.nmsrs = 0;
	for (uint32_t i = 0; i < list.head.nmsrs; i++) {
		struct {
			struct kvm_msrs head;
			struct kvm_msr_entry entry;
		} one = { .head.nmsrs = 1, .entry.index = list.index[i] };

		if (ioctl(vm->vcpu[0].fd, KVM_GET_MSRS, &one) == 1 &&
		    ioctl(vm->vcpu[0].fd, KVM_SET_MSRS, &one) == 1)
			s->msrs.entry[s->msrs.head.nmsrs++].index = list.index[i];
	}
	return 0;
}

static int move_parts(const struct test_vm *from, const struct test_vm *to, struct vcpu_state *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		const struct part *p = &parts[i];
		void *where = (char *)s + p->offset;

		if (ioctl(from->vcpu[0].fd, p->get, where))
			return fail(-errno, "read the vCPU's %s", p->name);
		if (ioctl(to->vcpu[0].fd, p->set, where))
			return fail(-errno, "set the vCPU's %s", p->name);
	}
	return 0;
}

static int move_msrs(const struct test_vm *from, const struct test_vm *to, struct vcpu_state *s)
{
	int n = s->msrs.head.nmsrs;

	if (ioctl(from->vcpu[0].fd, KVM_GET_MSRS, &s->msrs) != n)
		return fail(-EIO, "read the vCPU's %d MSRs", n);
	if (ioctl(to->vcpu[0].fd, KVM_SET_MSRS, &s->msrs) != n)
		return fail(-EIO, "set the vCPU's %d MSRs", n);
	return 0;
}

static int move(struct migration *m, struct vcpu_state *s)
{
	struct test_vm *from = &m->endpoint[m->at].vm, *to = &m->endpoint[!m->at].vm;
	int err = move_parts(from, to, s) ?: move_msrs(from, to, s);

	memcpy(to->memory + GPA_STORM_AREA, from->memory + GPA_STORM_AREA, STORM_AREA_BYTES);
	m->at = !m->at;
	m->moved++;
	return err;
}

/* ---- running ---- */

static void kick(int signal)
{
	(void)signal;
}

static int timer_start(timer_t *timer)
{
	struct sigaction action = { .sa_handler = kick };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec every = { { 0, KICK_NS }, { 0, KICK_NS } };

	sigaction(SIGUSR1, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, timer) || timer_settime(*timer, 0, &every, NULL))
		return fail(-errno, "start a timer");
	return 0;
}

/*
 * Complete the OUT that wrote the mark. KVM completes an OUT only in the next KVM_RUN, and the
 * state of the vCPU is inconsistent until then.
 */
static int complete_mark(struct test_vcpu *v)
{
	int err = 0;

	v->run->immediate_exit = 1;
	if (!ioctl(v->fd, KVM_RUN, 0) || errno != EINTR)
		err = fail(-EPROTO, "complete the guest's OUT: KVM_RUN did not return immediately");
	v->run->immediate_exit = 0;
	return err;
}

/*
 * Run the guest up to its mark. If @moving is true, each signal moves the guest to the other
 * VM.
 */
static int run_moving(struct migration *m, struct vcpu_state *s, bool moving)
{
	for (;;) {
		struct test_vcpu *v = &m->endpoint[m->at].vm.vcpu[0];
		int err = 0;

		if (!ioctl(v->fd, KVM_RUN, 0)) {
			if (v->run->exit_reason == KVM_EXIT_IO && v->run->io.port == PORT_MARK)
				return complete_mark(v);
			return fail(-EPROTO, "run the guest: KVM_RUN returned exit reason %u",
				    v->run->exit_reason);
		}
		if (errno != EINTR)
			return fail(-errno, "run the guest: KVM_RUN");
		if (moving)
			err = move(m, s);
		if (err)
			return err;
	}
}

static struct cpuid_answer *list_of(struct migration *m)
{
	return (struct cpuid_answer *)storm_number(&m->endpoint[m->at].vm, 0, STORM_LIST);
}

static int run_queries(struct migration *m, struct vcpu_state *s, const struct cpuid_query *q,
		       uint32_t n, bool moving)
{
	struct cpuid_answer *list = list_of(m);
	int err = storm_prepare(&m->endpoint[m->at].vm, 0, m->mode, &storm_forms[0], 0, n);

	for (uint32_t i = 0; i < n; i++)
		list[i] = (struct cpuid_answer){ q[i].leaf, q[i].subleaf, QUERY_EBX, QUERY_EDX };
	return err ?: run_moving(m, s, moving);
}

/* ---- the test ---- */

static const struct cpuid_query reading[] = {
	{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_SERIAL },
	{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
	{ VMTOLL_LEAF_BASE, 0 },
	{ 0x80000000, 0 },
};

#define READING ARRAY_SIZE(reading)

static bool equal(const struct cpuid_answer *a, const struct cpuid_answer *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static void mismatch_answer(struct migration *m, uint32_t i, const struct cpuid_answer *a)
{
	mismatch(&m->mismatches, "answer %u, leaf 0x%x %u: %x %x %x %x belongs to neither VM", i,
		 reading[i % READING].leaf, reading[i % READING].subleaf, a->eax, a->ebx, a->ecx,
		 a->edx);
}

static bool is_one_of(struct migration *m, uint32_t i, const struct cpuid_answer *a)
{
	static const struct cpuid_answer base = { VMTOLL_LEAF_LAST, VMTOLL_SIGNATURE_EBX,
						  VMTOLL_SIGNATURE_ECX, VMTOLL_SIGNATURE_EDX };

	for (unsigned int k = 0; k < ENDPOINTS; k++) {
		struct endpoint *s = &m->endpoint[k];
		struct cpuid_answer want[READING] = { { .eax = s->serial },
						      s->exits,
						      base,
						      cpuid_model_answer(&s->model, reading[3]) };

		if (!equal(a, &want[i % READING]))
			continue;
		m->from[k] += i % READING == 0;
		return true;
	}
	return false;
}

static void check_answers(struct migration *m)
{
	const struct cpuid_answer *list = list_of(m);

	for (uint32_t i = 0; i < QUERIES; i++)
		if (!is_one_of(m, i, &list[i]))
			mismatch_answer(m, i, &list[i]);
}

/* Latch a snapshot in the current VM and read its totals. */
static int latch(struct migration *m, struct vcpu_state *s)
{
	static const struct cpuid_query q[] = {
		{ VMTOLL_LEAF_LATCH, VMTOLL_SCOPE_VM },
		{ VMTOLL_LEAF_TOTALS, VMTOLL_TOTALS_KVM },
	};
	struct endpoint *here = &m->endpoint[m->at];
	int err = run_queries(m, s, q, 2, false);

	if (err)
		return err;
	here->serial = list_of(m)[0].ebx;
	here->exits = list_of(m)[1];
	if (!here->serial)
		mismatch(&m->mismatches, "a latch returned serial 0");
	return 0;
}

static int read_moving(struct migration *m, struct vcpu_state *s)
{
	struct cpuid_query q[QUERIES];
	uint64_t target = m->moved + m->moves;
	int err = 0;

	for (uint32_t i = 0; i < QUERIES; i++)
		q[i] = reading[i % READING];
	while (!err && m->moved < target) {
		err = run_queries(m, s, q, QUERIES, true);
		if (!err)
			check_answers(m);
	}
	return err;
}

static void report(struct migration *m, struct tally *tally, const char *name)
{
	if (!m->from[0] || !m->from[1])
		mismatch(&m->mismatches, "serials: %" PRIu64 " of one VM, %" PRIu64 " of the other",
			 m->from[0], m->from[1]);
	tally_result(tally, name, &m->mismatches,
		     "moved %lu times; %" PRIu64 " readings in one VM, %" PRIu64 " in the other",
		     m->moved, m->from[0], m->from[1]);
	m->moved = m->from[0] = m->from[1] = 0;
}

/*
 * Move the guest in two situations, one after the other:
 *
 * - Only one VM has a latched snapshot. In the other VM, the guest must read that there is none.
 * - Both VMs have a latched snapshot.
 */
static int run_both(struct migration *m, struct vcpu_state *s, struct tally *tally)
{
	int err = mismatches_open(&m->mismatches) ?: latch(m, s);

	err = err ?: read_moving(m, s);
	if (err)
		return err;
	report(m, tally, "migrate-to-none");
	err = mismatches_open(&m->mismatches);
	if (!err && m->endpoint[m->at].serial)
		err = move(m, s);
	err = err ?: latch(m, s);
	if (!err && m->endpoint[0].serial == m->endpoint[1].serial)
		mismatch(&m->mismatches, "both VMs have serial %u", m->endpoint[0].serial);
	err = err ?: read_moving(m, s);
	if (!err)
		report(m, tally, "migrate-to-latched");
	return err;
}

static int open_endpoints(struct migration *m)
{
	static const char *const payloads[] = { payload_list };
	int err = 0;

	for (unsigned int k = 0; !err && k < ENDPOINTS; k++) {
		struct endpoint *s = &m->endpoint[k];

		err = test_vm_create(&s->vm, 0, 1, payloads);
		if (err)
			break;
		storm_build(&s->vm, m->mode);
		err = storm_enter(&s->vm, 0, m->mode, &m->platform);
		err = err ?: cpuid_model_open(&s->model, s->vm.vcpu[0].fd);
	}
	return err;
}

static const struct number_option options[] = {
	{ 'n', offsetof(struct migration, moves), 1, UINT64_MAX },
};

int verb_migrate(int argc, char **argv)
{
	static struct migration m = { .moves = DEFAULT_MOVES };
	static struct vcpu_state state;
	struct tally tally = { .platform = &m.platform };
	timer_t timer;
	int err = options_only(argc, argv, options, ARRAY_SIZE(options), &m);

	m.mode = storm_mode_find("long");
	err = err ?: test_vm_check() ?: platform_probe(&m.platform);
	err = err ?: open_endpoints(&m);
	err = err ?: list_msrs(&m.endpoint[0].vm, &state);
	err = err ?: timer_start(&timer) ?: run_both(&m, &state, &tally);
	if (err)
		return err;
	for (unsigned int k = 0; k < ENDPOINTS; k++) {
		cpuid_model_close(&m.endpoint[k].model);
		test_vm_destroy(&m.endpoint[k].vm);
	}
	return tally_end(&tally);
}
