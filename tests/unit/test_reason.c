// SPDX-License-Identifier: GPL-2.0
/*
 * Test the catalogue of exit reasons: its order, its names, its texts and its look-ups. Also check
 * that the catalogue contains every exit code from the kernel's UAPI headers. The test reads these
 * headers at run time, by default from the package linux-libc-dev. To test against another kernel,
 * set the environment variable VMTOLL_TEST_UAPI_ASM to the directory that contains that kernel's
 * headers.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include "model/array.h"
#include "model/reason.h"

#define UAPI_ASM "/usr/include/x86_64-linux-gnu/asm"

/* The maximum number of characters in a line on a terminal, and in a paragraph. */
#define LINE	  80
#define PARAGRAPH 700

static const enum reason_isa isas[] = { REASON_VMX, REASON_SVM };

#define for_each_reason(isa, r, i) for (size_t i = 0; ((r) = reason_at((isa), i)); i++)

static void expect(bool holds, const struct reason *r, const char *what)
{
	if (!holds)
		fail_msg("%#x %s: %s", r->code, r->name, what);
}

/* --- the table ------------------------------------------------------------------------ */

static void test_codes_ascend(void **state)
{
	const struct reason *r;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		assert_true(reason_count(isas[n]) > 70);
		for_each_reason(isas[n], r, i)
		{
			const struct reason *before = i ? reason_at(isas[n], i - 1) : NULL;

			expect(!before || before->code < r->code, r,
			       "its code is out of order or a duplicate");
			expect(reason_find(isas[n], r->code) == r, r,
			       "it is not found by its code");
		}
	}
}

static bool is_name_character(char c)
{
	return isupper((unsigned char)c) || isdigit((unsigned char)c) || c == '_';
}

static void test_names(void **state)
{
	const struct reason *r;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		for_each_reason(isas[n], r, i)
		{
			for (const char *c = r->name; *c; c++)
				expect(is_name_character(*c), r,
				       "its name has other characters than A-Z, 0-9 and _");
			expect(strlen(r->name) <= 32, r, "its name is too long for a column");
			expect(reason_find_name(isas[n], r->name) == r, r,
			       "its name finds another reason");
		}
	}
}

static void test_aliases(void **state)
{
	const struct reason *r;
	char list[128];

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		for_each_reason(isas[n], r, i)
		{
			char *save = NULL;

			if (!r->alias)
				continue;
			assert_true((size_t)snprintf(list, sizeof(list), "%s", r->alias) <
				    sizeof(list));
			for (char *a = strtok_r(list, ",", &save); a;
			     a = strtok_r(NULL, ",", &save)) {
				expect(strcasecmp(a, r->name), r, "an alias equals its name");
				expect(reason_find_name(isas[n], a) == r, r,
				       "its alias finds another reason");
			}
		}
	}
}

static void test_classes(void **state)
{
	size_t used[REASON_CLASSES] = { 0 };
	const struct reason *r;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		for_each_reason(isas[n], r, i)
		{
			expect((unsigned int)r->class < REASON_CLASSES, r,
			       "its class is out of range");
			used[r->class]++;
		}
	}
	for (size_t c = 0; c < REASON_CLASSES; c++)
		assert_true(used[c] > 0);
	assert_string_equal(reason_class_name(REASON_MEMORY), "memory");
	assert_string_equal(reason_class_name(REASON_INTERRUPT), "timer and interrupt");
	assert_string_equal(reason_class_name(REASON_IO), "I/O");
	assert_string_equal(reason_class_name(REASON_INSTRUCTION), "instruction");
	assert_string_equal(reason_class_name(REASON_OTHER), "other");
	assert_string_equal(reason_class_name(REASON_CLASSES), "unknown");
}

/* --- the texts ------------------------------------------------------------------------ */

/* Check that @text is one line of plain ASCII that can be wrapped and indented in 80 columns. */
static void check_text(const struct reason *r, const char *what, const char *text, size_t most)
{
	size_t word = 0;

	if (!text || !*text)
		fail_msg("%#x %s: no %s", r->code, r->name, what);
	expect(strlen(text) <= most, r, text);
	expect(text[0] != ' ' && text[strlen(text) - 1] != ' ', r, text);
	expect(!strstr(text, "  "), r, text);
	for (const char *c = text; *c; c++) {
		expect(*c >= ' ' && *c <= '~', r, text);
		word = *c == ' ' ? 0 : word + 1;
		expect(word <= LINE - 20, r, text);
	}
}

/*
 * Check that no space is missing after punctuation, as in "done.The" or "pages,huge". Such
 * errors occur where a text is composed of several string literals. Words with "=" are skipped,
 * because options such as "kvm,pmu=off" look similar.
 */
static void check_joints(const struct reason *r, const char *text)
{
	char copy[PARAGRAPH + 1];
	char *save = NULL;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok_r(copy, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		for (char *c = w; c[0] && c[1] && c[2] && !strchr(w, '='); c++) {
			bool joined = islower((unsigned char)c[0]) && strchr(".,;:", c[1]) &&
				      isalpha((unsigned char)c[2]);

			expect(!joined, r, text);
		}
	}
}

static void check_sentences(const struct reason *r, const char *what, const char *text)
{
	check_text(r, what, text, PARAGRAPH);
	check_joints(r, text);
	expect(isalpha((unsigned char)text[0]), r, text);
	expect(text[strlen(text) - 1] == '.', r, text);
}

static void test_texts(void **state)
{
	const struct reason *r;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		for_each_reason(isas[n], r, i)
		{
			check_text(r, "summary", r->summary, LINE);
			expect(r->summary[strlen(r->summary) - 1] != '.', r, r->summary);
			check_sentences(r, "cause", r->cause);
			check_sentences(r, "lower", r->lower);
			check_text(r, "manual", r->manual, 200);
			expect(strstr(r->manual, isas[n] == REASON_VMX ? "Intel SDM" : "AMD APM"),
			       r, r->manual);
		}
	}
}

/* No two reasons of an instruction set may have the same summary. */
static void test_summaries_differ(void **state)
{
	const struct reason *r, *other;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		for_each_reason(isas[n], r, i)
		{
			for (size_t j = 0; j < i; j++) {
				other = reason_at(isas[n], j);
				expect(strcmp(r->summary, other->summary), r, other->name);
			}
		}
	}
}

/* --- look-ups ------------------------------------------------------------------------- */

static const struct {
	enum reason_isa isa;
	uint32_t code;
	const char *name; /* NULL: unknown */
} by_code[] = {
	{ REASON_VMX, 0, "EXCEPTION_NMI" },
	{ REASON_VMX, 10, "CPUID" },
	{ REASON_VMX, 48, "EPT_VIOLATION" },
	{ REASON_VMX, 85, "MSR_WRITE_IMM" },
	{ REASON_VMX, 33, "INVALID_STATE" },
	{ REASON_VMX, 0x80000021, "INVALID_STATE" },
	{ REASON_VMX, 34, "MSR_LOAD_FAIL" },
	{ REASON_VMX, 41, "MCE_DURING_VMENTRY" },
	{ REASON_VMX, 0x80000029, "MCE_DURING_VMENTRY" },
	{ REASON_VMX, 0x80000030, NULL },
	{ REASON_VMX, 35, NULL },
	{ REASON_VMX, 38, NULL },
	{ REASON_VMX, 42, NULL },
	{ REASON_VMX, 71, NULL },
	{ REASON_VMX, 0xffffffff, NULL },
	{ REASON_SVM, 0x013, "WRITE_CR3" },
	{ REASON_SVM, 0x04e, "EXCP_PF" },
	{ REASON_SVM, 0x05f, "EXCP_31" },
	{ REASON_SVM, 0x09f, "CR15_WRITE_TRAP" },
	{ REASON_SVM, 0x0a7, NULL },
	{ REASON_SVM, 0x3ff, NULL },
	{ REASON_SVM, 0x400, "NPF" },
	{ REASON_SVM, 0x403, "VMGEXIT" },
	{ REASON_SVM, 0x404, NULL },
	{ REASON_SVM, 0xffffffff, "ERR" },
	{ REASON_SVM, 0xfffffffe, "BUSY" },
	{ REASON_SVM, 0xfffffffd, "IDLE_REQUIRED" },
	{ REASON_SVM, 0xfffffffc, "INVALID_PMC" },
	{ REASON_SVM, 0xfffffffb, NULL },
	{ (enum reason_isa)0, 10, NULL },
	{ (enum reason_isa)3, 0x400, NULL },
};

static void test_find(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(by_code); i++) {
		const struct reason *r = reason_find(by_code[i].isa, by_code[i].code);

		if (!by_code[i].name && r)
			fail_msg("%#x is %s, expected unknown", by_code[i].code, r->name);
		if (by_code[i].name && (!r || strcmp(r->name, by_code[i].name)))
			fail_msg("%#x is %s, expected %s", by_code[i].code, r ? r->name : "unknown",
				 by_code[i].name);
	}
}

static const struct {
	enum reason_isa isa;
	const char *name;
	int64_t code; /* -1: unknown */
} by_name[] = {
	{ REASON_VMX, "ept_violation", 48 },
	{ REASON_VMX, "EXIT_REASON_EPT_VIOLATION", 48 },
	{ REASON_VMX, "VMXON", 27 },
	{ REASON_VMX, "invalid_state", 0x80000021 },
	{ REASON_VMX, "NPF", -1 },
	{ REASON_VMX, "EPT", -1 },
	{ REASON_VMX, "", -1 },
	{ REASON_VMX, "EXIT_REASON_", -1 },
	{ REASON_SVM, "npf", 0x400 },
	{ REASON_SVM, "SVM_EXIT_WRITE_CR3", 0x013 },
	{ REASON_SVM, "VMEXIT_CR3_WRITE", 0x013 },
	{ REASON_SVM, "PF excp", 0x04e },
	{ REASON_SVM, "VMEXIT_EXCP14", 0x04e },
	{ REASON_SVM, "interrupt", 0x060 },
	{ REASON_SVM, "VMEXIT_INVALID", 0xffffffff },
	{ REASON_SVM, "SVM_VMGEXIT_PSC", 0x80000010 },
	{ REASON_SVM, "XF excp,XM excp", -1 },
	{ REASON_SVM, "EPT_VIOLATION", -1 },
	{ (enum reason_isa)0, "CPUID", -1 },
};

static void test_find_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(by_name); i++) {
		const struct reason *r = reason_find_name(by_name[i].isa, by_name[i].name);
		int64_t code = r ? (int64_t)r->code : -1;

		if (code != by_name[i].code)
			fail_msg("'%s' is %#llx, expected %#llx", by_name[i].name, (long long)code,
				 (long long)by_name[i].code);
	}
}

static void test_index_bounds(void **state)
{
	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(isas); n++) {
		assert_non_null(reason_at(isas[n], reason_count(isas[n]) - 1));
		assert_null(reason_at(isas[n], reason_count(isas[n])));
		assert_null(reason_at(isas[n], SIZE_MAX));
	}
	assert_int_equal(reason_count((enum reason_isa)0), 0);
	assert_null(reason_at((enum reason_isa)0, 0));
}

/* --- the kernel's headers ------------------------------------------------------------- */

struct header {
	enum reason_isa isa;
	const char *file;
	const char *prefix; /* of the macros that define exit codes */
	size_t least; /* minimum number of exit-code macros in a correctly parsed header */
};

static const struct header headers[] = {
	{ REASON_VMX, "vmx.h", "EXIT_REASON_", 62 },
	{ REASON_SVM, "svm.h", "SVM_EXIT_", 97 },
	{ REASON_SVM, "svm.h", "SVM_VMGEXIT_", 10 },
};

/*
 * The macros that mark the first and the last exit code of exceptions. They do not name exit
 * reasons, so the tests below skip them. Each exception is looked up by its own name.
 */
static const char *const bounds[] = { "SVM_EXIT_EXCP_BASE", "SVM_EXIT_LAST_EXCP" };

/* Open a header. If it is not installed, print a message and skip the test. */
static FILE *header_open(const char *file)
{
	const char *directory = getenv("VMTOLL_TEST_UAPI_ASM");
	char path[4096];
	FILE *stream;

	snprintf(path, sizeof(path), "%s/%s", directory ? directory : UAPI_ASM, file);
	stream = fopen(path, "r");
	if (stream)
		return stream;
	if (errno != ENOENT || directory)
		fail_msg("cannot open %s: %s", path, strerror(errno));
	print_message("skipped: no %s (install linux-libc-dev)\n", path);
	skip();
	return NULL;
}

static bool is_bound(const char *macro)
{
	for (size_t i = 0; i < ARRAY_SIZE(bounds); i++) {
		if (!strcmp(macro, bounds[i]))
			return true;
	}
	return false;
}

/* Parse a decimal or hexadecimal number. Return false for any other expression. */
static bool parse_code(const char *text, uint32_t *code)
{
	char *end;

	if (!isdigit((unsigned char)*text) && *text != '-')
		return false;
	*code = (uint32_t)strtoll(text, &end, 0);
	end += strspn(end, "uUlL");
	return *end == '\0';
}

/*
 * Parse a line of the form "#define MACRO NUMBER". Return false if MACRO does not begin with the
 * header's prefix, or if NUMBER is not an exit code. Some VMGEXIT macros are not exit codes: their
 * values are small numbers that stand for operations within a request.
 */
static bool parse_define(const struct header *h, const char *line, char *macro, uint32_t *code)
{
	char number[64];

	if (sscanf(line, "#define %127s %63s", macro, number) != 2)
		return false;
	if (strncmp(macro, h->prefix, strlen(h->prefix)) || is_bound(macro))
		return false;
	if (!parse_code(number, code))
		return false;
	return strcmp(h->prefix, "SVM_VMGEXIT_") || (*code & 0x80000000u);
}

static void check_macro(const struct header *h, const char *macro, uint32_t code)
{
	const struct reason *r = reason_find(h->isa, code);

	if (!r)
		fail_msg("%s (%#x) of asm/%s is not in the catalogue", macro, code, h->file);
	if (reason_find_name(h->isa, macro) != r)
		fail_msg("%s of asm/%s is %s in the catalogue", macro, h->file, r->name);
	if (!strstr(macro, r->name))
		fail_msg("%s of asm/%s is spelt %s in the catalogue", macro, h->file, r->name);
}

static void check_header(const struct header *h)
{
	FILE *stream = header_open(h->file);
	char line[512], macro[128];
	size_t found = 0;
	uint32_t code;

	while (fgets(line, sizeof(line), stream)) {
		if (!parse_define(h, line, macro, &code))
			continue;
		check_macro(h, macro, code);
		found++;
	}
	fclose(stream);
	if (found < h->least)
		fail_msg("only %zu macros %s* in asm/%s", found, h->prefix, h->file);
}

static void test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(headers); i++)
		check_header(&headers[i]);
}

/* Replace "SVM_EXIT_EXCP_BASE + PF_VECTOR" by "EXCP_PF". Leave other macros unchanged. */
static void exception_name(char *macro, size_t size)
{
	static const char base[] = "SVM_EXIT_EXCP_BASE + ";
	char mnemonic[16];

	if (strncmp(macro, base, strlen(base)))
		return;
	if (sscanf(macro + strlen(base), "%15[A-Z]", mnemonic) != 1)
		fail_msg("cannot read '%s'", macro);
	snprintf(macro, size, "EXCP_%s", mnemonic);
}

/*
 * Check the header's table of strings, which perf and trace-cmd print. Looking up a string must
 * return the same reason as looking up the macro of the string.
 */
static void test_strings(void **state)
{
	char line[512], macro[128], string[64];
	const struct reason *r;
	size_t found = 0;
	FILE *stream = header_open("svm.h");

	(void)state;
	while (fgets(line, sizeof(line), stream)) {
		if (sscanf(line, " { %127[^,], \"%63[^\"]\"", macro, string) != 2)
			continue;
		exception_name(macro, sizeof(macro));
		r = reason_find_name(REASON_SVM, macro);
		if (!r || reason_find_name(REASON_SVM, string) != r)
			fail_msg("\"%s\" of asm/svm.h does not find %s", string, macro);
		found++;
	}
	fclose(stream);
	assert_true(found > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes_ascend), cmocka_unit_test(test_names),
		cmocka_unit_test(test_aliases),	     cmocka_unit_test(test_classes),
		cmocka_unit_test(test_texts),	     cmocka_unit_test(test_summaries_differ),
		cmocka_unit_test(test_find),	     cmocka_unit_test(test_find_name),
		cmocka_unit_test(test_index_bounds), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests_name("reason", tests, NULL, NULL);
}
