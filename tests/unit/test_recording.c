// SPDX-License-Identifier: GPL-2.0
/*
 * Test recordings. A simulated host changes the ledgers in a fixture, and the kmod source reads
 * them. The simulation counts every exit that it adds. The figures in the recording are compared
 * with these counts.
 */
#include "test.h"

#include <errno.h>
#include <glob.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/history.h"
#include "readings.h"
#include "model/array.h"
#include "process/signals.h"
#include "source/source.h"
#include "store/database.h"
#include "store/reader.h"
#include "store/recorder.h"
#include "store/schema.h"

#define SECOND	 (1000ull * FIXTURE_TSC_KHZ)
#define CLOCK	 1700000000000000000ull
#define SLOTS	 40
#define CODES	 6
#define FIRST	 0x60
#define EACH	 3000
#define KILLS	 200
#define LAW_VMS	 8
#define LAW_ROWS 5

/*
 * Sums over all vCPUs: the exits with each exit code, the time in KVM of these exits, and the time
 * waiting for a CPU.
 */
struct truth {
	uint64_t exits[CODES];
	uint64_t kvm_tsc[CODES];
	uint64_t ready_tsc;
};

static struct complaint complaint;
static struct fixture fixture;
static struct source *source;
static struct writer *writer;
static struct recorder *recorder;
static char path[80];
static struct truth truth;
static uint32_t next_vm;

/*
 * Return a directory on a file system in memory if possible, because writing to a disk would make
 * the tests slow.
 */
static const char *directory(void)
{
	return access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
}

static void remove_recording(void)
{
	char pattern[100];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s*", path);
	if (!glob(pattern, 0, NULL, &found))
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
}

static void open_source(void)
{
	source = readings_open(&fixture);
}

static int setup(void **state)
{
	(void)state;
	fixture_create(&fixture, NULL, VMTOLL_ISA_SVM, SLOTS);
	fixture.host->copied_tsc = 1000 * SECOND;
	fixture_ledger(&fixture, 0)->vcpus = 0;
	snprintf(path, sizeof(path), "%s/vmtoll-recording-%d", directory(), (int)getpid());
	remove_recording();
	open_source();
	truth = (struct truth){ 0 };
	next_vm = 1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	recorder_destroy(recorder);
	recorder = NULL;
	source_close(source);
	fixture_destroy(&fixture);
	remove_recording();
	return 0;
}

/* Begin a recording. */
static void begin(bool per_vcpu, uint64_t max_bytes)
{
	const struct writer_options options = { .max_bytes = max_bytes };
	struct recorder_options recording = {
		.scope = SCOPE_ALL,
		.per_vcpu = per_vcpu,
		.host = { .name = "host", .boot_id = "boot", .kernel = "6.1", .version = "0" },
	};

	if (writer_open(path, &options, &writer, &complaint))
		fail_msg("%s", complaint.text);
	recorder = recorder_create(&recording, writer);
	assert_non_null(recorder);
}

/* Read a snapshot. The time of day is derived from the TSC of the simulated host. */
static struct snapshot *take(void)
{
	struct snapshot *snapshot;

	if (source_read(source, &SCOPE_ALL, &snapshot, &complaint))
		fail_msg("%s", complaint.text);
	snapshot->clock_ns = CLOCK + snapshot->clock_tsc / 2;
	return snapshot;
}

static void record(void)
{
	if (recorder_add(recorder, take(), &complaint))
		fail_msg("%s", complaint.text);
}

static void end(void)
{
	assert_int_equal(writer_close(writer, &complaint), 0);
}

/* Start a VM with one vCPU per slot. */
static void start_vm(uint32_t slot, uint32_t vcpus)
{
	for (uint32_t i = 0; i < vcpus; i++) {
		struct vmtoll_ledger *ledger =
			fixture_vcpu(&fixture, slot + i, next_vm, 1000 + next_vm, i);

		ledger->start_tsc = fixture.host->copied_tsc;
		ledger->entry_tsc = ledger->start_tsc;
		for (uint32_t code = 0; code < CODES; code++)
			fixture_row(ledger, FIRST + code, 0, 0, 0, 0);
	}
	next_vm++;
}

/* Add @exits exits to a vCPU. */
static void run(uint32_t slot, uint32_t code, uint64_t exits, uint64_t each)
{
	struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX + code], exits, each, 0, 0);
	truth.exits[code] += exits;
	truth.kvm_tsc[code] += exits * each;
}

/* Let the thread of a vCPU wait for a CPU. */
static void wait_for_cpu(uint32_t slot, uint64_t tsc)
{
	fixture_wait(fixture_ledger(&fixture, slot), tsc, 0);
	truth.ready_tsc += tsc;
}

static void pass(uint64_t tsc)
{
	fixture.host->copied_tsc += tsc;
}

/* Add a vCPU's figures to the sum of the departed vCPUs, as the module does. */
static void depart(uint32_t slot)
{
	struct vmtoll_ledger *sum = fixture_ledger(&fixture, 0);
	const struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

	if (sum->rows == VMTOLL_ROW_FIRST_INDEX)
		for (uint32_t code = 0; code < CODES; code++)
			fixture_row(sum, FIRST + code, 0, 0, 0, 0);
	for (uint32_t i = 0; i < ledger->rows; i++) {
		sum->row[i].exits += ledger->row[i].exits;
		sum->row[i].kvm_tsc += ledger->row[i].kvm_tsc;
		for (int b = 0; b < VMTOLL_BUCKETS; b++)
			sum->row[i].hist[b] += ledger->row[i].hist[b];
		if (sum->row[i].longest_tsc < ledger->row[i].longest_tsc)
			sum->row[i].longest_tsc = ledger->row[i].longest_tsc;
	}
	if (ledger->open_row != VMTOLL_ROW_NONE) {
		sum->row[ledger->open_row].exits++;
		sum->guest_tsc += ledger->exit_tsc - ledger->entry_tsc;
		sum->kvm_exits++;
	}
	sum->guest_tsc += ledger->guest_tsc;
	sum->ready_tsc += ledger->ready_tsc;
	sum->kvm_tsc += ledger->kvm_tsc;
	sum->kvm_exits += ledger->kvm_exits;
	sum->vcpus++;
}

/* End a vCPU whose ledger is kept. */
static void end_kept(uint32_t slot)
{
	struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

	depart(slot);
	ledger->flags |= VMTOLL_LEDGER_ENDED;
	ledger->ended_tsc = fixture.host->copied_tsc;
}

/* End a vCPU that is in the guest. If @keep is false, also remove its ledger. */
static void end_vcpu(uint32_t slot, bool keep)
{
	fixture_enter(fixture_ledger(&fixture, slot), fixture.host->copied_tsc);
	if (keep) {
		end_kept(slot);
		return;
	}
	depart(slot);
	++*fixture_generation(&fixture, slot);
}

static bool is_used(uint32_t slot)
{
	return *fixture_generation(&fixture, slot) & 1;
}

static bool is_live(uint32_t slot)
{
	return is_used(slot) && !(fixture_ledger(&fixture, slot)->flags & VMTOLL_LEDGER_ENDED);
}

/* The sums of a recording. */
struct sums {
	struct truth truth;
	uint64_t intervals;
	uint64_t timed;
	uint64_t vcpu_rows;
	uint64_t vcpus;
	uint64_t wall_tsc;
	uint64_t audit_exits;
	uint64_t kvm_exits;
	uint64_t last_end_ns;
};

static int sum_interval(void *context, const struct reader_interval *interval)
{
	struct sums *sums = context;

	assert_true(interval->end_ns > interval->start_ns);
	sums->last_end_ns = interval->end_ns;
	sums->intervals++;
	return 0;
}

static int sum_books(void *context, const struct reader_books *books)
{
	struct sums *sums = context;

	sums->wall_tsc += books->wall_tsc;
	sums->vcpus += books->vcpus;
	sums->truth.ready_tsc += books->ready_tsc;
	assert_int_equal(row_whole_tsc(&books->total) + books->guest_tsc + books->ready_tsc,
			 books->wall_tsc);
	sums->audit_exits += books->audit.exits;
	sums->kvm_exits += books->audit.kvm_exits;
	return 0;
}

static int sum_row(void *context, const struct reader_row *row)
{
	struct sums *sums = context;

	assert_in_range(row->row.code, FIRST, FIRST + CODES - 1);
	sums->truth.exits[row->row.code - FIRST] += row->row.exits;
	sums->truth.kvm_tsc[row->row.code - FIRST] += row->row.kvm_tsc;
	for (int b = 0; b < SNAPSHOT_BUCKETS; b++)
		sums->timed += row->row.hist[b];
	sums->vcpu_rows += row->vcpu >= 0;
	return 0;
}

static struct reader *open_reader(void)
{
	struct reader *reader;

	if (reader_open(path, &reader, &complaint))
		fail_msg("%s", complaint.text);
	return reader;
}

static void read_sums(struct sums *sums)
{
	const struct reader_visitor visitor = { sum_interval, sum_books, sum_row, sums };
	struct reader *reader = open_reader();

	*sums = (struct sums){ 0 };
	if (reader_each(reader, &READER_ALL, &visitor, &complaint))
		fail_msg("%s", complaint.text);
	reader_close(reader);
}

/* Check that SQLite finds no damage in the file. */
static void check_integrity(void)
{
	struct database database;
	sqlite3_stmt *statement;

	assert_int_equal(database_open(&database, path, SQLITE_OPEN_READWRITE, &complaint), 0);
	statement = database_prepare(&database, "PRAGMA integrity_check");
	assert_true(database_step(&database, statement));
	assert_string_equal((const char *)sqlite3_column_text(statement, 0), "ok");
	sqlite3_finalize(statement);
	database_close(&database);
}

static long count_events(const char *kind, char *text, size_t bytes)
{
	struct reader *reader = open_reader();
	struct reader_event *event;
	uint64_t total;
	long events = reader_events(reader, &READER_ALL, 1000, &event, &total, &complaint);
	long found = 0;

	assert_true(events >= 0);
	assert_int_equal(events, total);
	for (long i = 0; i < events; i++)
		if (!strcmp(event[i].kind, kind)) {
			snprintf(text, bytes, "%s", event[i].text);
			found++;
		}
	free(event);
	reader_close(reader);
	return found;
}

static void compare_truth(const struct truth *from)
{
	struct sums sums;
	uint64_t exits = 0;

	read_sums(&sums);
	for (int i = 0; i < CODES; i++) {
		assert_int_equal(sums.truth.exits[i], truth.exits[i] - from->exits[i]);
		assert_int_equal(sums.truth.kvm_tsc[i], truth.kvm_tsc[i] - from->kvm_tsc[i]);
		exits += truth.exits[i] - from->exits[i];
	}
	assert_int_equal(sums.truth.ready_tsc, truth.ready_tsc - from->ready_tsc);
	assert_int_equal(sums.timed, exits);
	assert_int_equal(sums.audit_exits, exits);
	assert_int_equal(sums.kvm_exits, exits);
}

/*
 * Change the simulated host at random: VMs run, start and end, and the ledgers of ended VMs are
 * removed.
 */
static void churn(void)
{
	pass(SECOND / 10 + (uint64_t)lrand48() % SECOND);
	for (uint32_t slot = 1; slot < SLOTS; slot++) {
		long random = lrand48();

		if (is_live(slot) && random % 4)
			run(slot, (uint32_t)(random / 4 % CODES), (uint64_t)(random / 64 % 1000),
			    200 + (uint64_t)(random / 1024 % 5000));
		if (is_live(slot))
			wait_for_cpu(slot, (uint64_t)lrand48() % 3000000);
		random = lrand48();
		if (!is_used(slot) && random % 8 == 0)
			start_vm(slot, 1);
		else if (is_live(slot) && random % 8 == 1)
			end_vcpu(slot, random / 8 % 2);
		else if (is_used(slot) && !is_live(slot) && random % 8 == 2)
			++*fixture_generation(&fixture, slot);
	}
}

static void churn_and_record(bool per_vcpu)
{
	struct truth from;

	srand48(per_vcpu);
	for (int i = 0; i < 5; i++)
		churn();
	from = truth;
	begin(per_vcpu, 0);
	record();
	for (int i = 0; i < 300; i++) {
		/* Let several VMs start and end within each interval. */
		for (int j = lrand48() % 3; j >= 0; j--)
			churn();
		record();
	}
	end();
	compare_truth(&from);
	check_integrity();
}

static void sums_equal_the_ledger(void **state)
{
	(void)state;
	churn_and_record(false);
}

static void sums_of_vcpus_equal_the_ledger(void **state)
{
	struct sums sums;

	(void)state;
	churn_and_record(true);
	read_sums(&sums);
	assert_true(sums.vcpu_rows > 1000);
}

/* Return the number of bytes of allocated heap memory. */
static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/*
 * Simulate a day that is recorded in intervals of ten seconds, and in which thousands of VMs start
 * and end. At the end of the day, the recorder must not need more memory than after the first
 * tenth. The recording has a size limit, because this also limits the cache of SQLite.
 */
static void a_day_needs_no_more_memory(void **state)
{
	const int day = 8640;
	size_t early = 0;

	(void)state;
	begin(true, WRITER_MIN_BYTES);
	record();
	for (int i = 0; i < day; i++) {
		churn();
		pass(10 * SECOND);
		record();
		if (i == day / 10)
			early = heap_bytes();
	}
	assert_true(next_vm > 1000);
	assert_in_range(heap_bytes(), early / 2, early + 32 * 1024);
	end();
}

static void a_vm_comes_and_goes(void **state)
{
	struct truth none = { 0 };
	struct reader *reader;
	const struct reader_vm *vm;
	char text[200];
	size_t vms;

	(void)state;
	begin(false, 0);
	record();
	start_vm(3, 2);
	run(3, 1, 70, EACH);
	run(4, 2, 7, EACH);
	pass(SECOND);
	end_vcpu(3, true);
	end_vcpu(4, true);
	pass(SECOND);
	record();
	pass(SECOND);
	record();
	end();
	compare_truth(&none);
	reader = open_reader();
	vm = reader_vms(reader, &vms);
	assert_int_equal(vms, 1);
	assert_int_equal(vm->pid, 1001);
	assert_int_equal(vm->ended_ns, CLOCK + 1001 * 1000000000ull);
	assert_int_equal(vm->started_ns, CLOCK + 1000 * 1000000000ull);
	reader_close(reader);
	assert_int_equal(count_events("vm-start", text, sizeof(text)), 1);
	assert_int_equal(count_events("vm-stop", text, sizeof(text)), 1);
}

/*
 * An exit that spans several intervals counts as one exit. Its time is divided among the
 * intervals.
 */
static void an_open_exit_is_clipped(void **state)
{
	struct vmtoll_ledger *ledger;
	struct sums sums;

	(void)state;
	start_vm(1, 1);
	ledger = fixture_ledger(&fixture, 1);
	pass(SECOND);
	begin(false, 0);
	record();
	ledger->open_row = VMTOLL_ROW_FIRST_INDEX;
	ledger->exit_tsc = fixture.host->copied_tsc + SECOND / 2;
	for (int i = 0; i < 4; i++) {
		pass(SECOND);
		record();
	}
	end();
	read_sums(&sums);
	assert_int_equal(sums.truth.exits[0], 1);
	assert_int_equal(sums.truth.kvm_tsc[0], 3 * SECOND + SECOND / 2);
	assert_int_equal(sums.wall_tsc, 4 * SECOND);
}

/*
 * Two vCPUs end in the same interval. The first vCPU ends during an exit in which its thread is
 * waiting for a CPU. Its ledger is kept, and this wait is not included in the sum of the departed
 * vCPUs. The ledger of the second vCPU is removed, so the recorder must derive the second vCPU's
 * waiting time from the sum. It must not subtract the wait of the first vCPU from the sum.
 */
static void a_vcpu_ends_while_it_waits(void **state)
{
	struct vmtoll_ledger *ledger;
	struct sums sums;

	(void)state;
	begin(false, 0);
	record();
	start_vm(1, 1);
	start_vm(2, 1);
	pass(SECOND);
	wait_for_cpu(2, SECOND / 4);
	end_vcpu(2, false);
	ledger = fixture_ledger(&fixture, 1);
	ledger->open_row = VMTOLL_ROW_FIRST_INDEX;
	ledger->exit_tsc = fixture.host->copied_tsc - SECOND / 2;
	ledger->open_ready_tsc = SECOND / 8;
	end_kept(1);
	pass(SECOND);
	record();
	end();
	read_sums(&sums);
	assert_int_equal(sums.truth.ready_tsc, SECOND / 4 + SECOND / 8);
	assert_int_equal(sums.truth.kvm_tsc[0], SECOND / 2 - SECOND / 8);
	assert_int_equal(sums.wall_tsc, 2 * SECOND);
	assert_int_equal(sums.vcpus, 2);
}

static void add_at(uint64_t clock_ns)
{
	struct snapshot *snapshot = take();

	snapshot->clock_ns = clock_ns;
	if (recorder_add(recorder, snapshot, &complaint))
		fail_msg("%s", complaint.text);
}

/*
 * Set the clock back by one hour, and then forward by three hours. No figures and no intervals
 * may be lost.
 */
static void the_clock_jumps(void **state)
{
	static const int64_t hours[] = { 0, 0, -1, -1, 2, 2 };
	struct truth none = { 0 };
	struct sums sums;
	char text[200];

	(void)state;
	start_vm(1, 1);
	begin(false, 0);
	for (size_t i = 0; i < ARRAY_SIZE(hours); i++) {
		add_at(CLOCK + 10000000000ull * i + (uint64_t)(hours[i] * 3600000000000));
		run(1, 0, 100, EACH);
		pass(10 * SECOND);
	}
	add_at(CLOCK + 10000000000ull * ARRAY_SIZE(hours) + 7200000000000);
	end();
	compare_truth(&none);
	read_sums(&sums);
	assert_int_equal(sums.intervals, ARRAY_SIZE(hours));
	assert_int_equal(count_events("clock", text, sizeof(text)), 2);
	assert_has(text, "+10800.000 s");
}

/*
 * After the module has been reloaded, its counters restart, and the VM gets the same number as
 * before. The recording must contain the exits from before and after the reload.
 */
static void the_module_is_reloaded(void **state)
{
	char text[200];
	struct sums sums;

	(void)state;
	start_vm(1, 1);
	run(1, 0, 10, EACH);
	begin(false, 0);
	record();
	run(1, 0, 5, EACH);
	pass(SECOND);
	record();
	pass(SECOND);
	next_vm = 1;
	++*fixture_generation(&fixture, 1);
	start_vm(1, 1);
	run(1, 0, 1000, EACH); /* more than before, so no counter ran backwards */
	pass(SECOND);
	record();
	end();
	read_sums(&sums);
	assert_int_equal(sums.truth.exits[0], 5 + 1000);
	assert_int_equal(count_events("reload", text, sizeof(text)), 1);
}

static void lost_exits_are_events(void **state)
{
	char text[200];

	(void)state;
	start_vm(1, 1);
	begin(false, 0);
	record();
	fixture.host->lost += 7;
	fixture_ledger(&fixture, 1)->lost += 3;
	fixture_ledger(&fixture, 1)->kvm_exits += 2; /* the audit does not balance */
	pass(SECOND);
	record();
	end();
	assert_int_equal(count_events("lost", text, sizeof(text)), 2);
	assert_has(text, "7 exits of vCPUs without a ledger");
	assert_int_equal(count_events("audit", text, sizeof(text)), 1);
	assert_has(text, "count: KVM counted 2 exits, the ledger 0");
}

/* Create the recording from the statements in tests/golden/recording-1.sql. */
static void create_version_1(void)
{
	FILE *file = fopen("tests/golden/recording-1.sql", "r");
	struct database database;
	char *sql = NULL;
	size_t bytes = 0;

	assert_non_null(file);
	assert_true(getdelim(&sql, &bytes, '\0', file) > 0);
	fclose(file);
	assert_int_equal(database_open(&database, path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				       &complaint),
			 0);
	database_exec(&database, sql);
	assert_int_equal(database_verdict(&database, "creating", &complaint), 0);
	database_close(&database);
	free(sql);
}

static int count_old_books(void *context, const struct reader_books *books)
{
	size_t *count = context;

	if (books->vm > 2)
		return 0;
	assert_int_equal(books->total.exits, books->vm * 5800);
	assert_int_equal(books->wall_tsc, 4000000000);
	assert_int_equal(books->guest_tsc + books->ready_tsc + books->polled_tsc, 0);
	++*count;
	return 0;
}

static int ignore_interval(void *context, const struct reader_interval *interval)
{
	(void)context;
	(void)interval;
	return 0;
}

/*
 * Check the figures that create_version_1() has stored. Version 1 does not contain the time in the
 * guest, the time waiting for a CPU, or the polled time.
 */
static void check_version_1(void)
{
	size_t count = 0;
	const struct reader_visitor visitor = { ignore_interval, count_old_books, NULL, &count };
	struct reader *reader = open_reader();

	assert_false(reader_origin(reader)->knows & (KNOWS_BOOKS | KNOWS_READY | KNOWS_POLLED));
	assert_int_equal(reader_each(reader, &READER_ALL, &visitor, &complaint), 0);
	assert_int_equal(count, 2);
	reader_close(reader);
}

/* A recording of an older version can be read. If it is continued, it is upgraded. */
static void older_version(void **state)
{
	struct database database;

	(void)state;
	create_version_1();
	check_version_1();
	start_vm(1, 1);
	begin(false, 0);
	record();
	run(1, 1, 5, EACH);
	wait_for_cpu(1, 1000);
	pass(SECOND);
	record();
	end();
	check_version_1();
	check_integrity();
	assert_int_equal(database_open(&database, path, SQLITE_OPEN_READONLY, &complaint), 0);
	assert_int_equal(database_number(&database, "PRAGMA user_version"), SCHEMA_VERSION);
	assert_int_equal(database_number(&database, "SELECT sum(ready_tsc) FROM books"), 1000);
	assert_int_equal(database_number(&database, "SELECT count(ready_ns) FROM vm_intervals"), 3);
	database_close(&database);
}

/* A recording of a newer version cannot be read. */
static void newer_version(void **state)
{
	struct database database;
	struct reader *reader;
	char sql[80];

	(void)state;
	begin(false, 0);
	end();
	assert_int_equal(database_open(&database, path, SQLITE_OPEN_READWRITE, &complaint), 0);
	snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA_VERSION + 1);
	database_exec(&database, sql);
	database_close(&database);
	assert_int_equal(reader_open(path, &reader, &complaint), -EPROTO);
	assert_has(complaint.text, "read it with the vmtoll that wrote it");
}

/*
 * Add the exits of one interval: for each VM and each exit code c, add 10 + c exits of EACH cycles
 * each. Some tests kill the recorder at a random time and therefore cannot know the total figures.
 * They check instead that each interval in the recording contains exactly these exits.
 */
static void law_step(void)
{
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++)
		for (uint32_t code = 0; code < LAW_ROWS; code++)
			run(slot, code, 10 + code, EACH);
	pass(10 * SECOND);
}

struct law {
	int64_t vm;
	uint64_t rows;
	uint64_t factor[LAW_VMS + 1];
};

static int law_interval(void *context, const struct reader_interval *interval)
{
	(void)context;
	assert_true(interval->end_ns - interval->start_ns == 10 * 1000000000ull);
	return 0;
}

static int law_row(void *context, const struct reader_row *row)
{
	struct law *law = context;
	uint32_t code = row->row.code - FIRST;

	assert_in_range(row->vm, 1, LAW_VMS);
	assert_in_range(code, 0, LAW_ROWS - 1);
	assert_int_equal(row->row.exits, 10 + code);
	assert_int_equal(row->row.kvm_tsc, row->row.exits * EACH);
	if (code == 0)
		law->factor[row->vm]++;
	law->rows++;
	return 0;
}

/*
 * Check that each interval in the recording contains the exits that law_step() adds. Return the
 * number of recorded intervals.
 */
static uint64_t check_law(void)
{
	struct law law = { 0 };
	const struct reader_visitor visitor = { law_interval, NULL, law_row, &law };
	const struct vmtoll_ledger *ledger = fixture_ledger(&fixture, 1);
	uint64_t steps = ledger->row[VMTOLL_ROW_FIRST_INDEX].exits / 10;
	struct reader *reader = open_reader();

	if (reader_each(reader, &READER_ALL, &visitor, &complaint))
		fail_msg("%s", complaint.text);
	reader_close(reader);
	check_integrity();
	for (int i = 1; i <= LAW_VMS; i++)
		assert_int_equal(law.factor[i], law.factor[1]);
	assert_int_equal(law.rows, law.factor[1] * LAW_VMS * LAW_ROWS);
	assert_true(law.factor[1] <= steps);
	return law.factor[1];
}

/* Record until the process is killed or the recording fails. Returns the error. */
static int record_forever(void)
{
	begin(false, 0);
	record();
	for (;;) {
		int error;

		law_step();
		error = recorder_add(recorder, take(), &complaint);
		if (error)
			return error;
	}
}

/*
 * If a test process is killed in law_step(), it may leave a write section open. Close all write
 * sections, so that the next recorder can read the ledgers. The module never leaves a write
 * section open.
 */
static void end_write_sections(void)
{
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++) {
		struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

		ledger->seq += ledger->seq & 1;
	}
}

/* Kill a recorder with SIGKILL after @us microseconds. */
static void kill_after(unsigned int us)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (!child) {
		record_forever();
		_exit(1);
	}
	usleep(us);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	end_write_sections();
}

/*
 * In every second round, the recorder continues the file of the previous round. On a busy machine,
 * a recorder may be killed before it has written an interval. If this happens to too many
 * recorders, the later ones get more time.
 */
static void killed_at_any_time(void **state)
{
	uint64_t with_intervals = 0;
	long most_us = 15000;

	(void)state;
	srand48(1);
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++)
		start_vm(slot, 1);
	for (int i = 0; i < KILLS; i++) {
		if (i % 2 == 0)
			remove_recording();
		kill_after((unsigned int)(lrand48() % most_us));
		/* If the file exists, it must be a complete recording. */
		if (!access(path, F_OK))
			with_intervals += check_law() > 0;
		if (i % 10 == 9 && with_intervals * 2 < (uint64_t)i && most_us < 1000000)
			most_us *= 2;
	}
	print_message("%llu of %d killed recordings had intervals\n",
		      (unsigned long long)with_intervals, KILLS);
	assert_true(with_intervals > KILLS / 3);
}

/*
 * Record until the file reaches @bytes. Return the exit status of the child process: 0 if the
 * recorder reported that the file could not grow and is intact, and nonzero otherwise.
 */
static int record_to_limit(rlim_t bytes)
{
	struct rlimit limit = { bytes, bytes };
	int error;

	signals_ignore_file_size();
	setrlimit(RLIMIT_FSIZE, &limit);
	error = record_forever();
	if (error != -EFBIG && error != -ENOSPC) {
		print_error("%s\n", complaint.text);
		return 1;
	}
	if (!strstr(complaint.text, path) || !strstr(complaint.text, "the file is intact"))
		return 2;
	writer_close(writer, &complaint);
	return 0;
}

static void the_disk_is_full(void **state)
{
	int status;
	pid_t child;

	(void)state;
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++)
		start_vm(slot, 1);
	child = fork();
	assert_true(child >= 0);
	if (!child)
		_exit(record_to_limit(512 * 1024));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(check_law() > 10);
}

/*
 * A recorder is killed, and its file is deleted, but the write-ahead log of the file is not. A new
 * file with the same name must not use this log.
 */
static void an_old_log_is_removed(void **state)
{
	char log[100];

	(void)state;
	snprintf(log, sizeof(log), "%s-wal", path);
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++)
		start_vm(slot, 1);
	do
		kill_after(20000);
	while (access(log, F_OK) || !check_law());
	/*
	 * Repeat until a killed recorder leaves a log. check_law() may have removed the log of the
	 * previous recorder. On a busy host, a recorder may be killed before it writes its first
	 * interval. It then leaves no log.
	 */
	do
		kill_after(20000);
	while (access(log, F_OK));
	unlink(path);
	begin(false, 0);
	record();
	law_step();
	record();
	end();
	assert_int_equal(check_law(), 1);
}

static uint64_t bytes_of(const char *suffix)
{
	char name[100];
	struct stat status;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &status) ? 0 : (uint64_t)status.st_size;
}

/* The oldest intervals must be dropped, and the newest interval must remain. */
static void the_size_is_limited(void **state)
{
	struct sums sums;

	(void)state;
	for (uint32_t slot = 1; slot <= LAW_VMS; slot++)
		start_vm(slot, 1);
	begin(false, WRITER_MIN_BYTES);
	record();
	for (int i = 0; i < 2000; i++) {
		law_step();
		record();
		assert_true(bytes_of("") <= WRITER_MIN_BYTES);
	}
	end();
	assert_true(check_law() < 2000);
	assert_true(bytes_of("") > WRITER_MIN_BYTES / 2);
	read_sums(&sums);
	assert_int_equal(sums.last_end_ns, CLOCK + fixture.host->copied_tsc / 2);
	assert_true(sums.intervals > 100);
}

static void two_recorders_exclude_each_other(void **state)
{
	const struct writer_options options = { 0 };
	struct writer *other;

	(void)state;
	begin(false, 0);
	assert_int_equal(writer_open(path, &options, &other, &complaint), -EBUSY);
	assert_has(complaint.text, "is being written by another vmtoll record");
	end();
}

static void other_files_are_rejected(void **state)
{
	const struct writer_options options = { 0 };
	struct writer *other;
	struct reader *reader;
	FILE *file = fopen(path, "w");

	(void)state;
	fprintf(file, "This is a text file, not a recording, and it must not be changed. %*s", 2000,
		"");
	fclose(file);
	assert_int_equal(writer_open(path, &options, &other, &complaint), -EINVAL);
	assert_has(complaint.text, "not a recording");
	assert_int_equal(reader_open(path, &reader, &complaint), -EINVAL);
	assert_int_equal(bytes_of(""), 2066);
}

/* Add a VM that has data in the first and in the last bin. Returns the error of history_add(). */
static int add_long_vm(struct history *history, int64_t id, size_t bins)
{
	const struct books part = { .wall_tsc = 1000 };
	int error;

	history_interval(history, 1, 1, 0);
	error = history_add(history, history_vm(history, id), NULL, &part);
	history_interval(history, 2 * bins, 1, 0); /* a bin is 2 ns long */
	return error ? error : history_add(history, history_vm(history, id), NULL, &part);
}

/*
 * A history must refuse to use more memory than its limit. A VM needs memory only for the time
 * from its first to its last bin, so a history can hold many more short-lived VMs than long-lived
 * ones.
 */
static void a_history_is_bounded(void **state)
{
	const size_t bins = 10000;
	const size_t most = HISTORY_MOST_BYTES / (bins * sizeof(struct history_slot));
	const struct books part = { .wall_tsc = 1000 };
	struct history history;
	int64_t id = 0;

	(void)state;
	assert_int_equal(history_create(&history, 0, bins, bins), 0);
	for (id = 1; id <= 20 * (int64_t)most; id++) {
		history_interval(&history, (uint64_t)id % bins, 1, 0);
		assert_int_equal(history_add(&history, history_vm(&history, id), NULL, &part), 0);
	}
	assert_int_equal(history.vms, 20 * most);
	history_release(&history);
	assert_int_equal(history_create(&history, 0, bins, bins), 0);
	for (id = 1; !add_long_vm(&history, id, bins); id++)
		assert_true(id <= (int64_t)most);
	assert_int_equal(add_long_vm(&history, id, bins), -E2BIG);
	assert_in_range(id, most - 2, most);
	assert_int_equal(history_slot(&history.vm[0], bins - 1)->wall_tsc, 1000);
	assert_int_equal(history_slot(&history.vm[0], 1)->wall_tsc, 0);
	history_release(&history);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sums_equal_the_ledger, setup, teardown),
		cmocka_unit_test_setup_teardown(sums_of_vcpus_equal_the_ledger, setup, teardown),
		cmocka_unit_test_setup_teardown(a_day_needs_no_more_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(a_vm_comes_and_goes, setup, teardown),
		cmocka_unit_test_setup_teardown(an_open_exit_is_clipped, setup, teardown),
		cmocka_unit_test_setup_teardown(a_vcpu_ends_while_it_waits, setup, teardown),
		cmocka_unit_test_setup_teardown(the_clock_jumps, setup, teardown),
		cmocka_unit_test_setup_teardown(the_module_is_reloaded, setup, teardown),
		cmocka_unit_test_setup_teardown(lost_exits_are_events, setup, teardown),
		cmocka_unit_test_setup_teardown(older_version, setup, teardown),
		cmocka_unit_test_setup_teardown(newer_version, setup, teardown),
		cmocka_unit_test_setup_teardown(killed_at_any_time, setup, teardown),
		cmocka_unit_test_setup_teardown(the_disk_is_full, setup, teardown),
		cmocka_unit_test_setup_teardown(an_old_log_is_removed, setup, teardown),
		cmocka_unit_test_setup_teardown(the_size_is_limited, setup, teardown),
		cmocka_unit_test_setup_teardown(two_recorders_exclude_each_other, setup, teardown),
		cmocka_unit_test_setup_teardown(other_files_are_rejected, setup, teardown),
		cmocka_unit_test(a_history_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
