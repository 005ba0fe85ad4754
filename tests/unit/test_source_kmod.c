// SPDX-License-Identifier: GPL-2.0
/* Test the kmod source on a fake device, both idle and with a concurrent writer. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "analysis/books.h"
#include "model/array.h"
#include "source/probe.h"
#include "source_test.h"

static struct source_test test;

static int setup(void **state)
{
	(void)state;
	test = (struct source_test){ 0 };
	fixture_example(&test.fixture, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_test_end(&test);
	return 0;
}

static void whole_example(void **state)
{
	const struct snapshot_vcpu *vcpu;

	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	assert_int_equal(source_test_take(&test), 0);
	assert_true(source_is_host(test.source));
	assert_int_equal(test.snapshot->origin.isa, REASON_SVM);
	assert_int_equal(test.snapshot->origin.tsc_khz, FIXTURE_TSC_KHZ);
	assert_int_equal(test.snapshot->vms, 2);
	assert_int_equal(test.snapshot->vm[0].vcpus, 2);
	assert_int_equal(test.snapshot->vm[0].pid, 812);
	assert_int_equal(test.snapshot->vm[1].pid, 901);
	vcpu = &test.snapshot->vm[0].vcpu[0];
	assert_int_equal(vcpu->rows, 5);
	assert_int_equal(vcpu->row[2].code, 0x400);
	assert_int_equal(vcpu->row[2].exits, 365434);
	assert_int_equal(vcpu->row[3].exits, 132365);
	assert_int_equal(vcpu->row[3].open, 1);
	assert_int_equal(vcpu->row[2].open, 0);
	assert_int_equal(vcpu->row[3].vmm_tsc, 4 * 132365ull * 2500);
	assert_int_equal(vcpu->row[1].flags, ROW_OBSERVER);
	assert_int_equal(vcpu->audit.exits, 365434 + 132365 + 132076 + 12 + 1);
	assert_int_equal(vcpu->audit.kvm_exits, vcpu->audit.exits);
	assert_int_equal(vcpu->ready_tsc, 345678901);
	assert_int_equal(test.snapshot->vm[0].vcpu[1].ready_tsc, 1234567890);
	assert_int_equal(test.snapshot->vm[0].vcpu[1].polled_tsc, 5432109876);
	assert_int_equal(vcpu_measured_tsc(vcpu), vcpu->wall_tsc);
	assert_int_equal(test.snapshot->vm[0].vcpu[1].row[4].flags, ROW_NESTED);
	assert_int_equal(test.snapshot->vm[1].vcpu[0].audit.recovered, 3);
	assert_true(test.snapshot->has_departed);
	assert_int_equal(test.snapshot->departed.vcpus, 2);
	assert_int_equal(test.snapshot->departed.wall_tsc, 0);
}

static void features(void **state)
{
	(void)state;
	test.fixture.host->flags =
		VMTOLL_HOST_ATTACHED | VMTOLL_HOST_EMULATED | VMTOLL_HOST_HALT_TIME;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	assert_int_equal(source_test_take(&test), 0);
	assert_true(test.snapshot->origin.emulated);
	assert_false(test.snapshot->origin.knows & KNOWS_VMM_TIME);
	assert_true(test.snapshot->origin.knows & KNOWS_HALT_TIME);
	assert_false(test.snapshot->origin.knows & (KNOWS_BOOKS | KNOWS_READY | KNOWS_POLLED));
	test.fixture.host->flags |= VMTOLL_HOST_BOOKS;
	assert_int_equal(source_test_take(&test), 0);
	assert_true(test.snapshot->origin.knows & KNOWS_BOOKS);
	assert_false(test.snapshot->origin.knows & KNOWS_READY);
	test.fixture.host->flags |= VMTOLL_HOST_READY_TIME;
	assert_int_equal(source_test_take(&test), 0);
	assert_true(test.snapshot->origin.knows & KNOWS_READY);
}

static void empty_slots_are_skipped(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	*fixture_generation(&test.fixture, 2) += 1; /* an even generation: the vCPU has departed */
	assert_int_equal(source_test_take(&test), 0);
	assert_int_equal(test.snapshot->vm[0].vcpus, 1);
}

/* Slots from slots_used onwards have never been used. The reader must ignore them. */
static void unused_slots_are_skipped(void **state)
{
	(void)state;
	test.fixture.host->slots_used = 3;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	assert_int_equal(source_test_take(&test), 0);
	assert_int_equal(test.snapshot->vms, 1);
}

static void slot_is_reused(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	assert_int_equal(source_test_take(&test), 0);
	*fixture_generation(&test.fixture, 5) += 2;
	fixture_vcpu(&test.fixture, 5, 3, 950, 0);
	assert_int_equal(source_test_take(&test), 0);
	assert_int_equal(test.snapshot->vms, 2);
	assert_int_equal(test.snapshot->vm[1].id, 3);
	assert_int_equal(test.snapshot->vm[1].pid, 950);
}

/* Check that a ledger is rejected if its generation differs from the generation of its slot. */
static void stale_ledger_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	fixture_ledger(&test.fixture, 1)->generation += 2;
	assert_int_equal(source_test_take(&test), -EAGAIN);
	assert_has(test.complaint.text, "slot 1");
}

static void endlessly_busy_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	fixture_ledger(&test.fixture, 2)->seq = 3;
	assert_int_equal(source_test_take(&test), -EAGAIN);
	assert_has(test.complaint.text, "slot 2 stayed busy");
}

static void too_many_rows_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	fixture_ledger(&test.fixture, 1)->rows = VMTOLL_ROWS + 1;
	assert_int_equal(source_test_take(&test), -EPROTO);
	assert_has(test.complaint.text, "rows");
}

static void detached_with_departed_vcpus(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	test.fixture.host->flags &= ~VMTOLL_HOST_ATTACHED;
	assert_int_equal(source_test_take(&test), 0);
	assert_has(test.snapshot->origin.protocol, "not attached");
	fixture_ledger(&test.fixture, 0)->vcpus = 0;
	assert_int_equal(source_test_take(&test), -ENODEV);
	assert_has(test.complaint.text, "KVM is not loaded");
}

static void mismatch_is_an_error(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	test.fixture.host->flags |= VMTOLL_HOST_MISMATCH;
	assert_int_equal(source_test_take(&test), -EPROTO);
	assert_has(test.complaint.text, "rebuild");
}

static void break_magic(void)
{
	test.fixture.host->magic++;
}

static void break_version(void)
{
	test.fixture.host->version++;
}

static void break_version_older(void)
{
	test.fixture.host->version--;
}

static void break_stride(void)
{
	test.fixture.host->slot_stride = 4096;
}

static void break_row_bytes(void)
{
	test.fixture.host->row_bytes = 128;
}

static void break_offsets(void)
{
	test.fixture.host->slots_offset = 64;
}

static void break_generations(void)
{
	test.fixture.host->generations_offset = 1u << 30;
}

static void break_used(void)
{
	test.fixture.host->slots_used = test.fixture.host->slots + 1;
}

static void break_isa(void)
{
	test.fixture.host->isa = 3;
}

static void break_clock(void)
{
	test.fixture.host->tsc_khz = 0;
}

static void break_size(void)
{
	assert_int_equal(truncate(test.fixture.path, 8192), 0);
}

static const struct {
	void (*make)(void);
	int error;
	const char *message;
} broken_headers[] = {
	{ break_magic, -EINVAL, "magic" },
	{ break_version, -EPROTO, "newer than this tool" },
	{ break_version_older, -EPROTO, "load the new module" },
	{ break_stride, -EPROTO, "layout" },
	{ break_row_bytes, -EPROTO, "layout" },
	{ break_offsets, -EPROTO, "layout" },
	{ break_generations, -EPROTO, "layout" },
	{ break_used, -EPROTO, "layout" },
	{ break_isa, -EPROTO, "isa 3" },
	{ break_clock, -EPROTO, "0 kHz" },
	{ break_size, -EINVAL, "cut off" },
};

static void header_is_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken_headers); i++) {
		fixture_destroy(&test.fixture);
		fixture_example(&test.fixture, NULL);
		broken_headers[i].make();
		assert_int_equal(source_test_open(&test, "kmod"), broken_headers[i].error);
		assert_has(test.complaint.text, broken_headers[i].message);
	}
}

/*
 * The error message advises how to load the module. The advice depends on whether the module
 * has been built below the current directory.
 */
static void no_device(void **state)
{
	struct source_options options = { .spec = "kmod:/nonexistent/vmtoll" };
	int old = open(".", O_DIRECTORY | O_CLOEXEC);
	char folder[] = "/tmp/vmtoll-test-XXXXXX";

	(void)state;
	assert_true(old >= 0);
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	assert_int_equal(source_open(&options, &test.source, &test.complaint), -ENOENT);
	assert_has(test.complaint.text,
		   "(install vmtoll-dkms, or build it with script/build-module)");
	assert_int_equal(mkdir("build", 0700), 0);
	assert_int_equal(mkdir("build/kmod", 0700), 0);
	close(open("build/kmod/vmtoll.ko", O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(source_open(&options, &test.source, &test.complaint), -ENOENT);
	assert_has(test.complaint.text, "(insmod build/kmod/vmtoll.ko)");
	unlink("build/kmod/vmtoll.ko");
	rmdir("build/kmod");
	rmdir("build");
	assert_int_equal(fchdir(old), 0);
	close(old);
	rmdir(folder);
	test.source = NULL;
}

/*
 * A concurrent writer. Each write sets `exits` and kvm_tsc to the same value in both rows, and
 * sets kvm_tsc of the ledger to the sum of the rows. A reader that ignores the sequence counter
 * would read values that contradict each other.
 */
static atomic_bool stop;
static time_t began;

/*
 * Return true if the writer started more than @seconds ago. Callers pass a limit that is long
 * enough for both threads to make progress, even on a busy machine.
 */
static bool overdue(time_t seconds)
{
	return time(NULL) - began > seconds;
}

#define barrier() __asm__ volatile("" ::: "memory")

static void write_once(struct vmtoll_ledger *ledger, uint64_t exits)
{
	ledger->seq++;
	barrier();
	ledger->row[2].exits = exits;
	barrier();
	ledger->kvm_tsc = 2 * exits;
	barrier();
	ledger->row[2].kvm_tsc = exits;
	ledger->row[3].exits = exits;
	barrier();
	ledger->row[3].kvm_tsc = exits;
	barrier();
	ledger->seq++;
}

static void *writer(void *argument)
{
	struct vmtoll_ledger *ledger = argument;

	for (uint64_t exits = 1; !atomic_load(&stop); exits++) {
		write_once(ledger, exits);
		for (int i = 0; i < 500; i++) /* the time in which the guest runs */
			barrier();
	}
	return NULL;
}

static void reads_are_consistent(void **state)
{
	struct vmtoll_ledger *ledger;
	uint64_t last = 0;
	unsigned int moved = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	*fixture_generation(&test.fixture, 1) += 2;
	ledger = fixture_vcpu(&test.fixture, 1, 1, 812, 0);
	fixture_row(ledger, 0x72, 0, 0, 0, 0);
	fixture_row(ledger, 0x78, 0, 0, 0, 0);
	atomic_store(&stop, false);
	began = time(NULL);
	assert_int_equal(pthread_create(&thread, NULL, writer, ledger), 0);
	while (!overdue(1) || (moved < 100 && !overdue(20))) {
		const struct snapshot_vcpu *vcpu;

		assert_int_equal(source_test_take(&test), 0);
		vcpu = &test.snapshot->vm[0].vcpu[0];
		assert_int_equal(vcpu->row[2].exits, vcpu->row[2].kvm_tsc);
		assert_int_equal(vcpu->row[3].exits, vcpu->row[2].exits);
		assert_int_equal(vcpu->total_kvm_tsc, 2 * vcpu->row[2].exits);
		moved += vcpu->row[2].exits != last;
		last = vcpu->row[2].exits;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	assert_in_range(moved, 100, UINT32_MAX); /* otherwise the writer hardly ran */
}

static struct vmtoll_ledger *interrupted;

static void write_from_signal(int signal)
{
	(void)signal;
	write_once(interrupted, interrupted->row[2].exits + 1);
}

/*
 * Repeat the previous test with a writer in a signal handler, which may interrupt the reader at
 * any instruction. The test then does not depend on how the kernel schedules threads.
 */
static void interrupted_reads_are_consistent(void **state)
{
	struct itimerval interval = { { 0, 20 }, { 0, 20 } };
	struct sigaction action = { .sa_handler = write_from_signal, .sa_flags = SA_RESTART };

	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	*fixture_generation(&test.fixture, 1) += 2;
	interrupted = fixture_vcpu(&test.fixture, 1, 1, 812, 0);
	fixture_row(interrupted, 0x72, 0, 0, 0, 0);
	fixture_row(interrupted, 0x78, 0, 0, 0, 0);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &interval, NULL), 0);
	began = time(NULL);
	while (!overdue(1)) {
		const struct snapshot_vcpu *vcpu;

		assert_int_equal(source_test_take(&test), 0);
		vcpu = &test.snapshot->vm[0].vcpu[0];
		assert_int_equal(vcpu->total_kvm_tsc, 2 * vcpu->row[2].exits);
		assert_int_equal(vcpu->row[3].kvm_tsc, vcpu->row[2].exits);
	}
	assert_int_equal(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL), 0);
	assert_in_range(interrupted->row[2].exits, 1000, UINT64_MAX);
}

#define LOST 10

/*
 * Move lost exits from the host page's counter to the ledger in slot 1, as the module does when a
 * vCPU gets a ledger.
 */
static void adopt_from_signal(int signal)
{
	(void)signal;
	test.fixture.host->lost -= LOST;
	interrupted->seq++;
	barrier();
	interrupted->lost += LOST;
	barrier();
	interrupted->seq++;
}

/*
 * Lost exits that move from the host's counter to a ledger during a read must be counted exactly
 * once. A timer interrupts each read at a different instruction.
 */
static void moved_lost_exits_are_counted_once(void **state)
{
	struct sigaction action = { .sa_handler = adopt_from_signal, .sa_flags = SA_RESTART };

	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	interrupted = fixture_ledger(&test.fixture, 1);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	for (int i = 0; i < 5000; i++) {
		uint64_t lost = 0;

		interrupted->lost = 0;
		test.fixture.host->lost = LOST;
		assert_int_equal(setitimer(ITIMER_REAL,
					   &(struct itimerval){ .it_value.tv_usec = 1 + i % 50 },
					   NULL),
				 0);
		assert_int_equal(source_test_take(&test), 0);
		for (size_t vm = 0; vm < test.snapshot->vms; vm++)
			for (size_t v = 0; v < test.snapshot->vm[vm].vcpus; v++)
				lost += test.snapshot->vm[vm].vcpu[v].lost;
		while (test.fixture.host->lost)
			barrier(); /* until the signal has arrived */
		assert_int_equal(lost + test.snapshot->lost, LOST);
	}
}

/* Let an exit in @row be open for 1000 cycles, and take a snapshot. Return the open exit. */
static const struct open_exit *take_open(struct vmtoll_ledger *ledger, uint32_t row)
{
	ledger->open_row = row;
	ledger->open_vmm_tsc = 0;
	ledger->open_halt_tsc = 0;
	ledger->start_tsc = 100;
	ledger->entry_tsc = 1000;
	ledger->exit_tsc = 2000;
	test.fixture.host->copied_tsc = 3000;
	test.fixture.host->flags |= VMTOLL_HOST_HALT_TIME;
	assert_int_equal(source_test_take(&test), 0);
	return &test.snapshot->vm[0].vcpu[0].open;
}

/* The time of an open exit is halted time if its code is that of HLT, and time in KVM if not. */
static void only_hlt_halts(void **state)
{
	static const struct {
		uint32_t isa;
		uint32_t hlt;
		uint32_t other;
	} codes[] = {
		{ VMTOLL_ISA_SVM, VMTOLL_SVM_HLT, VMTOLL_VMX_HLT },
		{ VMTOLL_ISA_VMX, VMTOLL_VMX_HLT, VMTOLL_SVM_HLT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		struct vmtoll_ledger *ledger;
		const struct open_exit *open;

		source_test_end(&test);
		test = (struct source_test){ 0 };
		fixture_create(&test.fixture, NULL, codes[i].isa, 4);
		ledger = fixture_vcpu(&test.fixture, 1, 1, 812, 0);
		fixture_row(ledger, codes[i].hlt, 1, 10, 0, 0);
		fixture_row(ledger, codes[i].other, 1, 10, 0, 0);
		assert_int_equal(source_test_open(&test, "kmod"), 0);
		open = take_open(ledger, VMTOLL_ROW_FIRST_INDEX);
		assert_int_equal(open->kvm_tsc, 0);
		assert_int_equal(open->halt_tsc, 1000);
		open = take_open(ledger, VMTOLL_ROW_FIRST_INDEX + 1);
		assert_int_equal(open->kvm_tsc, 1000);
		assert_int_equal(open->halt_tsc, 0);
	}
}

/*
 * The row `other` counts exits with many different codes, but stores only the most recent code.
 * The open exit may have another code. Even if the stored code is that of HLT, the time of the
 * open exit must not count as halted.
 */
static void other_row_does_not_halt(void **state)
{
	struct vmtoll_ledger *ledger;
	const struct open_exit *open;

	(void)state;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	ledger = fixture_ledger(&test.fixture, 1);
	ledger->row[VMTOLL_ROW_OTHER_INDEX].code = VMTOLL_SVM_HLT;
	open = take_open(ledger, VMTOLL_ROW_OTHER_INDEX);
	assert_int_equal(open->kvm_tsc, 1000);
	assert_int_equal(open->halt_tsc, 0);
}

/*
 * A vCPU has a slot only after the module has checked the layout of KVM's structures. If any
 * vCPU has a slot, probe_device() must therefore set layout_checked.
 */
static void probe_of_a_device(void **state)
{
	struct host_device device;

	(void)state;
	probe_device(test.fixture.path, &device);
	assert_int_equal(device.error, 0);
	assert_true(device.is_vmtoll && device.attached && device.layout_checked);
	assert_true(device.layout_compared);
	assert_false(device.mismatch || device.emulated);
	test.fixture.host->slots_used = 1;
	test.fixture.host->flags = VMTOLL_HOST_MISMATCH | VMTOLL_HOST_EMULATED;
	probe_device(test.fixture.path, &device);
	assert_true(device.mismatch && device.emulated);
	assert_false(device.attached || device.layout_checked || device.layout_compared);
	test.fixture.host->version++;
	probe_device(test.fixture.path, &device);
	assert_int_equal(device.abi, VMTOLL_ABI_VERSION + 1);
	assert_false(device.mismatch);
}

/*
 * Let a vCPU depart while the reader is active. The exits of the vCPU then move to slot 0. The
 * reader must always see the same sum over all slots.
 */
static void *reaper(void *argument)
{
	struct vmtoll_ledger *departed = fixture_ledger(&test.fixture, 0);

	(void)argument;
	while (!atomic_load(&stop)) {
		departed->seq++;
		barrier();
		departed->row[2].exits += 1000;
		*fixture_generation(&test.fixture, 1) += 1;
		barrier();
		departed->seq++;
		for (int i = 0; i < 50000 && !atomic_load(&stop); i++)
			barrier();
		departed->seq++;
		barrier();
		departed->row[2].exits -= 1000; /* make the vCPU live again for the next round */
		fixture_ledger(&test.fixture, 1)->generation =
			*fixture_generation(&test.fixture, 1) + 1;
		*fixture_generation(&test.fixture, 1) += 1;
		barrier();
		departed->seq++;
		for (int i = 0; i < 50000 && !atomic_load(&stop); i++)
			barrier();
	}
	return NULL;
}

/*
 * If the TSC went backwards, the time in the guest may be negative. It must be read as 0, both for
 * a live vCPU and for one that has ended.
 */
static void negative_guest_time_is_zero(void **state)
{
	struct vmtoll_ledger *ledger;

	(void)state;
	fixture_destroy(&test.fixture);
	fixture_create(&test.fixture, NULL, VMTOLL_ISA_SVM, 4);
	for (uint32_t slot = 1; slot <= 2; slot++) {
		ledger = fixture_vcpu(&test.fixture, slot, slot, 811 + slot, 0);
		fixture_row(ledger, 0x72, 1000, 10, 0, 0);
		ledger->guest_tsc = (uint64_t)-5000;
	}
	ledger->flags |= VMTOLL_LEDGER_ENDED;
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	assert_int_equal(source_test_take(&test), 0);
	for (size_t i = 0; i < test.snapshot->vms; i++)
		assert_int_equal(test.snapshot->vm[i].vcpu[0].guest_tsc, 0);
}

static void departures_are_counted_once(void **state)
{
	unsigned int departed = 0;
	size_t live = 0;
	struct books books;
	pthread_t thread;

	(void)state;
	fixture_destroy(&test.fixture);
	fixture_create(&test.fixture, NULL, VMTOLL_ISA_SVM, 4);
	fixture_ledger(&test.fixture, 0)->vcpus = 1;
	fixture_row(fixture_ledger(&test.fixture, 0), 0x72, 5000, 10, 0, 0);
	fixture_row(fixture_vcpu(&test.fixture, 1, 1, 812, 0), 0x72, 1000, 10, 0, 0);
	assert_int_equal(source_test_open(&test, "kmod"), 0);
	atomic_store(&stop, false);
	began = time(NULL);
	assert_int_equal(pthread_create(&thread, NULL, reaper, NULL), 0);
	while (!overdue(1) || ((departed < 100 || live < 100) && !overdue(20))) {
		assert_int_equal(source_test_take(&test), 0);
		departed += !test.snapshot->vms;
		live += test.snapshot->vms;
		assert_int_equal(books_gather(test.snapshot, &SCOPE_ALL, &books, &test.complaint),
				 0);
		assert_int_equal(books.total.exits, 6000);
		books_release(&books);
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	assert_true(departed >= 100 && live >= 100); /* the reader saw both states */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(whole_example),
		TEST(features),
		TEST(empty_slots_are_skipped),
		TEST(unused_slots_are_skipped),
		TEST(slot_is_reused),
		TEST(stale_ledger_is_an_error),
		TEST(endlessly_busy_is_an_error),
		TEST(too_many_rows_is_an_error),
		TEST(detached_with_departed_vcpus),
		TEST(mismatch_is_an_error),
		TEST(header_is_checked),
		TEST(no_device),
		TEST(reads_are_consistent),
		TEST(interrupted_reads_are_consistent),
		TEST(moved_lost_exits_are_counted_once),
		TEST(only_hlt_halts),
		TEST(other_row_does_not_halt),
		TEST(probe_of_a_device),
		TEST(negative_guest_time_is_zero),
		TEST(departures_are_counted_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
