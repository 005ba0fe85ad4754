// SPDX-License-Identifier: GPL-2.0
/* An experiment at work, see experiment.h. */
#include "experiment.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "child.h"
#include "kernel.h"
#include "marker.h"
#include "record.h"
#include "vms.h"

#define SECOND_NS 1000000000ull
#define POLL_NS	  100000000ull

/* How long the last vCPU of a guest may take to go, after its process. */
#define DEPART_NS (10 * SECOND_NS)

/**
 * struct work - an experiment in the middle
 * @live: VMs that the ledger knew before the first run
 * @began_ns, @done: for the time that is left
 */
struct work {
	struct plan *plan;
	struct source *source;
	struct settings settings;
	struct marker marker;
	struct experiment *experiment;
	char directory[PATH_MAX];
	bool temporary;
	size_t live;
	uint64_t began_ns;
	size_t done;
};

static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	va_list args;

	fputs("vmtoll compare: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static bool host_has(const struct host *host, const char *module)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", host->sys, module);
	return !access(path, F_OK);
}

int plan_paging(struct plan *plan, struct complaint *complaint)
{
	const char *parameter = host_has(&plan->host, "kvm_intel") ? "kvm_intel.ept"
				: host_has(&plan->host, "kvm_amd") ? "kvm_amd.npt"
								   : NULL;

	if (!parameter)
		return complain(complaint, -ENODEV,
				"--paging: neither kvm_intel nor kvm_amd is loaded (modprobe the "
				"one of this processor)");
	for (unsigned int side = 0; side < SIDES; side++) {
		char text[32];

		snprintf(text, sizeof(text), "%s=%d", parameter, side == 0);
		snprintf(plan->name[side], sizeof(plan->name[side]), "%s", mode_name(side));
		plan->list[side].count = 1;
		if (param_parse(text, &plan->list[side].param[0], complaint))
			return -EINVAL;
	}
	return 0;
}

static bool same_sides(const struct param_list *a, const struct param_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		bool found = false;

		for (size_t j = 0; j < b->count; j++)
			found |= param_same_name(&a->param[i], &b->param[j]) &&
				 param_same_value(a->param[i].value, b->param[j].value);
		if (!found)
			return false;
	}
	return true;
}

/* The paging mode that a side sets, if it does. */
static bool side_mode(const struct param_list *side, enum mode *mode)
{
	char name[80];

	for (size_t i = 0; i < side->count; i++) {
		snprintf(name, sizeof(name), "%s.%s", side->param[i].module, side->param[i].name);
		if (!mode_of_parameter(name, side->param[i].value, mode))
			return true;
	}
	return false;
}

static int check_kernel(const struct plan *plan, struct experiment *experiment,
			struct complaint *complaint)
{
	char release[80];
	char version[80];
	char why[300];
	bool shadow = false;

	kernel_running(&plan->host, release, version, sizeof(release));
	snprintf(experiment->kernel, sizeof(experiment->kernel), "%s", release);
	for (unsigned int side = 0; side < SIDES; side++) {
		enum mode mode;

		shadow |= side_mode(&plan->list[side], &mode) && mode == MODE_SHADOW;
	}
	if (!shadow || !kernel_shadow_escapes(release, version, why, sizeof(why)))
		return 0;
	if (!plan->trusted_guest)
		return complain(complaint, -EPERM,
				"shadow paging lets a hostile guest out to this host: %s; update "
				"the kernel, or pass --trusted-guest if you trust the guest that "
				"will run",
				why);
	say("warning: %s; going on, since the guest is trusted", why);
	return 0;
}

static int check_parameters(const struct plan *plan, struct complaint *complaint)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < plan->list[side].count; i++) {
			int error = param_check(&plan->host, &plan->list[side].param[i], complaint);

			if (error)
				return error;
		}
	}
	if (same_sides(&plan->list[0], &plan->list[1]))
		return complain(complaint, -EINVAL,
				"both sides are the same setting: there is nothing to compare");
	return 0;
}

/* No VM may run: it would be counted, and hold the module. */
static int check_vms(const struct plan *plan, struct complaint *complaint)
{
	bool told = false;
	struct vms vms;
	int error;

	while (!(error = vms_find(&plan->host, &vms)) && vms.count) {
		if (!plan->wait)
			return complain(complaint, -EBUSY,
					"%zu VM%s on this host (pid%s %s): it would be counted "
					"with the rest, and hold KVM's module; stop it or pass "
					"--wait",
					vms.count, vms.count == 1 ? " runs" : "s run",
					vms.count == 1 ? "" : "s", vms.text);
		if (!told)
			say("waiting for the VMs that run to end: %s", vms.text);
		told = true;
		child_sleep(SECOND_NS);
		if (child_signal())
			return -EINTR;
	}
	return error ? complain(complaint, error, "looking for VMs in %s: %s", plan->host.proc,
				strerror(-error))
		     : 0;
}

static int repair(const struct host *host, struct marker *marker, struct complaint *complaint)
{
	int error;

	say("an earlier experiment (pid %d) died half-way: putting its host's settings back",
	    marker->pid);
	marker->left.host = host;
	error = settings_restore(&marker->left, complaint);
	if (error)
		return error;
	for (size_t i = 0; i < marker->left.count; i++)
		if (marker->left.list[i].touched)
			say("%s.%s is %s again", marker->left.list[i].saved.module,
			    marker->left.list[i].saved.name, marker->left.list[i].saved.value);
	return marker_clear(marker, complaint);
}

int experiment_repair(const struct host *host, bool *found, struct complaint *complaint)
{
	struct marker marker;
	int error;

	child_signals_hold();
	error = marker_open(host, &marker, complaint);
	*found = !error && marker.pid;
	if (*found)
		error = repair(host, &marker, complaint);
	marker_close(&marker);
	return error;
}

static int take_snapshot(const struct work *work, struct snapshot **snapshot,
			 struct complaint *complaint)
{
	return source_read(work->source, &SCOPE_ALL, snapshot, complaint);
}

static int take_books(const struct work *work, struct books *books, struct origin *origin,
		      struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = take_snapshot(work, &snapshot, complaint);

	if (error)
		return error;
	*origin = snapshot->origin;
	error = books_gather(snapshot, &SCOPE_ALL, books, complaint);
	snapshot_destroy(snapshot);
	return error;
}

/*
 * Waits until the guest's vCPUs are among the departed: only then is KVM's count squared with the
 * ledger. -EBUSY if the command left a VM behind.
 */
static int wait_for_departure(const struct work *work, struct complaint *complaint)
{
	uint64_t deadline = child_now_ns() + DEPART_NS;
	size_t live = 0;
	struct vms vms = { 0 };

	do {
		struct snapshot *snapshot;
		int error = take_snapshot(work, &snapshot, complaint);

		if (error)
			return error;
		live = snapshot->vms;
		snapshot_destroy(snapshot);
		vms_find(&work->plan->host, &vms);
		if (live <= work->live && !vms.count)
			return 0;
		child_sleep(POLL_NS);
	} while (child_now_ns() < deadline && !child_signal());
	if (child_signal())
		return -EINTR;
	return complain(complaint, -EBUSY,
			"the command ended, but a VM is still there%s%s: CMD has to wait for its "
			"guest",
			vms.count ? ", pid " : "", vms.text);
}

static void run_failed(struct run *run, enum run_end end, const char *why)
{
	run->end = end;
	snprintf(run->why, sizeof(run->why), "%.*s", (int)sizeof(run->why) - 1, why);
}

/* The last line that the command wrote tells most. */
static void last_line(const char *log, char *text, size_t bytes)
{
	char line[200];
	FILE *in = fopen(log, "re");

	text[0] = '\0';
	while (in && fgets(line, sizeof(line), in))
		if (line[strspn(line, " \t\r\n")])
			snprintf(text, bytes, "; its last words: %.*s", (int)strcspn(line, "\r\n"),
				 line);
	if (in)
		fclose(in);
}

static void judge_command(const struct work *work, const struct child_end *end, const char *log,
			  struct run *run)
{
	char words[220];
	char why[320];

	run->status = end->status;
	run->wall_ns = end->wall_ns;
	if (end->timed_out && work->plan->window_ns)
		return;
	last_line(log, words, sizeof(words));
	if (end->timed_out)
		snprintf(why, sizeof(why), "ended after %.0f s (--timeout)%s",
			 (double)end->wall_ns / 1e9, words);
	else
		snprintf(why, sizeof(why), "the command ended with status %d%s", end->status,
			 words);
	if (end->timed_out)
		run_failed(run, RUN_TIMED_OUT, why);
	else if (end->status)
		run_failed(run, RUN_FAILED, why);
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
	run_failed(run, RUN_UNBALANCED, why);
}

/* The first phase: what the host saw between two readings. */
static int measure(struct work *work, const char *log, struct run *run, struct complaint *complaint)
{
	const struct plan *plan = work->plan;
	struct child child = { .argv = plan->command,
			       .log = log,
			       .timeout_ns = plan->window_ns ?: plan->timeout_ns };
	struct run_phase *phase = calloc(1, sizeof(*phase));
	struct books before = { 0 };
	struct books after = { 0 };
	struct child_end end = { 0 };
	int error = phase ? 0 : complain(complaint, -ENOMEM, "no memory for a run");

	run->phase = phase;
	if (!error)
		error = take_books(work, &before, &run->origin, complaint);
	if (!error)
		error = child_run(&child, &end, complaint);
	if (!error) {
		judge_command(work, &end, log, run);
		error = wait_for_departure(work, complaint);
	}
	if (!error)
		error = take_books(work, &after, &run->origin, complaint);
	if (!error) {
		snprintf(phase->name, sizeof(phase->name), "run");
		error = books_delta(&before, &after, &phase->books, complaint);
	}
	run->phases = !error;
	books_release(&before);
	books_release(&after);
	return error;
}

static int run_directory(const struct work *work, unsigned int side, char *directory, size_t bytes,
			 struct complaint *complaint)
{
	size_t used = (size_t)snprintf(directory, bytes, "%s/run-%02zu-%s", work->directory,
				       work->done + 1, side ? "b" : "a");

	if (used < bytes && (!mkdir(directory, 0700) || errno == EEXIST))
		return 0;
	return complain(complaint, -errno, "making %s: %s", directory, strerror(errno));
}

static void tell_command(const struct work *work, unsigned int side, const char *directory)
{
	char number[24];

	snprintf(number, sizeof(number), "%zu", work->done + 1);
	setenv("VMTOLL_RUN", number, 1);
	setenv("VMTOLL_SIDE", work->plan->name[side], 1);
	setenv("VMTOLL_OUT", directory, 1);
}

/* Of the side's parameters the one that sets the paging mode goes first, for the proof. */
static void note_settings(const struct work *work, struct run *run)
{
	const struct param_list *side = &work->plan->list[run->side];
	size_t at = 0;

	for (size_t i = 0; i < side->count; i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s.%s", side->param[i].module, side->param[i].name);
		if (mode_of_parameter(name, side->param[i].value, &run->mode))
			continue;
		run->has_mode = true;
		at = i;
	}
	snprintf(run->parameter, sizeof(run->parameter), "%s.%s", side->param[at].module,
		 side->param[at].name);
	param_read(&work->plan->host, &side->param[at], run->readback, sizeof(run->readback));
	settings_readback(&work->settings, side, run->settings, sizeof(run->settings));
}

static int prove(struct run *run, struct complaint *complaint)
{
	if (run->end != RUN_GOOD)
		return 0;
	if (run->has_mode)
		return mode_prove(run, complaint) ? -EBADE : 0;
	snprintf(run->proof, sizeof(run->proof), "%s", run->settings);
	return 0;
}

static void tell_run(const struct work *work, const struct run *run)
{
	const struct plan *plan = work->plan;
	size_t all = SIDES * plan->runs;
	uint64_t spent = child_now_ns() - work->began_ns;
	double left = (double)spent / (double)work->done * (double)(all - work->done) / 1e9;
	char rest[40] = "";

	if (work->done < all)
		snprintf(rest, sizeof(rest), ", about %.0f s left", left);
	if (run->end == RUN_GOOD)
		say("run %zu of %zu (%s): %llu exits in %.1f s%s", work->done, all,
		    plan->name[run->side], (unsigned long long)run->phase[0].books.total.exits,
		    (double)run->wall_ns / 1e9, rest);
	else
		say("run %zu of %zu (%s): %s: %s; it is kept out of the figures%s", work->done, all,
		    plan->name[run->side], run_end_name(run->end), run->why, rest);
}

static int one_run(struct work *work, unsigned int side, struct complaint *complaint)
{
	struct run *run = &work->experiment->run[work->done];
	char directory[PATH_MAX];
	char log[PATH_MAX + 16];
	int error;

	run->side = side;
	work->experiment->runs = work->done + 1;
	error = run_directory(work, side, directory, sizeof(directory), complaint);
	if (!error)
		error = settings_apply(&work->settings, &work->plan->list[side], run->follows,
				       sizeof(run->follows), complaint);
	if (error)
		return error;
	note_settings(work, run);
	tell_command(work, side, directory);
	snprintf(log, sizeof(log), "%s/output", directory);
	error = measure(work, log, run, complaint);
	if (error)
		return error;
	judge_audit(run);
	if (run->end == RUN_GOOD)
		error = record_load(directory, run, complaint);
	if (!error)
		error = prove(run, complaint);
	if (error)
		return error;
	work->done++;
	tell_run(work, run);
	return child_signal() ? -EINTR : 0;
}

/* A B, B A, A B, ...: what drifts, drifts for both; and every second run needs no reload. */
static unsigned int side_of_run(size_t run)
{
	return (run & 1) ^ ((run >> 1) & 1);
}

/* Both settings once before anything runs: what the module does not take is found now. */
static int rehearse(struct work *work, struct complaint *complaint)
{
	char follows[240];
	int error = settings_apply(&work->settings, &work->plan->list[1], follows, sizeof(follows),
				   complaint);

	if (!error)
		error = settings_apply(&work->settings, &work->plan->list[0], follows,
				       sizeof(follows), complaint);
	return child_signal() && !error ? -EINTR : error;
}

static int make_directory(struct work *work, struct complaint *complaint)
{
	const char *tmp = getenv("TMPDIR");

	if (work->plan->directory) {
		snprintf(work->directory, sizeof(work->directory), "%s", work->plan->directory);
		if (!mkdir(work->directory, 0700) || errno == EEXIST)
			return 0;
	} else {
		snprintf(work->directory, sizeof(work->directory), "%s/vmtoll.XXXXXX",
			 tmp && *tmp ? tmp : "/tmp");
		work->temporary = mkdtemp(work->directory);
		if (work->temporary)
			return 0;
	}
	return complain(complaint, -errno, "making the directory %s: %s", work->directory,
			strerror(errno));
}

static void remove_directory(const struct work *work)
{
	char *argv[] = { "rm", "-rf", (char *)work->directory, NULL };
	struct child child = { .argv = argv, .deaf = true };
	struct complaint scrap;
	struct child_end end;

	if (work->temporary && child_run(&child, &end, &scrap))
		say("warning: %s is left behind: %s", work->directory, scrap.text);
}

static int all_runs(struct work *work, struct complaint *complaint)
{
	int error = rehearse(work, complaint);

	work->began_ns = child_now_ns();
	for (size_t i = 0; i < SIDES * work->plan->runs && !error; i++)
		error = one_run(work, side_of_run(i), complaint);
	return error;
}

/* Puts the host back whatever happened; that it failed is worse than what went before. */
static int put_back(struct work *work, int error, struct complaint *complaint)
{
	struct complaint worse = { "" };

	if (settings_restore(&work->settings, &worse)) {
		if (complaint->text[0])
			say("%s", complaint->text);
		return complain(complaint, -EIO,
				"the host's settings are NOT as they were: %.400s. `vmtoll compare "
				"--restore` tries again",
				worse.text);
	}
	if (marker_clear(&work->marker, &worse) && !error)
		error = complain(complaint, -EIO, "%s", worse.text);
	return error;
}

static int with_marker(struct work *work, struct complaint *complaint)
{
	struct plan *plan = work->plan;
	int error = marker_open(&plan->host, &work->marker, complaint);

	if (!error && work->marker.pid)
		error = repair(&plan->host, &work->marker, complaint);
	if (!error)
		error = settings_save(&plan->host, plan->list, &work->settings, complaint);
	if (!error)
		error = marker_write(&work->marker, &work->settings, complaint);
	if (!error) {
		error = all_runs(work, complaint);
		error = put_back(work, error, complaint);
	}
	settings_release(&work->settings);
	marker_close(&work->marker);
	return error;
}

static int open_source(struct work *work, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_open(&work->plan->source, &work->source, complaint);

	if (error)
		return error;
	if (!source_is_host(work->source))
		return complain(complaint, -EINVAL,
				"an experiment needs the host's source: load the module (modprobe "
				"vmtoll) on the host of the VMs");
	error = take_snapshot(work, &snapshot, complaint);
	if (error)
		return error;
	work->live = snapshot->vms;
	snapshot_destroy(snapshot);
	return 0;
}

static int work_through(struct work *work, struct complaint *complaint)
{
	struct plan *plan = work->plan;
	int error = check_parameters(plan, complaint);

	if (!error)
		error = check_kernel(plan, work->experiment, complaint);
	if (!error)
		error = check_vms(plan, complaint);
	if (!error)
		error = open_source(work, complaint);
	if (!error)
		error = make_directory(work, complaint);
	if (error)
		return error;
	error = with_marker(work, complaint);
	remove_directory(work);
	return error;
}

static uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static void note_sides(const struct plan *plan, struct experiment *experiment)
{
	for (unsigned int side = 0; side < SIDES; side++) {
		struct side *to = &experiment->side[side];

		snprintf(to->name, sizeof(to->name), "%s", plan->name[side]);
		for (size_t i = 0; i < plan->list[side].count; i++) {
			const struct param *param = &plan->list[side].param[i];
			size_t used = strlen(to->settings);

			snprintf(to->settings + used, sizeof(to->settings) - used, "%s%s.%s=%s",
				 used ? " " : "", param->module, param->name, param->value);
		}
	}
}

int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint)
{
	struct work work = { .plan = plan, .experiment = experiment, .marker.fd = -1 };
	int error;

	child_signals_hold();
	note_sides(plan, experiment);
	experiment->clock_ns = clock_now_ns();
	experiment->run = calloc(SIDES * plan->runs, sizeof(*experiment->run));
	if (!experiment->run)
		return complain(complaint, -ENOMEM, "no memory for %zu runs", plan->runs);
	error = work_through(&work, complaint);
	source_close(work.source);
	if (error == -EINTR)
		complain(complaint, -EINTR,
			 "ended by signal %d after %zu of %zu runs; the host's settings are as "
			 "they were",
			 child_signal(), work.done, SIDES * plan->runs);
	return error;
}
