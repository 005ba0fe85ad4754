// SPDX-License-Identifier: GPL-2.0
/*
 * Test the code that reads and changes a host: its settings, kernel and VMs. The tests use a fake
 * /sys/module and a fake /proc.
 */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm/kernel.h"
#include "experiment/marker.h"
#include "experiment/progress.h"
#include "experiment/settings.h"
#include "experiment/vcpus.h"
#include "kvm/vms.h"
#include "model/array.h"

static char root[64];
static char sys[80];
static char proc[80];
static char state[80];
static struct host_paths host = { .sys = sys, .proc = proc };
static struct complaint complaint;

static void put(const char *path, const char *text, mode_t mode)
{
	char full[300];
	FILE *file;

	snprintf(full, sizeof(full), "%s/%s", root, path);
	file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	chmod(full, mode);
}

static void make_directory(const char *path)
{
	char full[300];

	snprintf(full, sizeof(full), "%s/%s", root, path);
	assert_int_equal(mkdir(full, 0700), 0);
}

static int setup(void **unused)
{
	static const char *const directories[] = { "sys",	  "proc",
						   "proc/812",	  "proc/812/fd",
						   "sys/kvm",	  "sys/kvm/parameters",
						   "sys/kvm_amd", "sys/kvm_amd/parameters" };

	(void)unused;
	snprintf(root, sizeof(root), "/tmp/vmtoll-test.XXXXXX");
	assert_non_null(mkdtemp(root));
	snprintf(sys, sizeof(sys), "%s/sys", root);
	snprintf(proc, sizeof(proc), "%s/proc", root);
	snprintf(state, sizeof(state), "%s/state", root);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		make_directory(directories[i]);
	put("sys/kvm/parameters/halt_poll_ns", "200000\n", 0644);
	put("sys/kvm/parameters/tdp_mmu", "Y\n", 0444);
	put("sys/kvm_amd/parameters/npt", "Y\n", 0444);
	put("sys/kvm_amd/parameters/nested", "1\n", 0444);
	put("proc/812/comm", "qemu\n", 0644);
	return 0;
}

static int teardown(void **unused)
{
	char command[100];

	(void)unused;
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static struct param param_of(const char *text)
{
	struct param param;

	if (param_parse(text, &param, &complaint))
		fail_msg("%s", complaint.text);
	return param;
}

static void settings_are_parsed(void **unused)
{
	static const char *const wrong[] = {
		"ept-0",	"kvm_intel.ept-0", "kvm_intel.ept", "ept=0",
		"kvm_intel.=0", "kvm_intel.ept=",  ".ept=0",	    "",
		"vfio.x=1",	"kvm.a b=1",	   "kvm/../x.y=1",
	};
	struct param param = param_of("kvm-intel.ept=0");

	(void)unused;
	assert_string_equal(param.module, "kvm_intel");
	assert_string_equal(param.name, "ept");
	assert_string_equal(param.value, "0");
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_equal(param_parse(wrong[i], &param, &complaint), -EINVAL);
}

static void values_are_compared(void **unused)
{
	(void)unused;
	assert_true(param_same_value("Y", "1"));
	assert_true(param_same_value("n", "0"));
	assert_true(param_same_value("0x10", "16"));
	assert_true(param_same_value("off", "N"));
	assert_true(param_same_value("On", "1"));
	assert_true(param_same_value("auto", "auto"));
	assert_false(param_same_value("Y", "0"));
	assert_false(param_same_value("-1", "1"));
}

static void wrong_parameters_are_explained(void **unused)
{
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{ "kvm_amd.ept=0", "did you mean npt?" },
		{ "kvm_amd.npd=0", "did you mean npt?" },
		{ "kvm_amd.no_such_thing=0", "no readable parameter 'no_such_thing' (modinfo" },
		{ "kvm_intel.ept=0", "this host has an AMD processor and the module kvm_amd; "
				     "use the parameter kvm_amd.npt" },
		{ "kvm.halt_pol_ns=0", "did you mean halt_poll_ns?" },
	};
	struct param param = param_of("kvm_amd.npt=0");

	(void)unused;
	assert_int_equal(param_check(&host, &param, &complaint), 0);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		param = param_of(cases[i].text);
		assert_int_equal(param_check(&host, &param, &complaint), -ENOENT);
		assert_has(complaint.text, cases[i].message);
	}
}

static void settings_are_written_and_restored(void **unused)
{
	struct param_list side[2] = { { .count = 1 }, { .count = 1 } };
	struct settings settings;
	char text[100];

	(void)unused;
	side[0].param[0] = param_of("kvm.halt_poll_ns=0");
	side[1].param[0] = param_of("kvm.halt_poll_ns=50000");
	assert_int_equal(settings_save(&host, side, &settings, &complaint), 0);
	assert_int_equal(settings.count, 4);
	assert_false(settings_need_reload(&settings));
	assert_int_equal(settings_apply(&settings, &side[1], text, sizeof(text), &complaint), 0);
	settings_readback(&settings, &side[1], text, sizeof(text));
	assert_string_equal(text, "kvm.halt_poll_ns=50000");
	assert_int_equal(settings_restore(&settings, &complaint), 0);
	settings_readback(&settings, &side[1], text, sizeof(text));
	assert_string_equal(text, "kvm.halt_poll_ns=200000");
	settings_release(&settings);
}

/*
 * After an interrupted experiment, the next experiment must find the saved settings in the
 * marker.
 */
static void markers_outlive_their_writer(void **unused)
{
	struct param_list side[2] = { { .count = 1 }, { .count = 1 } };
	struct settings settings;
	struct marker marker;
	struct marker second;

	(void)unused;
	side[0].param[0] = param_of("kvm_amd.npt=1");
	side[1].param[0] = param_of("kvm_amd.npt=0");
	assert_int_equal(settings_save(&host, side, &settings, &complaint), 0);
	assert_true(settings_need_reload(&settings));
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_int_equal(marker.pid, 0);
	assert_int_equal(marker_write(&marker, &settings, &complaint), 0);
	assert_int_equal(marker_open(&host, state, &second, &complaint), -EBUSY);
	assert_has(complaint.text, "another vmtoll compare");
	marker_close(&second);
	marker_close(&marker);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_int_equal(marker.pid, getpid());
	assert_int_equal(marker.left.count, settings.count);
	for (size_t i = 0; i < settings.count; i++) {
		assert_true(param_same_name(&marker.left.list[i].saved, &settings.list[i].saved));
		assert_string_equal(marker.left.list[i].saved.value, settings.list[i].saved.value);
		assert_int_equal(marker.left.list[i].touched, settings.list[i].touched);
		assert_int_equal(marker.left.list[i].writable, settings.list[i].writable);
	}
	assert_int_equal(marker_clear(&marker, &complaint), 0);
	marker_close(&marker);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_int_equal(marker.pid, 0);
	marker_close(&marker);
	settings_release(&settings);
}

/*
 * The BPF programs must be attached again if vmtoll was killed while they were detached, but not
 * after a reboot.
 */
static void markers_name_detached_programs(void **unused)
{
	static const char *const directories[] = { "proc/sys", "proc/sys/kernel",
						   "proc/sys/kernel/random" };
	struct settings settings = { .host = &host, .bpf.vcpus = 40 };
	struct marker marker;

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		make_directory(directories[i]);
	put("proc/sys/kernel/random/boot_id", "first\n", 0600);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_int_equal(marker_write(&marker, &settings, &complaint), 0);
	marker_close(&marker);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_int_equal(marker.left.bpf.vcpus, 40);
	assert_true(marker.left.bpf.detached);
	marker_close(&marker);
	put("proc/sys/kernel/random/boot_id", "second\n", 0600);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), 0);
	assert_true(marker.rebooted);
	assert_int_equal(marker.left.bpf.vcpus, 0);
	assert_false(marker.left.bpf.detached);
	marker_close(&marker);
}

static void damaged_markers_are_rejected(void **unused)
{
	struct marker marker;

	(void)unused;
	make_directory("state");
	put("state/compare", "something else\n", 0600);
	assert_int_equal(marker_open(&host, state, &marker, &complaint), -EINVAL);
	assert_has(complaint.text, "is damaged");
	assert_has(complaint.text, "remove the file");
	marker_close(&marker);
}

static void vms_are_found(void **unused)
{
	struct processes vms;
	char link[120];

	(void)unused;
	assert_int_equal(vms_find(&host, &vms), 0);
	assert_int_equal(vms.count, 0);
	snprintf(link, sizeof(link), "%s/812/fd/9", proc);
	assert_int_equal(symlink("anon_inode:kvm-vm", link), 0);
	assert_int_equal(vms_find(&host, &vms), 0);
	assert_int_equal(vms.count, 1);
	assert_int_equal(vms.pid[0], 812);
	assert_string_equal(vms.text, "812 (qemu)");
}

static const struct {
	const char *release;
	const char *version;
	int affected;
} kernels[] = {
	{ "6.1.0-56-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-01)", 0 },
	{ "6.1.0-40-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.182-1 (2026-05-01)", 1 },
	{ "6.1.183", "#1 SMP", 0 },
	{ "6.6.151", "#1 SMP", 1 },
	{ "6.12.104+deb13-amd64", "#1 SMP Debian 6.12.104-1", 0 },
	{ "6.18.44", "#1", 1 },
	{ "6.18.45", "#1", 0 },
	{ "7.0.12", "#1", 1 }, /* support for this branch ended before the fixes */
	{ "7.1.8", "#1", 1 },
	{ "7.1.9", "#1", 0 },
	{ "7.2.0", "#1", 0 },
	{ "8.0.0", "#1", 0 },
	{ "5.10.250", "#1", 1 },
	{ "strange", "#1", 1 },
};

static void affected_kernels(void **unused)
{
	char why[300];

	(void)unused;
	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		bool affected = kernel_has_shadow_escapes(kernels[i].release, kernels[i].version,
							  why, sizeof(why));

		if (affected != kernels[i].affected)
			fail_msg("%s: %d", kernels[i].release, affected);
		if (affected)
			assert_has(why, "CVE-2026-53359");
	}
}

/*
 * If most runs of a side have the same number of vCPUs, the other runs of this side must fail. If
 * no number has a majority, the runs with more vCPUs must fail. Runs that have already failed must
 * be ignored.
 */
static void other_numbers_of_vcpus_fail(void **unused)
{
	static const struct {
		unsigned int side;
		enum run_end end;
		uint32_t vcpus;
		enum run_end judged;
	} cases[] = {
		{ 0, RUN_VALID, 2, RUN_VALID },	  { 0, RUN_VALID, 1, RUN_FAILED },
		{ 0, RUN_VALID, 2, RUN_VALID },	  { 0, RUN_TIMED_OUT, 1, RUN_TIMED_OUT },
		{ 0, RUN_FAILED, 1, RUN_FAILED }, { 1, RUN_VALID, 3, RUN_FAILED },
		{ 1, RUN_VALID, 2, RUN_VALID },
	};
	struct run_phase phase[ARRAY_SIZE(cases)] = { 0 };
	struct run run[ARRAY_SIZE(cases)] = { 0 };
	struct experiment experiment = { .run = run, .runs = ARRAY_SIZE(cases) };

	(void)unused;
	for (size_t i = 0; i < experiment.runs; i++) {
		run[i] = (struct run){ .side = cases[i].side, .end = cases[i].end };
		run[i].phase = &phase[i];
		phase[i].books.counts.departed = cases[i].vcpus;
	}
	vcpus_judge(&experiment);
	assert_int_equal(experiment.warnings, 0);
	for (size_t i = 0; i < experiment.runs; i++)
		assert_int_equal(run[i].end, cases[i].judged);
	assert_has(run[1].why, "number of vCPUs: 1, but 2 in most runs");
}

/*
 * The remaining time of a side is estimated from the finished runs of this side or, if there are
 * none, from those of the other side.
 */
static void time_left_is_estimated(void **unused)
{
	struct progress progress = { .all = 6 };
	bool guessed;

	(void)unused;
	assert_true(progress_left(&progress, &guessed) < 0);
	progress.done = 1;
	progress.side_done[0] = 1;
	progress.side_ns[0] = 10000000000;
	assert_int_equal(progress_left(&progress, &guessed), 50);
	assert_true(guessed);
	progress.done = 3;
	progress.side_done[1] = 2;
	progress.side_ns[1] = 200000000000;
	assert_int_equal(progress_left(&progress, &guessed), 2 * 10 + 100);
	assert_false(guessed);
	progress.done = 6;
	progress.side_done[0] = 3;
	progress.side_done[1] = 3;
	assert_int_equal(progress_left(&progress, &guessed), 0);
}

#define ON_A_HOST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_A_HOST(settings_are_parsed),
		ON_A_HOST(values_are_compared),
		ON_A_HOST(wrong_parameters_are_explained),
		ON_A_HOST(settings_are_written_and_restored),
		ON_A_HOST(markers_outlive_their_writer),
		ON_A_HOST(markers_name_detached_programs),
		ON_A_HOST(damaged_markers_are_rejected),
		ON_A_HOST(vms_are_found),
		ON_A_HOST(affected_kernels),
		cmocka_unit_test(other_numbers_of_vcpus_fail),
		cmocka_unit_test(time_left_is_estimated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
