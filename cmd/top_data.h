/* SPDX-License-Identifier: GPL-2.0 */
/* The data of `vmtoll top`: the last interval, and the lines that are shown. */
#ifndef VMTOLL_TOP_DATA_H
#define VMTOLL_TOP_DATA_H

#include "analysis/toll.h"
#include "cmd/options.h"
#include "source/replay.h"
#include "view/top_view.h"

/**
 * struct top_fold - a VM or vCPU whose line is expanded
 * @vcpu: index of the vCPU, or -1 for a VM
 * @reasons: the reasons are shown
 * @vcpus: the vCPUs are shown
 */
struct top_fold {
	uint32_t vm;
	int64_t vcpu;
	bool reasons;
	bool vcpus;
};

/* The activity of the vCPUs of one VM. */
struct top_vcpus {
	struct vcpu_activity *vcpu;
	size_t vcpus;
};

/**
 * struct top_data - the last interval, the lines, and how to show them
 * @replay: the intervals, if the source is a recording
 * @cursor: the index of the current interval in @replay
 * @before, @after: the last two snapshots. In a recording, @before is NULL, and @after contains
 *		    the figures of the current interval
 * @cumulative: show the figures since counting started
 * @all_vcpus: show the vCPUs of all VMs
 * @sort: a key of toll_sort()
 * @filter: show only VMs whose name or process contains this text
 * @number, @elapsed_ns, @length_ns: as in struct top_view
 * @since_start: in a recording, the sums over all intervals up to the current one; NULL if these
 *		 sums are not needed
 * @activity, @sum: the figures of the interval, and their sum over all VMs
 * @toll: the lines to show
 * @fold: the expanded lines, an array of @folds elements
 * @expanded: the activity of the vCPUs of expanded VMs; the lines point to it
 */
struct top_data {
	const struct options *options;
	struct source *source;
	struct replay replay;
	size_t cursor;
	struct snapshot *before;
	struct snapshot *after;
	bool cumulative;
	bool all_vcpus;
	const char *sort;
	bool reverse;
	char filter[64];
	size_t number;
	uint64_t elapsed_ns;
	struct snapshot *since_start;
	struct activity activity;
	struct books sum;
	struct toll *toll;
	size_t tolls;
	struct top_fold *fold;
	size_t folds;
	struct top_vcpus *expanded;
	size_t expansions;
};

/*
 * Take a snapshot. The interval from the previous snapshot to this one becomes the current
 * interval. The first call creates no interval. On failure, stores a message in @complaint and
 * returns a negative errno.
 */
int top_data_read(struct top_data *data, struct complaint *complaint);

/* Return true if the intervals come from a recording. */
bool top_data_is_replay(const struct top_data *data);

/*
 * Make interval @i of the recording the current interval. The index must be valid. Returns 0, or a
 * negative errno with a complaint.
 */
int top_data_seek(struct top_data *data, size_t i, struct complaint *complaint);

/*
 * Compute the figures of the current interval, and the lines that show them. If there is no
 * interval yet, use the figures since counting started. Call this function again after each change
 * of @data->cumulative. Returns 0, or a negative errno with a complaint.
 */
int top_data_compute(struct top_data *data, struct complaint *complaint);

/*
 * Compute the lines again without reading a new interval, for example after the sort key has
 * changed.
 */
int top_data_arrange(struct top_data *data, struct complaint *complaint);

struct top_view top_data_view(const struct top_data *data);

/* Return the entry of a line in @data->fold, or NULL if the line is not expanded. */
struct top_fold *top_data_fold(const struct top_data *data, const struct toll *toll);

/*
 * Expand or collapse the line @toll. If @vcpus is true, @toll must be the line of a VM, and its
 * vCPUs are shown or hidden. If @vcpus is false, the reasons of the line are shown or hidden.
 * Returns -ENOMEM if out of memory.
 */
int top_data_toggle(struct top_data *data, const struct toll *toll, bool vcpus);

void top_data_release(struct top_data *data);

#endif
