// SPDX-License-Identifier: GPL-2.0
/*
 * The `failing` verb makes memory allocations fail. It requires a kernel with fault injection
 * (CONFIG_FAILSLAB, CONFIG_FAIL_PAGE_ALLOC).
 *
 * `load` loads the module repeatedly and makes a different allocation fail in each attempt. The
 * load must either fail and clean up completely, or succeed without this allocation.
 *
 * `adopt` makes all allocations fail while a vCPU exits. Each of these exits must be counted in
 * `lost`. Once the module's worker has allocated memory, the vCPU must get a ledger.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "model/array.h"
#include "fail.h"
#include "platform.h"
#include "ledger_map.h"
#include "payload.h"
#include "kvm_stats.h"
#include "sysfs.h"
#include "tally.h"
#include "verbs.h"
#include "test_vm.h"
#include "vmtoll.h"

#define MAX_ALLOCATIONS 5000
#define ITERATIONS	200
#define WORKER_US	600000 /* the worker runs at least once within this time */
#define MODULE		"vmtoll"
#define FAIL_NTH	"/proc/thread-self/fail-nth"

/* ---- load ---- */

struct loading {
	unsigned int failed; /* failed allocations */
	unsigned int refused; /* loads that failed */
};

/*
 * Make the @n-th allocation from now on fail. If @n is 0, let all allocations succeed. Faults are
 * injected into copies from user space, too. A fault that is still pending may therefore make the
 * write() below fail with EFAULT. It is then no longer pending, so a second write() succeeds.
 */
static int set_fail_nth(int nth, unsigned int n)
{
	char text[16];
	int tries = 2;
	ssize_t done;

	snprintf(text, sizeof(text), "%u", n);
	do {
		done = write(nth, text, strlen(text));
	} while (done < 0 && errno == EFAULT && --tries);
	return done < 0 ? fail(-errno, "write to " FAIL_NTH) : 0;
}

/*
 * Turn fault injection off. Set @hit to true if an allocation failed during the load, and to false
 * otherwise. If none failed, the fault is still pending, and may make the pread() below fail with
 * EFAULT.
 */
static int end_fail_nth(int nth, bool *hit)
{
	char text[16] = "";
	ssize_t got = pread(nth, text, sizeof(text) - 1, 0);

	if (got <= 0 && errno != EFAULT)
		return fail(-errno, "read " FAIL_NTH);
	*hit = got > 0 && !strtoul(text, NULL, 10);
	return set_fail_nth(nth, 0);
}

/*
 * Load the module. The caller must open all files beforehand, because open() also allocates
 * memory.
 */
static int load_fd(int fd, int nth, unsigned int n, bool *hit, bool *loaded)
{
	int err = set_fail_nth(nth, n);

	if (err)
		return err;
	*loaded = !syscall(SYS_finit_module, fd, "", 0);
	return end_fail_nth(nth, hit);
}

static int load(const char *path, unsigned int n, bool *hit, bool *loaded)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	int err = 0;

	if (fd < 0 || nth < 0)
		err = fail(-errno, "open %s and " FAIL_NTH, path);
	err = err ?: load_fd(fd, nth, n, hit, loaded);
	if (nth >= 0)
		close(nth);
	if (fd >= 0)
		close(fd);
	return err;
}

static int check_load(bool hit, bool loaded, unsigned int n, struct loading *l)
{
	bool there = !access(VMTOLL_DEVICE, F_OK) || !access("/sys/module/" MODULE, F_OK);

	if (!loaded && !hit)
		return fail(-EPROTO, "load the module: refused, without a failed allocation");
	if (!loaded && there)
		return fail(-EPROTO,
			    "load the module: refused when allocation %u failed, but still present",
			    n);
	if (loaded && syscall(SYS_delete_module, MODULE, O_NONBLOCK))
		return fail(-errno, "unload the module");
	l->failed += hit;
	l->refused += !loaded;
	return 0;
}

static int fail_load(struct tally *tally, const char *path)
{
	struct mismatches mismatches;
	struct loading l = { 0 };
	bool hit = true, loaded = false;
	int err = mismatches_open(&mismatches);

	for (unsigned int n = 1; !err && hit && n < MAX_ALLOCATIONS; n++)
		err = load(path, n, &hit, &loaded) ?: check_load(hit, loaded, n, &l);
	if (err)
		return err;
	if (hit || !l.refused)
		mismatch(&mismatches,
			 "allocations kept failing up to the limit, or no load was refused");
	tally_result(tally, "failing-load", &mismatches,
		     "%u allocations failed, one at a time; %u loads were refused", l.failed,
		     l.refused);
	return 0;
}

/* ---- adopt ---- */

/*
 * Turn fault injection on or off for this task. This affects only allocations that must not
 * sleep, such as the allocations in the module's probes.
 */
static int inject(const char *injector, bool on)
{
	static const struct {
		const char *file;
		const char *value;
	} settings[] = { { "task-filter", "Y" },
			 { "ignore-gfp-wait", "Y" },
			 { "times", "-1" },
			 { "interval", "1" },
			 { "verbose", "0" } };
	char path[96];
	int err = sysfs_write("/proc/thread-self/make-it-fail", on ? "1" : "0");

	for (size_t i = 0; !err && i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", injector, settings[i].file);
		err = sysfs_write(path, settings[i].value);
	}
	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/probability", injector);
	return err ?: sysfs_write(path, on ? "100" : "0");
}

static int read_vcpu(const struct test_vm *vm, const struct ledger_map *ledger,
		     struct vcpu_counts *s)
{
	struct kvm_stats stats;
	int err = ledger_map_read(ledger, 0, s) ?: kvm_stats_open(&stats, vm->vcpu[0].fd);

	if (err)
		return err;
	err = kvm_stats_exits(&stats, &s->stat_exits);
	kvm_stats_close(&stats);
	return err;
}

/*
 * Check that the exits that were lost before the vCPU had a ledger are now counted in this ledger,
 * and no longer in the host page. @host_lost is how much the host page's count has increased; it
 * must be 0.
 */
static void check_books(const struct vcpu_counts *s, uint64_t host_lost, struct mismatches *c)
{
	uint64_t sum = vcpu_counts_sum(s) + s->emulated;

	if (s->lost < ITERATIONS)
		mismatch(c, "%" PRIu64 " exits were lost, expected %u or more", s->lost,
			 ITERATIONS);
	if (host_lost || s->kvm_base != s->lost)
		mismatch(c,
			 "lost exits: %" PRIu64 " in the ledger, %" PRIu64
			 " in the host page, counted by KVM before %" PRIu64,
			 s->lost, host_lost, s->kvm_base);
	if (sum != s->stat_exits - s->kvm_base || s->unseen)
		mismatch(c,
			 "rows and emulated add up to %" PRIu64 ", KVM counted %" PRIu64
			 ", unseen %" PRIu64,
			 sum, s->stat_exits - s->kvm_base, s->unseen);
}

/*
 * Run two passes while the allocations of this thread fail. Then wait until the module's worker
 * has allocated a ledger, and run another pass.
 */
static int run_without_memory(struct test_vm *vm, const char *injector)
{
	enum test_vm_stop stop;
	int err = inject(injector, true), end;

	if (err)
		return err;
	err = test_vm_run(vm, 0, ITERATIONS, &stop) ?: test_vm_run(vm, 0, ITERATIONS, &stop);
	end = inject(injector, false);
	usleep(WORKER_US);
	return err ?: end ?: test_vm_run(vm, 0, ITERATIONS, &stop);
}

static int fail_adopt(struct tally *tally, const char *injector)
{
	static const char *const payloads[] = { payload_cpuid };
	struct mismatches mismatches;
	struct ledger_map ledger;
	struct vcpu_counts s;
	struct test_vm vm;
	uint64_t host_lost;
	char name[48];
	int err = ledger_map_open(&ledger) ?: test_vm_create(&vm, 0, 1, payloads);

	if (err)
		return err;
	host_lost = ledger_map_lost(&ledger);
	err = mismatches_open(&mismatches) ?: run_without_memory(&vm, injector);
	err = err ?: read_vcpu(&vm, &ledger, &s);
	if (!err) {
		check_books(&s, ledger_map_lost(&ledger) - host_lost, &mismatches);
		snprintf(name, sizeof(name), "failing-adopt-%s", injector);
		tally_result(tally, name, &mismatches,
			     "%" PRIu64 " exits were lost and counted in `lost`", s.lost);
	}
	test_vm_destroy(&vm);
	ledger_map_close(&ledger);
	return err;
}

int verb_failing(int argc, char **argv)
{
	struct platform platform;
	struct tally tally = { .platform = &platform };
	int err = platform_probe(&platform);

	if (!err && argc == 3 && !strcmp(argv[1], "load"))
		err = fail_load(&tally, argv[2]);
	else if (!err && argc == 2 && !strcmp(argv[1], "adopt"))
		err = fail_adopt(&tally, "failslab") ?: fail_adopt(&tally, "fail_page_alloc");
	else
		err = err ?: -EINVAL;
	return err ?: tally_end(&tally);
}
