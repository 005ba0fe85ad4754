// SPDX-License-Identifier: GPL-2.0
/*
 * Test the small BTF for processes without CAP_SYS_ADMIN. The tests construct the BTF of a kernel,
 * of one of its modules, and of programs.
 */
#include "test.h"

#include <errno.h>
#include <stdbool.h>

#include <bpf/btf.h>

#include "bpf/min_btf.h"

/* @module is the BTF of a module, which is based on that of the kernel. */
struct btfs {
	struct btf *kernel;
	struct btf *module;
	struct btf *programs;
	struct btf *min;
};

/* The numbers of the types in the BTF of the kernel. All members of the structures use them. */
enum kernel_type { U32 = 1, U64, BOOL, POINTER, INFO, INFO_TYPEDEF, TASK };

static void add_basic(struct btf *btf)
{
	assert_int_equal(btf__add_int(btf, "unsigned int", 4, 0), U32);
	assert_int_equal(btf__add_int(btf, "unsigned long long", 8, 0), U64);
	assert_int_equal(btf__add_int(btf, "_Bool", 1, BTF_INT_BOOL), BOOL);
	assert_int_equal(btf__add_ptr(btf, U64), POINTER);
}

/* Add an empty structure. */
static int add_struct(struct btf *btf, const char *name, uint32_t bytes)
{
	int id = btf__add_struct(btf, name, bytes);

	assert_true(id > 0);
	return id;
}

/* Add a member to the newest structure. */
static void add(struct btf *btf, const char *name, int type, uint32_t byte_offset)
{
	assert_int_equal(btf__add_field(btf, name, type, byte_offset * 8, 0), 0);
}

static void add_kernel(struct btf *btf)
{
	add_basic(btf);
	assert_int_equal(add_struct(btf, "info", 16), INFO);
	add(btf, "other", U32, 0);
	add(btf, "delay", U64, 8);
	assert_int_equal(btf__add_typedef(btf, "info_t", INFO), INFO_TYPEDEF);
	assert_int_equal(add_struct(btf, "task", 24), TASK);
	add(btf, "flags", U64, 0);
	add(btf, "info", INFO_TYPEDEF, 8);
}

static void add_module(struct btf *btf)
{
	int count, const_count, array, inner, outer, atomic;

	count = add_struct(btf, "count", 16);
	add(btf, "other", U64, 0);
	add(btf, "exits", U64, 8);
	const_count = btf__add_const(btf, count);
	array = btf__add_array(btf, U32, U32, 4);
	inner = btf__add_union(btf, NULL, 8);
	add(btf, "wide", U64, 0);
	add(btf, "deep", U32, 0);
	outer = add_struct(btf, NULL, 16);
	add(btf, "other", U32, 0);
	add(btf, NULL, inner, 8);
	add_struct(btf, NULL, 4);
	add(btf, "other", U32, 0);
	add(btf, "counter", U32, 0);
	atomic = btf__add_typedef(btf, "atomic", outer + 1);
	add_struct(btf, "vcpu", 88);
	add(btf, "run", POINTER, 0);
	add(btf, NULL, outer, 8);
	add(btf, "count", const_count, 24);
	add(btf, "array", array, 40);
	add(btf, "guarded", BOOL, 56);
	assert_int_equal(btf__add_field(btf, "bits", U32, 60 * 8 + 5, 3), 0);
	add(btf, "other", U64, 64);
	add(btf, "new", U64, 72);
	add(btf, "online", atomic, 80);
	add_struct(btf, "unrelated", 8);
	add(btf, "deep", U64, 0);
}

/* The programs declare less than the kernel, in another order. */
static void add_programs(struct btf *btf)
{
	int info, count, anonymous;

	add_basic(btf);
	info = add_struct(btf, "info", 8);
	add(btf, "delay", U64, 0);
	add_struct(btf, "task", 8);
	add(btf, "info", info, 0);
	count = add_struct(btf, "count", 8);
	add(btf, "exits", U64, 0);
	anonymous = add_struct(btf, NULL, 4);
	add(btf, "counter", U32, 0);
	add_struct(btf, "vcpu", 48);
	add(btf, "online", anonymous, 40);
	add(btf, "count", count, 0);
	add(btf, "guarded", BOOL, 8);
	add(btf, "deep", U32, 12);
	add(btf, "run", POINTER, 16);
	add(btf, "array", U32, 24);
	add(btf, "bits", U32, 28);
	add(btf, "missing", U64, 32);
	add_struct(btf, "vcpu___new", 8);
	add(btf, "new", U64, 0);
	add_struct(btf, "private", 8);
	add(btf, "own", U64, 0);
}

static int set_up(void **state)
{
	static struct btfs btfs;

	btfs.kernel = btf__new_empty();
	add_kernel(btfs.kernel);
	btfs.module = btf__new_empty_split(btfs.kernel);
	add_module(btfs.module);
	btfs.programs = btf__new_empty();
	add_programs(btfs.programs);
	btfs.min = min_btf_create(btfs.programs, (const struct btf *[]){ btfs.kernel, btfs.module },
				  2);
	assert_non_null(btfs.min);
	*state = &btfs;
	return 0;
}

static int tear_down(void **state)
{
	struct btfs *btfs = *state;

	btf__free(btfs->min);
	btf__free(btfs->programs);
	btf__free(btfs->module);
	btf__free(btfs->kernel);
	return 0;
}

static const struct btf_type *structure(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

/* Return the number of the member @name of @type, or -1 if there is none. */
static int member(const struct btf *btf, const struct btf_type *type, const char *name)
{
	assert_non_null(type);
	for (uint32_t i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name))
			return (int)i;
	return -1;
}

/* Check the offset of a member, and return its type. */
static const struct btf_type *has(const struct btf *btf, const struct btf_type *type,
				  const char *name, uint32_t bit_offset)
{
	int i = member(btf, type, name);

	assert_true(i >= 0);
	assert_int_equal(btf_member_bit_offset(type, (uint32_t)i), bit_offset);
	return btf__type_by_id(btf, btf_members(type)[i].type);
}

static void members_keep_the_offsets_of_the_kernel(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *task = structure(min, "task"), *info;

	info = has(min, task, "info", 8 * 8);
	assert_true(btf_is_struct(info));
	assert_string_equal(btf__name_by_offset(min, info->name_off), "info");
	assert_int_equal(info->size, 16);
	assert_int_equal(has(min, info, "delay", 8 * 8)->size, 8);
	assert_int_equal(btf_vlen(info), 1);
	assert_int_equal(btf_vlen(task), 1);
}

static void modules_are_included(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *vcpu = structure(min, "vcpu"), *count;

	assert_int_equal(vcpu->size, 88);
	count = has(min, vcpu, "count", 24 * 8);
	assert_true(btf_is_struct(count));
	has(min, count, "exits", 8 * 8);
	assert_int_equal(has(min, vcpu, "guarded", 56 * 8)->size, 1);
	assert_int_equal(member(min, vcpu, "other"), -1);
	assert_int_equal(member(min, vcpu, "missing"), -1);
	assert_null(structure(min, "unrelated"));
	assert_null(structure(min, "private"));
}

static void members_of_anonymous_structures_are_found(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *deep = has(min, structure(min, "vcpu"), "deep", 16 * 8);

	assert_true(btf_is_int(deep));
	assert_int_equal(deep->size, 4);
	assert_int_equal(member(min, structure(min, "vcpu"), "wide"), -1);
}

/* Such as atomic_t. */
static void anonymous_structures_of_members_are_copied(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *online = has(min, structure(min, "vcpu"), "online", 80 * 8);

	assert_true(btf_is_struct(online));
	assert_int_equal(has(min, online, "counter", 0)->size, 4);
	assert_int_equal(btf_vlen(online), 1);
}

static void pointers_lose_their_type(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *run = has(min, structure(min, "vcpu"), "run", 0);

	assert_true(btf_is_ptr(run));
	assert_int_equal(run->type, 0);
}

static void arrays_are_omitted(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;

	assert_int_equal(member(min, structure(min, "vcpu"), "array"), -1);
}

static void bit_fields_keep_their_size(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;
	const struct btf_type *vcpu = structure(min, "vcpu");

	has(min, vcpu, "bits", 60 * 8 + 5);
	assert_int_equal(btf_member_bitfield_size(vcpu, (uint32_t)member(min, vcpu, "bits")), 3);
}

static void suffixes_are_ignored(void **state)
{
	const struct btf *min = ((struct btfs *)*state)->min;

	has(min, structure(min, "vcpu"), "new", 72 * 8);
	assert_null(structure(min, "vcpu___new"));
}

/* libbpf reads the BTF from a file, so the data must be complete. */
static void data_can_be_parsed(void **state)
{
	uint32_t bytes;
	const void *data = btf__raw_data(((struct btfs *)*state)->min, &bytes);
	struct btf *parsed = btf__new(data, bytes);

	assert_non_null(parsed);
	has(parsed, structure(parsed, "vcpu"), "deep", 16 * 8);
	btf__free(parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_keep_the_offsets_of_the_kernel),
		cmocka_unit_test(modules_are_included),
		cmocka_unit_test(members_of_anonymous_structures_are_found),
		cmocka_unit_test(anonymous_structures_of_members_are_copied),
		cmocka_unit_test(pointers_lose_their_type),
		cmocka_unit_test(arrays_are_omitted),
		cmocka_unit_test(bit_fields_keep_their_size),
		cmocka_unit_test(suffixes_are_ignored),
		cmocka_unit_test(data_can_be_parsed),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
