// SPDX-License-Identifier: GPL-2.0
/* A queue of requests in a directory, see push_queue.h. */
#include "serve/push_queue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCK_FILE "lock"
#define NEW_FILE  "new"
#define SUFFIX	  ".rw1"

/* Write the name of a request's file to @name, and return @name. */
static const char *name_of(uint64_t number, char name[32])
{
	snprintf(name, 32, "%020" PRIu64 SUFFIX, number);
	return name;
}

/* Return the number of the request in the file @name, or 0 if the file contains no request. */
static uint64_t number_of(const char *name)
{
	char expected[32];
	uint64_t number = strtoull(name, NULL, 10);

	return strcmp(name, name_of(number, expected)) ? 0 : number;
}

static int entry_add(struct push_queue *queue, uint64_t number, uint64_t bytes)
{
	struct push_entry *entry =
		reallocarray(queue->entry, queue->entries + 1, sizeof(*queue->entry));

	if (!entry)
		return -ENOMEM;
	queue->entry = entry;
	entry[queue->entries++] = (struct push_entry){ number, bytes };
	queue->bytes += bytes;
	if (queue->next <= number)
		queue->next = number + 1;
	return 0;
}

/* Remove the entry with this index, and its file. */
static void entry_remove(struct push_queue *queue, size_t index)
{
	char name[32];

	unlinkat(queue->directory, name_of(queue->entry[index].number, name), 0);
	queue->bytes -= queue->entry[index].bytes;
	queue->entries--;
	memmove(&queue->entry[index], &queue->entry[index + 1],
		(queue->entries - index) * sizeof(*queue->entry));
}

static void entry_drop(struct push_queue *queue)
{
	entry_remove(queue, 0);
	queue->dropped++;
}

static int compare_entries(const void *a, const void *b)
{
	const struct push_entry *first = a;
	const struct push_entry *second = b;

	return (first->number > second->number) - (first->number < second->number);
}

/* Add the requests of an earlier process. */
static int read_entries(struct push_queue *queue, DIR *list)
{
	const struct dirent *file;
	int error = 0;

	while (!error && (file = readdir(list))) {
		uint64_t number = number_of(file->d_name);
		struct stat stat;

		if (number && !fstatat(queue->directory, file->d_name, &stat, 0) &&
		    S_ISREG(stat.st_mode))
			error = entry_add(queue, number, (uint64_t)stat.st_size);
	}
	qsort(queue->entry, queue->entries, sizeof(*queue->entry), compare_entries);
	return error;
}

static int open_entries(struct push_queue *queue)
{
	int copy = openat(queue->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);
	int error;

	if (!list) {
		error = -errno;
		if (copy >= 0)
			close(copy);
		return error;
	}
	error = read_entries(queue, list);
	closedir(list);
	return error;
}

static int open_locked(struct push_queue *queue, const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	queue->directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (queue->directory < 0)
		return -errno;
	queue->lock = openat(queue->directory, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (queue->lock < 0 || flock(queue->lock, LOCK_EX | LOCK_NB))
		return -errno;
	return open_entries(queue);
}

int push_queue_open(struct push_queue *queue, const char *path, uint64_t limit,
		    struct complaint *complaint)
{
	int error;

	*queue = (struct push_queue){ .directory = -1, .lock = -1, .limit = limit, .next = 1 };
	error = open_locked(queue, path);
	if (error == -EWOULDBLOCK)
		return complain(complaint, error, "another process uses the queue %s", path);
	if (error)
		return complain(complaint, error, "cannot use the queue %s: %s", path,
				strerror(-error));
	while (queue->bytes > queue->limit)
		entry_drop(queue);
	return 0;
}

void push_queue_close(struct push_queue *queue)
{
	if (queue->lock >= 0)
		close(queue->lock);
	if (queue->directory >= 0)
		close(queue->directory);
	free(queue->entry);
	queue->entry = NULL;
	queue->entries = 0;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes) {
		ssize_t written = write(fd, text, bytes);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		text += written;
		bytes -= (size_t)written;
	}
	return fdatasync(fd) ? -errno : 0;
}

/* Write a file. It has a temporary name until it is complete and on the disk. */
static int write_file(const struct push_queue *queue, const char *name, const void *request,
		      size_t bytes)
{
	int fd = openat(queue->directory, NEW_FILE, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int error;

	if (fd < 0)
		return -errno;
	error = write_all(fd, request, bytes);
	if (close(fd) && !error)
		error = -errno;
	if (!error && renameat(queue->directory, NEW_FILE, queue->directory, name))
		error = -errno;
	if (!error)
		fsync(queue->directory);
	else
		unlinkat(queue->directory, NEW_FILE, 0);
	return error;
}

int push_queue_append(struct push_queue *queue, const void *request, size_t bytes)
{
	char name[32];
	int error = bytes > queue->limit ? -EFBIG : 0;

	while (!error && queue->bytes + bytes > queue->limit)
		entry_drop(queue);
	if (!error)
		error = write_file(queue, name_of(queue->next, name), request, bytes);
	if (!error)
		error = entry_add(queue, queue->next, bytes);
	if (error)
		queue->dropped++;
	return error;
}

static void *read_file(const struct push_queue *queue, const struct push_entry *entry)
{
	char name[32];
	int fd = openat(queue->directory, name_of(entry->number, name), O_RDONLY | O_CLOEXEC);
	char *request = fd < 0 || !entry->bytes ? NULL : malloc(entry->bytes);
	bool is_complete = request && read(fd, request, entry->bytes) == (ssize_t)entry->bytes;

	if (fd >= 0)
		close(fd);
	if (is_complete)
		return request;
	free(request);
	return NULL;
}

uint64_t push_queue_first(struct push_queue *queue, void **request, size_t *bytes)
{
	while (queue->entries) {
		*request = read_file(queue, &queue->entry[0]);
		*bytes = queue->entry[0].bytes;
		if (*request)
			return queue->entry[0].number;
		entry_drop(queue);
	}
	return 0;
}

void push_queue_remove(struct push_queue *queue, uint64_t number)
{
	for (size_t i = 0; i < queue->entries; i++) {
		if (queue->entry[i].number != number)
			continue;
		entry_remove(queue, i);
		return;
	}
}
