// SPDX-License-Identifier: GPL-2.0
/*
 * Test the statistics. The expected results come from R 4.2.2, from published examples that are
 * shipped with R, and from an example published by NIST.
 */
#include "test.h"

#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>

#include "analysis/stats.h"
#include "model/array.h"
#include "tests/simulation/laws.h"

static const double nothing[2] = { 0, 0 };

/* Student's sleep data (Cushny & Peebles 1905); in R: `t.test(extra ~ group, data = sleep)`. */
static const double sleep_1[] = { 0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0 };
static const double sleep_2[] = { 1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4 };

/* Data from the magazine Motor Trend (1974); in R: `t.test(mpg ~ am, data = mtcars)`. */
static const double automatic[] = { 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3,
				    15.2, 10.4, 10.4, 14.7, 21.5, 15.5, 15.2, 13.3, 19.2 };
static const double manual[] = { 21.0, 21.0, 22.8, 32.4, 30.4, 33.9, 27.3,
				 26.0, 30.4, 15.8, 19.7, 15.0, 21.4 };

static const double few_a[] = { 12732, 12801, 12698 };
static const double few_b[] = { 79358, 79102, 80011 };

static void welch_as_in_r(void **state)
{
	struct welch welch =
		stats_welch(sleep_1, ARRAY_SIZE(sleep_1), sleep_2, ARRAY_SIZE(sleep_2), nothing);

	(void)state;
	assert_true(welch.known);
	assert_float_equal(welch.t, -1.8608134674869, 1e-6);
	assert_float_equal(welch.df, 17.7764735161785, 1e-4);
	assert_float_equal(welch.p, 0.0793941401874, 1e-7);
	welch = stats_welch(automatic, ARRAY_SIZE(automatic), manual, ARRAY_SIZE(manual), nothing);
	assert_float_equal(welch.t, -3.76712314514493, 1e-6);
	assert_float_equal(welch.df, 18.33225163840046, 1e-4);
	assert_float_equal(welch.p, 0.00137363833307, 1e-8);
	welch = stats_welch(few_a, 3, few_b, 3, nothing);
	assert_float_equal(welch.df, 2.05013830132, 1e-4);
	assert_float_equal(welch.p, 1.30575406212e-05, 1e-9);
}

/*
 * Fill @value with @count values that have the given mean and standard deviation. @count must be
 * odd.
 */
static void sample_of(double mean, double deviation, double *value, size_t count)
{
	for (size_t i = 0; i < count; i++)
		value[i] = mean + (i ? i % 2 ? deviation : -deviation : 0);
}

/*
 * The example in section 1.3.5.3 of the NIST/SEMATECH e-Handbook of Statistical Methods. It
 * compares the miles per gallon of American and Japanese cars (AUTO83B.DAT) and does not assume
 * equal variances. This test uses samples with the same means and standard deviations.
 */
static void welch_as_in_nist(void **state)
{
	double usa[249];
	double japan[79];
	struct welch welch;

	(void)state;
	sample_of(20.14458, 6.41470, usa, ARRAY_SIZE(usa));
	sample_of(30.48101, 6.10771, japan, ARRAY_SIZE(japan));
	assert_float_equal(gsl_stats_sd(usa, 1, ARRAY_SIZE(usa)), 6.41470, 1e-9);
	welch = stats_welch(usa, ARRAY_SIZE(usa), japan, ARRAY_SIZE(japan), nothing);
	assert_float_equal(welch.t, -12.94627, 1e-5);
	assert_float_equal(welch.df, 136.8750, 1e-4);
}

static void welch_without_a_spread(void **state)
{
	static const double same[] = { 7, 7, 7 };
	static const double poisson[2] = { 7, 7 };

	(void)state;
	assert_false(stats_welch(same, 3, same, 3, nothing).known);
	assert_false(stats_welch(same, 1, few_b, 3, nothing).known);
	assert_true(stats_welch(same, 3, same, 3, poisson).known);
	assert_float_equal(stats_welch(same, 3, same, 3, poisson).p, 1, 1e-9);
}

/*
 * Compare with p.adjust(p, "holm") in R. The third example is also used in the documentation of
 * pingouin.holm (Python).
 */
static void holm_as_in_r(void **state)
{
	double rising[] = { 0.01, 0.02, 0.03, 0.04, 0.05 };
	double mixed[] = { 0.0421, 0.0013, 0.6, 0.011, 0.0099, 1 };
	double third[] = { 0.50, 0.003, 0.32, 0.054, 0.0003 };
	static const double third_r[] = { 0.64, 0.012, 0.64, 0.162, 0.0015 };
	static const double rising_r[] = { 0.05, 0.08, 0.09, 0.09, 0.09 };
	static const double mixed_r[] = { 0.1263, 0.0078, 1, 0.0495, 0.0495, 1 };

	(void)state;
	assert_int_equal(stats_holm(rising, 5), 0);
	assert_int_equal(stats_holm(mixed, 6), 0);
	assert_int_equal(stats_holm(third, 5), 0);
	for (int i = 0; i < 5; i++) {
		assert_float_equal(rising[i], rising_r[i], 1e-12);
		assert_float_equal(third[i], third_r[i], 1e-12);
	}
	for (int i = 0; i < 6; i++)
		assert_float_equal(mixed[i], mixed_r[i], 1e-12);
	assert_int_equal(stats_holm(NULL, 0), 0);
}

/* The results are those of R's median() and mad(). */
static void summaries_as_in_r(void **state)
{
	static const double even[] = { 5, 2, 9, 1 };
	static const double odd[] = { 1, 1, 2, 2, 4, 6, 9 };
	struct summary summary = stats_summary(even, 4);

	(void)state;
	assert_float_equal(summary.median, 3.5, 1e-12);
	assert_float_equal(summary.least, 1, 1e-12);
	assert_float_equal(summary.most, 9, 1e-12);
	assert_float_equal(stats_summary(odd, 7).mad, 1.4826, 1e-4);
	assert_float_equal(stats_summary(few_a, 3).mad, 50.4084, 1e-2);
	assert_int_equal(stats_summary(NULL, 0).count, 0);
}

/*
 * For a sample of odd size n, the bootstrap distribution of the median is known exactly (Efron
 * 1979, section 3). Let X be a binomial variate of n trials with probability k / n. The median
 * of a resample is at most the k-th smallest value with the probability P(X >= (n + 1) / 2).
 * Therefore, for n = 9, the 2.5 % quantile is the second value and the 97.5 % quantile is the
 * eighth value. For n = 3, the quantiles are the first and the last value.
 */
static void bootstrap_as_known(void **state)
{
	static const double nine[] = { 9, 1, 8, 2, 7, 3, 6, 4, 5 };
	static const double zero[] = { 0, 0, 0 };
	struct interval ratio;
	struct interval change;

	(void)state;
	assert_true(gsl_cdf_binomial_Q(4, 1.0 / 9, 9) < 0.025);
	assert_true(gsl_cdf_binomial_Q(4, 2.0 / 9, 9) > 0.025);
	assert_int_equal(stats_bootstrap(zero, 3, nine, 9, &ratio, &change), 0);
	assert_false(ratio.known); /* a ratio to 0 does not exist */
	assert_true(change.known);
	assert_float_equal(change.low, 2, 1e-12);
	assert_float_equal(change.high, 8, 1e-12);
	assert_int_equal(stats_bootstrap(few_a, 3, few_a, 3, &ratio, &change), 0);
	assert_true(ratio.known && ratio.low < 1 && ratio.high > 1);
	assert_float_equal(change.low, 12698 - 12801, 1e-9);
	assert_float_equal(change.high, 12801 - 12698, 1e-9);
	assert_int_equal(stats_bootstrap(few_a, 1, few_b, 3, &ratio, &change), 0);
	assert_false(ratio.known || change.known);
}

/*
 * Check that the same data always results in the same interval, even after other intervals have
 * been computed.
 */
static void bootstrap_repeats(void **state)
{
	struct interval ratio[2];
	struct interval change[2];

	(void)state;
	for (int i = 0; i < 2; i++)
		stats_bootstrap(automatic, ARRAY_SIZE(automatic), manual, ARRAY_SIZE(manual),
				&ratio[i], &change[i]);
	assert_float_equal(ratio[0].low, ratio[1].low, 0);
	assert_float_equal(change[0].high, change[1].high, 0);
	assert_true(ratio[0].low > 1 && ratio[0].high < 2);
}

static double p_of_counts(const double *a, const double *b)
{
	struct contrast contrast;

	assert_int_equal(stats_contrast(a, 3, b, 3, true, &contrast), 0);
	return contrast.p;
}

/*
 * For counts, the result is the greater of two p values. The first one is that of t.test in R. The
 * second one is computed in the same way, but with max(var(x), mean(x)) instead of var(x). For
 * times, the result is always the first p value.
 */
static void counts_pass_both_tests(void **state)
{
	static const double flat[] = { 1000, 1000, 1000 };
	static const double wide[] = { 1500, 1400, 1600 };
	static const double low[] = { 1800, 1801, 1799 };
	static const double high[] = { 1850, 1852, 1848 };
	static const double equal[] = { 1850, 1850, 1850 };
	struct contrast times;

	(void)state;
	/*
	 * The first p value is 0.0131, and the second one is 0.0082. The second one uses the
	 * Poisson variance for @flat, which leads to 2.4 degrees of freedom.
	 */
	assert_float_equal(p_of_counts(flat, wide), 0.0130724575603, 1e-8);
	/*
	 * Both samples could come from a Poisson distribution with the mean 1,825: the means of
	 * two such samples differ this much in one of five cases. Nevertheless, the first p value
	 * is 4.5e-5. The second p value is 0.225.
	 */
	assert_float_equal(p_of_counts(low, high), 0.225034479717, 1e-6);
	assert_int_equal(stats_contrast(low, 3, high, 3, false, &times), 0);
	assert_float_equal(times.p, 4.45328750461e-05, 1e-9);
	/* If neither sample has any variance, only the second p value exists. */
	assert_true(p_of_counts(flat, equal) < 0.001);
	assert_int_equal(stats_contrast(flat, 3, equal, 3, false, &times), 0);
	assert_false(times.tested);
}

static void verdicts(void **state)
{
	static const double flat[] = { 1728, 1728, 1728 };
	struct contrast moved;
	struct contrast same;
	struct contrast single;
	struct contrast *family[] = { &moved, &same, &single };

	(void)state;
	assert_int_equal(stats_contrast(few_a, 3, few_b, 3, true, &moved), 0);
	assert_int_equal(stats_contrast(flat, 3, flat, 3, true, &same), 0);
	assert_int_equal(stats_contrast(few_a, 1, few_b, 1, true, &single), 0);
	assert_int_equal(stats_verdicts(family, 3), 0);
	assert_true(moved.moved);
	assert_float_equal(moved.ratio, 79358.0 / 12732, 1e-9);
	assert_float_equal(moved.p, 1.30575406212e-05, 1e-9);
	/* two rows were tested */
	assert_float_equal(moved.p_adjusted, 2 * moved.p, 1e-12);
	assert_true(moved.p_adjusted < 1e-4);
	assert_false(same.moved);
	assert_float_equal(same.p_adjusted, 1, 1e-9);
	assert_false(single.tested || single.moved);
	assert_true(single.has_ratio);
}

/* Four of nine runs are outliers. The means differ, but the medians do not. */
static void outliers_do_not_move(void **state)
{
	static const double steady[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
	static const double astray[] = { 1, 1, 1, 1, 1, 90, 100, 110, 95 };
	struct contrast contrast;
	struct contrast *family[] = { &contrast };

	(void)state;
	assert_int_equal(stats_contrast(steady, 9, astray, 9, true, &contrast), 0);
	assert_int_equal(stats_verdicts(family, 1), 0);
	assert_true(contrast.tested && contrast.p_adjusted < STATS_LEVEL);
	assert_float_equal(contrast.change_interval.low, 0, 1e-12);
	assert_false(contrast.moved);
}

/*
 * Return true if @seen or more events in @of trials are improbable (p value below 0.001). @rate
 * is the probability of an event in one trial.
 */
static bool too_many(unsigned int seen, unsigned int of, double rate)
{
	return seen && gsl_cdf_binomial_Q(seen - 1, rate, of) < 0.001;
}

/*
 * Simulate experiments in which no row changes. At most 5 % of the experiments may have a row
 * with a corrected p value below 0.05. The confidence intervals are not checked here, because
 * they can only prevent a row from being marked.
 *
 * More than 5 % of the experiments must have a row with an uncorrected p value below 0.05. This
 * proves that the experiments can reveal an unsuitable statistical test.
 *
 * Two other statistical tests would exceed the limit of 5 %. Welch's test with only the Poisson
 * variance reaches 24 % in the second case below. Plain Welch's test reaches 18 % in the third
 * case.
 */
static void false_alarms(void **state)
{
	static const struct {
		size_t runs;
		struct pair pair;
	} null[] = {
		{ 3, { { law_lognormal, law_lognormal }, { 10000, 10000 }, { 0.1, 0.1 } } },
		{ 2, { { law_constant, law_lognormal }, { 10000, 10000 }, { 0, 0.3 } } },
		{ 3, { { law_burst, law_burst }, { 25, 25 }, { 0 } } },
		{ 5, { { law_overdispersed, law_overdispersed }, { 1000, 1000 }, { 0.1, 0.1 } } },
	};
	static const unsigned int experiments = 1000;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct contrast row[SIMULATED_ROWS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(null); i++) {
		unsigned int alarms = 0;
		unsigned int uncorrected = 0;

		for (unsigned int n = 0; n < experiments; n++) {
			bool alarm = false;
			bool small = false;

			assert_int_equal(simulate_experiment(rng, NULL, &null[i].pair, null[i].runs,
							     row),
					 0);
			for (size_t j = 0; j < SIMULATED_ROWS; j++) {
				alarm |= row[j].p_adjusted < STATS_LEVEL;
				small |= row[j].p < STATS_LEVEL;
			}
			alarms += alarm;
			uncorrected += small;
		}
		assert_false(too_many(alarms, experiments, STATS_LEVEL));
		assert_true(too_many(uncorrected, experiments, STATS_LEVEL));
	}
	gsl_rng_free(rng);
}

/*
 * Simulate experiments in which one row really changes. This row must be marked in at least @least
 * and at most @most percent of the experiments.
 */
static void changes_are_found(void **state)
{
	static const struct {
		size_t runs;
		struct pair pair;
		unsigned int least; /* in percent */
		unsigned int most;
	} change[] = {
		{ 3, { { law_constant, law_overdispersed }, { 0, 700 }, { 0, 0.03 } }, 85, 100 },
		{ 3,
		  { { law_normal, law_normal }, { 100000, 102000 }, { 0.001, 0.001 } },
		  85,
		  100 },
		{ 3,
		  { { law_overdispersed, law_overdispersed }, { 1e4, 1.2e4 }, { 0.03, 0.03 } },
		  15,
		  60 },
		{ 5,
		  { { law_overdispersed, law_overdispersed }, { 1e4, 1.2e4 }, { 0.03, 0.03 } },
		  90,
		  100 },
		{ 5, { { law_poisson, law_poisson }, { 1, 3 }, { 0 } }, 0, 5 },
	};
	static const struct pair rest = { { law_poisson, law_poisson }, { 100, 100 }, { 0 } };
	static const unsigned int experiments = 100;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct contrast row[SIMULATED_ROWS];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(change); i++) {
		unsigned int found = 0;

		for (unsigned int n = 0; n < experiments; n++) {
			assert_int_equal(simulate_experiment(rng, &change[i].pair, &rest,
							     change[i].runs, row),
					 0);
			found += row[0].moved;
		}
		assert_in_range(100 * found / experiments, change[i].least, change[i].most);
	}
	gsl_rng_free(rng);
}

/*
 * Check how often the confidence interval contains the true ratio. The expected rates for two and
 * for three runs per side are exact (see stats.h). The rates for five runs were obtained by
 * simulation.
 */
static void intervals_cover(void **state)
{
	static const struct {
		size_t runs;
		struct pair pair;
		double rate;
	} cover[] = {
		{ 2, { { law_normal, law_normal }, { 1e6, 1.5e6 }, { 0.03, 0.03 } }, 2.0 / 3 },
		{ 3, { { law_normal, law_normal }, { 1e6, 1.5e6 }, { 0.03, 0.03 } }, 0.9 },
		{ 3, { { law_constant, law_normal }, { 1e6, 1.5e6 }, { 0, 0.05 } }, 0.75 },
		{ 5, { { law_normal, law_normal }, { 1e6, 1.5e6 }, { 0.03, 0.03 } }, 0.97 },
		{ 5, { { law_constant, law_normal }, { 1e6, 1.5e6 }, { 0, 0.05 } }, 0.93 },
	};
	static const unsigned int experiments = 400;
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double value[2][SIMULATED_RUNS];
	struct interval ratio;
	struct interval change;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cover); i++) {
		unsigned int missed = 0;

		for (unsigned int n = 0; n < experiments; n++) {
			pair_draw(rng, &cover[i].pair, cover[i].runs, value);
			stats_bootstrap(value[0], cover[i].runs, value[1], cover[i].runs, &ratio,
					&change);
			missed += ratio.low > 1.5 || ratio.high < 1.5;
		}
		assert_false(too_many(missed, experiments, 1 - cover[i].rate));
		assert_false(too_many(experiments - missed, experiments, cover[i].rate));
	}
	gsl_rng_free(rng);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(welch_as_in_r),
		cmocka_unit_test(welch_as_in_nist),
		cmocka_unit_test(welch_without_a_spread),
		cmocka_unit_test(holm_as_in_r),
		cmocka_unit_test(summaries_as_in_r),
		cmocka_unit_test(bootstrap_as_known),
		cmocka_unit_test(bootstrap_repeats),
		cmocka_unit_test(counts_pass_both_tests),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(outliers_do_not_move),
		cmocka_unit_test(false_alarms),
		cmocka_unit_test(changes_are_found),
		cmocka_unit_test(intervals_cover),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
