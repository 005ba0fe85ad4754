// SPDX-License-Identifier: GPL-2.0
/*
 * Test analysis/tally.c and view/metrics_view.c: totals that never decrease, VMs that start and
 * end, reloads of the module, the number of series, and the choice of the format.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/tally.h"
#include "fixture.h"
#include "source/source.h"
#include "view/metrics_view.h"

#define SECOND	 1000000000ull
#define TSC(s)	 (1000ull * FIXTURE_TSC_KHZ * (s))
#define FIRST_NS (1700000000ull * SECOND)

static struct complaint complaint;

/* A simulated host, the totals of its VMs, and the simulated time. */
struct bench {
	struct fixture fixture;
	struct source *source;
	struct tally *tally;
	uint64_t now_ns;
};

static int begin(void *context)
{
	tally_begin(context);
	return 0;
}

static int part(void *context, const struct snapshot *snapshot)
{
	return tally_add(context, snapshot);
}

static void bench_read(struct bench *bench)
{
	const struct source_parts parts = { begin, part, bench->tally };

	if (source_read_parts(bench->source, &parts, &complaint))
		fail_msg("%s", complaint.text);
	assert_int_equal(tally_end(bench->tally, bench->now_ns), 0);
}

/* Name each VM after its process: "web" for process 101, and "db" for processes 102 and 112. */
static void name_vm(void *context, struct snapshot_vm *vm)
{
	const char *name = vm->pid == 101 ? "web" : vm->pid % 10 == 2 ? "db" : "";

	(void)context;
	snprintf(vm->name, sizeof(vm->name), "%s", name);
}

static const struct tally_options defaults = {
	.mode = TALLY_TOP, .top = 4, .keep_ns = 300 * SECOND, .name_vm = name_vm
};

static void bench_open(struct bench *bench, uint32_t slots, const struct tally_options *options)
{
	struct source_options source = { 0 };
	char spec[80];

	fixture_create(&bench->fixture, NULL, VMTOLL_ISA_SVM, slots);
	bench->fixture.host->copied_tsc = TSC(1000);
	snprintf(spec, sizeof(spec), "kmod:%s", bench->fixture.path);
	source.spec = spec;
	if (source_open(&source, &bench->source, &complaint))
		fail_msg("%s", complaint.text);
	bench->tally = tally_create(options);
	assert_non_null(bench->tally);
	bench->now_ns = FIRST_NS;
}

static void bench_close(struct bench *bench)
{
	tally_destroy(bench->tally);
	source_close(bench->source);
	fixture_destroy(&bench->fixture);
}

static const uint32_t codes[] = { 0x400, 0x7b, 0x78, 0x7c, 0x72, 0x60, 0x61, 0x64, 0x4e, 0x10 };

/* Start a vCPU with one row for each of the first @rows elements of `codes`. */
static struct vmtoll_ledger *start(struct bench *bench, uint32_t slot, uint32_t vm, uint32_t pid,
				   uint32_t index, uint32_t rows)
{
	struct vmtoll_ledger *ledger = fixture_vcpu(&bench->fixture, slot, vm, pid, index);

	ledger->start_tsc = bench->fixture.host->copied_tsc - TSC(1) + slot;
	ledger->entry_tsc = ledger->start_tsc;
	for (uint32_t i = 0; i < rows; i++)
		fixture_row(ledger, codes[i], 0, 0, 0, 0);
	return ledger;
}

/* Add @count exits with codes[@code]. Each exit takes 2,000 cycles in KVM, which is 1 us. */
static void exits(struct vmtoll_ledger *ledger, uint32_t code, uint64_t count)
{
	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX + code], count, 2000, 0, 0);
}

/*
 * Let one second pass. Each live vCPU was in the guest during this second, except for the time of
 * the exits that the test has added.
 */
static void pass(struct bench *bench)
{
	bench->now_ns += SECOND;
	bench->fixture.host->copied_tsc += TSC(1);
	for (uint32_t slot = 1; slot < bench->fixture.host->slots_used; slot++)
		if (!(fixture_ledger(&bench->fixture, slot)->flags & VMTOLL_LEDGER_ENDED))
			fixture_enter(fixture_ledger(&bench->fixture, slot),
				      bench->fixture.host->copied_tsc);
}

static char *page_of(const struct bench *bench, enum metrics_format format)
{
	const struct metrics_view view = {
		.tally = bench->tally,
		.version = "1.2.3",
		.is_up = true,
		.read_at_ns = bench->now_ns,
		.read_took_ns = 1234567,
	};
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(metrics_write(&view, format, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* Check that the page contains @line. */
static void has_line(const struct bench *bench, const char *line)
{
	char *page = page_of(bench, METRICS_TEXT);
	char expected[400];

	snprintf(expected, sizeof(expected), "\n%s\n", line);
	if (!strstr(page, expected))
		fail_msg("no line '%s' in:\n%s", line, page);
	free(page);
}

static void lacks(const struct bench *bench, const char *text)
{
	char *page = page_of(bench, METRICS_TEXT);

	if (strstr(page, text))
		fail_msg("'%s' in:\n%s", text, page);
	free(page);
}

/* Exits from before the first reading must not be counted. Later exits must be counted. */
static void totals_start_at_zero(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 2);
	exits(ledger, 0, 5000);
	bench_read(&bench);
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 0");
	exits(ledger, 0, 70);
	pass(&bench);
	bench_read(&bench);
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 70");
	has_line(&bench, "vmtoll_exit_seconds_total{vm=\"web\",reason=\"NPF\",class=\"memory\","
			 "place=\"kvm\"} 0.000070000");
	has_line(&bench, "vmtoll_vcpu_seconds_total{vm=\"web\",state=\"kvm\"} 0.000070000");
	bench_close(&bench);
}

/* A VM that starts between two readings is counted from its start. */
static void new_vm_is_counted_completely(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	start(&bench, 1, 1, 101, 0, 1);
	bench_read(&bench);
	pass(&bench);
	exits(start(&bench, 2, 2, 102, 0, 2), 1, 33);
	bench_read(&bench);
	has_line(&bench, "vmtoll_vms 2");
	has_line(&bench, "vmtoll_exits_total{vm=\"db\",reason=\"IOIO\",class=\"io\"} 33");
	bench_close(&bench);
}

static void end_vcpu(struct bench *bench, struct vmtoll_ledger *ledger)
{
	struct vmtoll_ledger *departed = fixture_ledger(&bench->fixture, 0);

	ledger->flags |= VMTOLL_LEDGER_ENDED;
	ledger->ended_tsc = bench->fixture.host->copied_tsc;
	for (uint32_t i = VMTOLL_ROW_FIRST_INDEX; i < ledger->rows; i++)
		departed->row[VMTOLL_ROW_OTHER_INDEX].exits += ledger->row[i].exits;
	departed->vcpus++;
	*fixture_generation(&bench->fixture, 0) |= 1;
	departed->generation = *fixture_generation(&bench->fixture, 0);
}

/* Remove the ledger of an ended vCPU. */
static void drop(struct bench *bench, uint32_t slot)
{
	++*fixture_generation(&bench->fixture, slot);
}

/*
 * The figures of an ended VM remain on the page for 300 seconds, and must not be counted twice.
 * After that, the VM must not reappear, even if the module still has its ledger.
 */
static void ended_vm_is_kept(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	bench_read(&bench);
	pass(&bench);
	exits(ledger, 0, 9);
	end_vcpu(&bench, ledger);
	bench_read(&bench);
	has_line(&bench, "vmtoll_vms 0");
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"web\"} 0");
	has_line(&bench, "vmtoll_vm_ended_timestamp_seconds{vm=\"web\"} 1700000001.000000000");
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 9");
	has_line(&bench, "vmtoll_unattributed_exits_total 0");
	bench.now_ns += 299 * SECOND;
	bench_read(&bench);
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 9");
	bench.now_ns += SECOND;
	bench_read(&bench);
	lacks(&bench, "web");
	bench_read(&bench);
	lacks(&bench, "web"); /* the module still has the ledger */
	drop(&bench, 1);
	bench_read(&bench);
	assert_int_equal(bench.tally->vms, 0);
	bench_close(&bench);
}

/* VMs that ended before the first reading are not shown. */
static void earlier_vms_are_hidden(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	exits(ledger, 0, 9);
	end_vcpu(&bench, ledger);
	for (int i = 0; i < 3; i++) {
		bench_read(&bench);
		lacks(&bench, "web");
		has_line(&bench, "vmtoll_unattributed_exits_total 0");
		pass(&bench);
	}
	bench_close(&bench);
}

/*
 * If the ledger of an ended vCPU is not kept, the exits since the last reading are counted as
 * unattributed.
 */
static void unkept_exits_are_counted(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	exits(ledger, 0, 100);
	bench_read(&bench);
	exits(ledger, 0, 20);
	bench_read(&bench);
	exits(ledger, 0, 7);
	end_vcpu(&bench, ledger);
	drop(&bench, 1);
	bench_read(&bench);
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 20");
	has_line(&bench, "vmtoll_unattributed_exits_total 7");
	bench_close(&bench);
}

/*
 * After a reload, the module numbers the VMs from the beginning again. The totals must
 * nevertheless continue from their old values.
 */
static void reload_keeps_totals(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	start(&bench, 1, 1, 102, 0, 1);
	ledger = start(&bench, 2, 2, 101, 0, 1);
	bench_read(&bench);
	exits(ledger, 0, 50);
	pass(&bench);
	bench_read(&bench);
	pass(&bench);
	start(&bench, 2, 2, 102, 0, 1);
	exits(start(&bench, 1, 1, 101, 0, 1), 0, 3);
	pass(&bench);
	bench_read(&bench);
	has_line(&bench, "vmtoll_resets_total 1");
	has_line(&bench, "vmtoll_vms 2");
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 53");
	bench_close(&bench);
}

/* A VM that is started again under the same name continues the totals of the ended VM. */
static void same_name_continues(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 102, 0, 1);
	bench_read(&bench);
	exits(ledger, 0, 50);
	end_vcpu(&bench, ledger);
	pass(&bench);
	bench_read(&bench);
	exits(start(&bench, 2, 2, 112, 0, 1), 0, 4);
	bench_read(&bench);
	has_line(&bench, "vmtoll_exits_total{vm=\"db\",reason=\"NPF\",class=\"memory\"} 54");
	lacks(&bench, "vmtoll_vm_ended_timestamp_seconds");
	bench_close(&bench);
}

/* Two live VMs with the same name have different labels. */
static void labels_are_unique(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	start(&bench, 1, 1, 102, 0, 1);
	start(&bench, 2, 2, 112, 0, 1);
	start(&bench, 3, 3, 112, 0, 1);
	start(&bench, 4, 4, 103, 0, 1);
	bench_read(&bench);
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"db\"} 1");
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"db:112\"} 1");
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"db:112:3\"} 1");
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"pid-103\"} 1");
	bench_close(&bench);
}

/* Return the sum of the values of all lines that begin with @prefix. */
static double sum_of(const char *page, const char *prefix)
{
	size_t length = strlen(prefix);
	double sum = 0;

	for (const char *line = page; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, prefix, length))
			sum += strtod(strrchr(strndupa(line, strcspn(line, "\n")), ' '), NULL);
	}
	return sum;
}

/*
 * Check that no counter is lower on the page @after than on the page @before. A counter may be
 * missing from @after.
 */
static void check_monotonic(const char *before, const char *after)
{
	for (const char *line = before; (line = strchr(line, '\n')) && line[1]; line++) {
		size_t length = strcspn(line + 1, "\n") + 1;
		const char *text = strndupa(line, length);
		const char *value = strrchr(text, ' ');
		const char *same;

		if (text[1] == '#' || !strstr(text, "_total"))
			continue;
		same = strstr(after, strndupa(text, (size_t)(value - text) + 1));
		if (same && strtod(same + (value - text), NULL) < strtod(value, NULL))
			fail_msg("%s, but later%.*s", text, (int)strcspn(same + 1, "\n") + 1, same);
	}
}

/*
 * Check that @unit has exactly @most named reasons. The exits of all its reasons and those in the
 * rest of each class must add up to @total.
 */
static void check_named(const struct tally_unit *unit, size_t most, uint64_t total)
{
	uint64_t exits = 0;
	size_t named = 0;

	for (size_t i = 0; i < unit->reasons; i++) {
		exits += unit->reason[i].row.exits;
		named += unit->reason[i].is_named;
	}
	for (int class = 0; class < REASON_CLASSES; class ++)
		exits += unit->rest[class].exits;
	assert_int_equal(named, most);
	assert_int_equal(exits, total);
}

/*
 * Only the two reasons with the largest toll are named. When other reasons replace them, no
 * counter may decrease, and no exit may be missing from the sum over all reasons.
 */
static void top_reasons_change(void **state)
{
	struct tally_options options = defaults;
	struct vmtoll_ledger *ledger;
	struct bench bench;
	uint64_t total = 0;
	char *page, *next;

	(void)state;
	options.top = 2;
	bench_open(&bench, 8, &options);
	ledger = start(&bench, 1, 1, 101, 0, 6);
	bench_read(&bench);
	page = page_of(&bench, METRICS_TEXT);
	for (uint32_t i = 0; i < 600; i++) {
		uint32_t code = i / 200;

		exits(ledger, 2 * code, 1000);
		exits(ledger, 2 * code + 1, 900);
		exits(ledger, (2 * code + 3) % 6, 5);
		total += 1905;
		pass(&bench);
		bench_read(&bench);
		next = page_of(&bench, METRICS_TEXT);
		check_monotonic(page, next);
		free(page);
		page = next;
		check_named(&bench.tally->vm[0].unit[0], 2, total);
	}
	assert_non_null(strstr(page, "reason=\"CPUID\""));
	assert_non_null(strstr(page, "reason=\"INTR\""));
	assert_null(strstr(page, "reason=\"NPF\""));
	free(page);
	bench_close(&bench);
}

/*
 * With TALLY_CLASSES, no reason has a series. With TALLY_ALL, each reason has its own series.
 */
static void modes_select_reasons(void **state)
{
	struct tally_options options = defaults;

	(void)state;
	for (int mode = TALLY_ALL; mode <= TALLY_CLASSES; mode++) {
		struct vmtoll_ledger *ledger;
		struct bench bench;

		options.mode = (enum tally_mode)mode;
		bench_open(&bench, 8, &options);
		ledger = start(&bench, 1, 1, 101, 0, 10);
		bench_read(&bench);
		for (uint32_t i = 0; i < 10; i++)
			exits(ledger, i, i + 1);
		pass(&bench);
		bench_read(&bench);
		if (mode == TALLY_CLASSES) {
			lacks(&bench, "reason=");
			has_line(&bench, "vmtoll_exits_total{vm=\"web\",class=\"io\"} 2");
		} else {
			lacks(&bench, "reason=\"other\"");
			has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"WRITE_CR0\","
					 "class=\"memory\"} 10");
		}
		bench_close(&bench);
	}
}

/*
 * By default, a VM must have fewer than 40 series, even with exits of all classes and time in
 * all places.
 */
static void default_has_few_series(void **state)
{
	struct bench bench;
	char *page;
	int series = 0;

	(void)state;
	bench_open(&bench, 8, &defaults);
	for (uint32_t index = 0; index < 4; index++)
		start(&bench, 1 + index, 1, 101, index, 10);
	bench_read(&bench);
	for (uint32_t index = 0; index < 4; index++) {
		struct vmtoll_ledger *ledger = fixture_ledger(&bench.fixture, 1 + index);

		for (uint32_t i = 0; i < 10; i++)
			fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX + i], 10, 2000, 1,
				      codes[i] == 0x78);
		fixture_exits(ledger, &ledger->row[VMTOLL_ROW_OTHER_INDEX], 3, 2000, 1, 0);
	}
	pass(&bench);
	bench_read(&bench);
	page = page_of(&bench, METRICS_TEXT);
	for (const char *c = page; (c = strstr(c, "{vm=\"web\"")); c++)
		series++;
	assert_in_range(series, 30, 39);
	free(page);
	bench_close(&bench);
}

/*
 * With per_vcpu, the sum over all vCPUs of a VM must equal the figure of the VM without per_vcpu.
 */
static void vcpus_add_up(void **state)
{
	struct tally_options options = defaults;
	double sums[2];

	(void)state;
	for (int per_vcpu = 0; per_vcpu < 2; per_vcpu++) {
		struct bench bench;
		char *page;

		options.per_vcpu = per_vcpu;
		bench_open(&bench, 8, &options);
		start(&bench, 1, 1, 101, 0, 3);
		start(&bench, 2, 1, 101, 1, 3);
		bench_read(&bench);
		exits(fixture_ledger(&bench.fixture, 1), 0, 10);
		exits(fixture_ledger(&bench.fixture, 2), 2, 32);
		pass(&bench);
		bench_read(&bench);
		page = page_of(&bench, METRICS_TEXT);
		sums[per_vcpu] = sum_of(page, "vmtoll_exits_total{");
		assert_int_equal(!!strstr(page, "vcpu=\"1\",reason=\"HLT\""), per_vcpu);
		free(page);
		bench_close(&bench);
	}
	assert_true(sums[0] == 42);
	assert_true(sums[1] == 42);
}

/* The buckets of a histogram are cumulative, and their bounds are in seconds. */
static void histograms_are_cumulative(void **state)
{
	struct tally_options options = defaults;
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	options.histograms = true;
	bench_open(&bench, 8, &options);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	exits(ledger, 0, 1000);
	bench_read(&bench);
	exits(ledger, 0, 7); /* 2,000 cycles: the bucket up to 2,048 cycles, or 1.024 us */
	fixture_exits(ledger, &ledger->row[VMTOLL_ROW_FIRST_INDEX], 2, 5000, 0, 0);
	pass(&bench);
	bench_read(&bench);
#define LABELS "{vm=\"web\",reason=\"NPF\",class=\"memory\""
	has_line(&bench, "vmtoll_exit_duration_seconds_bucket" LABELS ",le=\"5.12e-07\"} 0");
	has_line(&bench, "vmtoll_exit_duration_seconds_bucket" LABELS ",le=\"1.024e-06\"} 7");
	has_line(&bench, "vmtoll_exit_duration_seconds_bucket" LABELS ",le=\"4.096e-06\"} 9");
	has_line(&bench, "vmtoll_exit_duration_seconds_bucket" LABELS ",le=\"+Inf\"} 9");
	has_line(&bench, "vmtoll_exit_duration_seconds_sum" LABELS "} 0.000012000");
	has_line(&bench, "vmtoll_exit_duration_seconds_count" LABELS "} 9");
	bench_close(&bench);
}

/* Reading the source in several parts must produce the same totals as reading it at once. */
static void parts_add_up(void **state)
{
	struct bench bench;
	char *page;

	(void)state;
	bench_open(&bench, 1800, &defaults);
	for (uint32_t slot = 1; slot < 1700; slot++)
		start(&bench, slot, slot / 3 + 1, 1003 + 10 * (slot / 3), slot % 3, 1);
	bench_read(&bench);
	for (uint32_t slot = 1; slot < 1700; slot++)
		exits(fixture_ledger(&bench.fixture, slot), 0, slot);
	pass(&bench);
	bench_read(&bench);
	page = page_of(&bench, METRICS_TEXT);
	assert_true(sum_of(page, "vmtoll_exits_total{") == 1699 * 1700 / 2);
	assert_true(sum_of(page, "vmtoll_vm_vcpus{") == 1699);
	assert_true(sum_of(page, "vmtoll_vms ") == 567);
	free(page);
	bench_close(&bench);
}

/* If a reading is interrupted and then starts over, nothing may be counted twice. */
static void reading_can_restart(void **state)
{
	struct vmtoll_ledger *ledger;
	struct snapshot *snapshot;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	exits(ledger, 0, 77);
	for (int i = 0; i < 2; i++) {
		exits(ledger, 0, 5);
		assert_int_equal(source_read(bench.source, &SCOPE_ALL, &snapshot, &complaint), 0);
		tally_begin(bench.tally);
		assert_int_equal(tally_add(bench.tally, snapshot), 0);
		snapshot_destroy(snapshot);
		bench_read(&bench);
		has_line(&bench, "vmtoll_vm_vcpus{vm=\"web\"} 1");
	}
	has_line(&bench, "vmtoll_exits_total{vm=\"web\",reason=\"NPF\",class=\"memory\"} 5");
	bench_close(&bench);
}

static void unbalanced_vcpus_are_counted(void **state)
{
	struct vmtoll_ledger *ledger;
	struct bench bench;

	(void)state;
	bench_open(&bench, 8, &defaults);
	ledger = start(&bench, 1, 1, 101, 0, 1);
	exits(ledger, 0, 77);
	bench_read(&bench);
	has_line(&bench, "vmtoll_vm_unbalanced_vcpus{vm=\"web\"} 0");
	ledger->kvm_exits++;
	ledger->lost += 4;
	bench.fixture.host->lost += 6;
	bench_read(&bench);
	has_line(&bench, "vmtoll_vm_unbalanced_vcpus{vm=\"web\"} 1");
	has_line(&bench, "vmtoll_vm_lost_exits_total{vm=\"web\"} 4");
	has_line(&bench, "vmtoll_lost_exits_total 6");
	bench_close(&bench);
}

static void odd_name(void *context, struct snapshot_vm *vm)
{
	(void)context;
	snprintf(vm->name, sizeof(vm->name), "a\"b\\c\nd\xff");
}

static void names_are_escaped(void **state)
{
	struct tally_options options = defaults;
	struct bench bench;

	(void)state;
	options.name_vm = odd_name;
	bench_open(&bench, 8, &options);
	start(&bench, 1, 1, 101, 0, 1);
	bench_read(&bench);
	has_line(&bench, "vmtoll_vm_vcpus{vm=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\"} 1");
	bench_close(&bench);
}

/* Let random VMs start, cause exits, end, and disappear, and reload the module now and then. */
static void counters_never_decrease(void **state)
{
	struct bench bench;
	uint32_t next_vm = 1;
	char *page, *next;

	(void)state;
	srand(1);
	bench_open(&bench, 16, &defaults);
	start(&bench, 1, next_vm++, 101, 0, 10);
	bench_read(&bench);
	page = page_of(&bench, METRICS_TEXT);
	for (int step = 0; step < 500; step++) {
		uint32_t slot = 1 + (uint32_t)rand() % 12;
		struct vmtoll_ledger *ledger = fixture_ledger(&bench.fixture, slot);
		bool is_used = *fixture_generation(&bench.fixture, slot) & 1;
		int action = rand() % 20;

		if (!action)
			next_vm = 1;
		if (!is_used)
			start(&bench, slot, next_vm++, 100 + slot, 0, 10);
		else if (action == 1 || ledger->flags & VMTOLL_LEDGER_ENDED)
			drop(&bench, slot);
		else if (action == 2)
			end_vcpu(&bench, ledger);
		else
			exits(ledger, (uint32_t)rand() % 10, (uint64_t)rand() % 1000);
		pass(&bench);
		bench_read(&bench);
		next = page_of(&bench, METRICS_TEXT);
		check_monotonic(page, next);
		free(page);
		page = next;
	}
	free(page);
	bench_close(&bench);
}

static void format_is_negotiated(void **state)
{
	static const struct {
		const char *accept;
		enum metrics_format format;
	} cases[] = {
		{ NULL, METRICS_TEXT },
		{ "", METRICS_TEXT },
		{ "*/*", METRICS_TEXT },
		{ "text/plain", METRICS_TEXT },
		{ "application/openmetrics-text", METRICS_OPENMETRICS },
		{ "Application/OpenMetrics-Text; Version=\"1.0.0\"", METRICS_OPENMETRICS },
		{ "application/openmetrics-text;version=2.0.0", METRICS_TEXT },
		{ "application/openmetrics-text;q=0", METRICS_TEXT },
		{ "application/openmetrics-text;q=0.2,text/plain;q=0.7", METRICS_TEXT },
		{ "text/plain;q=0.2,application/openmetrics-text;q=0.7", METRICS_OPENMETRICS },
		/* the header that Prometheus 2.42 sends */
		{ "application/openmetrics-text;version=1.0.0,"
		  "application/openmetrics-text;version=0.0.1;q=0.75,"
		  "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
		  METRICS_OPENMETRICS },
		{ ";;;,,;q=,=;version", METRICS_TEXT },
		{ "application/openmetrics-text;q=nan", METRICS_TEXT },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (metrics_negotiate(cases[i].accept) != cases[i].format)
			fail_msg("%s: wrong format", cases[i].accept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_start_at_zero),
		cmocka_unit_test(new_vm_is_counted_completely),
		cmocka_unit_test(ended_vm_is_kept),
		cmocka_unit_test(earlier_vms_are_hidden),
		cmocka_unit_test(unkept_exits_are_counted),
		cmocka_unit_test(reload_keeps_totals),
		cmocka_unit_test(same_name_continues),
		cmocka_unit_test(labels_are_unique),
		cmocka_unit_test(top_reasons_change),
		cmocka_unit_test(modes_select_reasons),
		cmocka_unit_test(default_has_few_series),
		cmocka_unit_test(vcpus_add_up),
		cmocka_unit_test(histograms_are_cumulative),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(reading_can_restart),
		cmocka_unit_test(unbalanced_vcpus_are_counted),
		cmocka_unit_test(names_are_escaped),
		cmocka_unit_test(counters_never_decrease),
		cmocka_unit_test(format_is_negotiated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
