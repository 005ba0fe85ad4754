// SPDX-License-Identifier: GPL-2.0
/*
 * Write or read the ledgers of a large synthetic host, to measure the cost of a snapshot.
 *
 * large_host make FILE VMS VCPUS ROWS
 *	Write a file in the format of /dev/vmtoll for a host with VMS virtual machines. Each of
 *	them has VCPUS vCPUs, and each vCPU has ROWS kinds of exits.
 * large_host read FILE TIMES
 *	Read the whole file TIMES times, as vmtoll does. Print the number of VMs, vCPUs and
 *	rows, the cost of the first read, and the lowest cost of a later read. Costs are in TSC
 *	ticks and in milliseconds of CPU time.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <x86intrin.h>

#include "fixture.h"
#include "source/source.h"

#define STATUS_FAILED 2
#define MAX_SLOTS     1000000u
#define MAX_ROWS      (VMTOLL_ROWS - VMTOLL_ROW_FIRST_INDEX)
#define MAX_TIMES     100000u

/* The cost of one reading. */
struct reading {
	uint64_t tsc;
	double ms;
};

static int usage(void)
{
	fputs("usage: large_host make FILE VMS VCPUS ROWS | large_host read FILE TIMES\n", stderr);
	return STATUS_FAILED;
}

static int fail(const struct complaint *complaint)
{
	fprintf(stderr, "large_host: %s\n", complaint->text);
	return STATUS_FAILED;
}

/* Return the number in @text, or 0 if it is not a number from 1 to @most. */
static uint32_t number(const char *text, uint32_t most)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return *text == '-' || *end || n > most ? 0 : (uint32_t)n;
}

static int make(const char *path, uint32_t vms, uint32_t vcpus, uint32_t rows)
{
	struct fixture fixture;

	fixture_create(&fixture, path, VMTOLL_ISA_SVM, vms * vcpus + 1);
	for (uint32_t i = 0; i < vms * vcpus; i++) {
		struct vmtoll_ledger *ledger =
			fixture_vcpu(&fixture, i + 1, i / vcpus + 1, 1000 + i / vcpus, i % vcpus);

		for (uint32_t row = 0; row < rows; row++)
			fixture_row(ledger, 0x60 + row, 1000 + row, 3000, 0, 0);
	}
	fixture_unmap(&fixture);
	return 0;
}

/*
 * Return the CPU time of this process in milliseconds. A reader never sleeps, so its CPU time
 * is its whole cost. Wall-clock time would include the time of other processes.
 */
static double ms_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int read_once(struct source *source, struct snapshot **snapshot, struct reading *reading)
{
	struct complaint complaint;
	double ms = ms_now();
	uint64_t tsc = __rdtsc();

	if (source_read(source, &SCOPE_ALL, snapshot, &complaint))
		return fail(&complaint);
	reading->tsc = __rdtsc() - tsc;
	reading->ms = ms_now() - ms;
	return 0;
}

static void print_readings(const struct snapshot *snapshot, const struct reading *first,
			   const struct reading *least)
{
	size_t vcpus = 0, rows = 0;

	for (size_t i = 0; i < snapshot->vms; i++) {
		vcpus += snapshot->vm[i].vcpus;
		for (size_t j = 0; j < snapshot->vm[i].vcpus; j++)
			rows += snapshot->vm[i].vcpu[j].rows;
	}
	printf("vms %zu vcpus %zu rows %zu first_tsc %" PRIu64 " tsc %" PRIu64
	       " first_ms %.2f ms %.2f\n",
	       snapshot->vms, vcpus, rows, first->tsc, least->tsc, first->ms, least->ms);
}

/*
 * Take snapshots in the same way as a long-running program: keep the source open, and keep each
 * snapshot until the next snapshot has been read.
 */
static int read_times(struct source *source, uint32_t times)
{
	struct reading first, reading, least = { .tsc = UINT64_MAX };
	struct snapshot *snapshot = NULL, *last = NULL;
	int status = read_once(source, &last, &first);

	for (uint32_t i = 1; !status && i < times; i++) {
		status = read_once(source, &snapshot, &reading);
		if (status)
			break;
		snapshot_destroy(last);
		last = snapshot;
		if (reading.tsc < least.tsc)
			least = reading;
	}
	if (!status)
		print_readings(last, &first, &least);
	snapshot_destroy(last);
	return status;
}

static int read_file(const char *path, uint32_t times)
{
	char spec[PATH_MAX + 8];
	struct source_options options = { .spec = spec };
	struct complaint complaint;
	struct source *source;
	int status;

	snprintf(spec, sizeof(spec), "kmod:%s", path);
	if (source_open(&options, &source, &complaint))
		return fail(&complaint);
	status = read_times(source, times);
	source_close(source);
	return status;
}

static int run(int argc, char **argv)
{
	uint32_t vms = argc > 3 ? number(argv[3], MAX_SLOTS) : 0;

	if (argc == 6 && !strcmp(argv[1], "make")) {
		uint32_t vcpus = number(argv[4], MAX_SLOTS / (vms ?: 1));
		uint32_t rows = number(argv[5], MAX_ROWS);

		return vms && vcpus && rows ? make(argv[2], vms, vcpus, rows) : usage();
	}
	if (argc == 4 && !strcmp(argv[1], "read") && vms > 1 && vms <= MAX_TIMES)
		return read_file(argv[2], vms);
	return usage();
}

int main(int argc, char **argv)
{
	int status = run(argc, argv);

	if (fflush(stdout) && !status) {
		perror("large_host: stdout");
		status = STATUS_FAILED;
	}
	return status;
}
