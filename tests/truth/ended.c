// SPDX-License-Identifier: GPL-2.0
/*
 * The `ended` verb tests the ledgers of ended vCPUs. It checks the sum of the departed vCPUs,
 * the number and the order of the kept ledgers, and the reuse of their slots. It also checks
 * that the ledgers of a VM are kept or removed together. With the argument "list", the verb
 * runs no test and prints the kept ledgers. See "ENDED VCPUS" in uapi/vmtoll.h.
 *
 * The BPF programs keep the ledgers of all ended vCPUs until their slots are reused. They first
 * reuse the slot that has been free for the longest time.
 *
 * No other VM may start or end during the test.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cases.h"
#include "fail.h"
#include "ledger_map.h"
#include "option.h"
#include "platform.h"
#include "tally.h"
#include "verbs.h"
#include "vmtoll.h"

#define ITERATIONS   5
#define ONE_BY_ONE   100 /* VMs of the test `one-by-one` */
#define AT_ONCE	     70 /* VMs of the test `at-once`: more than are kept */
#define WHOLE_VMS    10
#define WHOLE_VCPUS  7
#define WHOLE_KEPT   (VMTOLL_ENDED_MAX / WHOLE_VCPUS * WHOLE_VCPUS)
#define LARGE_VCPUS  (VMTOLL_ENDED_MAX + 1)
#define WAIT_SECONDS 20

/*
 * The result of counting the ledgers in all slots:
 *
 * - @live: the number of ledgers of live vCPUs
 * - @kept: the number of ledgers of ended vCPUs
 * - @vm: the VM of each ledger of an ended vCPU
 * - @assigned: how many times slots have been assigned to vCPUs so far
 */
struct census {
	unsigned int live;
	unsigned int kept;
	uint32_t vm[2 * VMTOLL_ENDED_MAX];
	uint64_t assigned;
};

struct ended_test {
	struct tally tally;
	struct platform platform;
	struct ledger_map ledger;
	const struct test_case *test;
	uint32_t first_vm; /* the number of the first VM that this process created */
	uint32_t created; /* the number of VMs created after it */
	uint64_t vcpus; /* the number of vCPUs of these VMs */
	struct census start; /* taken when the first VM had ended */
};

/* ---- reading ---- */

static void count_slot(const struct ledger_map *ledger, unsigned int slot, struct census *c)
{
	static _Thread_local struct vmtoll_ledger copy;

	c->assigned += (ledger_map_generation(ledger, slot) + 1) / 2;
	if (ledger_map_copy(ledger, slot, &copy))
		return;
	if (!(copy.flags & VMTOLL_LEDGER_ENDED))
		c->live++;
	else if (c->kept < 2 * VMTOLL_ENDED_MAX)
		c->vm[c->kept++] = copy.vm;
}

/* Read slot 0 and return its sequence counter, or an odd number if it could not be copied. */
static uint64_t departed_seq(const struct ledger_map *ledger)
{
	static _Thread_local struct vmtoll_ledger copy;

	return ledger_map_copy(ledger, 0, &copy) ? 1 : copy.seq;
}

static int compare_vms(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/*
 * Count the ledgers. If a vCPU ends during the count, its ledger may be counted twice or not at
 * all, so count again.
 */
static void take_census(const struct ledger_map *ledger, struct census *c)
{
	uint64_t seq;

	do {
		seq = departed_seq(ledger);
		memset(c, 0, sizeof(*c));
		for (unsigned int i = 1; i < ledger_map_slots(ledger); i++)
			count_slot(ledger, i, c);
	} while (seq & 1 || departed_seq(ledger) != seq);
	qsort(c->vm, c->kept, sizeof(c->vm[0]), compare_vms);
}

/*
 * Return how many ledgers of ended vCPUs must be kept once more than VMTOLL_ENDED_MAX vCPUs have
 * ended. @c is a census of the current ledgers.
 */
static unsigned int kept_most(const struct ledger_map *ledger, const struct census *c)
{
	unsigned int capacity = ledger_map_capacity(ledger);

	if (ledger_map_is_module(ledger))
		return capacity - c->live < VMTOLL_ENDED_MAX ? capacity - c->live
							     : VMTOLL_ENDED_MAX;
	return (c->assigned < capacity ? c->assigned : capacity) - c->live;
}

/* Wait until the module has detected that all VMs have ended. */
static int wait_for_end(const struct ledger_map *ledger, struct census *c)
{
	for (int tries = 0; tries < WAIT_SECONDS * 20; tries++) {
		take_census(ledger, c);
		if (!c->live)
			return 0;
		usleep(50000);
	}
	return fail(-ETIMEDOUT, "wait for the end of %u vCPUs", c->live);
}

/* A thread that counts the kept ledgers continuously. */
struct sampler {
	const struct ledger_map *ledger;
	volatile bool stop;
	unsigned int most;
	uint64_t samples;
	pthread_t thread;
};

static void *sampler_main(void *arg)
{
	struct sampler *s = arg;
	struct census c;

	while (!s->stop) {
		take_census(s->ledger, &c);
		if (s->most < c.kept)
			s->most = c.kept;
		s->samples++;
		usleep(5000);
	}
	return NULL;
}

/* ---- VMs ---- */

/* Create a VM and run each of its vCPUs. */
static int run_vm(struct ended_test *t, unsigned int vcpus, struct test_vm *vm)
{
	const char *payload[VM_VCPUS];
	enum test_vm_stop stop;
	int err;

	for (unsigned int i = 0; i < vcpus; i++)
		payload[i] = t->test->payload[0];
	err = test_vm_create(vm, t->test->vm, vcpus, payload);
	if (err)
		return err;
	for (unsigned int i = 0; !err && i < vcpus; i++)
		err = test_vm_run(vm, i, ITERATIONS, &stop);
	t->created++;
	t->vcpus += vcpus;
	return err;
}

static int run_vms(struct ended_test *t, unsigned int vms, unsigned int vcpus)
{
	struct test_vm vm;
	int err = 0;

	for (unsigned int i = 0; !err && i < vms; i++) {
		err = run_vm(t, vcpus, &vm);
		test_vm_destroy(&vm);
	}
	return err;
}

/*
 * Add vCPUs until the VM has LARGE_VCPUS, and run each of them. They start at the reset vector,
 * where the VM has no memory, so KVM_RUN returns after the first exit.
 */
static int run_more_vcpus(struct ended_test *t, const struct test_vm *vm, int *fd)
{
	for (unsigned int i = 1; i < LARGE_VCPUS; i++) {
		fd[i] = ioctl(vm->fd, KVM_CREATE_VCPU, i);
		if (fd[i] < 0)
			return fail(-errno, "create vCPU %u: KVM_CREATE_VCPU", i);
		if (ioctl(fd[i], KVM_RUN, 0) && errno != EFAULT)
			return fail(-errno, "run vCPU %u: KVM_RUN", i);
		t->vcpus++;
	}
	return 0;
}

/* ---- tests ---- */

/*
 * Check that the ledgers of the @vms newest VMs, with @vcpus vCPUs each, are kept. The module must
 * keep no other ledgers.
 */
static void check_newest(const struct ended_test *t, const struct census *c, unsigned int vms,
			 unsigned int vcpus, struct mismatches *wrong)
{
	uint32_t first = t->first_vm + t->created - vms + 1;
	bool module = ledger_map_is_module(&t->ledger);
	unsigned int kept = module ? vms * vcpus : kept_most(&t->ledger, c);
	unsigned int older = kept - vms * vcpus;

	if (c->kept != kept)
		return mismatch(wrong, "%u ledgers are kept, expected %u", c->kept, kept);
	for (unsigned int i = 0; i < vms * vcpus; i++)
		if (c->vm[older + i] != first + i / vcpus)
			mismatch(wrong, "ledger %u is of VM %u, expected VM %u", older + i,
				 c->vm[older + i], first + i / vcpus);
}

/*
 * Check that kept_most() ledgers are kept. The AT_ONCE newest of them, or all if there are fewer,
 * must belong to the AT_ONCE newest VMs. They may belong to any of these VMs, because the module
 * does not know the order in which the VMs ended.
 */
static void check_at_once(const struct ended_test *t, const struct census *c,
			  struct mismatches *wrong)
{
	uint32_t first = t->first_vm + t->created - AT_ONCE + 1;
	unsigned int most = kept_most(&t->ledger, c);

	if (c->kept != most)
		return mismatch(wrong, "%u ledgers are kept, expected %u", c->kept, most);
	for (unsigned int i = most > AT_ONCE ? most - AT_ONCE : 0; i < most; i++)
		if (c->vm[i] < first)
			mismatch(wrong, "ledger %u is of VM %u, expected VM %u or a later one", i,
				 c->vm[i], first);
}

/* Check that each vCPU was assigned a slot once, and that no exit was lost for lack of a slot. */
static void check_slots(const struct ended_test *t, const struct census *c,
			struct mismatches *wrong)
{
	uint64_t assigned = c->assigned - t->start.assigned;

	if (assigned != t->vcpus)
		mismatch(wrong, "slots were assigned %" PRIu64 " times to %" PRIu64 " vCPUs",
			 assigned, t->vcpus);
	if (ledger_map_lost(&t->ledger))
		mismatch(wrong, "%" PRIu64 " exits were lost", ledger_map_lost(&t->ledger));
}

/* Let VMs end one after the other, while another thread reads their ledgers. */
static int one_by_one(struct ended_test *t, struct mismatches *wrong)
{
	struct sampler s = { .ledger = &t->ledger };
	struct census c;
	int err;

	if (pthread_create(&s.thread, NULL, sampler_main, &s))
		return fail(-EAGAIN, "start a thread");
	err = run_vms(t, ONE_BY_ONE, 1) ?: wait_for_end(&t->ledger, &c);
	s.stop = true;
	pthread_join(s.thread, NULL);
	if (err)
		return err;
	if (s.most != kept_most(&t->ledger, &c))
		mismatch(wrong, "at most %u ledgers were kept in %" PRIu64 " samples", s.most,
			 s.samples);
	check_newest(t, &c, VMTOLL_ENDED_MAX, 1, wrong);
	check_slots(t, &c, wrong);
	return 0;
}

/*
 * Let so many VMs end at once that the module cannot keep all their ledgers. While these VMs run,
 * they may need slots that contain the kept ledgers of earlier VMs. The module must then reuse the
 * slots of the VMs that ended first.
 */
static int at_once(struct ended_test *t, struct mismatches *wrong)
{
	static struct test_vm vm[AT_ONCE];
	unsigned int vms = 0;
	struct census c;
	int err = 0;

	while (!err && vms < AT_ONCE)
		err = run_vm(t, 1, &vm[vms++]);
	if (!err) {
		take_census(&t->ledger, &c);
		if (c.live != AT_ONCE)
			mismatch(wrong, "%u vCPUs are live, expected %u", c.live, AT_ONCE);
		if (c.kept != kept_most(&t->ledger, &c))
			mismatch(wrong, "%u ledgers are kept beside %u live ones", c.kept, AT_ONCE);
	}
	for (unsigned int i = 0; i < vms; i++)
		test_vm_close_vcpus(&vm[i]);
	/*
	 * The module ends the ledger of a vCPU when the vCPU's file is closed. The BPF programs
	 * end it only when the whole VM is destroyed.
	 */
	if (ledger_map_is_module(&t->ledger))
		err = err ?: wait_for_end(&t->ledger, &c);
	for (unsigned int i = 0; i < vms; i++)
		test_vm_destroy(&vm[i]);
	err = err ?: wait_for_end(&t->ledger, &c);
	if (err)
		return err;
	check_at_once(t, &c, wrong);
	check_slots(t, &c, wrong);
	return 0;
}

/* Check that the ledgers of a VM with several vCPUs are kept or removed together. */
static int whole_vms(struct ended_test *t, struct mismatches *wrong)
{
	struct census c;
	int err = run_vms(t, WHOLE_VMS, WHOLE_VCPUS) ?: wait_for_end(&t->ledger, &c);

	if (err)
		return err;
	check_newest(t, &c, WHOLE_KEPT / WHOLE_VCPUS, WHOLE_VCPUS, wrong);
	check_slots(t, &c, wrong);
	return 0;
}

/*
 * Run a VM with LARGE_VCPUS vCPUs. The module cannot keep so many ended ledgers, so it must keep
 * none of this VM. The BPF programs must keep all of them.
 */
static int large_vm(struct ended_test *t, struct mismatches *wrong)
{
	unsigned int most = ledger_map_capacity(&t->ledger) - LARGE_VCPUS;
	int fd[LARGE_VCPUS];
	struct test_vm vm;
	struct census c;
	int err;

	memset(fd, -1, sizeof(fd));
	err = run_vm(t, 1, &vm) ?: run_more_vcpus(t, &vm, fd);
	take_census(&t->ledger, &c);
	if (!err && c.live != LARGE_VCPUS)
		mismatch(wrong, "%u vCPUs are live, expected %u", c.live, LARGE_VCPUS);
	for (unsigned int i = 1; i < LARGE_VCPUS; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	test_vm_destroy(&vm);
	err = err ?: wait_for_end(&t->ledger, &c);
	if (err)
		return err;
	if (ledger_map_is_module(&t->ledger)) {
		t->created--; /* check_newest() must expect the VMs before this one */
		most = most < WHOLE_KEPT ? most : WHOLE_KEPT;
		check_newest(t, &c, most / WHOLE_VCPUS, WHOLE_VCPUS, wrong);
		t->created++;
	} else {
		check_newest(t, &c, 1, LARGE_VCPUS, wrong);
	}
	check_slots(t, &c, wrong);
	return 0;
}

/*
 * In the ledger @l of the departed vCPUs, find the row with the code and flags of @like. Return
 * an empty row if there is none.
 */
static struct vmtoll_row departed_row(const struct vmtoll_ledger *l, const struct vmtoll_row *like)
{
	for (unsigned int i = 0; i < l->rows; i++)
		if (l->row[i].code == like->code && l->row[i].flags == like->flags)
			return l->row[i];
	return (struct vmtoll_row){ 0 };
}

/*
 * Check that one row of a departed vCPU has been added to the sum of the departed vCPUs. @before
 * and @after are this sum before and after the vCPU departed, and @row is the row in the vCPU's
 * last ledger. @open is 1 if the vCPU's open exit belongs to this row, or else 0. The open exit
 * must have been added, too.
 */
static void check_departed_row(const struct vmtoll_ledger *before,
			       const struct vmtoll_ledger *after, const struct vmtoll_row *row,
			       unsigned int open, struct mismatches *wrong)
{
	struct vmtoll_row old = departed_row(before, row), new = departed_row(after, row);

	if (new.exits - old.exits != row->exits + open)
		mismatch(wrong, "0x%x: the sum has %llu more exits, expected %llu + %u open",
			 row->code, new.exits - old.exits, row->exits, open);
	if (new.kvm_tsc - old.kvm_tsc != row->kvm_tsc ||
	    new.vmm_tsc - old.vmm_tsc != row->vmm_tsc ||
	    new.halt_tsc - old.halt_tsc != row->halt_tsc)
		mismatch(wrong, "0x%x: the times of the sum have not grown by those of the vCPU",
			 row->code);
	if (new.longest_tsc !=
	    (old.longest_tsc > row->longest_tsc ? old.longest_tsc : row->longest_tsc))
		mismatch(wrong, "0x%x: longest of the sum is %llu", row->code, new.longest_tsc);
	for (unsigned int b = 0; b < VMTOLL_BUCKETS; b++)
		if (new.hist[b] - old.hist[b] != row->hist[b])
			mismatch(wrong, "0x%x: bucket %u of the sum has %llu more, expected %llu",
				 row->code, b, new.hist[b] - old.hist[b], row->hist[b]);
}

/*
 * Check that the figures in the ledger @last, and no others, have been added to the sum of the
 * departed vCPUs.
 */
static void check_departed(const struct vmtoll_ledger *before, const struct vmtoll_ledger *after,
			   const struct vmtoll_ledger *last, struct mismatches *wrong)
{
	bool open = last->open_row != VMTOLL_ROW_NONE;
	uint64_t guest_tsc;

	for (unsigned int i = 0; i < last->rows; i++)
		if (last->row[i].exits || i == last->open_row)
			check_departed_row(before, after, &last->row[i], i == last->open_row,
					   wrong);
	if (!open)
		mismatch(wrong, "the vCPU has departed without an open exit");
	if (after->kvm_exits - before->kvm_exits != last->kvm_exits + open ||
	    after->kvm_base - before->kvm_base != last->kvm_base)
		mismatch(wrong, "KVM's count of the sum has not grown by that of the vCPU");
	guest_tsc = last->guest_tsc + (open ? last->exit_tsc - last->entry_tsc : 0);
	if (after->guest_tsc - before->guest_tsc != guest_tsc ||
	    after->ready_tsc - before->ready_tsc != last->ready_tsc ||
	    after->polled_tsc - before->polled_tsc != last->polled_tsc)
		mismatch(wrong,
			 "the time in the guest, polling or waiting for a CPU of the sum has "
			 "not grown by that of the vCPU");
	if (after->kvm_tsc - before->kvm_tsc != last->kvm_tsc)
		mismatch(wrong, "kvm_tsc of the sum has not grown by that of the vCPU");
	if (after->vcpus != before->vcpus + 1)
		mismatch(wrong, "%u vCPUs have departed, expected 1", after->vcpus - before->vcpus);
}

/* Copy the ledger of the only live vCPU. Returns -ENOENT if there is none. */
static int copy_live(const struct ledger_map *ledger, struct vmtoll_ledger *to)
{
	for (unsigned int i = 1; i < ledger_map_slots(ledger); i++)
		if (!ledger_map_copy(ledger, i, to) && !(to->flags & VMTOLL_LEDGER_ENDED))
			return 0;
	return fail(-ENOENT, "find the ledger of the live vCPU");
}

/*
 * Check that all figures of a departing vCPU are added to the sum of the departed vCPUs. They
 * include its last exit to user space, which was still open because no VM entry followed it.
 */
static int sums(struct ended_test *t, struct mismatches *wrong)
{
	static struct vmtoll_ledger before, last, after;
	struct test_vm vm;
	struct census c;
	int err = ledger_map_copy(&t->ledger, 0, &before) ?: run_vm(t, 1, &vm);

	if (err)
		return err;
	err = copy_live(&t->ledger, &last);
	test_vm_destroy(&vm);
	err = err ?: wait_for_end(&t->ledger, &c) ?: ledger_map_copy(&t->ledger, 0, &after);
	if (!err)
		check_departed(&before, &after, &last, wrong);
	return err;
}

/* The slot of a vCPU, and the last ledger that was read from the slot while the vCPU was live. */
struct live_slot {
	unsigned int slot;
	struct vmtoll_ledger last;
};

static const struct vmtoll_ledger *mapped_slot(const struct ledger_map *ledger, const void *map,
					       unsigned int slot)
{
	return (const void *)((const char *)map + ledger->host->slots_offset +
			      (uint64_t)slot * ledger->host->slot_stride);
}

static int map_again(const struct ledger_map *ledger, void **map)
{
	*map = mmap(NULL, ledger->bytes, PROT_READ, MAP_SHARED, ledger->fd, 0);
	return *map == MAP_FAILED ? fail(-errno, "map " VMTOLL_DEVICE " again") : 0;
}

/*
 * Store the slots and the ledgers of all live vCPUs in @live, and return their number. Read the
 * ledgers from the mapping @map, so that their pages are mapped there.
 */
static unsigned int find_live(const struct ended_test *t, const void *map, struct live_slot *live)
{
	unsigned int count = 0;

	for (unsigned int i = 1; i < ledger_map_slots(&t->ledger) && count < LARGE_VCPUS; i++) {
		if (ledger_map_copy(&t->ledger, i, &live[count].last) ||
		    live[count].last.flags & VMTOLL_LEDGER_ENDED)
			continue;
		live[count].slot = i;
		live[count].last = *mapped_slot(&t->ledger, map, i);
		count++;
	}
	return count;
}

/*
 * Check the slot of a vCPU that has ended. The mapping @before was created before the vCPU ended
 * and must still contain the vCPU's last ledger. The mapping @now is new and must contain zeros.
 */
static void check_free_slot(const struct ended_test *t, const struct live_slot *live,
			    const void *before, const void *now, struct mismatches *wrong)
{
	static const struct vmtoll_ledger zeros;
	struct vmtoll_ledger kept = *mapped_slot(&t->ledger, before, live->slot);

	if (ledger_map_generation(&t->ledger, live->slot) & 1)
		mismatch(wrong, "slot %u still has a vCPU", live->slot);
	/*
	 * The module may have changed these members when the vCPU ended, so do not compare them.
	 */
	kept.seq = live->last.seq;
	kept.flags = live->last.flags;
	kept.ended_tsc = live->last.ended_tsc;
	if (memcmp(&kept, &live->last, sizeof(kept)))
		mismatch(wrong, "slot %u: the old mapping does not contain the last ledger",
			 live->slot);
	if (memcmp(mapped_slot(&t->ledger, now, live->slot), &zeros, sizeof(zeros)))
		mismatch(wrong, "slot %u: a new mapping does not contain zeros", live->slot);
}

/*
 * The module does not keep the ledgers of a VM with more than VMTOLL_ENDED_MAX vCPUs. Check that
 * the slots of such a VM become free as soon as the VM has ended.
 */
static int free_slots(struct ended_test *t, struct mismatches *wrong)
{
	static struct live_slot live[LARGE_VCPUS];
	unsigned int count = 0;
	void *before = MAP_FAILED, *now = MAP_FAILED;
	int fd[LARGE_VCPUS];
	struct test_vm vm;
	struct census c;
	int err;

	memset(fd, -1, sizeof(fd));
	err = run_vm(t, 1, &vm) ?: run_more_vcpus(t, &vm, fd) ?: map_again(&t->ledger, &before);
	if (!err)
		count = find_live(t, before, live);
	for (unsigned int i = 1; i < LARGE_VCPUS; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	test_vm_destroy(&vm);
	err = err ?: wait_for_end(&t->ledger, &c) ?: map_again(&t->ledger, &now);
	if (!err && count != LARGE_VCPUS)
		mismatch(wrong, "%u vCPUs are live, expected %u", count, LARGE_VCPUS);
	for (unsigned int i = 0; !err && i < count; i++)
		check_free_slot(t, &live[i], before, now, wrong);
	if (before != MAP_FAILED)
		munmap(before, t->ledger.bytes);
	if (now != MAP_FAILED)
		munmap(now, t->ledger.bytes);
	return err;
}

static const struct {
	const char *name;
	int (*run)(struct ended_test *t, struct mismatches *wrong);
	bool only_module;
} tests[] = {
	{ "ended-sums", sums, false },
	{ "ended-one-by-one", one_by_one, false },
	{ "ended-at-once", at_once, false },
	{ "ended-whole-vms", whole_vms, false },
	{ "ended-large-vm", large_vm, false }, /* must follow whole_vms() */
	{ "ended-free-slots", free_slots, true },
};

#define TESTS (sizeof(tests) / sizeof(tests[0]))

static void run_test(struct ended_test *t, unsigned int i)
{
	struct mismatches wrong;
	int err = mismatches_open(&wrong);

	if (!err)
		err = tests[i].run(t, &wrong);
	if (err)
		tally_error(&t->tally, tests[i].name, err);
	else
		tally_result(&t->tally, tests[i].name, &wrong, "%u VMs, %u slots", t->created + 1,
			     ledger_map_slots(&t->ledger));
}

/*
 * Create the first VM, and wait until it has ended. The tests compute the numbers of all later VMs
 * from the number of this VM.
 */
static int begin(struct ended_test *t)
{
	int err = run_vms(t, 1, 1) ?: wait_for_end(&t->ledger, &t->start);

	if (err)
		return err;
	if (!t->start.kept)
		return fail(-ENOENT, "find the ledger of a VM that has ended");
	if (ledger_map_capacity(&t->ledger) < AT_ONCE + WHOLE_VCPUS)
		return fail(-ENOSPC, "run %u vCPUs: max_vcpus is %u", AT_ONCE,
			    ledger_map_capacity(&t->ledger));
	t->first_vm = t->start.vm[t->start.kept - 1];
	t->created = 0;
	t->vcpus = 0;
	return 0;
}

static int run_tests(int argc, char **argv)
{
	static struct ended_test t;
	int err = platform_probe(&t.platform) ?: ledger_map_open(&t.ledger);

	if (err)
		return err;
	t.tally.platform = &t.platform;
	t.test = case_find("cpuid");
	err = begin(&t);
	for (unsigned int i = 0; !err && i < TESTS; i++)
		if (options_select(argc, argv, tests[i].name) &&
		    (!tests[i].only_module || ledger_map_is_module(&t.ledger)))
			run_test(&t, i);
	ledger_map_close(&t.ledger);
	return err ?: tally_end(&t.tally);
}

/* ---- listing ---- */

static int list(void)
{
	static struct vmtoll_ledger copy;
	struct ledger_map ledger;
	int err = ledger_map_open(&ledger);

	if (err)
		return err;
	for (unsigned int i = 1; i < ledger_map_slots(&ledger); i++) {
		if (ledger_map_copy(&ledger, i, &copy) || !(copy.flags & VMTOLL_LEDGER_ENDED))
			continue;
		printf("slot %u vm %u pid %u vcpu %u\n", i, copy.vm, copy.pid, copy.vcpu_index);
	}
	ledger_map_close(&ledger);
	return EXIT_OK;
}

int verb_ended(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list"))
		return list();
	return options_take(argc, argv, NULL, 0, NULL) ?: run_tests(argc, argv);
}
