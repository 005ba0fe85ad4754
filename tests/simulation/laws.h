/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulate experiments. The exit counts are drawn from known distributions, so the correct verdict
 * of `vmtoll compare` is known.
 */
#ifndef VMTOLL_SIMULATION_LAWS_H
#define VMTOLL_SIMULATION_LAWS_H

#include <gsl/gsl_rng.h>

#include "analysis/stats.h"

/*
 * The number of exit reasons in a simulated experiment. Their p values are corrected together,
 * as one family of tests.
 */
#define SIMULATED_ROWS 20

/* The largest number of runs per side. */
#define SIMULATED_RUNS 10

/*
 * Return a random number of exits for one run. @spread is the standard deviation divided by
 * @mean. A distribution with a fixed spread ignores @spread.
 */
typedef double (*law)(gsl_rng *rng, double mean, double spread);

double law_constant(gsl_rng *rng, double mean, double spread);
double law_poisson(gsl_rng *rng, double mean, double spread);
double law_normal(gsl_rng *rng, double mean, double spread);
double law_lognormal(gsl_rng *rng, double mean, double spread);

/*
 * Draw from a Poisson distribution whose mean is drawn from a gamma distribution. The result has
 * a negative binomial distribution.
 */
double law_overdispersed(gsl_rng *rng, double mean, double spread);

/*
 * Draw a random number of exits for a run. With a probability of one half, the run has no exits.
 * Otherwise, it has many.
 */
double law_burst(gsl_rng *rng, double mean, double spread);

/* The distribution of one row on both sides. */
struct pair {
	law law[2];
	double mean[2];
	double spread[2];
};

/* Draw @runs counts for each side. */
void pair_draw(gsl_rng *rng, const struct pair *pair, size_t runs, double value[2][SIMULATED_RUNS]);

/*
 * Simulate an experiment. Draw the first row from @first, and all other rows from @rest. If
 * @first is NULL, draw all rows from @rest. Compute the interval of a row only if its corrected p
 * value is below STATS_LEVEL, because other rows do not need an interval. Return -1 if out of
 * memory.
 */
int simulate_experiment(gsl_rng *rng, const struct pair *first, const struct pair *rest,
			size_t runs, struct contrast row[SIMULATED_ROWS]);

#endif
