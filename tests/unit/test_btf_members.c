// SPDX-License-Identifier: GPL-2.0
/* Test the module's BTF parser. The tests construct the BTF to be parsed. */
#include "test.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kmod/btf_members.h"
#include "model/array.h"

/*
 * The string section of the constructed BTF, and the offsets of its strings. In the BTF, struct
 * "vcpu" has the members "run" and "arch".
 */
static const char strings[] = "\0vcpu\0run\0arch\0other";

enum string {
	ANONYMOUS = 0,
	VCPU = 1,
	RUN = 6,
	ARCH = 10,
	OTHER = 15,
};

static const struct btf_member_use uses[] = {
	{ "vcpu", "run", 8 },
	{ "vcpu", "arch", 64 },
};

#define ALL 3 /* btf_check.found if both members were found */

/* BTF under construction. */
struct blob {
	struct btf_header header;
	uint32_t words[96];
	unsigned int count;
};

static void add_words(struct blob *blob, const uint32_t *words, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		blob->words[blob->count++] = words[i];
}

static uint32_t info(uint32_t kind, uint32_t vlen)
{
	return kind << 24 | vlen;
}

static void add_type(struct blob *blob, uint32_t name, uint32_t info_word)
{
	add_words(blob, (const uint32_t[]){ name, info_word, 0 }, 3);
}

static void add_member(struct blob *blob, uint32_t name, uint32_t offset)
{
	add_words(blob, (const uint32_t[]){ name, 0, offset }, 3);
}

/* Add struct vcpu with these offsets in bits. */
static void add_vcpu(struct blob *blob, uint32_t run, uint32_t arch)
{
	add_type(blob, VCPU, info(BTF_KIND_STRUCT, 2));
	add_member(blob, RUN, run);
	add_member(blob, ARCH, arch);
}

/*
 * Add one type of each other kind, together with the data that belongs to the type. The parser
 * must skip this data.
 */
static void add_other_kinds(struct blob *blob)
{
	static const struct {
		uint32_t info;
		unsigned int words;
	} kinds[] = {
		{ BTF_KIND_INT << 24, 1 },	{ BTF_KIND_PTR << 24, 0 },
		{ BTF_KIND_ARRAY << 24, 3 },	{ BTF_KIND_UNION << 24 | 1, 3 },
		{ BTF_KIND_ENUM << 24 | 2, 4 }, { BTF_KIND_FUNC_PROTO << 24 | 2, 4 },
		{ BTF_KIND_VAR << 24, 1 },	{ BTF_KIND_DATASEC << 24 | 1, 3 },
		{ BTF_KIND_DECL_TAG << 24, 1 }, { BTF_KIND_ENUM64 << 24 | 1, 3 },
		{ BTF_KIND_TYPE_TAG << 24, 0 }, { BTF_KIND_FWD << 24, 0 },
	};
	/* A parser that skips too few words would take this data for struct vcpu. */
	static const uint32_t decoy[] = { VCPU, BTF_KIND_STRUCT << 24, 0, 0 };

	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		add_type(blob, OTHER, kinds[i].info);
		add_words(blob, decoy, kinds[i].words);
	}
}

static size_t header_fill(struct blob *blob, const char *text, size_t text_bytes, uint8_t *out)
{
	size_t types = blob->count * sizeof(blob->words[0]);

	blob->header = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(struct btf_header),
		.type_len = types,
		.str_off = types,
		.str_len = text_bytes,
	};
	memcpy(out, &blob->header, sizeof(blob->header));
	memcpy(out + sizeof(blob->header), blob->words, types);
	memcpy(out + sizeof(blob->header) + types, text, text_bytes);
	return sizeof(blob->header) + types + text_bytes;
}

static size_t build(struct blob *blob, uint8_t *out)
{
	return header_fill(blob, strings, sizeof(strings), out);
}

static struct {
	unsigned int count;
	const char *name;
	uint32_t bits;
} reported;

static void report(const struct btf_member_use *use, __u32 bits)
{
	reported.count++;
	reported.name = use->name;
	reported.bits = bits;
}

static struct btf_check new_check(void)
{
	memset(&reported, 0, sizeof(reported));
	return (struct btf_check){ .uses = uses, .count = ARRAY_SIZE(uses), .report = report };
}

/* Check the BTF in @data. Returns false if it is malformed. */
static bool run(const uint8_t *data, size_t bytes, struct btf_check *check)
{
	struct btf_data btf;

	*check = new_check();
	return btf_open(&btf, data, bytes, NULL) && btf_check_members(&btf, check);
}

static bool run_blob(struct blob *blob, struct btf_check *check)
{
	static uint8_t data[1024];

	return run(data, build(blob, data), check);
}

static void expected_offsets(void **state)
{
	struct blob blob = { 0 };
	struct btf_check check;

	(void)state;
	add_other_kinds(&blob);
	add_vcpu(&blob, 8 * 8, 64 * 8);
	assert_true(run_blob(&blob, &check));
	assert_int_equal(check.wrong, 0);
	assert_int_equal(check.found, ALL);
	assert_int_equal(reported.count, 0);
}

/* Two members of the same size are swapped, so the size of the structure is unchanged. */
static void moved_members(void **state)
{
	struct blob blob = { 0 };
	struct btf_check check;

	(void)state;
	add_vcpu(&blob, 64 * 8, 8 * 8);
	assert_true(run_blob(&blob, &check));
	assert_int_equal(check.wrong, 2);
	assert_int_equal(reported.count, 2);
	assert_string_equal(reported.name, "arch");
	assert_int_equal(reported.bits, 8 * 8);
}

/* A bit-field starts within the expected byte, but not at its first bit. */
static void bit_fields(void **state)
{
	struct blob blob = { 0 };
	struct btf_check check;

	(void)state;
	add_type(&blob, VCPU, info(BTF_KIND_STRUCT, 2) | 1u << 31);
	add_member(&blob, RUN, 1u << 24 | (8 * 8));
	add_member(&blob, ARCH, 1u << 24 | (64 * 8 + 1));
	assert_true(run_blob(&blob, &check));
	assert_int_equal(check.wrong, 1);
	assert_string_equal(reported.name, "arch");
	assert_int_equal(reported.bits, 64 * 8 + 1);
}

static void missing_members(void **state)
{
	struct blob blob = { 0 }, hidden = { 0 }, none = { 0 };
	struct btf_check check;

	(void)state;
	add_type(&blob, VCPU, info(BTF_KIND_STRUCT, 1));
	add_member(&blob, RUN, 8 * 8);
	assert_true(run_blob(&blob, &check));
	assert_int_equal(check.wrong, 1);
	assert_string_equal(reported.name, "arch");
	assert_int_equal(reported.bits, BTF_NO_MEMBER);

	/* The member may be in the anonymous union, so this is not an error. */
	add_type(&hidden, VCPU, info(BTF_KIND_STRUCT, 2));
	add_member(&hidden, RUN, 8 * 8);
	add_member(&hidden, ANONYMOUS, 16 * 8);
	assert_true(run_blob(&hidden, &check));
	assert_int_equal(check.wrong, 0);
	assert_int_equal(check.found, 1);

	/* This BTF only declares the structure. It also contains a union with the same name. */
	add_type(&none, VCPU, info(BTF_KIND_FWD, 0));
	add_type(&none, VCPU, info(BTF_KIND_UNION, 0));
	assert_true(run_blob(&none, &check));
	assert_int_equal(check.found, 0);
	assert_int_equal(check.wrong, 0);
}

/* The BTF of a module refers to strings of the kernel, and also has its own strings. */
static void module_with_base(void **state)
{
	static const char own[] = "arch";
	static uint8_t kernel_data[1024], module_data[1024];
	struct blob kernel = { 0 }, module = { 0 };
	struct btf_check check = new_check();
	struct btf_data kernel_btf, module_btf;

	(void)state;
	add_other_kinds(&kernel);
	assert_true(btf_open(&kernel_btf, kernel_data, build(&kernel, kernel_data), NULL));
	add_type(&module, VCPU, info(BTF_KIND_STRUCT, 2));
	add_member(&module, RUN, 8 * 8);
	add_member(&module, sizeof(strings), 65 * 8);
	assert_true(btf_open(&module_btf, module_data,
			     header_fill(&module, own, sizeof(own), module_data), &kernel_btf));
	assert_true(btf_check_members(&kernel_btf, &check));
	assert_int_equal(check.found, 0);
	assert_true(btf_check_members(&module_btf, &check));
	assert_int_equal(check.found, ALL);
	assert_int_equal(check.wrong, 1);
	assert_string_equal(reported.name, "arch");
	assert_int_equal(reported.bits, 65 * 8);
}

static void malformed(void **state)
{
	struct blob unknown = { 0 }, short_data = { 0 }, trailing = { 0 }, unaligned = { 0 };
	static uint8_t data[1024];
	struct btf_check check;
	size_t bytes;

	(void)state;
	add_type(&unknown, VCPU, info(BTF_KIND_MAX + 1, 0));
	assert_false(run_blob(&unknown, &check));
	add_type(&short_data, VCPU, info(BTF_KIND_STRUCT, 0xffff));
	assert_false(run_blob(&short_data, &check));
	add_words(&trailing, (const uint32_t[]){ VCPU }, 1);
	assert_false(run_blob(&trailing, &check));

	add_vcpu(&unaligned, 8 * 8, 64 * 8);
	bytes = build(&unaligned, data);
	assert_true(run(data, bytes, &check));
	data[bytes - 1] = 'x'; /* the last string does not end */
	assert_false(run(data, bytes, &check));
	build(&unaligned, data);
	((struct btf_header *)data)->type_off = 1;
	assert_false(run(data, bytes, &check));
	build(&unaligned, data);
	((struct btf_header *)data)->str_off = UINT32_MAX; /* the sum exceeds 32 bits */
	assert_false(run(data, bytes, &check));
	build(&unaligned, data);
	((struct btf_header *)data)->str_len = 0;
	assert_false(run(data, bytes, &check));
}

/*
 * Check a copy of the data that ends where an inaccessible page begins. An access beyond the data
 * raises SIGSEGV.
 */
static void run_guarded(uint8_t *end, const uint8_t *data, size_t bytes)
{
	uint8_t *copy = end - ((bytes + 3) & ~3ul); /* aligned like the kernel's buffer */
	struct btf_check check;

	memset(copy, 0xff, end - copy);
	memcpy(copy, data, bytes);
	run(copy, bytes, &check);
}

/* Truncate the data at each byte, and change each byte. No access may be out of bounds. */
static void damaged(void **state)
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	static uint8_t data[1024];
	struct blob blob = { 0 };
	uint8_t *pages =
		mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	size_t bytes;

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + 4096, 4096, PROT_NONE), 0);
	add_vcpu(&blob, 8 * 8, 64 * 8);
	add_other_kinds(&blob);
	bytes = build(&blob, data);
	for (size_t i = 0; i <= bytes; i++)
		run_guarded(pages + 4096, data, i);
	for (size_t i = 0; i < bytes; i++) {
		for (unsigned int m = 0; m < ARRAY_SIZE(masks); m++) {
			data[i] ^= masks[m];
			run_guarded(pages + 4096, data, bytes);
			data[i] ^= masks[m];
		}
	}
	munmap(pages, 8192);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(expected_offsets), cmocka_unit_test(moved_members),
		cmocka_unit_test(bit_fields),	    cmocka_unit_test(missing_members),
		cmocka_unit_test(module_with_base), cmocka_unit_test(malformed),
		cmocka_unit_test(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
