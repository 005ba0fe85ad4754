/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Simulated experiments: counts of exits that are drawn from known distributions, so that the
 * right verdict of `vmtoll compare` is known.
 */
#ifndef VMTOLL_SIMULATION_LAWS_H
#define VMTOLL_SIMULATION_LAWS_H

#include <gsl/gsl_rng.h>

#include "analysis/stats.h"

/* Reasons of an experiment. Their tests are one family. */
#define SIMULATED_ROWS 20

/* The largest number of runs per side. */
#define SIMULATED_RUNS 10

/*
 * Draw the count of one run. @spread is the standard deviation as a part of @mean; some laws have
 * a spread of their own and ignore it.
 */
typedef double (*law)(gsl_rng *rng, double mean, double spread);

double law_constant(gsl_rng *rng, double mean, double spread);
double law_poisson(gsl_rng *rng, double mean, double spread);
double law_normal(gsl_rng *rng, double mean, double spread);
double law_lognormal(gsl_rng *rng, double mean, double spread);

/* A Poisson variate whose mean has a gamma distribution, that is, a negative binomial variate. */
double law_overdispersed(gsl_rng *rng, double mean, double spread);

/* Each run takes a path with many exits, or does not; both have the same probability. */
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
 * Simulate an experiment. All rows are drawn from @rest, but the first one from @first unless
 * that is NULL. Intervals are computed only for the rows that need one: those with a corrected
 * p below STATS_LEVEL. Returns -1 if out of memory.
 */
int simulate_experiment(gsl_rng *rng, const struct pair *first, const struct pair *rest,
			size_t runs, struct contrast row[SIMULATED_ROWS]);

#endif
