/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulated experiments. The exit counts are drawn from known distributions, so the correct
 * verdict of `vmtoll compare` is known.
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
 * Draw the count of one run. @spread is the standard deviation divided by @mean. Laws whose
 * spread is fixed ignore it.
 */
typedef double (*law)(gsl_rng *rng, double mean, double spread);

double law_constant(gsl_rng *rng, double mean, double spread);
double law_poisson(gsl_rng *rng, double mean, double spread);
double law_normal(gsl_rng *rng, double mean, double spread);
double law_lognormal(gsl_rng *rng, double mean, double spread);

/*
 * Draw a Poisson variate whose mean has a gamma distribution. The result has a negative binomial
 * distribution.
 */
double law_overdispersed(gsl_rng *rng, double mean, double spread);

/*
 * Draw the count of a run that takes a path with many exits with a probability of one half, and
 * has no exits otherwise.
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
 * Simulate an experiment. The first row is drawn from @first, and all other rows from @rest. If
 * @first is NULL, the first row is drawn from @rest too. Intervals are computed only for rows
 * with a corrected p value below STATS_LEVEL, because the others do not need one. Returns -1 if
 * out of memory.
 */
int simulate_experiment(gsl_rng *rng, const struct pair *first, const struct pair *rest,
			size_t runs, struct contrast row[SIMULATED_ROWS]);

#endif
