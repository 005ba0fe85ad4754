// SPDX-License-Identifier: GPL-2.0
/* Run an experiment, see experiment.h. */
#include "experiment/experiment.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "process/clock.h"
#include "process/orphans.h"
#include "experiment/files.h"
#include "experiment/marker.h"
#include "experiment/measure.h"
#include "experiment/progress.h"
#include "experiment/phases.h"
#include "process/signals.h"
#include "experiment/vcpus.h"

/* The state of a running experiment. */
struct work {
	struct plan *plan;
	struct host_source from;
	struct settings settings;
	struct marker marker;
	struct experiment *experiment;
	struct files files;
	struct progress progress;
};

static int repair(const struct plan *plan, struct marker *marker, struct complaint *complaint)
{
	struct complaint worse;
	int error;

	progress_say(
		"an earlier experiment (pid %d) was interrupted%s; restoring the host's settings",
		marker->pid, marker->rebooted ? " by a reboot" : "");
	error = plan->wait ? plan_check_vms(plan, complaint) : 0;
	if (error == -EINTR)
		return complain(complaint, -ECANCELED,
				"ended by signal %d; the host's settings have not been restored, "
				"run `vmtoll compare --restore`",
				signals_stop());
	if (error)
		return error;
	marker->left.host = &plan->host;
	error = settings_restore(&marker->left, &worse);
	if (error)
		return complain(complaint, error,
				"cannot restore the settings saved in %s: %.400s. Try again with "
				"`vmtoll compare --restore`",
				marker->path, worse.text);
	for (size_t i = 0; i < marker->left.count; i++)
		if (marker->left.list[i].touched)
			progress_say("%s.%s is restored to %s", marker->left.list[i].saved.module,
				     marker->left.list[i].saved.name,
				     marker->left.list[i].saved.value);
	return marker_clear(marker, complaint);
}

int experiment_repair(const struct plan *plan, bool *found, struct complaint *complaint)
{
	struct marker marker;
	int error;

	signals_hold(progress_refuse_suspend);
	error = marker_open(&plan->host, plan->state, &marker, complaint);
	*found = !error && marker.pid;
	if (*found)
		error = repair(plan, &marker, complaint);
	marker_close(&marker);
	return error;
}

/*
 * Apply the settings of a side. If the BPF programs have been attached again, open the source
 * again, because it still refers to the ledgers of the detached programs.
 */
static int apply(struct work *work, unsigned int side, char *follows, size_t bytes,
		 struct complaint *complaint)
{
	struct restart *bpf = &work->settings.bpf;
	int error =
		settings_apply(&work->settings, &work->plan->list[side], follows, bytes, complaint);

	if (error || !bpf->restarted)
		return error;
	bpf->restarted = false;
	source_close(work->from.source);
	work->from.source = NULL;
	return host_source_open(work->plan, &work->from, complaint);
}

/*
 * Store in @run the settings of its side, as read back from the host. Set run->parameter to the
 * parameter that selects the paging mode, because mode_prove() checks run->parameter. If the side
 * does not set the paging mode, use the side's first parameter instead.
 */
static void note_settings(const struct work *work, struct run *run)
{
	const struct param_list *side = &work->plan->list[run->side];
	const struct param *param = plan_mode(side, &run->mode);

	run->has_mode = param;
	if (!param)
		param = &side->param[0];
	snprintf(run->parameter, sizeof(run->parameter), "%s.%s", param->module, param->name);
	param_read(&work->plan->host, param, run->readback, sizeof(run->readback));
	settings_readback(&work->settings, side, run->settings, sizeof(run->settings));
}

/*
 * If @run is valid, prove that it used the paging mode of its side. If the side does not set the
 * paging mode, there is nothing to prove; copy the settings to run->proof instead.
 */
static int prove(struct run *run, struct complaint *complaint)
{
	if (run->end != RUN_VALID)
		return 0;
	if (run->has_mode)
		return mode_prove(run, complaint) ? -EBADE : 0;
	snprintf(run->proof, sizeof(run->proof), "%s", run->settings);
	return 0;
}

/* End the experiment if the first run shows that the command is unusable. */
static int check_first_run(const struct run *run, size_t number, struct complaint *complaint)
{
	if (number || run->end == RUN_VALID || !run->unusable)
		return 0;
	return complain(
		complaint, -ENODATA,
		"the experiment ends after its first run, because the command cannot work: %s",
		run->why);
}

static int one_run(struct work *work, unsigned int side, struct complaint *complaint)
{
	const struct plan *plan = work->plan;
	size_t done = work->progress.done;
	struct run *run = &work->experiment->run[done];
	char directory[PATH_MAX];
	int error;

	run->side = side;
	work->experiment->runs = done + 1;
	progress_run_begin(&work->progress, side);
	error = files_for_run(&work->files, done + 1, side, plan->name[side], directory,
			      sizeof(directory), complaint);
	if (!error)
		error = apply(work, side, run->follows, sizeof(run->follows), complaint);
	if (error)
		return error;
	note_settings(work, run);
	error = measure_run(plan, &work->from, directory, run, complaint);
	progress_run_end();
	if (!error && run->end == RUN_VALID)
		error = phases_load(directory, run, complaint);
	if (!error)
		error = prove(run, complaint);
	if (error)
		return error;
	progress_run_result(&work->progress, run);
	return signals_stop() ? -EINTR : check_first_run(run, done, complaint);
}

/*
 * Return the side of a run. The sides are used in the order A B B A A B ..., so that a drift in
 * the host's performance affects both sides equally. The side changes before every second run,
 * and only then is the module reloaded.
 */
static unsigned int side_of_run(size_t run)
{
	return (run & 1) ^ ((run >> 1) & 1);
}

/*
 * Before the first run, apply the settings of each side once, to find out whether a module
 * rejects one of the values.
 */
static int rehearse(struct work *work, struct complaint *complaint)
{
	char follows[240];
	int error = apply(work, 1, follows, sizeof(follows), complaint);

	if (!error)
		error = apply(work, 0, follows, sizeof(follows), complaint);
	return signals_stop() && !error ? -EINTR : error;
}

static int all_runs(struct work *work, struct complaint *complaint)
{
	int error;

	progress_begin(work->plan, &work->progress);
	error = rehearse(work, complaint);
	for (size_t i = 0; i < SIDES * work->plan->runs && !error; i++)
		error = one_run(work, side_of_run(i), complaint);
	if (error)
		return error;
	phases_judge(work->experiment);
	vcpus_judge(work->experiment);
	return 0;
}

/*
 * Restore the settings. If this fails because a VM is running, and the plan's @wait is set, wait
 * until no VM is running and try again.
 */
static int restore(struct work *work, struct complaint *complaint)
{
	int error = settings_restore(&work->settings, complaint);

	if (error == -EBUSY && work->plan->wait && !plan_check_vms(work->plan, complaint))
		error = settings_restore(&work->settings, complaint);
	return error;
}

/*
 * Restore the host's settings. @error is the result of the runs. If the settings cannot be
 * restored, return an error that says so. Its message replaces the message of @error, so print the
 * message of @error first, if there is one.
 */
static int restore_host(struct work *work, int error, struct complaint *complaint)
{
	struct complaint worse = { "" };

	if (restore(work, &worse)) {
		if (complaint->text[0])
			progress_say("%s", complaint->text);
		return complain(
			complaint, error ? -EIO : -EUCLEAN,
			"the host's settings could NOT be restored: %.400s. The saved settings are in "
			"%s; try again with `vmtoll compare --restore`",
			worse.text, work->marker.path);
	}
	if (marker_clear(&work->marker, &worse) && !error)
		error = complain(complaint, -EIO, "%s", worse.text);
	return error;
}

static int with_marker(struct work *work, struct complaint *complaint)
{
	struct plan *plan = work->plan;
	int error = settings_save(&plan->host, plan->list, &work->settings, complaint);

	if (!error)
		error = marker_write(&work->marker, &work->settings, complaint);
	if (!error) {
		if (settings_detach_programs(&work->settings))
			progress_say(
				"the BPF programs are detached whenever kvm is loaded again, and "
				"then attached again; their counts before this experiment are lost");
		error = all_runs(work, complaint);
		error = restore_host(work, error, complaint);
	}
	settings_release(&work->settings);
	return error;
}

/*
 * Open the marker. If an earlier experiment was interrupted, restore the host's settings. Do this
 * before plan_paging(), because the interrupted experiment may have left the KVM module unloaded.
 */
static int open_marker(struct work *work, struct complaint *complaint)
{
	struct plan *plan = work->plan;
	int error = marker_open(&plan->host, plan->state, &work->marker, complaint);

	if (!error && work->marker.pid)
		error = repair(plan, &work->marker, complaint);
	if (!error && plan->paging)
		error = plan_paging(plan, complaint);
	if (error)
		return error;
	plan_note_sides(plan, work->experiment);
	return 0;
}

/*
 * Open the marker before calling plan_check(), which fails if a VM is running. The VM may belong
 * to an experiment that is still running, or to one that was killed. Only the marker shows this.
 */
static int run_plan(struct work *work, struct complaint *complaint)
{
	struct plan *plan = work->plan;
	int error = open_marker(work, complaint);

	if (!error)
		error = plan_check(plan, work->experiment, complaint);
	if (!error)
		error = host_source_open(plan, &work->from, complaint);
	if (!error)
		error = files_open(plan->directory, &work->files, complaint);
	if (!error) {
		error = with_marker(work, complaint);
		files_close(&work->files);
	}
	marker_close(&work->marker);
	return error;
}

int experiment_make(struct plan *plan, struct experiment *experiment, struct complaint *complaint)
{
	struct work work = { .plan = plan, .experiment = experiment, .marker.fd = -1 };
	int error;

	signals_hold(progress_refuse_suspend);
	orphans_adopt();
	experiment->clock_ns = clock_realtime_ns();
	experiment->run = calloc(SIDES * plan->runs, sizeof(*experiment->run));
	if (!experiment->run)
		return complain(complaint, -ENOMEM, "cannot store %zu runs: out of memory",
				plan->runs);
	error = run_plan(&work, complaint);
	source_close(work.from.source);
	if (error == -EINTR)
		complain(complaint, -EINTR,
			 "ended by signal %d after %zu of %zu runs; the host's settings have been "
			 "restored",
			 signals_stop(), work.progress.done, SIDES * plan->runs);
	return error;
}
