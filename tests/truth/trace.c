// SPDX-License-Identifier: GPL-2.0
/* See trace.h. The kernel's Documentation/trace/histogram.rst describes the trigger. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/perf_event.h>

#include "model/array.h"
#include "fail.h"
#include "trace.h"

#define HISTOGRAM "hist:keys=common_pid,exit_reason:size=8192"

static const char *const event_dirs[] = {
	"/sys/kernel/tracing/events/kvm/kvm_exit",
	"/sys/kernel/debug/tracing/events/kvm/kvm_exit",
};

static const char *event_dir(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(event_dirs); i++) {
		if (!access(event_dirs[i], R_OK | X_OK))
			return event_dirs[i];
	}
	return NULL;
}

int trace_check(void)
{
	if (event_dir())
		return 0;
	return fail(-ENOENT,
		    "find the tracepoint kvm:kvm_exit (is tracefs mounted and KVM loaded?)");
}

bool trace_has_event(const char *name)
{
	const char *dir = event_dir();
	char path[128];

	if (!dir)
		return false;
	snprintf(path, sizeof(path), "%s/../%s", dir, name);
	return !access(path, F_OK);
}

static FILE *event_file(const char *name, const char *mode)
{
	char path[128];

	if (!event_dir())
		return NULL;
	snprintf(path, sizeof(path), "%s/%s", event_dir(), name);
	return fopen(path, mode);
}

int trace_counter_open(void)
{
	struct perf_event_attr attr = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr) };
	FILE *f = event_file("id", "re");
	unsigned long long id;
	int n, fd;

	if (!f)
		return trace_check() ?: fail(-errno, "read the id of kvm:kvm_exit");
	n = fscanf(f, "%llu", &id);
	fclose(f);
	if (n != 1)
		return fail(-EPROTO, "read the id of kvm:kvm_exit");
	attr.config = id;
	attr.sample_period = 0;
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	return fd < 0 ? fail(-errno, "count kvm:kvm_exit: perf_event_open") : fd;
}

int trace_counter_read(int fd, uint64_t *value)
{
	if (read(fd, value, sizeof(*value)) == sizeof(*value))
		return 0;
	return fail(-errno, "read the perf counter of kvm:kvm_exit");
}

static int set_trigger(const char *text)
{
	FILE *f = event_file("trigger", "we");
	int err = 0;

	if (!f)
		return trace_check() ?: fail(-errno, "open the trigger of kvm:kvm_exit");
	if (fputs(text, f) < 0 || fflush(f))
		err = fail(-errno, "set the trigger of kvm:kvm_exit to `%s`", text);
	fclose(f);
	return err;
}

int trace_histogram_start(void)
{
	return set_trigger(HISTOGRAM);
}

void trace_histogram_stop(void)
{
	set_trigger("!" HISTOGRAM);
}

static int take_line(const char *line, int tid, struct vcpu_counts *s)
{
	unsigned long long pid, code, hits;
	struct count_row *row;

	if (sscanf(line, "{ common_pid: %llu, exit_reason: %llu } hitcount: %llu", &pid, &code,
		   &hits) != 3 ||
	    (int)pid != tid)
		return 0;
	row = vcpu_counts_add(s, code, 0);
	if (!row)
		return fail(-ENOSPC, "read the histogram: more than %u exit codes", COUNT_ROWS);
	row->exits = hits;
	row->booked = hits;
	return 0;
}

int trace_histogram_read(int tid, struct vcpu_counts *s)
{
	FILE *f = event_file("hist", "re");
	char line[256];
	int err = 0;

	if (!f)
		return trace_check() ?: fail(-errno, "open the histogram of kvm:kvm_exit");
	*s = (struct vcpu_counts){ .timed = false };
	while (!err && fgets(line, sizeof(line), f))
		err = take_line(line, tid, s);
	fclose(f);
	return err;
}
