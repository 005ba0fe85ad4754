// SPDX-License-Identifier: GPL-2.0
/* Statistics of few repeated runs, see stats.h. */
#include "analysis/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

#define SEED 20260101

struct summary stats_summary(const double *value, size_t count)
{
	struct summary summary = { .count = count };
	double *buffer = count ? calloc(2 * count, sizeof(*buffer)) : NULL;

	if (!buffer)
		return summary;
	memcpy(buffer, value, count * sizeof(*buffer));
	gsl_sort(buffer, 1, count);
	summary.median = gsl_stats_median_from_sorted_data(buffer, 1, count);
	summary.least = buffer[0];
	summary.most = buffer[count - 1];
	summary.mad = gsl_stats_mad(value, 1, count, buffer + count);
	free(buffer);
	return summary;
}

static double variance_of_mean(const double *value, size_t count, double least)
{
	double variance = gsl_stats_variance(value, 1, count);

	return (variance < least ? least : variance) / (double)count;
}

/* B. L. Welch, "The generalization of Student's problem", Biometrika 34 (1947). */
struct welch stats_welch(const double *a, size_t na, const double *b, size_t nb,
			 const double least_variance[2])
{
	struct welch welch = { .p = 1 };
	double va;
	double vb;

	if (na < 2 || nb < 2)
		return welch;
	va = variance_of_mean(a, na, least_variance[0]);
	vb = variance_of_mean(b, nb, least_variance[1]);
	if (!(va + vb > 0))
		return welch;
	welch.known = true;
	welch.t = (gsl_stats_mean(a, 1, na) - gsl_stats_mean(b, 1, nb)) / sqrt(va + vb);
	welch.df =
		(va + vb) * (va + vb) / (va * va / (double)(na - 1) + vb * vb / (double)(nb - 1));
	welch.p = 2 * gsl_cdf_tdist_Q(fabs(welch.t), welch.df);
	return welch;
}

/*
 * S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
 * Statistics 6 (1979).
 */
int stats_holm(double *p, size_t count)
{
	size_t *order = calloc(count + 1, sizeof(*order));
	double most = 0;

	if (!order)
		return -1;
	if (count)
		gsl_sort_index(order, p, 1, count);
	for (size_t i = 0; i < count; i++) {
		double adjusted = p[order[i]] * (double)(count - i);

		most = adjusted > most ? adjusted : most;
		p[order[i]] = most < 1 ? most : 1;
	}
	free(order);
	return 0;
}

static double resampled_median(gsl_rng *rng, const double *value, size_t count, double *buffer)
{
	for (size_t i = 0; i < count; i++)
		buffer[i] = value[gsl_rng_uniform_int(rng, count)];
	gsl_sort(buffer, 1, count);
	return gsl_stats_median_from_sorted_data(buffer, 1, count);
}

static struct interval percentiles(double *value, size_t count)
{
	struct interval interval = { .known = true };

	gsl_sort(value, 1, count);
	interval.low = gsl_stats_quantile_from_sorted_data(value, 1, count, STATS_LEVEL / 2);
	interval.high = gsl_stats_quantile_from_sorted_data(value, 1, count, 1 - STATS_LEVEL / 2);
	return interval;
}

int stats_bootstrap(const double *a, size_t na, const double *b, size_t nb, struct interval *ratio,
		    struct interval *change)
{
	size_t most = na > nb ? na : nb;
	double *buffer = calloc(2 * STATS_RESAMPLES + most, sizeof(*buffer));
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	double *changes = buffer + STATS_RESAMPLES;
	bool finite = true;

	*ratio = *change = (struct interval){ false };
	if (buffer && rng && na > 1 && nb > 1) {
		gsl_rng_set(rng, SEED);
		for (size_t i = 0; i < STATS_RESAMPLES; i++) {
			double left = resampled_median(rng, a, na, changes + STATS_RESAMPLES);
			double right = resampled_median(rng, b, nb, changes + STATS_RESAMPLES);

			finite &= left > 0;
			buffer[i] = left > 0 ? right / left : 0;
			changes[i] = right - left;
		}
		*change = percentiles(changes, STATS_RESAMPLES);
		if (finite)
			*ratio = percentiles(buffer, STATS_RESAMPLES);
	}
	most = buffer && rng;
	gsl_rng_free(rng);
	free(buffer);
	return most ? 0 : -1;
}

static const double as_it_is[2] = { 0, 0 };

struct welch stats_welch_counts(const double *a, size_t na, const double *b, size_t nb)
{
	double poisson[2] = { gsl_stats_mean(a, 1, na), gsl_stats_mean(b, 1, nb) };
	struct welch shown = stats_welch(a, na, b, nb, as_it_is);
	struct welch chance = stats_welch(a, na, b, nb, poisson);

	return shown.known && shown.p > chance.p ? shown : chance;
}

int stats_contrast(const double *a, size_t na, const double *b, size_t nb, bool counts,
		   struct contrast *contrast)
{
	struct welch welch =
		counts ? stats_welch_counts(a, na, b, nb) : stats_welch(a, na, b, nb, as_it_is);

	*contrast = (struct contrast){ .side = { stats_summary(a, na), stats_summary(b, nb) } };
	contrast->has_ratio = contrast->side[0].median > 0;
	if (contrast->has_ratio)
		contrast->ratio = contrast->side[1].median / contrast->side[0].median;
	contrast->tested = welch.known;
	contrast->p = contrast->p_adjusted = welch.p;
	return stats_bootstrap(a, na, b, nb, &contrast->ratio_interval, &contrast->change_interval);
}

static bool has_moved(const struct contrast *contrast)
{
	const struct interval *change = &contrast->change_interval;

	return contrast->tested && contrast->p_adjusted < STATS_LEVEL && change->known &&
	       (change->low > 0 || change->high < 0);
}

int stats_verdicts(struct contrast *const *contrast, size_t count)
{
	double *p = calloc(count + 1, sizeof(*p));
	size_t tests = 0;
	int error;

	if (!p)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (contrast[i]->tested)
			p[tests++] = contrast[i]->p;
	error = stats_holm(p, tests);
	tests = 0;
	for (size_t i = 0; i < count && !error; i++) {
		if (contrast[i]->tested)
			contrast[i]->p_adjusted = p[tests++];
		contrast[i]->moved = has_moved(contrast[i]);
	}
	free(p);
	return error;
}
