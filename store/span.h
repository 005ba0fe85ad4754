/* SPDX-License-Identifier: GPL-2.0 */
/* The part of a recording that the user selects in the file name or with --from and --to. */
#ifndef VMTOLL_SPAN_H
#define VMTOLL_SPAN_H

#include <limits.h>

#include "model/complaint.h"
#include "store/reader.h"

/**
 * struct span - the path of a recording and a time range, as text
 * @from, @to: times as in moment_parse(). If @from is "", the range begins where the recording
 *	       begins. If @to is "", it ends where the recording ends.
 */
struct span {
	char path[PATH_MAX];
	char from[40];
	char to[40];
};

/*
 * Parse FILE or FILE@FROM..TO. FROM and TO may be empty. If the text is too long, sets
 * @complaint and returns -EINVAL.
 */
int span_parse(const char *text, struct span *span, struct complaint *complaint);

/*
 * Convert the times of @span to a range of @reader. @now_ns is the current time. Sets
 * @complaint and returns -EINVAL if a time is invalid, or -ENODATA if the range contains no
 * interval.
 */
int span_range(const struct span *span, struct reader *reader, uint64_t now_ns,
	       struct reader_range *range, struct complaint *complaint);

#endif
