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
 * large_host advance FILE MS
 *	Let MS milliseconds pass. Every vCPU causes exits of all kinds, in three buckets of the
 *	histogram. Another process may have the file open.
 * large_host record FILE TIMES MS OUT [--vcpus]
 *	Record TIMES intervals of MS milliseconds to the recording OUT, as vmtoll record does. In
 *	each interval, every vCPU causes exits of all kinds, in three buckets of the histogram.
 *	With --vcpus, record each vCPU separately. Print the size of the recording, the mean CPU
 *	time per interval, and the memory in use after a tenth of the intervals and at the end.
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
#include "store/recorder.h"

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
	fputs("usage: large_host make FILE VMS VCPUS ROWS | large_host read FILE TIMES |\n"
	      "       large_host advance FILE MS |\n"
	      "       large_host record FILE TIMES MS OUT [--vcpus]\n",
	      stderr);
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
		ledger->start_tsc = 1;
		ledger->entry_tsc++;
	}
	fixture.host->copied_tsc = fixture_ledger(&fixture, 1)->entry_tsc;
	fixture_unmap(&fixture);
	return 0;
}

/*
 * Return the CPU time of this process in milliseconds. A reader never sleeps, so the CPU time
 * measures the full cost of reading. Wall-clock time would include the time of other processes.
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

/*
 * Advance the synthetic host by @ms milliseconds. Each vCPU gets exits in all its rows, and some
 * time waiting for a CPU. It spends the remaining time in the guest.
 */
static void advance(struct fixture *fixture, uint32_t ms)
{
	uint64_t now = fixture->host->copied_tsc + (uint64_t)ms * fixture->host->tsc_khz;

	for (uint32_t slot = 1; slot < fixture->host->slots_used; slot++) {
		struct vmtoll_ledger *ledger = fixture_ledger(fixture, slot);

		for (uint32_t i = VMTOLL_ROW_FIRST_INDEX; i < ledger->rows; i++)
			for (uint32_t b = 0; b < 3; b++)
				fixture_exits(ledger, &ledger->row[i],
					      (uint64_t)lrand48() % 300 + 1,
					      2000 + (1000u << b) + slot, 0, 0);
		fixture_wait(ledger,
			     (uint64_t)lrand48() % (20 * fixture->host->tsc_khz) * ms / 1000, 0);
		fixture_enter(ledger, now);
	}
	fixture->host->copied_tsc = now;
}

static int advance_file(const char *path, uint32_t ms)
{
	struct fixture fixture;

	fixture_open(&fixture, path);
	advance(&fixture, ms);
	fixture_unmap(&fixture);
	return 0;
}

/* Return the resident memory of this process in KiB. */
static long resident_kib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * 4;
}

/* Record one interval. Open the source for each interval, as vmtoll record does. */
static int record_once(const char *path, struct recorder *recorder, uint64_t clock_ns)
{
	char spec[PATH_MAX + 8];
	struct source_options options = { .spec = spec };
	struct snapshot *snapshot;
	struct complaint complaint;
	struct source *source;
	int error;

	snprintf(spec, sizeof(spec), "kmod:%s", path);
	if (source_open(&options, &source, &complaint))
		return fail(&complaint);
	error = source_read(source, &SCOPE_ALL, &snapshot, &complaint);
	source_close(source);
	if (error)
		return fail(&complaint);
	snapshot->clock_ns = clock_ns;
	return recorder_add(recorder, snapshot, &complaint) ? fail(&complaint) : 0;
}

static int record_times(const char *path, struct recorder *recorder, uint32_t times, uint32_t ms,
			double *cpu_ms)
{
	struct fixture fixture;
	int status = 0;

	fixture_open(&fixture, path);
	for (uint32_t i = 0; i <= times && !status; i++) {
		uint64_t clock_ns = 1700000000000000000ull + (uint64_t)i * ms * 1000000u;
		double began;

		advance(&fixture, ms);
		began = ms_now();
		status = record_once(path, recorder, clock_ns);
		*cpu_ms += ms_now() - began;
		if (i == times / 10)
			printf("rss_kib %ld ", resident_kib());
	}
	fixture_unmap(&fixture);
	return status;
}

static int record_file(const char *path, uint32_t times, uint32_t ms, const char *out, bool vcpus)
{
	const struct writer_options options = { 0 };
	const struct recorder_options recording = { .scope = SCOPE_ALL, .per_vcpu = vcpus };
	struct complaint complaint;
	struct recorder *recorder;
	struct writer *writer;
	double cpu_ms = 0;
	int status;

	if (writer_open(out, &options, &writer, &complaint))
		return fail(&complaint);
	recorder = recorder_create(&recording, writer);
	status = recorder ? record_times(path, recorder, times, ms, &cpu_ms) : STATUS_FAILED;
	printf("rss_end_kib %ld ", resident_kib());
	recorder_destroy(recorder);
	if (writer_flush(writer, &complaint))
		status = fail(&complaint);
	printf("bytes %" PRIu64 " cpu_ms_per_interval %.2f\n", writer_bytes(writer),
	       cpu_ms / times);
	return writer_close(writer, &complaint) ? fail(&complaint) : status;
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
	if (argc == 4 && !strcmp(argv[1], "advance") && number(argv[3], 86400000))
		return advance_file(argv[2], number(argv[3], 86400000));
	bool per_vcpu = argc == 7 && !strcmp(argv[6], "--vcpus");

	if ((argc == 6 || per_vcpu) && !strcmp(argv[1], "record") && vms &&
	    number(argv[4], 86400000))
		return record_file(argv[2], vms, number(argv[4], 86400000), argv[5], per_vcpu);
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
