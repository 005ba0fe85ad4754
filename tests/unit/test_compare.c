// SPDX-License-Identifier: GPL-2.0
/*
 * Test `vmtoll compare`: how it compares experiments, proves paging modes, explains results, and
 * evaluates repeated runs.
 */
#include "test.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/findings.h"
#include "model/array.h"
#include "view/compare_rows.h"
#include "view/compare_view.h"
#include "analysis/repeat.h"

#define ROWS 4

static struct complaint complaint;

/*
 * Return a run with one phase. Each entry of @rows is an exit code and its number of exits. @rows
 * has at most ROWS entries. Each exit takes 20 cycles.
 */
static struct run run_of(enum reason_isa isa, enum paging_mode mode, const char *parameter,
			 const char *readback, const uint32_t (*rows)[2])
{
	struct run run = { .mode = mode,
			   .side = mode,
			   .has_mode = true,
			   .origin = { .isa = isa, .tsc_khz = 1000 },
			   .phases = 1 };
	struct books *books;

	snprintf(run.parameter, sizeof(run.parameter), "%s", parameter);
	snprintf(run.readback, sizeof(run.readback), "%s", readback);
	run.phase = calloc(1, sizeof(*run.phase));
	assert_non_null(run.phase);
	snprintf(run.phase->name, sizeof(run.phase->name), "run");
	books = &run.phase->books;
	books->row = calloc(ROWS, sizeof(*books->row));
	assert_non_null(books->row);
	for (size_t i = 0; i < ROWS && rows[i][1]; i++) {
		struct snapshot_row *row = &books->row[books->rows++];

		*row = (struct snapshot_row){ .code = rows[i][0], .exits = rows[i][1] };
		row->kvm_tsc = 20 * row->exits;
		books->total.exits += row->exits;
		books->total.kvm_tsc += row->kvm_tsc;
	}
	return run;
}

/* Return an experiment that consists of @runs runs. The experiment takes ownership of them. */
static struct experiment experiment_of(const struct run *run, size_t runs)
{
	struct experiment experiment = { .side = { { .name = "nested" }, { .name = "shadow" } },
					 .runs = runs };

	experiment.run = calloc(runs, sizeof(*run));
	assert_non_null(experiment.run);
	memcpy(experiment.run, run, runs * sizeof(*run));
	return experiment;
}

/* One test case for each way in which the proof of a paging mode succeeds or fails. */
static const struct {
	enum reason_isa isa;
	enum paging_mode mode;
	const char *parameter;
	const char *readback;
	uint32_t rows[ROWS][2];
	const char *says; /* part of the error message; NULL means that the proof succeeds */
} proofs[] = {
	{ REASON_VMX, PAGING_NESTED, "kvm_intel.ept", "Y", { { 48, 9 } }, NULL },
	{ REASON_VMX, PAGING_NESTED, "kvm_intel.ept", "1", { { 48, 9 } }, NULL },
	{ REASON_VMX, PAGING_NESTED, "kvm_intel.ept", "N", { { 48, 9 } }, "reads 'N'" },
	{ REASON_VMX, PAGING_NESTED, "kvm_intel.ept", "", { { 48, 9 } }, "reads ''" },
	{ REASON_VMX,
	  PAGING_NESTED,
	  "kvm_intel.ept",
	  "Y",
	  { { 49, 9 } },
	  "no EPT_VIOLATION exits" },
	{ REASON_VMX, PAGING_NESTED, "kvm_amd.npt", "1", { { 48, 9 } }, "kvm_intel.ept selects" },
	{ REASON_VMX,
	  PAGING_SHADOW,
	  "kvm_intel.ept",
	  "N",
	  { { 0, 5 }, { 14, 1 }, { 28, 2 } },
	  NULL },
	{ REASON_VMX,
	  PAGING_SHADOW,
	  "kvm_intel.ept",
	  "Y",
	  { { 0, 5 }, { 14, 1 }, { 28, 2 } },
	  "reads 'Y'" },
	{ REASON_VMX,
	  PAGING_SHADOW,
	  "kvm_intel.ept",
	  "N",
	  { { 0, 5 }, { 14, 1 }, { 28, 2 }, { 48, 1 } },
	  "1 EPT_VIOLATION exits" },
	{ REASON_VMX,
	  PAGING_SHADOW,
	  "kvm_intel.ept",
	  "N",
	  { { 0, 5 }, { 14, 1 }, { 28, 2 }, { 49, 3 } },
	  "3 EPT_MISCONFIG exits" },
	{ REASON_VMX, PAGING_SHADOW, "kvm_intel.ept", "N", { { 0, 5 }, { 28, 2 } }, "no INVLPG" },
	{ REASON_VMX,
	  PAGING_SHADOW,
	  "kvm_intel.ept",
	  "N",
	  { { 14, 5 }, { 28, 2 } },
	  "no EXCEPTION" },
	{ REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", { { 0x400, 9 } }, NULL },
	{ REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", { { 0x4e, 9 } }, "no NPF" },
	{ REASON_SVM, PAGING_NESTED, "kvm_amd.ept", "1", { { 0x400, 9 } }, "kvm_amd.npt selects" },
	{ REASON_SVM,
	  PAGING_SHADOW,
	  "kvm_amd.npt",
	  "0",
	  { { 0x4e, 9 }, { 0x13, 9 }, { 0x79, 9 } },
	  NULL },
	{ REASON_SVM,
	  PAGING_SHADOW,
	  "kvm_amd.npt",
	  "0",
	  { { 0x4e, 9 }, { 0x13, 9 }, { 0x79, 9 }, { 0x400, 1 } },
	  "1 NPF exits" },
	{ REASON_SVM,
	  PAGING_SHADOW,
	  "kvm_amd.npt",
	  "0",
	  { { 0x4e, 9 }, { 0x79, 9 } },
	  "no WRITE_CR3" },
};

static void modes_are_proven(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(proofs); i++) {
		struct run run = run_of(proofs[i].isa, proofs[i].mode, proofs[i].parameter,
					proofs[i].readback, proofs[i].rows);
		int error = mode_prove(&run, &complaint);

		assert_int_equal(error, proofs[i].says ? -EINVAL : 0);
		if (proofs[i].says)
			assert_has(complaint.text, proofs[i].says);
		else
			assert_has(run.proof, proofs[i].parameter);
		run_release(&run);
	}
}

/* Exits of a nested guest (L2) must not prove the paging mode of the VM (L1) that runs it. */
static void nested_guests_prove_nothing(void **state)
{
	struct run run = run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1",
				(const uint32_t[ROWS][2]){ { 0x400, 9 } });

	(void)state;
	run.phase->books.row[0].flags = ROW_NESTED;
	assert_int_equal(run_exits(&run, 0x400), 0);
	assert_int_equal(mode_prove(&run, &complaint), -EINVAL);
	run_release(&run);
}

static const uint32_t nested_rows[ROWS][2] = { { 0x400, 100 }, { 0x72, 50 }, { 0x78, 7 } };
static const uint32_t shadow_rows[ROWS][2] = {
	{ 0x13, 600 }, { 0x4e, 300 }, { 0x72, 50 }, { 0x79, 100 }
};

/*
 * Return an experiment with @count runs, at most six. The first run belongs to side A, and the
 * next ones to B, B, A, A and B.
 */
static struct experiment experiment_in_turns(const uint32_t (*rows)[ROWS][2], size_t count)
{
	static const unsigned int side[] = { 0, 1, 1, 0, 0, 1 };
	struct run runs[6];

	for (size_t i = 0; i < count; i++)
		runs[i] = run_of(REASON_SVM, side[i], "kvm_amd.npt", "1", rows[i]);
	return experiment_of(runs, count);
}

/*
 * Return the text that explains the results of @experiment, and release @experiment. The caller
 * must free() the text.
 */
static char *tell(struct experiment *experiment)
{
	struct comparison comparison;
	char *story;

	assert_int_equal(compare_make(experiment, &comparison, &complaint), 0);
	story = compare_story(&comparison);
	assert_non_null(story);
	compare_release(&comparison);
	experiment_release(experiment);
	return story;
}

/* Return the report as a single line of text. The caller must free() the result. */
static char *text_of(const struct comparison *comparison)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	size_t used = 0;

	assert_non_null(out);
	assert_int_equal(compare_text(comparison, out), 0);
	assert_int_equal(fclose(out), 0);
	for (const char *from = text; *from; from++)
		if (!isspace((unsigned char)*from) || (used && text[used - 1] != ' '))
			text[used++] = isspace((unsigned char)*from) ? ' ' : *from;
	text[used] = '\0';
	return text;
}

/* Return the comparison as CSV. The caller must free() the result. */
static char *csv_of(const struct comparison *comparison)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(compare_csv(comparison, out), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

/*
 * Check the order, the kinds and the figures of the findings of a comparison. Their text, which
 * compare_story.c writes, is not checked here.
 */
static void findings_are_figures(void **state)
{
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", nested_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", shadow_rows) };
	struct experiment experiment = experiment_of(runs, 2);
	struct comparison comparison;
	struct findings findings;
	const struct finding *finding;

	(void)state;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_int_equal(findings_make(&comparison, &findings), 0);
	finding = findings.finding;
	assert_int_equal(findings.count, 6);
	assert_int_equal(finding[0].kind, FINDING_TOTAL);
	assert_int_equal(finding[0].median[0], 157);
	assert_int_equal(finding[0].median[1], 1050);
	assert_int_equal(finding[1].kind, FINDING_ADDED);
	assert_int_equal(finding[1].exits, 1000);
	assert_int_equal(finding[1].reasons, 3);
	assert_int_equal(finding[1].reason[0].row->key.code, 0x13);
	assert_float_equal(finding[1].reason[0].share, 0.6, 1e-9);
	assert_int_equal(finding[1].reason[0].certainty, CERTAINTY_UNTESTED);
	assert_int_equal(finding[2].kind, FINDING_SAVED);
	assert_int_equal(finding[2].exits, 107);
	assert_int_equal(finding[3].kind, FINDING_MAPPING);
	assert_int_equal(finding[3].reason[0].side, 0);
	assert_int_equal(finding[3].reason[0].exits, 100);
	assert_int_equal(finding[3].reason[1].exits, 300);
	assert_int_equal(finding[4].kind, FINDING_UNCHANGED);
	assert_int_equal(finding[4].reason[0].row->key.code, 0x72);
	assert_int_equal(finding[5].kind, FINDING_TIME);
	assert_int_equal(finding[5].median[1], 20 * 1050);
	findings_release(&findings);
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * Check that the report contains the warnings about the experiment. Warnings on standard error
 * are not enough.
 */
static void warnings_are_reported(void **state)
{
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", nested_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", shadow_rows) };
	struct experiment experiment = experiment_of(runs, 2);
	struct comparison comparison;
	struct json_object *object;
	char *text;

	(void)state;
	assert_int_equal(experiment_warn(&experiment, "the guests differ"), 0);
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	text = text_of(&comparison);
	assert_has(text, "Warning: the guests differ");
	free(text);
	object = compare_object(&comparison);
	assert_non_null(object);
	assert_has(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN),
		   "\"warnings\":[\"the guests differ\"]");
	json_object_put(object);
	compare_release(&comparison);
	experiment_release(&experiment);
}

static void runs_side_by_side(void **state)
{
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", nested_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", shadow_rows) };
	struct experiment experiment = experiment_of(runs, 2);
	struct comparison comparison;
	const struct compare_row *row;
	char *story;

	(void)state;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_int_equal(comparison.phases, 1);
	assert_int_equal(comparison.phase[0].rows, 6);
	row = comparison.phase[0].row;
	assert_int_equal(row[0].key.code, 0x13); /* the row with the largest change comes first */
	assert_float_equal(row[0].measure[MEASURE_EXITS].side[0].median, 0, 0);
	assert_float_equal(row[0].measure[MEASURE_EXITS].side[1].median, 600, 0);
	assert_false(row[0].measure[MEASURE_EXITS].tested); /* there is one run per side */
	assert_false(row[0].measure[MEASURE_EXITS].moved);
	assert_int_equal(row[5].key.code, 0x78);
	assert_int_equal(row[5].change, -7);
	assert_float_equal(comparison.phase[0].total.measure[MEASURE_EXITS].side[1].median, 1050,
			   0);
	row = comparison.phase[0].class;
	assert_float_equal(row[REASON_MEMORY].measure[MEASURE_EXITS].side[0].median, 100, 0);
	assert_float_equal(row[REASON_MEMORY].measure[MEASURE_EXITS].side[1].median, 1000, 0);
	assert_float_equal(row[REASON_INSTRUCTION].measure[MEASURE_EXITS].side[1].median, 50, 0);
	story = compare_story(&comparison);
	assert_non_null(story);
	assert_has(
		story,
		"A run took 1,050 exits with shadow paging, and 157 with nested paging: 6.69 times");
	assert_has(story, "With shadow paging, 1,000 exits were added: 60.0% are WRITE_CR3");
	assert_has(story, "30.0% are EXCP_PF, 300 instead of 0");
	assert_has(story, "10.0% are INVLPG");
	assert_has(story, "With shadow paging, 107 exits were saved: 93.5% are NPF");
	assert_has(story,
		   "\nEach mode has its own exit reasons for the same work: the 100 NPF exits "
		   "with nested paging correspond to page faults with shadow paging, which "
		   "are among the 300 EXCP_PF exits.\n");
	assert_has(story, "Unchanged within 2%: CPUID (50)");
	assert_null(strstr(story, "The phase")); /* there is only one */
	assert_null(strstr(story, "reasons moved")); /* nothing was tested */
	free(story);
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * With three runs per side, the rows must contain medians and not means. The exits of row 0x60
 * differ as much within each side as between the sides, so this row must not be marked as moved.
 */
static void repeated_runs_are_tested(void **state)
{
	static const uint32_t rows[6][ROWS][2] = {
		{ { 0x400, 100 }, { 0x72, 50 }, { 0x60, 30 } },
		{ { 0x13, 600 }, { 0x72, 50 }, { 0x60, 34 } },
		{ { 0x13, 640 }, { 0x72, 50 }, { 0x60, 29 } },
		{ { 0x400, 104 }, { 0x72, 50 }, { 0x60, 36 } },
		{ { 0x400, 900 }, { 0x72, 50 }, { 0x60, 27 } },
		{ { 0x13, 610 }, { 0x72, 50 }, { 0x60, 33 } },
	};
	struct experiment experiment = experiment_in_turns(rows, 6);
	struct comparison comparison;
	const struct compare_row *row;

	(void)state;
	experiment.run[4].end = RUN_FAILED; /* no figure may contain its 900 exits */
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_int_equal(comparison.valid[0], 2);
	assert_int_equal(comparison.valid[1], 3);
	row = comparison.phase[0].row;
	assert_int_equal(row[0].key.code, 0x13);
	assert_float_equal(row[0].measure[MEASURE_EXITS].side[1].median, 610, 0);
	assert_true(row[0].measure[MEASURE_EXITS].moved);
	assert_int_equal(row[1].key.code, 0x400);
	assert_float_equal(row[1].measure[MEASURE_EXITS].side[0].median, 102, 0);
	assert_int_equal(row[2].key.code, 0x72);
	assert_true(row[2].measure[MEASURE_EXITS].tested);
	assert_false(row[2].measure[MEASURE_EXITS].moved);
	assert_int_equal(row[3].key.code, 0x60);
	assert_false(row[3].measure[MEASURE_EXITS].moved);
	assert_float_equal(row[3].measure[MEASURE_EXITS].ratio, 1, 1e-9); /* both are 33 */
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * Give the row of @run a histogram of @fast exits that take 1,000 cycles and @slow exits that take
 * 100,000 cycles.
 */
static void set_durations(struct run *run, uint32_t fast, uint32_t slow, bool knows_longest)
{
	struct books *books = &run->phase->books;
	struct snapshot_row *row = &books->row[0];

	row->hist[2] = fast; /* 512 to 1,023 cycles */
	row->hist[9] = slow; /* 65,536 to 131,071 cycles */
	row->exits = fast + slow;
	row->kvm_tsc = 1000 * fast;
	row->vmm_tsc = 100000 * slow;
	row->longest_tsc = knows_longest ? slow ? 100000 : 1000 : 0;
	books->total.kvm_tsc = row->kvm_tsc;
	run->origin.knows = KNOWS_ROW_TIME | KNOWS_VMM_TIME | KNOWS_HISTOGRAM |
			    (knows_longest ? KNOWS_LONGEST : 0);
}

/*
 * The percentiles of a side must be computed from all exits in its valid runs. Text, JSON and CSV
 * must contain the same figures. On the second side, one run does not report its longest exit, so
 * the longest exit of the whole side is unknown. The side's p99.9 is therefore the end of a
 * histogram bucket.
 */
static void durations_are_those_of_all_runs(void **state)
{
	static const uint32_t one[ROWS][2] = { { 0x72, 1 } };
	struct run runs[5];
	struct experiment experiment;
	struct comparison comparison;
	const struct compare_row *row;
	struct json_object *object;
	const char *json;
	char *text;

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(runs); i++)
		runs[i] = run_of(REASON_SVM, i & 1, "kvm_amd.npt", "1", one);
	set_durations(&runs[0], 990, 0, true);
	set_durations(&runs[1], 989, 0, true);
	set_durations(&runs[2], 0, 10, true);
	set_durations(&runs[3], 0, 11, false);
	set_durations(&runs[4], 0, 5000, true);
	runs[4].end = RUN_FAILED; /* no figure may contain its exits */
	experiment = experiment_of(runs, ARRAY_SIZE(runs));
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	row = &comparison.phase[0].row[0];
	assert_int_equal(row->pooled[0].exits, 1000);
	assert_int_equal(row->pooled[0].hist[2], 990);
	assert_int_equal(row->pooled[0].longest_tsc, 100000);
	object = compare_object(&comparison);
	json = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
	assert_has(json, "\"duration_tsc\": { "
			 "\"a\": { \"mean\": 1990, \"p50\": 1024, \"p90\": 1024, "
			 "\"p99\": 1024, \"p999\": 100000, \"longest\": 100000, "
			 "\"longest_at_most\": false }, "
			 "\"b\": { \"mean\": 2089, \"p50\": 1024, \"p90\": 1024, "
			 "\"p99\": 131072, \"p999\": 131072 } }");
	/* a reader of the file needs the longest exit of each run */
	assert_has(json, "\"longest_tsc\": 100000");
	json_object_put(object);
	text = text_of(&comparison);
	assert_has(text, "CPUID nested 1.99ms <1.02ms <1.02ms <1.02ms <100ms 100ms "
			 "CPUID shadow 2.09ms <1.02ms <1.02ms <131ms <131ms - ");
	assert_has(text, "percentiles are upper bounds, at most twice the true value below 4295s");
	free(text);
	text = csv_of(&comparison);
	assert_has(text, "mean_a_ns,p50_a_ns,p90_a_ns,p99_a_ns,p999_a_ns,longest_a_ns,"
			 "longest_at_most_a,mean_b_ns,");
	assert_has(text, ",1990000,1024000,1024000,1024000,100000000,100000000,0,"
			 "2089000,1024000,1024000,131072000,131072000,,,,,,,0\n");
	free(text);
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * Check which runs are outliers. The median of the valid runs is 100 exits on the first side and
 * 1,000 exits on the second.
 */
static void runs_off_their_fellows(void **state)
{
	static const struct {
		unsigned int side;
		enum run_end end;
		uint32_t exits;
		bool odd;
	} run[] = {
		{ 0, RUN_VALID, 49, true },    { 0, RUN_VALID, 50, false },
		{ 0, RUN_VALID, 100, false },  { 0, RUN_VALID, 200, false },
		{ 0, RUN_VALID, 201, true },   { 0, RUN_FAILED, 1, false },
		{ 1, RUN_VALID, 300, true },   { 1, RUN_VALID, 1000, false },
		{ 1, RUN_VALID, 1001, false },
	};
	struct run runs[ARRAY_SIZE(run)];
	struct experiment experiment;
	struct comparison comparison;
	char *text;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(run); i++) {
		/* whether a run is an outlier is decided by the sum of both rows */
		const uint32_t rows[ROWS][2] = { { 0x72, run[i].exits - 1 - run[i].exits / 4 },
						 { 0x7b, 1 + run[i].exits / 4 } };

		runs[i] = run_of(REASON_SVM, run[i].side, "kvm_amd.npt", "1", rows);
		runs[i].end = run[i].end;
	}
	experiment = experiment_of(runs, ARRAY_SIZE(run));
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_float_equal(comparison.phase[0].total.measure[MEASURE_EXITS].side[0].median, 100,
			   1e-9);
	for (size_t i = 0; i < experiment.runs; i++)
		assert_int_equal(compare_is_outlier(&comparison, &experiment.run[i]), run[i].odd);
	text = text_of(&comparison);
	assert_has(text, "far from the other runs of its side: 0.49 times their median");
	assert_has(text, "far from the other runs of its side: 2.01 times their median");
	free(text);
	/* the figures include the outlier */
	assert_int_equal(comparison.valid[1], 3);
	assert_float_equal(comparison.phase[0].total.measure[MEASURE_EXITS].side[1].least, 300,
			   1e-9);
	compare_release(&comparison);
	/* with two runs, neither is an outlier */
	experiment.run[8].end = RUN_FAILED;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_false(compare_is_outlier(&comparison, &experiment.run[6]));
	assert_true(compare_is_outlier(&comparison, &experiment.run[0]));
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * Check that the explanation does not mention additional exits if shadow paging only reduces the
 * number of exits.
 */
static void story_follows_the_figures(void **state)
{
	const uint32_t few[ROWS][2] = { { 0x72, 40 } };
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", shadow_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", few) };
	struct experiment experiment = experiment_of(runs, 2);
	char *story = tell(&experiment);

	(void)state;
	assert_null(strstr(story, "added"));
	assert_null(strstr(story, "Unchanged"));
	assert_null(strstr(story, "Each mode"));
	assert_has(story, "With shadow paging, 1,010 exits were saved: 59.4% are WRITE_CR3");
	free(story);
}

static const uint32_t ept_rows[ROWS][2] = { { 48, 200 }, { 49, 40 }, { 10, 50 } };
static const uint32_t no_ept_rows[ROWS][2] = { { 0, 900 }, { 28, 700 }, { 10, 50 }, { 14, 60 } };

/*
 * Compare a run with nested paging to a run with shadow paging, and return the explanation. The
 * first side has the name @a and the paging mode @first. The second side has the name @b and the
 * other mode. vmtoll must recognize the two runs by their modes or, if @modes is false, by their
 * exits. The order and the names of the sides must not matter.
 */
static char *story_of(enum paging_mode first, const char *a, const char *b, bool modes)
{
	struct run runs[] = { run_of(REASON_VMX, PAGING_NESTED, "kvm_intel.ept", "Y", ept_rows),
			      run_of(REASON_VMX, PAGING_SHADOW, "kvm_intel.ept", "N",
				     no_ept_rows) };
	struct experiment experiment = experiment_of(runs, 2);

	snprintf(experiment.side[0].name, sizeof(experiment.side[0].name), "%s", a);
	snprintf(experiment.side[1].name, sizeof(experiment.side[1].name), "%s", b);
	for (unsigned int i = 0; i < 2; i++) {
		experiment.run[i].side = i ^ (first == PAGING_SHADOW);
		experiment.run[i].has_mode = modes;
	}
	return tell(&experiment);
}

static void rows_map_whatever_the_names(void **state)
{
	static const char mapping[] =
		"the 200 EPT_VIOLATION exits and the 40 EPT_MISCONFIG exits (device memory, class "
		"I/O) with nested paging correspond to page faults with shadow paging, which are "
		"among the 900 EXCEPTION_NMI exits (class memory).";
	char *story = story_of(PAGING_NESTED, "kvm_intel.ept=1", "kvm_intel.ept=0", true);

	(void)state;
	assert_has(story, "A run took 1,710 exits with shadow paging, and 290 with nested paging");
	assert_has(story, mapping);
	free(story);
	story = story_of(PAGING_SHADOW, "kvm_intel.ept=0", "kvm_intel.ept=1", true);
	assert_has(story, "A run took 290 exits with nested paging, and 1,710 with shadow paging");
	assert_has(story, mapping);
	free(story);
	story = story_of(PAGING_NESTED, "before.vmtoll", "after.vmtoll", false);
	assert_has(story, "A run took 1,710 exits with after.vmtoll, and 290 with before.vmtoll");
	assert_has(story, mapping);
	free(story);
}

/*
 * Compare the first @count runs of the table below, and return the explanation. The number of INTR
 * exits (0x60) differs as much between runs of the same side as between the sides. The explanation
 * must therefore say that the difference between the sides may be due to chance.
 */
static char *story_of_chance(size_t count)
{
	static const uint32_t rows[6][ROWS][2] = {
		{ { 0x400, 5000 }, { 0x60, 900 } },  { { 0x13, 9000 }, { 0x60, 2900 } },
		{ { 0x13, 9004 }, { 0x60, 700 } },   { { 0x400, 5003 }, { 0x60, 1500 } },
		{ { 0x400, 5001 }, { 0x60, 1200 } }, { { 0x13, 9002 }, { 0x60, 1800 } },
	};
	struct experiment experiment = experiment_in_turns(rows, count);

	for (size_t i = 0; i < count; i++)
		experiment.run[i].has_mode = false;
	return tell(&experiment);
}

static void chance_explains_nothing(void **state)
{
	char *story = story_of_chance(6);

	(void)state;
	assert_has(story, "INTR, 1,800 instead of 1,200, which may be chance.");
	assert_has(story, "are WRITE_CR3, 9,002 instead of 0 (This exit occurs only");
	assert_has(story,
		   "2 of 3 reasons moved: their change is too large to be explained by the spread "
		   "of the runs. 1 may differ by chance, and 0 do not differ.");
	free(story);
	story = story_of_chance(4);
	assert_has(story,
		   "INTR, 1,800 instead of 1,200, which may be chance (there are few runs).");
	free(story);
}

/*
 * Check that the report fits into the width of a terminal even with the exit counts of a whole
 * year, extreme ratios, and names that are too long for their columns.
 */
static void reports_fit_a_terminal(void **state)
{
	static const uint32_t rows[6][ROWS][2] = {
		{ { 0x72, 4100200300 }, { 0x400, 5 }, { 0x60, 4000000000 }, { 0x7c, 100000000 } },
		{ { 0x72, 4100200399 }, { 0x13, 99999999 }, { 0x60, 2 }, { 0x7c, 1 } },
		{ { 0x72, 4100200222 }, { 0x13, 99999998 }, { 0x60, 2 }, { 0x7c, 1 } },
		{ { 0x72, 4200200300 }, { 0x400, 6 }, { 0x60, 4000001000 }, { 0x7c, 100000009 } },
		{ { 0x72, 4100205300 }, { 0x400, 4 }, { 0x60, 4000001100 }, { 0x7c, 100000005 } },
		{ { 0x72, 4100200300 }, { 0x13, 99999997 }, { 0x60, 3 }, { 0x7c, 1 } },
	};
	struct experiment experiment = experiment_in_turns(rows, 6);
	struct comparison comparison;
	size_t bytes;
	char *text;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	for (unsigned int i = 0; i < SIDES; i++)
		memset(experiment.side[i].name, 'x', sizeof(experiment.side[i].name) - 1);
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	assert_non_null(out);
	assert_int_equal(compare_text(&comparison, out), 0);
	assert_int_equal(fclose(out), 0);
	assert_has(text, " 4.1G");
	assert_has(text, " 100M");
	assert_has(text, " 99,999,998 ");
	for (char *rest = text, *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
		if (strlen(line) > 80)
			fail_msg("%zu columns: %s", strlen(line), line);
	free(text);
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * The first column of the table of times contains the name of the row. For each time that the
 * source reports, the table must have one more column per side. Which times are reported depends
 * on the kind of the rows.
 */
static void times_have_columns_by_kind(void **state)
{
	static const struct {
		enum compare_kind kind;
		unsigned int knows;
		size_t columns;
	} cases[] = {
		{ COMPARE_REASON, 0, 1 },
		{ COMPARE_REASON, KNOWS_ROW_TIME, 3 },
		{ COMPARE_CLASS, KNOWS_ROW_TIME | KNOWS_HALT_TIME, 5 },
		{ COMPARE_TOTAL, 0, 3 },
		{ COMPARE_TOTAL, KNOWS_VMM_TIME, 5 },
	};
	static const char *const names[SIDES] = { "nested", "shadow" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct origin origin = { .isa = REASON_SVM, .knows = cases[i].knows };
		struct comparison comparison = { .origin = &origin };
		struct compare_columns columns;

		compare_columns_fill(&comparison, cases[i].kind, LAYOUT_TIMES, names, &columns);
		assert_int_equal(columns.count, cases[i].columns);
		assert_string_equal(columns.column[0].key, "name");
	}
}

/*
 * Each measure of a row must be computed from the right figure. The time in the VMM, for example,
 * must be computed from vmm_tsc.
 */
static void each_measure_is_its_own(void **state)
{
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", nested_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", shadow_rows) };
	struct experiment experiment = experiment_of(runs, 2);
	struct snapshot_row *row = &runs[0].phase->books.row[1]; /* 0x72 */
	struct comparison comparison;

	(void)state;
	row->vmm_tsc = 5;
	row->halt_tsc = 6;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), 0);
	for (size_t i = 0; i < comparison.phase[0].rows; i++) {
		const struct compare_row *got = &comparison.phase[0].row[i];

		if (got->key.code != 0x72)
			continue;
		assert_int_equal(got->median[MEASURE_EXITS][0], 50);
		assert_int_equal(got->median[MEASURE_KVM][0], 1000);
		assert_int_equal(got->median[MEASURE_VMM][0], 5);
		assert_int_equal(got->median[MEASURE_HALT][0], 6);
		assert_int_equal(got->median[MEASURE_VMM][1], 0);
	}
	compare_release(&comparison);
	experiment_release(&experiment);
}

/*
 * The phase that differs the most may have fewer exits on the second side than on the first. In
 * this test, a factor of 1/4 must count as a greater difference than a factor of 2.
 */
static void phases_differ_in_both_directions(void **state)
{
	static const double factors[] = { 1, 2, 0.25 };
	struct compare_phase phase[] = { { 0 }, { .name = "double" }, { .name = "quarter" } };
	struct origin origin = { .isa = REASON_SVM };
	struct comparison comparison = { .origin = &origin, .phase = phase, .phases = 3 };
	struct findings findings;
	const struct finding *last;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(factors); i++) {
		phase[i].total.median[MEASURE_EXITS][0] = 1000;
		phase[i].total.median[MEASURE_EXITS][1] = (uint64_t)(1000 * factors[i]);
	}
	assert_int_equal(findings_make(&comparison, &findings), 0);
	last = &findings.finding[findings.count - 1];
	assert_int_equal(last->kind, FINDING_PHASES);
	assert_string_equal(last->most.phase->name, "quarter");
	assert_string_equal(last->least.phase->name, "double");
	findings_release(&findings);
}

static void what_cannot_be_compared(void **state)
{
	struct run runs[] = { run_of(REASON_SVM, PAGING_NESTED, "kvm_amd.npt", "1", nested_rows),
			      run_of(REASON_SVM, PAGING_SHADOW, "kvm_amd.npt", "0", shadow_rows) };
	struct experiment experiment = experiment_of(runs, 2);
	struct run *second = &experiment.run[1];
	struct comparison comparison;

	(void)state;
	second->origin.isa = REASON_VMX;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), -EINVAL);
	second->origin.isa = REASON_SVM;
	snprintf(second->phase->name, sizeof(second->phase->name), "forks");
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), -EINVAL);
	assert_has(complaint.text, "'run' in one run and 'forks'");
	second->end = RUN_TIMED_OUT;
	assert_int_equal(compare_make(&experiment, &comparison, &complaint), -ENODATA);
	assert_has(complaint.text, "no run of 'shadow' is valid");
	experiment_release(&experiment);
}

static void means_and_deviations(void **state)
{
	static const double values[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	struct mean_deviation spread = mean_deviation_of(values, 8);

	(void)state;
	assert_float_equal(spread.mean, 5, 1e-9);
	assert_float_equal(spread.deviation, 2.13809, 1e-5);
	spread = mean_deviation_of(values, 1);
	assert_float_equal(spread.mean, 2, 1e-9);
	assert_float_equal(spread.deviation, 0, 1e-9);
	spread = mean_deviation_of(values, 0);
	assert_float_equal(spread.mean, 0, 1e-9);
}

/*
 * Check that a run without a row for an exit reason counts as a run with 0 exits for this
 * reason.
 */
static void repeated_runs(void **state)
{
	struct snapshot_row row[3] = { { .code = 1, .exits = 10, .kvm_tsc = 100, .vmm_tsc = 7 },
				       { .code = 2, .exits = 6, .kvm_tsc = 60 },
				       { .code = 1, .exits = 14, .kvm_tsc = 300 } };
	struct books first = { .row = row, .rows = 2, .total = { .exits = 16, .kvm_tsc = 160 } };
	struct books second = { .row = row + 2, .rows = 1, .total = row[2] };
	const struct books *runs[] = { &first, &second };
	const uint64_t wall[] = { 100, 300 };
	struct books sum = { 0 };
	struct repeat repeat;

	(void)state;
	assert_int_equal(books_add(&sum, &first), 0);
	assert_int_equal(books_add(&sum, &second), 0);
	assert_int_equal(sum.total.exits, 30);
	assert_int_equal(sum.total.kvm_tsc, 460);
	assert_int_equal(repeat_make(&sum, runs, wall, 2, &repeat), 0);
	assert_int_equal(repeat.rows, 2);
	assert_float_equal(repeat.row[0].exits.mean, 12, 1e-9);
	assert_float_equal(repeat.row[0].exits.deviation, 2.82843, 1e-5);
	assert_float_equal(repeat.row[0].kvm_tsc.mean, 200, 1e-9);
	assert_float_equal(repeat.row[0].whole_tsc.mean, 203.5, 1e-9);
	assert_float_equal(repeat.row[1].exits.mean, 3, 1e-9);
	assert_float_equal(repeat.row[1].exits.deviation, 4.24264, 1e-5);
	assert_float_equal(repeat.total.kvm_tsc.mean, 230, 1e-9);
	assert_float_equal(repeat.wall_ns.mean, 200, 1e-9);
	repeat_release(&repeat);
	books_release(&sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(modes_are_proven),
		cmocka_unit_test(nested_guests_prove_nothing),
		cmocka_unit_test(findings_are_figures),
		cmocka_unit_test(warnings_are_reported),
		cmocka_unit_test(runs_side_by_side),
		cmocka_unit_test(repeated_runs_are_tested),
		cmocka_unit_test(durations_are_those_of_all_runs),
		cmocka_unit_test(runs_off_their_fellows),
		cmocka_unit_test(story_follows_the_figures),
		cmocka_unit_test(rows_map_whatever_the_names),
		cmocka_unit_test(chance_explains_nothing),
		cmocka_unit_test(reports_fit_a_terminal),
		cmocka_unit_test(times_have_columns_by_kind),
		cmocka_unit_test(each_measure_is_its_own),
		cmocka_unit_test(phases_differ_in_both_directions),
		cmocka_unit_test(what_cannot_be_compared),
		cmocka_unit_test(means_and_deviations),
		cmocka_unit_test(repeated_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
