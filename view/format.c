// SPDX-License-Identifier: GPL-2.0
/* Formatting of figures, see format.h. */
#include "view/format.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analysis/percentile.h"
#include "model/isa.h"
#include "model/units.h"

const char *format_count(uint64_t count, char *text, size_t bytes)
{
	char digits[24];
	int length = snprintf(digits, sizeof(digits), "%" PRIu64, count);
	size_t used = 0;

	for (int i = 0; i < length && used + 2 < bytes; i++) {
		if (i && (length - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
	return text;
}

/* Write value / unit rounded to three digits: 1.23, 12.3, 123. */
static void three_digits(uint64_t value, uint64_t unit, const char *name, char *text, size_t bytes)
{
	double scaled = (double)value / (double)unit;
	int decimals = scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0;

	snprintf(text, bytes, "%.*f%s", decimals, scaled, name);
}

const char *format_ratio(uint64_t b, uint64_t a, char *text, size_t bytes)
{
	if (b && (double)b < 0.01 * (double)a)
		snprintf(text, bytes, "<0.01");
	else
		three_digits(b, a, "", text, bytes);
	return text;
}

struct unit {
	uint64_t size;
	const char *name;
};

/*
 * The units in descending order. A unit is used for values of at least 0.9995 units, so that
 * 999.6us is printed as 1.00ms.
 */
static const char *format_units(const struct unit *units, size_t count, uint64_t value, char *text,
				size_t bytes)
{
	for (size_t i = 0; i < count; i++) {
		if (value < units[i].size - units[i].size / 2000)
			continue;
		three_digits(value, units[i].size, units[i].name, text, bytes);
		return text;
	}
	snprintf(text, bytes, "%" PRIu64 "%s", value, value ? units[count].name : "");
	return text;
}

const char *format_ns(uint64_t ns, char *text, size_t bytes)
{
	static const struct unit units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" }
	};

	return format_units(units, 3, ns, text, bytes);
}

const char *format_tsc(uint64_t tsc, uint32_t tsc_khz, char *text, size_t bytes)
{
	static const struct unit units[] = {
		{ 1000000000000, "Tcyc" }, { 1000000000, "Gcyc" }, { 1000000, "Mcyc" },
		{ 1000, "kcyc" },	   { 1, "cyc" },
	};

	if (!tsc_khz)
		return format_units(units, 4, tsc, text, bytes);
	return format_ns(tsc_to_ns(tsc, tsc_khz), text, bytes);
}

double format_percent(uint64_t part, uint64_t whole)
{
	return 100.0 * (double)part / (double)whole;
}

const char *format_share(uint64_t part, uint64_t whole, char *text, size_t bytes)
{
	return format_signed_share((int64_t)part, whole, text, bytes);
}

double format_signed_percent(int64_t part, uint64_t whole)
{
	double percent = 100.0 * (double)part / (double)whole;

	return percent < 0 && percent > -0.05 ? 0 : percent;
}

const char *format_signed_share(int64_t part, uint64_t whole, char *text, size_t bytes)
{
	if (!whole)
		snprintf(text, bytes, "-");
	else
		snprintf(text, bytes, PERCENT_FORMAT "%%", format_signed_percent(part, whole));
	return text;
}

const char *format_code(enum reason_isa id, uint32_t code, char *text, size_t bytes)
{
	const struct isa *isa = isa_find(id);

	if (isa && code < isa->decimal_codes)
		snprintf(text, bytes, "%" PRIu32, code);
	else
		snprintf(text, bytes, "0x%" PRIx32, code);
	return text;
}

const char *format_percentile_error(uint32_t tsc_khz, char *text, size_t bytes)
{
	char limit[FORMAT_BYTES];

	snprintf(text, bytes, "percentiles are upper bounds, at most twice the true value below %s",
		 format_tsc(PERCENTILE_LIMIT_TSC, tsc_khz, limit, sizeof(limit)));
	return text;
}
