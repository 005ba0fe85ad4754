// SPDX-License-Identifier: GPL-2.0
/* Test the bpf source with a file that has the layout of the BPF map. */
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/bpffs.h"
#include "source_test.h"
#include "view/origin_text.h"

#define SECOND 1000000000ull
#define NOW    (1000 * SECOND)

static struct source_test test;

/*
 * Create a file with the contents of a BPF map that was copied at the time NOW. The map contains
 * two vCPUs, and its times are in nanoseconds.
 */
static int setup(void **state)
{
	(void)state;
	test = (struct source_test){ 0 };
	fixture_create(&test.fixture, NULL, VMTOLL_ISA_SVM, 4);
	test.fixture.host->flags |= VMTOLL_HOST_NANOSECONDS;
	test.fixture.host->tsc_khz = 1000000;
	test.fixture.host->copied_tsc = NOW;
	fixture_row(fixture_vcpu(&test.fixture, 1, 1, 812, 0), 0x72, 60000, 2000, 0, 0);
	fixture_row(fixture_vcpu(&test.fixture, 2, 2, 901, 0), 0x7b, 7, 2000, 1, 0);
	for (uint32_t slot = 1; slot <= 2; slot++)
		fixture_ledger(&test.fixture, slot)->kvm_tsc = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	source_test_end(&test);
	return 0;
}

static void reads_ledgers(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "bpf"), 0);
	assert_int_equal(source_test_take(&test), 0);
	assert_true(source_is_host(test.source));
	assert_int_equal(test.snapshot->origin.isa, REASON_SVM);
	assert_int_equal(test.snapshot->origin.tsc_khz, 1000000);
	assert_true(test.snapshot->origin.nanoseconds);
	assert_int_equal(strncmp(test.snapshot->origin.source, "bpf (", 5), 0);
	assert_int_equal(test.snapshot->vms, 2);
	assert_int_equal(test.snapshot->vm[0].vcpu[0].row[2].exits, 60000);
	assert_int_equal(test.snapshot->vm[1].vcpu[0].row[2].vmm_tsc, 7 * 2000);
	assert_int_equal(test.snapshot->vm[0].vcpu[0].total_kvm_tsc, 60000 * 2000);
}

static void prints_the_unit(void **state)
{
	char text[200] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	assert_int_equal(source_test_open(&test, "bpf"), 0);
	assert_int_equal(source_test_take(&test), 0);
	origin_text(&test.snapshot->origin, out);
	fclose(out);
	assert_non_null(strstr(text, "times in ns"));
	assert_null(strstr(text, "TSC"));
}

/*
 * Mark the vCPU in slot 2 as ended @seconds before NOW, and take a snapshot. Return the number of
 * ended VMs in this snapshot.
 */
static size_t ended_vms(uint64_t seconds)
{
	struct vmtoll_ledger *ledger = fixture_ledger(&test.fixture, 2);

	ledger->flags |= VMTOLL_LEDGER_ENDED;
	ledger->ended_tsc = NOW - seconds * SECOND;
	assert_int_equal(source_test_take(&test), 0);
	assert_int_equal(test.snapshot->vms, 1);
	return test.snapshot->ended ? test.snapshot->ended->vms : 0;
}

static void ended_vcpus_expire(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "bpf"), 0);
	assert_int_equal(ended_vms(VMTOLL_ENDED_SECONDS - 1), 1);
	assert_int_equal(ended_vms(VMTOLL_ENDED_SECONDS + 1), 0);
	/*
	 * The module removes expired ledgers itself, so the source must not skip any ledger in a
	 * file that comes from the module.
	 */
	test.fixture.host->flags &= ~VMTOLL_HOST_NANOSECONDS;
	assert_int_equal(ended_vms(VMTOLL_ENDED_SECONDS + 1), 1);
}

/* The programs were detached, and no vCPU has ended. The figures can still be read. */
static void detached(void **state)
{
	(void)state;
	assert_int_equal(source_test_open(&test, "bpf"), 0);
	test.fixture.host->flags &= ~VMTOLL_HOST_ATTACHED;
	assert_int_equal(source_test_take(&test), 0);
	assert_int_equal(test.snapshot->vms, 2);
	assert_non_null(strstr(test.snapshot->origin.protocol, "BPF programs were detached"));
}

static void missing_map(void **state)
{
	(void)state;
	assert_int_equal(source_test_open_spec(&test, "bpf:/nowhere/ledgers"), -ENOENT);
	assert_non_null(strstr(test.complaint.text, "vmtoll attach --bpf"));
	assert_int_equal(source_test_open_spec(&test, "bpfs"), -EINVAL);
	assert_non_null(strstr(test.complaint.text, "bpf:PATH"));
}

/* Change the owner and the mode of a directory, and return what bpffs_check_owner() returns. */
static int owner_error(const char *directory, uid_t owner, mode_t mode, struct complaint *complaint)
{
	assert_int_equal(chown(directory, owner, (gid_t)-1), 0);
	assert_int_equal(chmod(directory, mode), 0);
	return bpffs_check_owner(directory, complaint);
}

/*
 * Only root and the user may own the directory of the ledgers, and only the owner may write to it.
 */
static void owner_of_the_directory(void **state)
{
	char directory[] = "vmtoll-bpffs-XXXXXX", link[40];
	struct complaint complaint = { "" };

	(void)state;
	assert_non_null(mkdtemp(directory));
	snprintf(link, sizeof(link), "%s.link", directory);
	assert_int_equal(symlink(directory, link), 0);
	assert_int_equal(owner_error(directory, geteuid(), 0750, &complaint), 0);
	assert_int_equal(bpffs_check_owner("/nowhere", &complaint), 0);
	assert_int_equal(bpffs_check_owner(link, &complaint), -EPERM);
	assert_non_null(strstr(complaint.text, "is not a directory"));
	assert_int_equal(owner_error(directory, geteuid(), 0770, &complaint), -EPERM);
	assert_int_equal(owner_error(directory, geteuid(), 0757, &complaint), -EPERM);
	assert_non_null(strstr(complaint.text, "users other than the owner"));
	/* Only root can give the directory to another user. */
	if (!geteuid()) {
		assert_int_equal(owner_error(directory, 65534, 0700, &complaint), -EPERM);
		assert_non_null(strstr(complaint.text, "user 65534 owns"));
	}
	unlink(link);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(reads_ledgers, setup, teardown),
		cmocka_unit_test_setup_teardown(prints_the_unit, setup, teardown),
		cmocka_unit_test_setup_teardown(ended_vcpus_expire, setup, teardown),
		cmocka_unit_test_setup_teardown(detached, setup, teardown),
		cmocka_unit_test_setup_teardown(missing_map, setup, teardown),
		cmocka_unit_test(owner_of_the_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
