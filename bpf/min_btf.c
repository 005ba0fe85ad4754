// SPDX-License-Identifier: GPL-2.0
/* See min_btf.h. */
#include "bpf/min_btf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>

#define BTF_DIR	     "/sys/kernel/btf"
#define MODULES_MOST 4
#define FIELDS_MOST  32 /* the maximum number of members of a copy */

/**
 * struct min_btf - a BTF under construction
 * @to: the BTF under construction
 * @from: the BTF of the kernel or of a module, from which structures are currently copied
 * @wanted: the structures and unions of the programs
 */
struct min_btf {
	struct btf *to;
	const struct btf *from;
	const struct btf *programs;
	const struct btf_type **wanted;
	size_t wanted_count;
};

/* A member of a copy. @type is the number of its type in min_btf.to. */
struct field {
	const char *name;
	int type;
	uint32_t bit_offset;
	uint32_t bits;
};

struct fields {
	struct field field[FIELDS_MOST];
	size_t count;
};

/* ---- what the programs declare ---- */

/*
 * Return true if @declared is @name, perhaps with a suffix such as ___NAME. Anonymous structures
 * have the same name, "".
 */
static bool is_name(const char *declared, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(declared, name, length) &&
	       (!declared[length] || !strncmp(declared + length, "___", 3));
}

static bool declares(const struct min_btf *btf, const struct btf_type *type, const char *name)
{
	return is_name(btf__name_by_offset(btf->programs, type->name_off), name);
}

static bool structure_is_wanted(const struct min_btf *btf, const char *name)
{
	for (size_t i = 0; i < btf->wanted_count && *name; i++)
		if (declares(btf, btf->wanted[i], name))
			return true;
	return false;
}

static bool has_member(const struct btf *btf, const struct btf_type *type, const char *name)
{
	for (uint16_t i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), name))
			return true;
	return false;
}

/* Return true if the programs declare the member @name in a structure @structure. */
static bool member_is_wanted(const struct min_btf *btf, const char *structure, const char *name)
{
	for (size_t i = 0; i < btf->wanted_count; i++)
		if (declares(btf, btf->wanted[i], structure) &&
		    has_member(btf->programs, btf->wanted[i], name))
			return true;
	return false;
}

static int find_wanted(struct min_btf *btf)
{
	uint32_t count = btf__type_cnt(btf->programs);

	btf->wanted = calloc(count, sizeof(btf->wanted[0]));
	if (!btf->wanted)
		return -ENOMEM;
	for (uint32_t id = 1; id < count; id++) {
		const struct btf_type *type = btf__type_by_id(btf->programs, id);

		if (btf_is_composite(type))
			btf->wanted[btf->wanted_count++] = type;
	}
	return 0;
}

/* ---- copying ---- */

static int copy_structure(struct min_btf *btf, const struct btf_type *type);

/*
 * Copy the type of a member and return its number. Return 0 if the member must be omitted, or a
 * negative errno on failure.
 */
static int copy_type(struct min_btf *btf, uint32_t id)
{
	const struct btf_type *type;
	int resolved = btf__resolve_type(btf->from, id);

	if (resolved < 0)
		return resolved;
	type = btf__type_by_id(btf->from, (uint32_t)resolved);
	if (btf_is_ptr(type))
		return btf__add_ptr(btf->to, 0);
	if (btf_is_composite(type))
		return copy_structure(btf, type);
	if (btf_is_int(type) || btf_is_any_enum(type))
		return btf__add_type(btf->to, btf->from, type);
	return 0;
}

/* Append the member @i of @type to @fields. @bit_offset is the offset of @type in the copy. */
static int add_field(struct min_btf *btf, const struct btf_type *type, uint32_t i,
		     uint32_t bit_offset, struct fields *fields)
{
	const struct btf_member *member = &btf_members(type)[i];
	int id = copy_type(btf, member->type);

	if (id <= 0)
		return id;
	if (fields->count == FIELDS_MOST)
		return -E2BIG;
	fields->field[fields->count++] = (struct field){
		.name = btf__name_by_offset(btf->from, member->name_off),
		.type = id,
		.bit_offset = bit_offset + btf_member_bit_offset(type, i),
		.bits = btf_member_bitfield_size(type, i),
	};
	return 0;
}

/*
 * Append the wanted members of @type to @fields, including those of anonymous members. If @type is
 * the type of an anonymous member, @structure is the name of the structure that contains it.
 */
static int find_fields(struct min_btf *btf, const struct btf_type *type, const char *structure,
		       uint32_t bit_offset, struct fields *fields)
{
	int error = 0;

	for (uint32_t i = 0; i < btf_vlen(type) && !error; i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const struct btf_type *inner = btf__type_by_id(btf->from, member->type);
		const char *name = btf__name_by_offset(btf->from, member->name_off);

		if (!*name && btf_is_composite(inner))
			error = find_fields(btf, inner, structure,
					    bit_offset + btf_member_bit_offset(type, i), fields);
		else if (*name && member_is_wanted(btf, structure, name))
			error = add_field(btf, type, i, bit_offset, fields);
	}
	return error;
}

/*
 * Copy a structure or union and return its number, or a negative errno on failure. Copy the types
 * of its members first, because btf__add_field() adds a member to the newest structure.
 */
static int copy_structure(struct min_btf *btf, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(btf->from, type->name_off);
	struct fields fields = { 0 };
	int id, error = find_fields(btf, type, name, 0, &fields);

	if (error)
		return error;
	id = btf_is_struct(type) ? btf__add_struct(btf->to, name, type->size)
				 : btf__add_union(btf->to, name, type->size);
	for (size_t i = 0; i < fields.count && id > 0 && !error; i++) {
		const struct field *field = &fields.field[i];

		error = btf__add_field(btf->to, field->name, field->type, field->bit_offset,
				       field->bits);
	}
	return error ?: id;
}

/* Copy all wanted structures of @from. Skip the types of the BTF on which @from is based. */
static int copy_structures(struct min_btf *btf, const struct btf *from)
{
	const struct btf *base = btf__base_btf(from);
	uint32_t count = btf__type_cnt(from);
	int id = 0;

	btf->from = from;
	for (uint32_t i = base ? btf__type_cnt(base) : 1; i < count && id >= 0; i++) {
		const struct btf_type *type = btf__type_by_id(from, i);

		if (btf_is_composite(type) &&
		    structure_is_wanted(btf, btf__name_by_offset(from, type->name_off)))
			id = copy_structure(btf, type);
	}
	return id < 0 ? id : 0;
}

struct btf *min_btf_create(const struct btf *programs, const struct btf *const *kernel,
			   size_t count)
{
	struct min_btf btf = { .to = btf__new_empty(), .programs = programs };
	int error = btf.to ? find_wanted(&btf) : -errno;

	for (size_t i = 0; i < count && !error; i++)
		error = copy_structures(&btf, kernel[i]);
	free(btf.wanted);
	if (!error)
		return btf.to;
	btf__free(btf.to);
	errno = -error;
	return NULL;
}

/* ---- the running kernel ---- */

static int write_all(int fd, const char *data, size_t bytes)
{
	while (bytes) {
		ssize_t written = write(fd, data, bytes);

		if (written < 0)
			return -errno;
		data += written;
		bytes -= (size_t)written;
	}
	return 0;
}

/* Read the BTF of the kernel (if @base is NULL) or of a module. */
static int read_btf(const char *name, struct btf *base, struct btf **btf)
{
	char path[80];

	snprintf(path, sizeof(path), BTF_DIR "/%s", name);
	*btf = base ? btf__parse_split(path, base) : btf__parse(path, NULL);
	return *btf ? 0 : -errno;
}

/* Read the BTF of the kernel and of @modules to @kernel. @found is the number of BTFs read. */
static int read_kernel(const char *const *modules, size_t count, struct btf **kernel, size_t *found)
{
	int error = read_btf("vmlinux", NULL, &kernel[0]);

	*found = !error;
	for (size_t i = 0; i < count && !error; i++) {
		error = read_btf(modules[i], kernel[0], &kernel[*found]);
		*found += !error;
		if (error == -ENOENT)
			error = 0;
	}
	return error;
}

int min_btf_write(const struct btf *programs, const char *const *modules, size_t count, int fd)
{
	struct btf *kernel[1 + MODULES_MOST], *min = NULL;
	const void *data = NULL;
	uint32_t bytes = 0;
	size_t found = 0;
	int error = count > MODULES_MOST ? -E2BIG : read_kernel(modules, count, kernel, &found);

	if (!error)
		min = min_btf_create(programs, (const struct btf *const *)kernel, found);
	if (min)
		data = btf__raw_data(min, &bytes);
	if (!error)
		error = data ? write_all(fd, data, bytes) : -errno;
	btf__free(min);
	while (found)
		btf__free(kernel[--found]);
	return error;
}
