// SPDX-License-Identifier: GPL-2.0
/* Simulated experiments, see laws.h. */
#include "tests/simulation/laws.h"

#include <math.h>

#include <gsl/gsl_randist.h>

double law_constant(gsl_rng *rng, double mean, double spread)
{
	(void)rng;
	(void)spread;
	return mean;
}

double law_poisson(gsl_rng *rng, double mean, double spread)
{
	(void)spread;
	return gsl_ran_poisson(rng, mean);
}

double law_normal(gsl_rng *rng, double mean, double spread)
{
	return floor(mean + gsl_ran_gaussian(rng, mean * spread) + 0.5);
}

double law_lognormal(gsl_rng *rng, double mean, double spread)
{
	double variance = log1p(spread * spread);

	return floor(mean * gsl_ran_lognormal(rng, -variance / 2, sqrt(variance)) + 0.5);
}

double law_overdispersed(gsl_rng *rng, double mean, double spread)
{
	double shape = 1 / (spread * spread);

	return gsl_ran_poisson(rng, gsl_ran_gamma(rng, shape, mean / shape));
}

double law_burst(gsl_rng *rng, double mean, double spread)
{
	(void)spread;
	return gsl_rng_uniform(rng) < 0.5 ? 0 : gsl_ran_poisson(rng, 2 * mean);
}

void pair_draw(gsl_rng *rng, const struct pair *pair, size_t runs, double value[2][SIMULATED_RUNS])
{
	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < runs; i++)
			value[side][i] = pair->law[side](rng, pair->mean[side], pair->spread[side]);
}

int simulate_experiment(gsl_rng *rng, const struct pair *first, const struct pair *rest,
			size_t runs, struct contrast row[SIMULATED_ROWS])
{
	struct contrast *family[SIMULATED_ROWS];
	double value[SIMULATED_ROWS][2][SIMULATED_RUNS];
	struct interval ratio;

	for (size_t i = 0; i < SIMULATED_ROWS; i++) {
		struct welch welch;

		pair_draw(rng, i || !first ? rest : first, runs, value[i]);
		welch = stats_welch_counts(value[i][0], runs, value[i][1], runs);
		row[i] = (struct contrast){ .tested = welch.known, .p = welch.p, .p_adjusted = 1 };
		family[i] = &row[i];
	}
	if (stats_verdicts(family, SIMULATED_ROWS))
		return -1;
	for (size_t i = 0; i < SIMULATED_ROWS; i++)
		if (row[i].p_adjusted < STATS_LEVEL &&
		    stats_bootstrap(value[i][0], runs, value[i][1], runs, &ratio,
				    &row[i].change_interval))
			return -1;
	return stats_verdicts(family, SIMULATED_ROWS);
}
