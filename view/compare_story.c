// SPDX-License-Identifier: GPL-2.0
/* The findings of a comparison as text. Each kind of finding has one or two sentences. */
#include <stdlib.h>
#include <string.h>

#include "analysis/findings.h"
#include "view/compare_view.h"
#include "view/format.h"
#include "view/reason_label.h"

static const char *count(uint64_t number, char *text)
{
	return format_count(number, text, FORMAT_BYTES);
}

/*
 * Write a description of @side to @text: the paging mode that the side sets, for example "shadow
 * paging", or the name of the side if it sets no mode. Returns @text.
 */
static const char *side_words(const struct comparison *comparison, unsigned int side, char *text,
			      size_t bytes)
{
	const struct run *run = findings_run(comparison, side);

	if (run->has_mode)
		snprintf(text, bytes, "%s paging", paging_mode_name(run->mode));
	else
		snprintf(text, bytes, "%s", comparison->experiment->side[side].name);
	return text;
}

static const char *reason_words(const struct comparison *comparison,
				const struct finding_reason *reason, char *text, size_t bytes)
{
	return reason_label(comparison->origin->isa, &reason->row->key, text, bytes);
}

static const char *certainty_words(enum certainty certainty)
{
	static const char *const words[] = {
		[CERTAINTY_UNTESTED] = "",
		[CERTAINTY_MOVED] = "",
		[CERTAINTY_CHANCE] = ", which may be chance",
		[CERTAINTY_FEW_RUNS] = ", which may be chance (there are few runs)",
	};

	return words[certainty];
}

static void put_total(const struct comparison *comparison, const struct finding *finding, FILE *out)
{
	uint64_t a = finding->median[0];
	uint64_t b = finding->median[1];
	char name[80];
	char text[FORMAT_BYTES];

	fprintf(out, "A run took %s exits with %s", count(b, text),
		side_words(comparison, 1, name, sizeof(name)));
	fprintf(out, ", and %s with %s", count(a, text),
		side_words(comparison, 0, name, sizeof(name)));
	if (a && b)
		fprintf(out, ": %s times as many", format_ratio(b, a, text, sizeof(text)));
	fputs(".\n", out);
}

/* Return the length of the first sentence of @text, without its full stop. */
static size_t first_sentence(const char *text)
{
	const char *end = strstr(text, ". ");
	size_t length = strlen(text);

	if (end)
		return (size_t)(end - text);
	return length && text[length - 1] == '.' ? length - 1 : length;
}

/*
 * Write one reason and its share of the change in exits. If the change is statistically
 * certain, also write what causes exits with this reason.
 */
static void put_changed_reason(const struct comparison *comparison,
			       const struct finding_reason *reason, FILE *out)
{
	const struct reason *entry = reason_find(comparison->origin->isa, reason->row->key.code);
	uint64_t before = reason->row->median[MEASURE_EXITS][0];
	char name[80];
	char a[FORMAT_BYTES];
	char b[FORMAT_BYTES];

	fprintf(out, " %.1f%% are %s, %s instead of %s%s", 100 * reason->share,
		reason_words(comparison, reason, name, sizeof(name)), count(reason->exits, b),
		count(before, a), certainty_words(reason->certainty));
	if (entry && !*certainty_words(reason->certainty))
		fprintf(out, " (%.*s)", (int)first_sentence(entry->cause), entry->cause);
}

static void put_changes(const struct comparison *comparison, const struct finding *finding,
			FILE *out)
{
	char name[80];
	char text[FORMAT_BYTES];

	fprintf(out, "With %s, %s exits were %s%s", side_words(comparison, 1, name, sizeof(name)),
		count(finding->exits, text), finding->kind == FINDING_ADDED ? "added" : "saved",
		finding->reasons ? ":" : "");
	for (size_t i = 0; i < finding->reasons; i++) {
		fputs(i ? ";" : "", out);
		put_changed_reason(comparison, &finding->reason[i], out);
	}
	fputs(".\n", out);
}

static void put_mapping(const struct comparison *comparison, const struct finding *finding,
			FILE *out)
{
	const struct finding_reason *miss = &finding->reason[0];
	const struct finding_reason *fault = &finding->reason[1];
	const struct finding_reason *mmio = finding->reasons > 2 ? &finding->reason[2] : NULL;
	char name[80];
	char text[FORMAT_BYTES];

	fprintf(out, "Each mode has its own exit reasons for the same work: the %s %s exits",
		count(miss->exits, text), reason_words(comparison, miss, name, sizeof(name)));
	if (mmio)
		fprintf(out, " and the %s %s exits (device memory, class %s)",
			count(mmio->exits, text),
			reason_words(comparison, mmio, name, sizeof(name)),
			reason_class_name(mmio->row->class));
	fprintf(out,
		" with nested paging correspond to page faults with shadow paging, which are among "
		"the %s %s exits",
		count(fault->exits, text), reason_words(comparison, fault, name, sizeof(name)));
	if (mmio)
		fprintf(out, " (class %s)", reason_class_name(fault->row->class));
	fputs(".\n", out);
}

static void put_unchanged(const struct comparison *comparison, const struct finding *finding,
			  FILE *out)
{
	char name[80];
	char text[FORMAT_BYTES];

	for (size_t i = 0; i < finding->reasons; i++)
		fprintf(out, "%s%s (%s)", i ? ", " : "Unchanged within 2%: ",
			reason_words(comparison, &finding->reason[i], name, sizeof(name)),
			count(finding->reason[i].exits, text));
	fputs(".\n", out);
}

static void put_verdicts(const struct comparison *comparison, const struct finding *finding,
			 FILE *out)
{
	(void)comparison;
	fprintf(out,
		"%zu of %zu reasons moved: their change is too large to be explained by the spread "
		"of the runs. %zu may differ by chance, and %zu do not differ.\n",
		finding->moved, finding->moved + finding->chance + finding->same, finding->chance,
		finding->same);
}

static void put_phases(const struct comparison *comparison, const struct finding *finding,
		       FILE *out)
{
	(void)comparison;
	fprintf(out,
		"The phase '%s' differs the most (%.1f times the exits), and the phase '%s' "
		"differs the least (%.1f times).\n",
		finding->most.phase->name, finding->most.factor, finding->least.phase->name,
		finding->least.factor);
}

static void put_time(const struct comparison *comparison, const struct finding *finding, FILE *out)
{
	const struct origin *origin = comparison->origin;
	uint64_t a = finding->median[0];
	uint64_t b = finding->median[1];
	char text[FORMAT_BYTES];

	fprintf(out, "KVM took %s", format_tsc(b, origin->tsc_khz, text, sizeof(text)));
	fprintf(out, " instead of %s to handle the exits:",
		format_tsc(a, origin->tsc_khz, text, sizeof(text)));
	fprintf(out, " %s times as long%s%s.\n", format_ratio(b, a, text, sizeof(text)),
		certainty_words(finding->certainty),
		origin->emulated ? " (time of the emulator, not of hardware)" : "");
}

char *compare_story(const struct comparison *comparison)
{
	static void (*const put[])(const struct comparison *comparison,
				   const struct finding *finding, FILE *out) = {
		[FINDING_TOTAL] = put_total,	     [FINDING_ADDED] = put_changes,
		[FINDING_SAVED] = put_changes,	     [FINDING_MAPPING] = put_mapping,
		[FINDING_UNCHANGED] = put_unchanged, [FINDING_VERDICTS] = put_verdicts,
		[FINDING_PHASES] = put_phases,	     [FINDING_TIME] = put_time,
	};
	struct findings findings;
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	int error;

	if (!out)
		return NULL;
	error = findings_make(comparison, &findings);
	for (size_t i = 0; i < findings.count; i++)
		put[findings.finding[i].kind](comparison, &findings.finding[i], out);
	findings_release(&findings);
	if (fclose(out) || error) {
		free(text);
		return NULL;
	}
	text[strlen(text) - 1] = '\0'; /* remove the last newline; there is at least one line */
	return text;
}
