// SPDX-License-Identifier: GPL-2.0
/*
 * Fill a map of the BPF programs, so that the programs cannot add entries to it. The keys of the
 * map are 64-bit numbers. The added keys are 1, 2, 3 and so on.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf_call.h"
#include "fail.h"
#include "verbs.h"

#define VALUE_BYTES_MAX 64

static int map_info(int fd, struct bpf_map_info *info)
{
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	memset(info, 0, sizeof(*info));
	attributes.info.bpf_fd = (uint32_t)fd;
	attributes.info.info_len = sizeof(*info);
	attributes.info.info = (uintptr_t)info;
	return bpf_call(BPF_OBJ_GET_INFO_BY_FD, &attributes);
}

/* Open the map with the lowest ID above *@id, and set *@id to the ID of this map. */
static int map_next(uint32_t *id)
{
	union bpf_attr next, open;
	int err;

	memset(&next, 0, sizeof(next));
	memset(&open, 0, sizeof(open));
	next.start_id = *id;
	err = bpf_call(BPF_MAP_GET_NEXT_ID, &next);
	if (err)
		return err;
	*id = next.next_id;
	open.map_id = *id;
	return bpf_call(BPF_MAP_GET_FD_BY_ID, &open);
}

/* Open the first map with this name. The caller must close the returned descriptor. */
static int map_open(const char *name)
{
	struct bpf_map_info info;
	uint32_t id = 0;
	int fd;

	while ((fd = map_next(&id)) >= 0) {
		if (!map_info(fd, &info) && !strcmp(info.name, name) &&
		    info.key_size == sizeof(uint64_t) && info.value_size <= VALUE_BYTES_MAX)
			return fd;
		close(fd);
	}
	return fd;
}

static int map_change(enum bpf_cmd command, int fd, uint64_t key)
{
	static const unsigned char value[VALUE_BYTES_MAX];
	union bpf_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.map_fd = (uint32_t)fd;
	attributes.key = (uintptr_t)&key;
	if (command == BPF_MAP_UPDATE_ELEM)
		attributes.value = (uintptr_t)value;
	return bpf_call(command, &attributes);
}

/*
 * Add entries until the map is full, or delete entries until none is left. Return the number of
 * entries that were added or deleted, or a negative errno.
 */
static long change_all(enum bpf_cmd command, int fd)
{
	int end = command == BPF_MAP_UPDATE_ELEM ? -E2BIG : -ENOENT;
	long entries = 0;
	int err;

	while (!(err = map_change(command, fd, (uint64_t)entries + 1)))
		entries++;
	return err == end ? entries : err;
}

int verb_fill(int argc, char **argv)
{
	bool empty = argc == 3 && !strcmp(argv[2], "empty");
	long entries;
	int fd;

	if (argc != 2 && !empty)
		return -EINVAL;
	fd = map_open(argv[1]);
	if (fd < 0)
		return fail(fd, "open the BPF map %s", argv[1]);
	entries = change_all(empty ? BPF_MAP_DELETE_ELEM : BPF_MAP_UPDATE_ELEM, fd);
	close(fd);
	if (entries < 0)
		return fail((int)entries, "change the BPF map %s", argv[1]);
	printf("%s %ld entries\n", empty ? "deleted" : "added", entries);
	return 0;
}
