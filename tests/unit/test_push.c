// SPDX-License-Identifier: GPL-2.0
/* Tests of serve/push_queue.c and serve/remote_write.c. */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "serve/push_queue.h"
#include "serve/remote_write.h"

static struct complaint complaint;

static const struct remote_write_label labels[] = { { "instance", "a" }, { "job", "vmtoll" } };

/* A text that decode() writes. */
struct decoded {
	char text[2000];
	size_t used;
};

static uint64_t varint(const unsigned char **at)
{
	uint64_t value = 0;
	int shift = 0;

	do
		value |= (uint64_t)(**at & 0x7f) << shift;
	while (shift += 7, *(*at)++ & 0x80);
	return value;
}

static void append(struct decoded *decoded, const char *text, size_t bytes)
{
	assert_true(decoded->used + bytes < sizeof(decoded->text));
	memcpy(decoded->text + decoded->used, text, bytes);
	decoded->used += bytes;
}

/*
 * Convert a protobuf message to text: nested messages in brackets, strings with a semicolon at
 * the end, and numbers in decimal, with an "@" before integers. @depth is 0 for the request, 1
 * for a series, and 2 for a label or a sample.
 */
static void decode(struct decoded *decoded, const unsigned char *at, size_t bytes, int depth)
{
	const unsigned char *end = at + bytes;

	while (at < end) {
		uint64_t key = varint(&at);
		char number[40];
		double value;
		uint64_t size;

		switch (key & 7) {
		case 0:
			snprintf(number, sizeof(number), "@%llu", (unsigned long long)varint(&at));
			append(decoded, number, strlen(number));
			break;
		case 1:
			memcpy(&value, at, sizeof(value));
			at += sizeof(value);
			snprintf(number, sizeof(number), "%.17g", value);
			append(decoded, number, strlen(number));
			break;
		default:
			size = varint(&at);
			if (depth < 2) {
				append(decoded, "[", 1);
				decode(decoded, at, size, depth + 1);
				append(decoded, "]", 1);
			} else {
				append(decoded, (const char *)at, size);
				append(decoded, ";", 1);
			}
			at += size;
		}
	}
	assert_ptr_equal(at, end);
}

/* Check that the page is converted to a request with the contents @expected. */
static void encodes(const char *page, const char *expected)
{
	struct decoded decoded = { .used = 0 };
	unsigned char text[4000];
	size_t length = sizeof(text);
	void *request;
	size_t bytes;

	assert_int_equal(remote_write_encode(page, labels, 2, 1700000000123, &request, &bytes), 0);
	assert_int_equal(snappy_uncompress(request, bytes, (char *)text, &length), SNAPPY_OK);
	free(request);
	decode(&decoded, text, length, 0);
	decoded.text[decoded.used] = '\0';
	assert_string_equal(decoded.text, expected);
}

#define ALL "[instance;a;][job;vmtoll;]"
#define AT  "@1700000000123"

/* 160 characters */
#define TEXT40 "0123456789abcdefghijklmnopqrstuvwxyzABCD"
#define LONG   TEXT40 TEXT40 TEXT40 TEXT40

static void test_encode(void **state)
{
	(void)state;
	encodes("", "");
	encodes("# HELP x y\n# TYPE x gauge\nvmtoll_up 1\n",
		"[[__name__;vmtoll_up;]" ALL "[1" AT "]]");
	/* The labels are sorted by their names. */
	encodes("a_total{vm=\"x\",class=\"io\"} 12345678901\n",
		"[[__name__;a_total;][class;io;]" ALL "[vm;x;][12345678901" AT "]]");
	encodes("a 1.000000005\nb{vm=\"\"} 0\n",
		"[[__name__;a;]" ALL "[1.000000005" AT "]][[__name__;b;]" ALL "[vm;;][0" AT "]]");
	/*
	 * The value contains escape sequences, a brace, a comma and a space. None of them ends the
	 * value.
	 */
	encodes("a{vm=\"q\\\"b\\\\n\\nl},{ x=\"} 2\n",
		"[[__name__;a;]" ALL "[vm;q\"b\\n\nl},{ x=;][2" AT "]]");
	/* The label and the series are so long that the size of each is encoded in two bytes. */
	encodes("a{vm=\"" LONG "\"} 3\n", "[[__name__;a;]" ALL "[vm;" LONG ";][3" AT "]]");
}

static void test_encode_fails(void **state)
{
	static const char *const pages[] = { "a\n",	      "a x\n",	     "a 1",
					     "a{vm=\"x} 1\n", "a{vm=x} 1\n", "a{vm=\"x\"}1\n",
					     " 1\n",	      "a{vm=\"x\\",  "a 1xb 2\n" };
	void *request;
	size_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		assert_int_equal(remote_write_encode(pages[i], labels, 2, 1, &request, &bytes),
				 -EINVAL);
}

static char directory[] = "vmtoll-queue-XXXXXX";

static int create_directory(void **state)
{
	(void)state;
	strcpy(directory, "vmtoll-queue-XXXXXX");
	return !mkdtemp(directory);
}

static int remove_directory(void **state)
{
	DIR *list = opendir(directory);
	const struct dirent *file;

	(void)state;
	while ((file = readdir(list)))
		unlinkat(dirfd(list), file->d_name, 0);
	closedir(list);
	return rmdir(directory);
}

static void open_queue(struct push_queue *queue, uint64_t limit)
{
	if (push_queue_open(queue, directory, limit, &complaint))
		fail_msg("%s", complaint.text);
}

static void add(struct push_queue *queue, const char *text)
{
	assert_int_equal(push_queue_append(queue, text, strlen(text)), 0);
}

/* Check that the oldest request is @text, and remove it. */
static void takes(struct push_queue *queue, const char *text)
{
	size_t bytes;
	void *request;
	uint64_t number = push_queue_first(queue, &request, &bytes);

	assert_int_not_equal(number, 0);
	assert_int_equal(bytes, strlen(text));
	assert_memory_equal(request, text, bytes);
	free(request);
	push_queue_remove(queue, number);
}

static void is_empty(struct push_queue *queue)
{
	size_t bytes;
	void *request;

	assert_int_equal(push_queue_first(queue, &request, &bytes), 0);
	assert_int_equal(queue->bytes, 0);
}

/*
 * The requests must survive a restart and keep their order. The number of a request must not be
 * reused.
 */
static void test_queue_restarts(void **state)
{
	struct push_queue queue, second;
	uint64_t next;

	(void)state;
	open_queue(&queue, 1000);
	add(&queue, "one");
	add(&queue, "two");
	takes(&queue, "one");
	assert_int_equal(push_queue_open(&second, directory, 1000, &complaint), -EWOULDBLOCK);
	push_queue_close(&second);
	add(&queue, "three");
	next = queue.next;
	push_queue_close(&queue);
	open_queue(&queue, 1000);
	assert_int_equal(queue.next, next);
	assert_int_equal(queue.bytes, 8);
	takes(&queue, "two");
	takes(&queue, "three");
	is_empty(&queue);
	assert_int_equal(queue.dropped, 0);
	push_queue_close(&queue);
}

/* If the limit is reached, the oldest requests are dropped and counted. */
static void test_queue_limit(void **state)
{
	struct push_queue queue;

	(void)state;
	open_queue(&queue, 10);
	add(&queue, "1111");
	add(&queue, "2222");
	add(&queue, "33");
	assert_int_equal(queue.dropped, 0);
	add(&queue, "4444");
	assert_int_equal(queue.dropped, 1);
	assert_int_equal(push_queue_append(&queue, "01234567890", 11), -EFBIG);
	assert_int_equal(queue.dropped, 2);
	push_queue_close(&queue);
	open_queue(&queue, 6);
	assert_int_equal(queue.dropped, 1);
	takes(&queue, "33");
	takes(&queue, "4444");
	is_empty(&queue);
	push_queue_close(&queue);
}

/*
 * Files that a crash has left behind, and files that the queue did not create, must not be
 * sent.
 */
static void test_queue_files(void **state)
{
	struct push_queue queue;

	(void)state;
	open_queue(&queue, 1000);
	close(openat(queue.directory, "00000000000000000007.rw1", O_CREAT | O_WRONLY, 0600));
	close(openat(queue.directory, "new", O_CREAT | O_WRONLY, 0600));
	close(openat(queue.directory, "8.rw1", O_CREAT | O_WRONLY, 0600));
	push_queue_close(&queue);
	open_queue(&queue, 1000);
	add(&queue, "text");
	takes(&queue, "text");
	assert_int_equal(queue.dropped, 1);
	is_empty(&queue);
	push_queue_close(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_encode_fails),
		cmocka_unit_test_setup_teardown(test_queue_restarts, create_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_queue_limit, create_directory,
						remove_directory),
		cmocka_unit_test_setup_teardown(test_queue_files, create_directory,
						remove_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
