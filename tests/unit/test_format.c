// SPDX-License-Identifier: GPL-2.0
/* Tests of the functions that parse and print numbers, units and the names of VMs. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/array.h"
#include "view/format.h"
#include "model/number.h"
#include "model/text.h"
#include "view/paragraph.h"
#include "kvm/vm_name.h"
#include "model/units.h"

#define REPLACED "\xef\xbf\xbd" /* U+FFFD */

static const struct {
	const char *text;
	int error;
	uint32_t value;
} numbers[] = {
	{ "0", 0, 0 },
	{ "48", 0, 48 },
	{ "010", 0, 10 },
	{ "0x400", 0, 0x400 },
	{ "0XfFfFfFfF", 0, UINT32_MAX },
	{ "4294967295", 0, UINT32_MAX },
	{ "4294967296", -ERANGE, 0 },
	{ "99999999999999999999999", -ERANGE, 0 },
	{ "", -EINVAL, 0 },
	{ " 1", -EINVAL, 0 },
	{ "1 ", -EINVAL, 0 },
	{ "-1", -EINVAL, 0 },
	{ "+1", -EINVAL, 0 },
	{ "0x", -EINVAL, 0 },
	{ "0xg", -EINVAL, 0 },
	{ "12z", -EINVAL, 0 },
	{ "1e3", -EINVAL, 0 },
};

static void numbers_are_strict(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		uint32_t value = 0;

		assert_int_equal(number_parse_u32(numbers[i].text, &value), numbers[i].error);
		assert_int_equal(value, numbers[i].value);
	}
}

static void numbers_have_bounds(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(number_parse("5", 5, 7, &value), 0);
	assert_int_equal(number_parse("4", 5, 7, &value), -ERANGE);
	assert_int_equal(number_parse("8", 5, 7, &value), -ERANGE);
	assert_int_equal(value, 5);
}

static void cycles_do_not_overflow(void **state)
{
	(void)state;
	assert_int_equal(tsc_to_ns(2450000, 2450000), 1000000);
	assert_int_equal(tsc_to_ns(1ull << 60, 1000000), 1ull << 60);
	assert_int_equal(tsc_to_ns(UINT64_MAX, 4000000), UINT64_MAX / 4);
	assert_int_equal(tsc_to_ns(UINT64_MAX, 1), UINT64_MAX); /* the result saturates */
	assert_int_equal(tsc_to_ns(1000, 0), 0);
}

static void counts_are_grouped(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_count(0, text, sizeof(text)), "0");
	assert_string_equal(format_count(999, text, sizeof(text)), "999");
	assert_string_equal(format_count(1000, text, sizeof(text)), "1,000");
	assert_string_equal(format_count(11166598, text, sizeof(text)), "11,166,598");
	assert_string_equal(format_count(UINT64_MAX, text, sizeof(text)),
			    "18,446,744,073,709,551,615");
}

static const struct {
	uint64_t ns;
	const char *text;
} times[] = {
	{ 0, "0" },
	{ 1, "1ns" },
	{ 999, "999ns" },
	{ 1000, "1.00us" },
	{ 1234, "1.23us" },
	{ 45678, "45.7us" },
	{ 99960, "100us" },
	{ 999499, "999us" },
	{ 999500, "1.00ms" },
	{ 1000000, "1.00ms" },
	{ 9994999, "9.99ms" },
	{ 9995001, "10.0ms" },
	{ 1500000000, "1.50s" },
	{ 86400000000000, "86400s" },
};

static void times_have_three_digits(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++)
		assert_string_equal(format_ns(times[i].ns, text, sizeof(text)), times[i].text);
	assert_string_equal(format_tsc(2000000, 2000000, text, sizeof(text)), "1.00ms");
	assert_string_equal(format_tsc(1230000, 0, text, sizeof(text)), "1.23Mcyc");
	assert_string_equal(format_tsc(17, 0, text, sizeof(text)), "17cyc");
}

static void ratios(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_ratio(711, 100, text, sizeof(text)), "7.11");
	assert_string_equal(format_ratio(3857, 100, text, sizeof(text)), "38.6");
	assert_string_equal(format_ratio(41234, 100, text, sizeof(text)), "412");
	assert_string_equal(format_ratio(1, 100, text, sizeof(text)), "0.01");
	assert_string_equal(format_ratio(9, 1000, text, sizeof(text)), "<0.01");
	assert_string_equal(format_ratio(0, 1000, text, sizeof(text)), "0.00");
}

static void shares_and_codes(void **state)
{
	char text[FORMAT_BYTES];

	(void)state;
	assert_string_equal(format_share(1, 8, text, sizeof(text)), "12.5%");
	assert_string_equal(format_share(0, 0, text, sizeof(text)), "-");
	assert_string_equal(format_code(REASON_VMX, 48, text, sizeof(text)), "48");
	assert_string_equal(format_code(REASON_VMX, 0x80000021, text, sizeof(text)), "0x80000021");
	assert_string_equal(format_code(REASON_SVM, 48, text, sizeof(text)), "0x30");
	assert_string_equal(format_code(REASON_SVM, 0xffffffff, text, sizeof(text)), "0xffffffff");
}

static void terminals_are_safe(void **state)
{
	char text[40];

	(void)state;
	assert_string_equal(text_escape("a\033[2Jb\n", text, sizeof(text)), "a\\x1b[2Jb\\x0a");
	assert_string_equal(text_escape("\xc2\x9b"
					"2J\u202e\x9b",
					text, sizeof(text)),
			    "\\u009b2J\\u202e" REPLACED);
	assert_string_equal(text_escape("\u00e4\\\U0001f600", text, sizeof(text)),
			    "\u00e4\\\U0001f600");
	assert_string_equal(text_escape("0123456789", text, 8), "0123456");
	assert_string_equal(text_escape("012345\033", text, 8), "012345");
	assert_string_equal(text_copy("012345\u00e4", text, 8), "012345");
	assert_string_equal(text_copy("\033", text, 8), "\033");
}

static void paragraphs_are_wrapped(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);
	size_t widest = 0;

	(void)state;
	assert_non_null(out);
	paragraph_put(
		"  why", 10,
		"word word word word word word word word word word word word word word word "
		"averyveryveryveryveryveryveryveryveryveryveryveryveryverylongwordthatisalone",
		out);
	assert_int_equal(fclose(out), 0);
	assert_int_equal(strncmp(text, "  why     word word", 19), 0);
	assert_has(text, "\n          word");
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strstr(line, "avery"))
			widest = strlen(line) > widest ? strlen(line) : widest;
		assert_int_not_equal(line[strlen(line) - 1], ' ');
	}
	assert_in_range(widest, 70, 79);
	free(text);
}

static const struct {
	const char *name; /* expected name of the VM */
	const char *cmdline;
	size_t bytes;
	const char *comm;
} processes[] = {
#define EIGHT	      "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4"
#define CMDLINE(text) text, sizeof(text)
	{ "web", CMDLINE("qemu-system-x86_64\0-name\0web"), "qemu" },
	{ "web2", CMDLINE("qemu\0-m\0128\0-name\0guest=web2,debug-threads=on\0-smp\0002"), "q" },
	{ "web3", CMDLINE("qemu\0-name\0web3,process=x"), "qemu" },
	{ "web4", CMDLINE("qemu\0-name\0debug-threads=on,guest=web4"), "qemu" },
	{ "a,b", CMDLINE("qemu\0-name\0a,,b"), "qemu" }, /* QEMU doubles a comma */
	{ "a,b,guest=c", CMDLINE("qemu\0-name\0debug-threads=on,guest=a,,b,,guest=c"), "q" },
	{ ",", CMDLINE("qemu\0-name\0,,,process=x"), "qemu" },
	{ "y", CMDLINE("qemu\0-name\0x,guest=y"), "qemu" },
	{ "y", CMDLINE("qemu\0-name\0x\0-name\0guest=y\0-name\0process=z"), "qemu" },
	{ "a" REPLACED "b" REPLACED,
	  CMDLINE("qemu\0-name\0a\xff"
		  "b\xc3"),
	  "qemu" },
	{ REPLACED REPLACED REPLACED, CMDLINE("qemu\0-name\0\xed\xa0\x80"), "qemu" }, /* U+D800 */
	{ REPLACED REPLACED, CMDLINE("qemu\0-name\0\xc0\x80"), "qemu" }, /* NUL, too long */
	/* 63 bytes hold 31 characters of two bytes each. */
	{ EIGHT EIGHT EIGHT "\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4",
	  CMDLINE("qemu\0-name\0" EIGHT EIGHT EIGHT EIGHT EIGHT), "qemu" },
	{ "qemu", CMDLINE("qemu\0-name\0debug-threads=on"), "qemu\n" },
	{ "firecracker", CMDLINE("firecracker\0--api-sock\0x"), "firecracker\n" },
	{ "qemu", CMDLINE("qemu\0-name"), "qemu\n" }, /* -name without a value */
	{ "kvm-thing", CMDLINE(""), "kvm-thing\n" },
};

static void put_file(const char *root, size_t pid, const char *name, const char *text, size_t bytes)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%zu", root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/%zu/%s", root, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

static void remove_process(const char *root, size_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%zu/cmdline", root, pid);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%zu/comm", root, pid);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%zu", root, pid);
	rmdir(path);
}

static void names_of_vms(void **state)
{
	char root[] = "vmtoll-proc-XXXXXX";
	char name[64];

	(void)state;
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < ARRAY_SIZE(processes); i++) {
		put_file(root, i + 1, "cmdline", processes[i].cmdline, processes[i].bytes);
		put_file(root, i + 1, "comm", processes[i].comm, strlen(processes[i].comm));
		vm_name_read(root, (uint32_t)i + 1, name, sizeof(name));
		assert_string_equal(name, processes[i].name);
		remove_process(root, i + 1);
	}
	vm_name_read(root, 77, name, sizeof(name));
	assert_string_equal(name, "(gone)");
	assert_int_equal(rmdir(root), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_strict),	   cmocka_unit_test(numbers_have_bounds),
		cmocka_unit_test(cycles_do_not_overflow),  cmocka_unit_test(counts_are_grouped),
		cmocka_unit_test(times_have_three_digits), cmocka_unit_test(ratios),
		cmocka_unit_test(shares_and_codes),	   cmocka_unit_test(terminals_are_safe),
		cmocka_unit_test(paragraphs_are_wrapped),  cmocka_unit_test(names_of_vms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
