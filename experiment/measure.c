// SPDX-License-Identifier: GPL-2.0
/* One run, see measure.h. */
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
#include "experiment/progress.h"
#include "process/signals.h"
#include "kvm/vms.h"

#define SECOND_NS 1000000000ull
#define POLL_NS	  100000000ull

/* How long the last vCPU of a guest may take to go, after its process. */
#define DEPART_NS (10 * SECOND_NS)

static int take_snapshot(const struct ledger *ledger, struct snapshot **snapshot,
			 struct complaint *complaint)
{
	return source_read(ledger->source, &SCOPE_ALL, snapshot, complaint);
}

int ledger_open(const struct plan *plan, struct ledger *ledger, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_open(&plan->source, &ledger->source, complaint);

	if (error)
		return error;
	if (!source_is_host(ledger->source))
		return complain(complaint, -EINVAL,
				"an experiment needs the host's source: load the module (modprobe "
				"vmtoll) on the host of the VMs");
	error = take_snapshot(ledger, &snapshot, complaint);
	if (error)
		return error;
	ledger->live = snapshot->vms;
	snapshot_destroy(snapshot);
	return 0;
}

static int take_books(const struct ledger *ledger, struct books *books, struct origin *origin,
		      struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = take_snapshot(ledger, &snapshot, complaint);

	if (error)
		return error;
	*origin = snapshot->origin;
	error = books_gather(snapshot, &SCOPE_ALL, books, complaint);
	snapshot_destroy(snapshot);
	return error;
}

/*
 * A VM is still there. What descends from the command can be ended, and has to be, or the host's settings could not be
 * put back; what is there then was started by somebody else.
 */
static int left_behind(const struct plan *plan, struct vms *vms, struct complaint *complaint)
{
	struct vms others;

	child_end_rest();
	if (!vms_find(&plan->host, &others) && others.count)
		return complain(complaint, -EBUSY,
				"the command ended, but a VM that is none of its children is "
				"still there, pid %s: if a service (libvirt) started it for the "
				"command, that has to wait for its end; if it is somebody else's, "
				"it was counted with the run: start again with --wait",
				others.text);
	return complain(complaint, -EBUSY,
			"the command ended, but a VM was still there%s%s: CMD has to wait for its "
			"guest, which has been killed now",
			vms->count ? ", pid " : "", vms->text);
}

/*
 * Waits until the guest's vCPUs are among the departed: only then is KVM's count squared with the
 * ledger. -EBUSY if the command left a VM behind.
 */
static int wait_for_departure(const struct plan *plan, const struct ledger *ledger,
			      struct complaint *complaint)
{
	uint64_t deadline = clock_monotonic_ns() + DEPART_NS;
	size_t live = 0;
	struct vms vms = { 0 };

	do {
		struct snapshot *snapshot;
		int error = take_snapshot(ledger, &snapshot, complaint);

		if (error)
			return error;
		live = snapshot->vms;
		snapshot_destroy(snapshot);
		vms_find(&plan->host, &vms);
		if (live <= ledger->live && !vms.count)
			return 0;
		signals_sleep(POLL_NS);
	} while (clock_monotonic_ns() < deadline && !signals_stop());
	if (signals_stop())
		return -EINTR;
	return left_behind(plan, &vms, complaint);
}

/* The last line that @file has, in characters that no terminal minds. */
static void last_line(const char *file, char *text, size_t bytes)
{
	char line[200];
	FILE *in = fopen(file, "re");

	text[0] = '\0';
	while (in && fgets(line, sizeof(line), in))
		if (line[strspn(line, " \t\r\n")])
			snprintf(text, bytes, "; its last words: %.*s", (int)strcspn(line, "\r\n"),
				 line);
	if (in)
		fclose(in);
	for (; *text; text++)
		if (!isprint((unsigned char)*text))
			*text = '?';
}

/* Then the words may be missing, and whatever failed may have failed for that. */
static bool is_full(const char *directory)
{
	struct statvfs disk;

	return !statvfs(directory, &disk) && disk.f_blocks && !disk.f_bavail;
}

/* A command's words are in its output; a guest's on its serial line, if QEMU went well. */
static void last_words(const struct plan *plan, const struct child_end *end, const char *directory,
		       char *text, size_t bytes)
{
	bool serial = plan->guest && (!end->status || end->timed_out || end->hopeless);
	char file[PATH_MAX + 16];

	snprintf(file, sizeof(file), "%s/%s", directory, serial ? "serial" : "output");
	last_line(file, text, bytes);
	if (is_full(directory))
		snprintf(text, bytes, "; the disk is full that its files are on");
}

/* What went wrong with a run that ended, if anything. */
static enum run_end fault_of(const struct plan *plan, const struct child_end *end, const char *log,
			     char *why, size_t bytes)
{
	if (end->hopeless) {
		guest_why_stopped(log, why, bytes);
		return RUN_FAILED;
	}
	if (end->timed_out && plan->window_ns)
		return RUN_GOOD;
	if (end->timed_out) {
		snprintf(why, bytes, "ended after %.0f s (--timeout)", (double)end->wall_ns / 1e9);
		return RUN_TIMED_OUT;
	}
	if (end->status) {
		snprintf(why, bytes, "%s ended with status %d",
			 plan->guest ? plan->guest->argv[0] : "the command", end->status);
		return RUN_FAILED;
	}
	if (plan->guest && !guest_powered_off(log, why, bytes))
		return RUN_FAILED;
	return RUN_GOOD;
}

static void judge_command(const struct plan *plan, const struct child_end *end,
			  const char *directory, const char *log, struct run *run)
{
	char words[220];
	char fault[160];
	char why[400];
	enum run_end how = fault_of(plan, end, log, fault, sizeof(fault));

	run->status = end->status;
	run->wall_ns = end->wall_ns;
	if (how == RUN_GOOD)
		return;
	last_words(plan, end, directory, words, sizeof(words));
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
	if (!faults || run->end != RUN_GOOD)
		return;
	audit_words(faults, words, sizeof(words));
	snprintf(why, sizeof(why), "the audit does not balance (%s): its counts cannot be trusted",
		 words);
	run_fail(run, RUN_UNBALANCED, why);
}

/* A command that ended well, but before its guest or without one, measured nothing. */
static void judge_guest(struct run *run)
{
	if (run->end == RUN_GOOD && !run->phase[0].books.total.exits)
		run_fail(run, RUN_FAILED,
			 "no VM exit was counted: the command has to start its guest, and to wait "
			 "for it");
}

/* Starts it and waits for its end and that of its VM. */
static int run_child(const struct plan *plan, const struct ledger *ledger, const char *directory,
		     struct run *run, struct complaint *complaint)
{
	char log[PATH_MAX + 16];
	struct child child = { .argv = plan->command,
			       .log = log,
			       .tick = progress_tick,
			       .timeout_ns = plan->window_ns ?: plan->timeout_ns };
	struct child_end end = { 0 };
	int error = plan->guest ? guest_prepare(plan->guest, directory, complaint) : 0;

	if (plan->guest) {
		child.argv = (char **)plan->guest->argv;
		child.input = plan->guest->input;
		child.hopeless = guest_is_stopped;
	}
	snprintf(log, sizeof(log), "%s/output", directory);
	if (!error)
		error = child_run(&child, &end, complaint);
	if (error)
		return error;
	judge_command(plan, &end, directory, log, run);
	if (run->end != RUN_GOOD || end.timed_out)
		child_end_rest();
	return wait_for_departure(plan, ledger, complaint);
}

int measure_run(const struct plan *plan, const struct ledger *ledger, const char *directory,
		struct run *run, struct complaint *complaint)
{
	struct run_phase *phase = calloc(1, sizeof(*phase));
	struct books before = { 0 };
	struct books after = { 0 };
	int error = phase ? 0 : complain(complaint, -ENOMEM, "no memory for a run");

	run->phase = phase;
	if (!error)
		error = take_books(ledger, &before, &run->origin, complaint);
	if (!error)
		error = run_child(plan, ledger, directory, run, complaint);
	child_end_rest();
	if (!error)
		error = take_books(ledger, &after, &run->origin, complaint);
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
