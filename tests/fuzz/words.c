// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the parsers of individual words, such as command-line arguments and kernel
 * names. The parsers take turns: each line of the input is passed to the next parser.
 */
#include "fuzz.h"

#include "analysis/books.h"
#include "model/array.h"
#include "source/dialect.h"
#include "kvm/kernel.h"
#include "model/number.h"
#include "kvm/param.h"
#include "model/reason.h"
#include "model/text.h"
#include "analysis/run.h"

static void parse_param(char *text)
{
	struct complaint complaint;
	struct param param;
	struct param other = { "kvm_amd", "npt", "1" };
	enum paging_mode mode;

	if (param_parse(text, &param, &complaint))
		return;
	param_same_value(param.value, other.value);
	param_same_name(&param, &other);
	paging_mode_of_parameter(text, param.value, &mode);
}

static void parse_param_of_host(char *text)
{
	struct host_paths host = { "/nowhere", "/nowhere" };
	struct complaint complaint;
	struct param param;

	if (!param_parse(text, &param, &complaint))
		param_check(&host, &param, &complaint);
}

static void parse_number(char *text)
{
	uint64_t value;
	uint32_t small;

	number_parse(text, 1, UINT64_MAX, &value);
	number_parse_u32(text, &small);
}

static void parse_reason(char *text)
{
	reason_find_name(REASON_VMX, text);
	reason_find_name(REASON_SVM, text);
}

static void parse_name(char *text)
{
	unsigned int dialect;
	enum run_end end;
	enum paging_mode mode;

	dialect_parse(text, &dialect);
	books_sort_check(text);
	run_end_parse(text, &end);
	paging_mode_parse(text, &mode);
}

static void parse_release(char *text)
{
	char why[200];

	kernel_has_shadow_escapes(text, text, why, sizeof(why));
}

static void parse_text(char *text)
{
	char copied[24];

	for (size_t bytes = 1; bytes <= sizeof(copied); bytes++) {
		text_copy(text, copied, bytes);
		text_escape(text, copied, bytes);
	}
}

static void (*const parsers[])(char *text) = {
	parse_param, parse_param_of_host, parse_number, parse_reason,
	parse_name,  parse_release,	  parse_text,
};

#define PARSERS ARRAY_SIZE(parsers)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char text[512];

	for (size_t i = 0; input.size; i++) {
		input_line(&input, text, sizeof(text));
		parsers[i % PARSERS](text);
	}
	return 0;
}
