/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics of few repeated runs, with the GNU Scientific Library: median and spread, the
 * ratio of two medians with a bootstrap confidence interval, Welch's t-test, and Holm's
 * correction.
 */
#ifndef VMTOLL_STATS_H
#define VMTOLL_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Two-sided level of the intervals and of the verdict "moved". */
#define STATS_LEVEL 0.05

/*
 * Resamples of the bootstrap. The generator has a fixed seed, so equal data have equal
 * intervals.
 */
#define STATS_RESAMPLES 2000

/**
 * struct summary - one sample
 * @least, @most: the smallest and the largest value
 * @mad: median absolute deviation times 1.4826, which estimates the standard deviation of
 *	 a normal distribution
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
 * @known: false if the data are not sufficient for one
 */
struct interval {
	bool known;
	double low;
	double high;
};

/**
 * struct welch - Welch's t-test, two-sided
 * @known: false if a side has fewer than two values, or if there is no variance at all
 */
struct welch {
	bool known;
	double t;
	double df;
	double p;
};

/**
 * struct contrast - a count, or a time, on both sides
 * @has_ratio: the first median is not 0
 * @ratio: the second median divided by the first, if @has_ratio
 * @ratio_interval, @change_interval: intervals of the ratio and of the difference of the medians
 * @tested: there were enough values for a test
 * @p: result of the test
 * @p_adjusted: @p corrected for all rows of the family; 1 if not tested
 * @moved: @p_adjusted is below STATS_LEVEL, and @change_interval does not contain 0
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

/* Return the summary of @count values, all 0 if there are none. */
struct summary stats_summary(const double *value, size_t count);

/*
 * Run Welch's t-test. If the variance of a side is smaller than its @least_variance, that is used
 * instead; with 0 for both sides this is the usual test.
 */
struct welch stats_welch(const double *a, size_t na, const double *b, size_t nb,
			 const double least_variance[2]);

/*
 * Test counts. Two tests are made and the one with the greater p is returned: one with the
 * variances of the runs, and one with at least the variance of a Poisson distribution, which
 * counts have by chance alone. The first test alone would trust three equal counts. The second
 * alone would overrate the degrees of freedom if the counts of one side are equal.
 */
struct welch stats_welch_counts(const double *a, size_t na, const double *b, size_t nb);

/* Replace the p of @count tests by Holm's adjusted p. Returns -1 if out of memory. */
int stats_holm(double *p, size_t count);

/*
 * Compute the bootstrap percentile intervals of median(b) / median(a) and median(b) -
 * median(a), with a nominal coverage of 95 %. Returns -1 if out of memory.
 *
 * With two or three runs per side, more than 2.5 % of the resamples have the extreme value. The
 * interval is then the widest that the values allow: from least / most to most / least. It
 * misses the true ratio only if all runs of one side, scaled by the ratio, are above those of
 * the other. Its coverage is therefore 1 - 2 / C(na + nb, na) if both sides vary alike: 67 %
 * with 2 and 2 runs, 90 % with 3 and 3. If one side is constant, the coverage is 50 % and 75 %.
 * With 5 and 5 runs, it is 97 % and 93 %, according to tests/simulation.
 */
int stats_bootstrap(const double *a, size_t na, const double *b, size_t nb, struct interval *ratio,
		    struct interval *change);

/*
 * Compute a contrast except for @p_adjusted and @moved. @counts: the values are counts, not
 * times. Returns -1 if out of memory.
 */
int stats_contrast(const double *a, size_t na, const double *b, size_t nb, bool counts,
		   struct contrast *contrast);

/*
 * Correct p over a family of @count contrasts, and set their verdicts. Returns -1 if out of
 * memory.
 */
int stats_verdicts(struct contrast *const *contrast, size_t count);

#endif
