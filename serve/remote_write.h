/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Convert metrics from Prometheus' text format to a request of the remote-write protocol 1.0: the
 * protocol buffer message prometheus.WriteRequest, compressed by snappy.
 * https://prometheus.io/docs/specs/remote_write_spec/
 */
#ifndef VMTOLL_REMOTE_WRITE_H
#define VMTOLL_REMOTE_WRITE_H

#include <stddef.h>
#include <stdint.h>

/**
 * struct remote_write_label - a label that is added to all series
 * @name: the name, which must differ from the names of all labels of vmtoll's metrics
 */
struct remote_write_label {
	const char *name;
	const char *value;
};

/*
 * Convert all samples in @text to a request. @text is in the text format and contains no
 * timestamps. Each sample gets the timestamp @ms, in milliseconds since 1970. Each series gets
 * the additional labels @label. The caller must free() @request. Returns 0, -EINVAL if @text is
 * invalid, or -ENOMEM.
 */
int remote_write_encode(const char *text, const struct remote_write_label *label, size_t labels,
			int64_t ms, void **request, size_t *bytes);

#endif
