/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics for a small number of repeated runs, computed with the GNU Scientific Library:
 * median and spread, the ratio of two medians with a bootstrap confidence interval, Welch's
 * t-test, and Holm's correction.
 */
#ifndef VMTOLL_STATS_H
#define VMTOLL_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* The two-sided significance level of the intervals and of the verdict "moved". */
#define STATS_LEVEL 0.05

/*
 * Number of resamples of the bootstrap. The random-number generator has a fixed seed, so the
 * same data always give the same intervals.
 */
#define STATS_RESAMPLES 2000

/**
 * struct summary - the summary statistics of one sample
 * @least, @most: the smallest and the largest value
 * @mad: median absolute deviation times 1.4826, which estimates the standard deviation of a
 *	 normal distribution
 */
struct summary {
	size_t count;
	double median;
	double least;
	double most;
	double mad;
};

/**
 * struct interval - a confidence interval
 * @known: false if there is not enough data for an interval
 */
struct interval {
	bool known;
	double low;
	double high;
};

/**
 * struct welch - Welch's t-test, two-sided
 * @known: false if a side has fewer than two values, or if neither side has any variance
 */
struct welch {
	bool known;
	double t;
	double df;
	double p;
};

/**
 * struct contrast - the comparison of a count or a time between the two sides
 * @has_ratio: true if there is a ratio, that is, if the first median is not 0
 * @ratio: the second median divided by the first; only valid if @has_ratio is true
 * @ratio_interval: confidence interval of the ratio of the medians
 * @change_interval: confidence interval of the difference of the medians
 * @tested: true if there are enough values for a test
 * @p: p-value of the test
 * @p_adjusted: @p corrected for multiple testing; see stats_verdicts(). 1 if not tested
 * @moved: true if @p_adjusted is below STATS_LEVEL, and @change_interval does not contain 0
 */
struct contrast {
	struct summary side[2];
	bool has_ratio;
	double ratio;
	struct interval ratio_interval;
	struct interval change_interval;
	bool tested;
	double p;
	double p_adjusted;
	bool moved;
};

/* Return the summary of @count values. If @count is 0, all fields of the summary are 0. */
struct summary stats_summary(const double *value, size_t count);

/*
 * Run Welch's t-test. @least_variance contains the minimum variance of each side. If the variance
 * of a side is smaller, the minimum is used instead. If both minimums are 0, this is the usual
 * Welch's t-test.
 */
struct welch stats_welch(const double *a, size_t na, const double *b, size_t nb,
			 const double least_variance[2]);

/*
 * Test whether the counts of the two sides differ. Run the two tests below, and return the one
 * with the greater p-value.
 *
 * The first test uses the variances of the runs. If the counts do not vary within either side,
 * both variances are 0, and this test alone would consider any difference certain.
 *
 * The second test assumes at least the variance of a Poisson distribution, because counts vary
 * that much by chance alone. If the counts do not vary within one side, this test alone would
 * overestimate the degrees of freedom.
 */
struct welch stats_welch_counts(const double *a, size_t na, const double *b, size_t nb);

/*
 * Replace the p-values of @count tests with Holm's adjusted p-values. Returns -1 if out of
 * memory.
 */
int stats_holm(double *p, size_t count);

/*
 * Compute the bootstrap percentile intervals of median(b) / median(a) and median(b) - median(a),
 * with a nominal coverage of 95 %. Returns -1 if out of memory.
 *
 * The extreme ratios are the smallest possible ratio (least / most) and the largest (most /
 * least). With two or three runs per side, each of them occurs in more than 2.5 % of the
 * resamples. The interval then extends from one extreme to the other. It misses the true ratio
 * only if all runs of one side, scaled by the true ratio, are above all runs of the other side.
 * If both sides have the same variance, the coverage is therefore 1 - 2 / C(na + nb, na): 67 %
 * with 2 runs per side, and 90 % with 3 runs per side. If one side is constant, the coverage is
 * 50 % with 2 runs and 75 % with 3 runs. With 5 runs per side, tests/simulation gives a coverage
 * of 97 %, or 93 % if one side is constant.
 */
int stats_bootstrap(const double *a, size_t na, const double *b, size_t nb, struct interval *ratio,
		    struct interval *change);

/*
 * Compute all fields of a contrast except @p_adjusted and @moved. @counts is true if the values
 * are counts, and false if they are times. Returns -1 if out of memory.
 */
int stats_contrast(const double *a, size_t na, const double *b, size_t nb, bool counts,
		   struct contrast *contrast);

/*
 * Correct the p-values of a family of @count contrasts, and set @moved in each. Returns -1 if
 * out of memory.
 */
int stats_verdicts(struct contrast *const *contrast, size_t count);

#endif
