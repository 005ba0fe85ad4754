/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Statistics of a few repeated runs, with the GNU Scientific Library: median and spread, the ratio of two
 * medians with a bootstrap confidence interval, Welch's t-test, Holm's correction.
 */
#ifndef VMTOLL_STATS_H
#define VMTOLL_STATS_H

#include <stdbool.h>
#include <stddef.h>

/* Two-sided level of the intervals and of the verdict "moved". */
#define STATS_LEVEL 0.05

/* Resamples of the bootstrap, from a generator with a fixed seed: the same data, the same interval. */
#define STATS_RESAMPLES 2000

/**
 * struct summary - one sample
 * @least, @most: of its values
 * @mad: median absolute deviation, times 1.4826 as for a normal distribution
 */
struct summary {
	size_t count;
	double median;
	double least;
	double most;
	double mad;
};

/**
 * struct interval - [low, high]; @known is false where the data do not give one
 */
struct interval {
	bool known;
	double low;
	double high;
};

/**
 * struct welch - Welch's t-test, two-sided
 * @known: false for less than two values a side, or no variance at all
 */
struct welch {
	bool known;
	double t;
	double df;
	double p;
};

/**
 * struct contrast - a count, or a time, on both sides
 * @ratio: of the medians, second to first; only with @has_ratio (the first is not 0)
 * @ratio_interval, @change_interval: of the ratio and of the difference of the medians
 * @p: of the test, as it is; @p_adjusted: for all the rows of its family (1 where not tested)
 * @moved: @p_adjusted is below the level and the change's interval has no 0 in it
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

struct summary stats_summary(const double *value, size_t count);

/* @least_variance: taken where a sample's own is smaller, for each side; 0 for the plain test. */
struct welch stats_welch(const double *a, size_t na, const double *b, size_t nb,
			 const double least_variance[2]);

/*
 * Of counts: the harder to pass of two tests, with the spread that the runs show, and with no variance
 * below that of a Poisson distribution, which chance alone gives counts. The first alone would trust
 * three equal counts; the second alone lends a side without a spread degrees of freedom that its runs
 * have not earned.
 */
struct welch stats_welch_counts(const double *a, size_t na, const double *b, size_t nb);

/* p becomes Holm's adjusted p, for @count tests; -1 without memory. */
int stats_holm(double *p, size_t count);

/*
 * Percentile intervals of median(b) / median(a) and median(b) - median(a), of a nominal 95 %; -1 without
 * memory. With two or three runs a side the extremes are more than 2.5 % of the resamples, and so the
 * interval is the widest that the values allow: from least over most to most over least. It misses
 * the true ratio only if the runs of one side, scaled by it, all lie above those of the other: it covers
 * 1 - 2 / C(na + nb, na), 67 % with 2 and 2, 90 % with 3 and 3, where both sides scatter alike, and
 * 50 % and 75 % where one side is a constant. With 5 and 5 it is 97 % and 93 %, by simulation.
 */
int stats_bootstrap(const double *a, size_t na, const double *b, size_t nb, struct interval *ratio,
		    struct interval *change);

/* All of it but the correction. @counts: the values are counts, not times. -1 without memory. */
int stats_contrast(const double *a, size_t na, const double *b, size_t nb, bool counts,
		   struct contrast *contrast);

/* The correction over a family of contrasts, and the verdicts; -1 without memory. */
int stats_verdicts(struct contrast *const *contrast, size_t count);

#endif
