// SPDX-License-Identifier: GPL-2.0
/*
 * Simulate experiments and print how reliable the verdicts of `vmtoll compare` are: how often a
 * row is marked although nothing changed, how often a change is found, and how often the
 * interval contains the true ratio. vmtoll-compare(8) quotes these figures. Each line of the
 * output has its own random generator with a fixed seed, so each run prints the same figures.
 *
 * Usage: simulate [EXPERIMENTS]	(10,000 per figure, which takes about 5 minutes)
 */
#include <stdio.h>
#include <stdlib.h>

#include "model/array.h"
#include "tests/simulation/laws.h"

#define SEED 20260101

static const size_t run_counts[] = { 2, 3, 5, 10 };

/*
 * A simulated row. The output contains one line for each scenario.
 * @name: the label of this line
 * @pair: for each side, the distribution from which the row's exit counts are drawn
 */
struct scenario {
	const char *name;
	struct pair pair;
};

/*
 * A function that simulates @experiments experiments, and returns the percentage of experiments
 * that had a certain outcome. Each function counts a different outcome.
 */
typedef double (*outcome)(gsl_rng *rng, const struct pair *pair, size_t runs,
			  unsigned long experiments);

static const struct scenario alike[] = {
	{ "Poisson, mean 0", { { law_poisson, law_poisson }, { 0, 0 }, { 0 } } },
	{ "Poisson, mean 1", { { law_poisson, law_poisson }, { 1, 1 }, { 0 } } },
	{ "Poisson, mean 10", { { law_poisson, law_poisson }, { 10, 10 }, { 0 } } },
	{ "Poisson, mean 100", { { law_poisson, law_poisson }, { 100, 100 }, { 0 } } },
	{ "Poisson, mean 1,000", { { law_poisson, law_poisson }, { 1e3, 1e3 }, { 0 } } },
	{ "Poisson, mean 10,000", { { law_poisson, law_poisson }, { 1e4, 1e4 }, { 0 } } },
	{ "normal, 5%", { { law_normal, law_normal }, { 1e4, 1e4 }, { .05, .05 } } },
	{ "negative binomial, 5%",
	  { { law_overdispersed, law_overdispersed }, { 1e4, 1e4 }, { .05, .05 } } },
	{ "negative binomial, 30%",
	  { { law_overdispersed, law_overdispersed }, { 1e4, 1e4 }, { .3, .3 } } },
	{ "negative binomial, 100%",
	  { { law_overdispersed, law_overdispersed }, { 1e4, 1e4 }, { 1, 1 } } },
	{ "lognormal, 5%", { { law_lognormal, law_lognormal }, { 1e4, 1e4 }, { .05, .05 } } },
	{ "lognormal, 30%", { { law_lognormal, law_lognormal }, { 1e4, 1e4 }, { .3, .3 } } },
	{ "lognormal, 100%", { { law_lognormal, law_lognormal }, { 1e4, 1e4 }, { 1, 1 } } },
	{ "bursts, mean 25", { { law_burst, law_burst }, { 25, 25 }, { 0 } } },
};

static const struct scenario unequal[] = {
	{ "normal, 3% and 9%", { { law_normal, law_normal }, { 1e4, 1e4 }, { .03, .09 } } },
	{ "normal, 3% and 30%", { { law_normal, law_normal }, { 1e4, 1e4 }, { .03, .3 } } },
	{ "lognormal, 3% and 9%",
	  { { law_lognormal, law_lognormal }, { 1e4, 1e4 }, { .03, .09 } } },
	{ "lognormal, 3% and 30%",
	  { { law_lognormal, law_lognormal }, { 1e4, 1e4 }, { .03, .3 } } },
	{ "constant and lognormal, 30%",
	  { { law_constant, law_lognormal }, { 1e4, 1e4 }, { 0, .3 } } },
};

static const struct scenario changes[] = {
	{ "0 to 700, normal, 3%", { { law_constant, law_normal }, { 0, 700 }, { 0, .03 } } },
	{ "0 to 700, neg. binomial, 3%",
	  { { law_constant, law_overdispersed }, { 0, 700 }, { 0, .03 } } },
	{ "factor 1.02, normal, 0.1%",
	  { { law_normal, law_normal }, { 1e5, 1.02e5 }, { .001, .001 } } },
	{ "factor 1.2, normal, 3%", { { law_normal, law_normal }, { 1e4, 1.2e4 }, { .03, .03 } } },
	{ "factor 1.2, neg. bin., 3%",
	  { { law_overdispersed, law_overdispersed }, { 1e4, 1.2e4 }, { .03, .03 } } },
	{ "1 to 3, Poisson", { { law_poisson, law_poisson }, { 1, 3 }, { 0 } } },
};

/* In ratios[], the mean of the second side divided by the mean of the first side. */
#define TRUE_RATIO 1.5

static const struct scenario ratios[] = {
	{ "normal, 3%", { { law_normal, law_normal }, { 1e6, 1.5e6 }, { .03, .03 } } },
	{ "constant and normal, 5%", { { law_constant, law_normal }, { 1e6, 1.5e6 }, { 0, .05 } } },
};

/*
 * Draw all rows from the same distributions on both sides. Return the percentage of experiments in
 * which a row is marked anyway.
 */
static double false_alarms(gsl_rng *rng, const struct pair *pair, size_t runs,
			   unsigned long experiments)
{
	struct contrast row[SIMULATED_ROWS];
	unsigned long alarms = 0;

	for (unsigned long n = 0; n < experiments; n++) {
		bool alarm = false;

		if (simulate_experiment(rng, NULL, pair, runs, row))
			abort();
		for (size_t i = 0; i < SIMULATED_ROWS; i++)
			alarm |= row[i].moved;
		alarms += alarm;
	}
	return 100.0 * (double)alarms / (double)experiments;
}

/*
 * Change one row of each experiment. Return the percentage of experiments in which this row is
 * marked.
 */
static double found(gsl_rng *rng, const struct pair *pair, size_t runs, unsigned long experiments)
{
	static const struct pair rest = { { law_poisson, law_poisson }, { 100, 100 }, { 0 } };
	struct contrast row[SIMULATED_ROWS];
	unsigned long marked = 0;

	for (unsigned long n = 0; n < experiments; n++) {
		if (simulate_experiment(rng, pair, &rest, runs, row))
			abort();
		marked += row[0].moved;
	}
	return 100.0 * (double)marked / (double)experiments;
}

/* Return the percentage of experiments in which the interval contains the true ratio. */
static double covered(gsl_rng *rng, const struct pair *pair, size_t runs, unsigned long experiments)
{
	double value[2][SIMULATED_RUNS];
	struct interval ratio;
	struct interval change;
	unsigned long hits = 0;

	for (unsigned long n = 0; n < experiments; n++) {
		pair_draw(rng, pair, runs, value);
		if (stats_bootstrap(value[0], runs, value[1], runs, &ratio, &change))
			abort();
		hits += ratio.low <= TRUE_RATIO && ratio.high >= TRUE_RATIO;
	}
	return 100.0 * (double)hits / (double)experiments;
}

static void put_table(const char *title, const struct scenario *scenario, size_t count,
		      outcome measure, unsigned long experiments)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	if (!rng)
		abort();
	printf("%s\n%-28s", title, "runs per side:");
	for (size_t i = 0; i < ARRAY_SIZE(run_counts); i++)
		printf(" %8zu", run_counts[i]);
	putchar('\n');
	for (size_t i = 0; i < count; i++) {
		printf("%-28s", scenario[i].name);
		gsl_rng_set(rng, SEED);
		for (size_t j = 0; j < ARRAY_SIZE(run_counts); j++) {
			printf(" %7.2f%%",
			       measure(rng, &scenario[i].pair, run_counts[j], experiments));
			fflush(stdout);
		}
		putchar('\n');
	}
	putchar('\n');
	gsl_rng_free(rng);
}

int main(int argc, char **argv)
{
	unsigned long experiments = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;

	if (argc > 2 || !experiments) {
		fputs("usage: simulate [EXPERIMENTS]\n", stderr);
		return 2;
	}
	printf("Per figure: %lu experiments of %d rows\n\n", experiments, SIMULATED_ROWS);
	put_table("Experiments with a marked row, though nothing changed", alike, ARRAY_SIZE(alike),
		  false_alarms, experiments);
	put_table("The same if the sides of all rows have unequal spreads", unequal,
		  ARRAY_SIZE(unequal), false_alarms, experiments);
	put_table("Experiments in which the only row that changed is marked", changes,
		  ARRAY_SIZE(changes), found, experiments);
	put_table("Experiments in which the interval contains the true ratio, 1.5", ratios,
		  ARRAY_SIZE(ratios), covered, experiments);
	return 0;
}
