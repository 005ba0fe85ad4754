// SPDX-License-Identifier: GPL-2.0
/* Requests of Prometheus remote write, see remote_write.h. */
#include "serve/remote_write.h"

#include <errno.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The tags of the fields in the protocol buffer messages. A tag consists of the field's number and
 * its wire type.
 */
#define FIELD(number, type) ((number) << 3 | (type))
#define VARINT		    0
#define DOUBLE		    1
#define BYTES		    2

#define REQUEST_TIMESERIES FIELD(1, BYTES)
#define SERIES_LABELS	   FIELD(1, BYTES)
#define SERIES_SAMPLES	   FIELD(2, BYTES)
#define LABEL_NAME	   FIELD(1, BYTES)
#define LABEL_VALUE	   FIELD(2, BYTES)
#define SAMPLE_VALUE	   FIELD(1, DOUBLE)
#define SAMPLE_TIMESTAMP   FIELD(2, VARINT)

#define LABELS 16 /* the highest number of labels of a series, including its name */

/**
 * struct buffer - bytes that are being written
 * @error: -ENOMEM if out of memory; further bytes are then ignored
 */
struct buffer {
	char *text;
	size_t used;
	size_t capacity;
	int error;
};

/**
 * struct span - a string that is not terminated by a null byte
 */
struct span {
	const char *text;
	size_t bytes;
};

/**
 * struct series - a series with one sample
 * @scratch: a buffer for the unescaped label values
 */
struct series {
	struct span name[LABELS];
	struct span value[LABELS];
	size_t labels;
	struct buffer scratch;
	double sample;
};

static void put(struct buffer *buffer, const void *text, size_t bytes)
{
	if (buffer->error)
		return;
	if (buffer->used + bytes > buffer->capacity) {
		size_t capacity = 2 * (buffer->used + bytes) + 4096;
		char *grown = realloc(buffer->text, capacity);

		if (!grown) {
			buffer->error = -ENOMEM;
			return;
		}
		buffer->text = grown;
		buffer->capacity = capacity;
	}
	memcpy(buffer->text + buffer->used, text, bytes);
	buffer->used += bytes;
}

static void put_varint(struct buffer *buffer, uint64_t value)
{
	unsigned char bytes[10];
	size_t used = 0;

	do {
		bytes[used++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		value >>= 7;
	} while (value);
	put(buffer, bytes, used);
}

static void put_bytes(struct buffer *buffer, unsigned int field, const struct span *span)
{
	put_varint(buffer, field);
	put_varint(buffer, span->bytes);
	put(buffer, span->text, span->bytes);
}

static size_t varint_bytes(uint64_t value)
{
	size_t bytes = 1;

	while (value >>= 7)
		bytes++;
	return bytes;
}

/*
 * Return the encoded size of a field whose contents are @bytes bytes long. The field's number must
 * be below 16, so that its tag fits into one byte.
 */
static size_t field_bytes(size_t bytes)
{
	return 1 + varint_bytes(bytes) + bytes;
}

static size_t label_bytes(const struct series *series, size_t index)
{
	return field_bytes(series->name[index].bytes) + field_bytes(series->value[index].bytes);
}

static void put_series(struct buffer *buffer, const struct series *series, int64_t ms)
{
	size_t sample = 1 + sizeof(double) + 1 + varint_bytes((uint64_t)ms);
	size_t bytes = field_bytes(sample);

	for (size_t i = 0; i < series->labels; i++)
		bytes += field_bytes(label_bytes(series, i));
	put_varint(buffer, REQUEST_TIMESERIES);
	put_varint(buffer, bytes);
	for (size_t i = 0; i < series->labels; i++) {
		put_varint(buffer, SERIES_LABELS);
		put_varint(buffer, label_bytes(series, i));
		put_bytes(buffer, LABEL_NAME, &series->name[i]);
		put_bytes(buffer, LABEL_VALUE, &series->value[i]);
	}
	put_varint(buffer, SERIES_SAMPLES);
	put_varint(buffer, sample);
	put_varint(buffer, SAMPLE_VALUE);
	put(buffer, &series->sample, sizeof(series->sample));
	put_varint(buffer, SAMPLE_TIMESTAMP);
	put_varint(buffer, (uint64_t)ms);
}

static int compare_spans(const struct span *a, const struct span *b)
{
	int order = memcmp(a->text, b->text, a->bytes < b->bytes ? a->bytes : b->bytes);

	return order ?: (a->bytes > b->bytes) - (a->bytes < b->bytes);
}

/* Insert a label. Keep the labels sorted by name, as the receiver requires. */
static bool add_label(struct series *series, struct span name, struct span value)
{
	size_t index = series->labels;

	if (index == LABELS)
		return false;
	for (; index && compare_spans(&name, &series->name[index - 1]) < 0; index--) {
		series->name[index] = series->name[index - 1];
		series->value[index] = series->value[index - 1];
	}
	series->name[index] = name;
	series->value[index] = value;
	series->labels++;
	return true;
}

/*
 * Read a quoted value. Append the unescaped value to @scratch, which must have enough capacity.
 * Return the text after the closing quote, or NULL if the quote is missing.
 */
static const char *read_value(const char *text, struct buffer *scratch, struct span *value)
{
	*value = (struct span){ scratch->text + scratch->used, 0 };
	for (; *text != '"'; text++) {
		char byte = *text;

		if (byte == '\\')
			byte = *++text == 'n' ? '\n' : *text;
		if (!byte || *text == '\n')
			return NULL;
		scratch->text[scratch->used++] = byte;
		value->bytes++;
	}
	return text + 1;
}

/*
 * Read labels of the form NAME="VALUE",... up to the closing brace. Return the text after the
 * brace. Return NULL if the labels are invalid or if there are too many.
 */
static const char *read_labels(const char *text, struct series *series)
{
	while (text && *text != '}') {
		size_t bytes = strcspn(text, "=\n");
		struct span name = { text, bytes };
		struct span value;

		if (text[bytes] != '=' || text[bytes + 1] != '"')
			return NULL;
		text = read_value(text + bytes + 2, &series->scratch, &value);
		if (!text || !add_label(series, name, value))
			return NULL;
		if (*text == ',')
			text++;
	}
	return text ? text + 1 : NULL;
}

/* Read a line with a sample. Return the text after the line, or NULL if the line is invalid. */
static const char *read_series(const char *line, struct series *series)
{
	static const char name[] = "__name__";
	size_t bytes = strcspn(line, "{ \n");
	struct span metric = { line, bytes };
	const char *text = line + bytes;
	char *end;

	series->labels = 0;
	series->scratch.used = 0;
	add_label(series, (struct span){ name, sizeof(name) - 1 }, metric);
	if (*text == '{')
		text = read_labels(text + 1, series);
	if (!bytes || !text || *text != ' ')
		return NULL;
	series->sample = strtod(text + 1, &end);
	return end > text + 1 && *end == '\n' ? end + 1 : NULL;
}

static bool add_labels(struct series *series, const struct remote_write_label *label, size_t labels)
{
	for (size_t i = 0; i < labels; i++)
		if (!add_label(series, (struct span){ label[i].name, strlen(label[i].name) },
			       (struct span){ label[i].value, strlen(label[i].value) }))
			return false;
	return true;
}

static int put_page(struct buffer *buffer, const char *text, struct series *series,
		    const struct remote_write_label *label, size_t labels, int64_t ms)
{
	while (*text) {
		if (*text == '#') {
			text += strcspn(text, "\n");
			text += *text == '\n';
			continue;
		}
		text = read_series(text, series);
		if (!text || !add_labels(series, label, labels))
			return -EINVAL;
		put_series(buffer, series, ms);
	}
	return buffer->error;
}

static int compress(const struct buffer *buffer, void **request, size_t *bytes)
{
	*bytes = snappy_max_compressed_length(buffer->used);
	*request = malloc(*bytes);
	if (*request &&
	    snappy_compress(buffer->text ?: "", buffer->used, *request, bytes) == SNAPPY_OK)
		return 0;
	free(*request);
	*request = NULL;
	return -ENOMEM;
}

int remote_write_encode(const char *text, const struct remote_write_label *label, size_t labels,
			int64_t ms, void **request, size_t *bytes)
{
	struct series series = { .scratch.capacity = strlen(text) + 1 };
	struct buffer buffer = { 0 };
	int error;

	*request = NULL;
	/*
	 * The buffer must hold the unescaped label values of one line. These are always shorter
	 * than @text.
	 */
	series.scratch.text = malloc(series.scratch.capacity);
	error = series.scratch.text ? put_page(&buffer, text, &series, label, labels, ms) : -ENOMEM;
	if (!error)
		error = compress(&buffer, request, bytes);
	free(series.scratch.text);
	free(buffer.text);
	return error;
}
