// SPDX-License-Identifier: GPL-2.0
/* Measure one run, see measure.h. */
#include "experiment/measure.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "analysis/audit.h"
#include "process/child.h"
#include "process/clock.h"
#include "process/orphans.h"
#include "experiment/progress.h"
#include "process/signals.h"
#include "kvm/vms.h"

#define SECOND_NS 1000000000ull
#define POLL_NS	  100000000ull

/*
 * If a command exits as soon as its guest has powered off, the VM's process may still be running
 * for a moment. Wait this long for the process to exit, or for a tenth of the command's duration
 * if that is shorter.
 */
#define END_NS POLL_NS

/* How long to wait for a guest's vCPUs to depart after the guest's process has exited. */
#define DEPART_NS (10 * SECOND_NS)

static int take_snapshot(const struct host_source *from, struct snapshot **snapshot,
			 struct complaint *complaint)
{
	return source_read(from->source, &SCOPE_ALL, snapshot, complaint);
}

int host_source_open(const struct plan *plan, struct host_source *from, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_open(&plan->source, &from->source, complaint);

	if (error)
		return error;
	if (!source_is_host(from->source))
		return complain(
			complaint, -EINVAL,
			"an experiment needs a source of the host: run vmtoll compare on the "
			"host of the VMs, and " SOURCE_ATTACH " there" SOURCE_CHECK);
	error = take_snapshot(from, &snapshot, complaint);
	if (error)
		return error;
	from->live = snapshot->vms;
	snapshot_destroy(snapshot);
	return 0;
}

static int take_books(const struct host_source *from, struct books *books, struct origin *origin,
		      struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = take_snapshot(from, &snapshot, complaint);

	if (error)
		return error;
	*origin = snapshot->origin;
	error = books_gather(snapshot, &SCOPE_ALL, books, complaint);
	snapshot_destroy(snapshot);
	return error;
}

/*
 * Call this if a VM is still running although the command has ended. The host's settings cannot be
 * restored while a VM is running, so kill all processes that the command started. Return -EBUSY
 * with a complaint. If a VM is still running even after that, the complaint says that the command
 * did not start it.
 */
static int left_behind(const struct plan *plan, struct processes *vms, struct complaint *complaint)
{
	struct processes others;

	orphans_kill();
	if (!vms_find(&plan->host, &others) && others.count)
		return complain(complaint, -EBUSY,
				"the command ended, but a VM that it did not start still runs (pid "
				"%s). If a service such as libvirt started the VM for the "
				"command, the command must wait for its end. If the VM is not "
				"part of the experiment, its exits were counted; run again with "
				"--wait",
				others.text);
	return complain(complaint, -EBUSY,
			"the command ended, but its VM still ran%s%s: CMD must wait for its guest; "
			"the VM has been killed",
			vms->count ? ", pid " : "", vms->text);
}

/*
 * Wait until the guest's vCPUs have departed, because their ledgers are reconciled with KVM's
 * count only then. Returns -EBUSY if the command left a VM behind.
 */
static int wait_for_departure(const struct plan *plan, const struct host_source *from,
			      struct complaint *complaint)
{
	uint64_t deadline = clock_monotonic_ns() + DEPART_NS;
	size_t live = 0;
	struct processes vms = { 0 };

	do {
		struct snapshot *snapshot;
		int error = take_snapshot(from, &snapshot, complaint);

		if (error)
			return error;
		live = snapshot->vms;
		snapshot_destroy(snapshot);
		vms_find(&plan->host, &vms);
		if (live <= from->live && !vms.count)
			return 0;
		signals_sleep(POLL_NS);
	} while (clock_monotonic_ns() < deadline && !signals_stop());
	if (signals_stop())
		return -EINTR;
	return left_behind(plan, &vms, complaint);
}

/*
 * Quote the last line of @file. Replace non-printable characters, because they may be part of
 * terminal escape sequences.
 */
static void last_line(const char *file, char *text, size_t bytes)
{
	char line[200];
	FILE *in = fopen(file, "re");

	text[0] = '\0';
	while (in && fgets(line, sizeof(line), in))
		if (line[strspn(line, " \t\r\n")])
			snprintf(text, bytes, "; its last line: %.*s", (int)strcspn(line, "\r\n"),
				 line);
	if (in)
		fclose(in);
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

/*
 * Return true if the disk is full. A full disk may be the cause of a failed run, and may also
 * have cut off the run's output.
 */
static bool is_full(const char *directory)
{
	struct statvfs disk;

	return !statvfs(directory, &disk) && disk.f_blocks && !disk.f_bavail;
}

/*
 * Quote the last line that the run printed. For a command, this is the last line of its output.
 * For a guest, this is the last line of the serial console, or of QEMU's output if QEMU itself
 * failed.
 */
static void describe_last_line(const struct plan *plan, const struct child_end *end,
			       const char *directory, char *text, size_t bytes)
{
	bool serial = plan->guest && (!end->status || end->timed_out || end->aborted);
	char file[PATH_MAX + 16];

	snprintf(file, sizeof(file), "%s/%s", directory, serial ? "serial" : "output");
	last_line(file, text, bytes);
	if (is_full(directory))
		snprintf(text, bytes, "; the disk that holds its files is full");
}

/* Determine how a run ended. If it failed, determine the reason. */
static enum run_end end_of(const struct plan *plan, const struct child_end *end, const char *log,
			   char *why, size_t bytes)
{
	if (end->aborted) {
		qemu_guest_why_stopped(log, why, bytes);
		return RUN_FAILED;
	}
	if (end->timed_out && plan->window_ns)
		return RUN_VALID;
	if (end->timed_out) {
		snprintf(why, bytes, "stopped after %.0f s (--timeout)",
			 (double)end->wall_ns / 1e9);
		return RUN_TIMED_OUT;
	}
	if (end->status) {
		snprintf(why, bytes, "%s ended with status %d",
			 plan->guest ? plan->guest->argv[0] : "the command", end->status);
		return RUN_FAILED;
	}
	if (plan->guest && !qemu_guest_powered_off(log, why, bytes))
		return RUN_FAILED;
	return RUN_VALID;
}

static void judge_command(const struct plan *plan, const struct child_end *end,
			  const char *directory, const char *log, struct run *run)
{
	char words[220];
	char fault[160];
	char why[400];
	enum run_end how = end_of(plan, end, log, fault, sizeof(fault));

	run->status = end->status;
	run->wall_ns = end->wall_ns;
	if (how == RUN_VALID)
		return;
	describe_last_line(plan, end, directory, words, sizeof(words));
	snprintf(why, sizeof(why), "%s%s", fault, words);
	run_fail(run, how, why);
}

static void judge_audit(struct run *run)
{
	const struct books *books = &run->phase[0].books;
	unsigned int faults = audit_figures_faults(&books->audit, books->lost, run->origin.isa,
						   run->origin.knows);
	char words[80];
	char why[160];

	run->audit = books->audit;
	run->audit_lost = books->lost;
	run->audit_balanced = !faults;
	if (!faults || run->end != RUN_VALID)
		return;
	audit_words(faults, words, sizeof(words));
	snprintf(why, sizeof(why),
		 "the audit does not balance (%s), so the counts cannot be trusted", words);
	run_fail(run, RUN_UNBALANCED, why);
}

/*
 * A run without exits is not valid: either the command did not start a guest, or the command
 * exited before the guest ran.
 */
static void judge_guest(struct run *run)
{
	if (run->end != RUN_TIMED_OUT && !run->phase[0].books.total.exits)
		run->unusable = true;
	if (run->end == RUN_VALID && !run->phase[0].books.total.exits)
		run_fail(run, RUN_FAILED,
			 "no VM exit was counted: the command must start a guest and wait for its "
			 "end");
}

/*
 * Return true if a VM is still running shortly after the command has exited, and store this VM in
 * @vms. @wall_ns, the duration of the command, determines how long to wait for the VM to end.
 */
static bool is_ahead(const struct plan *plan, uint64_t wall_ns, struct processes *vms)
{
	uint64_t tenth_ns = wall_ns / 10;

	if (vms_find(&plan->host, vms) || !vms->count)
		return false;
	signals_sleep(tenth_ns < END_NS ? tenth_ns : END_NS);
	return !vms_find(&plan->host, vms) && vms->count;
}

/*
 * Mark a run as failed because the command did not wait for its VM. The measured duration is too
 * short, and the VM may still be running during later runs.
 */
static void judge_wait(const struct processes *vms, struct run *run)
{
	char why[sizeof(run->why)];

	snprintf(why, sizeof(why),
		 "the command ended before its VM (pid %.100s): CMD must wait for its guest",
		 vms->text);
	run_fail(run, RUN_FAILED, why);
	run->unusable = true;
}

/* Start the command or the guest. Wait for it to exit and for the vCPUs to depart. */
static int run_child(const struct plan *plan, const struct host_source *from, const char *directory,
		     struct run *run, struct complaint *complaint)
{
	char log[PATH_MAX + 16];
	struct child child = { .argv = plan->command,
			       .log = log,
			       .tick = progress_tick,
			       .timeout_ns = plan->window_ns ?: plan->timeout_ns };
	struct child_end end = { 0 };
	struct processes vms;
	bool ahead;
	int error = plan->guest ? qemu_guest_prepare(plan->guest, directory, complaint) : 0;

	if (plan->guest) {
		child.argv = (char **)plan->guest->argv;
		child.input = plan->guest->input;
		child.should_abort = qemu_guest_is_stopped;
	}
	snprintf(log, sizeof(log), "%s/output", directory);
	if (!error)
		error = child_run(&child, &end, complaint);
	if (error)
		return error;
	judge_command(plan, &end, directory, log, run);
	ahead = run->end == RUN_VALID && !end.timed_out && is_ahead(plan, end.wall_ns, &vms);
	if (run->end != RUN_VALID || end.timed_out)
		orphans_kill();
	error = wait_for_departure(plan, from, complaint);
	if (!error && ahead)
		judge_wait(&vms, run);
	return error;
}

int measure_run(const struct plan *plan, const struct host_source *from, const char *directory,
		struct run *run, struct complaint *complaint)
{
	struct run_phase *phase = calloc(1, sizeof(*phase));
	struct books before = { 0 };
	struct books after = { 0 };
	int error = phase ? 0 : complain(complaint, -ENOMEM, "cannot start a run: out of memory");

	run->phase = phase;
	if (!error)
		error = take_books(from, &before, &run->origin, complaint);
	if (!error)
		error = run_child(plan, from, directory, run, complaint);
	orphans_kill();
	if (!error)
		error = take_books(from, &after, &run->origin, complaint);
	if (!error) {
		snprintf(phase->name, sizeof(phase->name), "run");
		error = books_delta(&before, &after, &phase->books, complaint);
	}
	run->phases = !error;
	books_release(&before);
	books_release(&after);
	if (error)
		return error;
	judge_audit(run);
	judge_guest(run);
	return 0;
}
