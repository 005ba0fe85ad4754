// SPDX-License-Identifier: GPL-2.0
/* Test the guest source on a simulated CPU: native leaves and all classic dialects. */
#include "test.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "analysis/audit.h"
#include "model/array.h"
#include "source/dialect.h"
#include "fake_cpu.h"
#include "source/share_client.h"
#include "source/source.h"

static struct snapshot *snapshot;
static struct complaint complaint;

static int read_scope(const char *spec, unsigned int dialect, const struct scope *scope)
{
	struct source_options options = { .spec = spec, .dialect = dialect };

	memset(&complaint, 0, sizeof(complaint));
	return source_take(&options, scope, &snapshot, &complaint);
}

static int read_all(const char *spec, unsigned int dialect)
{
	return read_scope(spec, dialect, &SCOPE_ALL);
}

static const struct snapshot_vcpu *vcpu(void)
{
	assert_int_equal(snapshot->vms, 1);
	assert_int_equal(snapshot->vm[0].vcpus, 1);
	return &snapshot->vm[0].vcpu[0];
}

static const struct snapshot_row *row_of(uint32_t code)
{
	for (size_t i = 0; i < vcpu()->rows; i++)
		if (vcpu()->row[i].code == code && !(vcpu()->row[i].flags & ROW_OBSERVER))
			return &vcpu()->row[i];
	fail_msg("no row 0x%x", code);
	return NULL;
}

static int setup(void **state)
{
	(void)state;
	fake_cpu_install(VMTOLL_ISA_SVM);
	snapshot = NULL;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	snapshot_destroy(snapshot);
	fake_cpu_remove();
	return 0;
}

static void native_reports_everything(void **state)
{
	(void)state;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(snapshot->origin.isa, REASON_SVM);
	assert_int_equal(snapshot->origin.tsc_khz, 1000000);
	assert_has(snapshot->origin.source, "0x40008000");
	assert_int_equal(vcpu()->rows, 4);
	assert_int_equal(vcpu()->vcpus, 2);
	assert_int_equal(row_of(0x7b)->exits, 5000000000ull);
	assert_int_equal(row_of(0x7b)->vmm_tsc, 77);
	assert_int_equal(row_of(0x78)->halt_tsc, 400000000);
	assert_int_equal(row_of(0x78)->longest_tsc, 5000000);
	assert_int_equal(row_of(0x72)->kvm_tsc, 7000000000ull);
	assert_int_equal(vcpu()->total_exits, 5000001050ull);
	assert_int_equal(vcpu()->total_kvm_tsc, 16000060000ull);
	assert_int_equal(vcpu()->audit.exits, 5000001055ull);
	assert_int_equal(vcpu()->audit.kvm_exits, 5000001055ull);
	assert_int_equal(vcpu()->lost, 0);
	assert_int_equal(vcpu()->audit.unseen, 0);
	assert_int_equal(vcpu()->wall_tsc, 4000000000ull);
	assert_int_equal(vcpu()->guest_tsc, 3000000000ull);
	assert_int_equal(vcpu()->ready_tsc, 123456789);
	assert_true(snapshot->origin.knows & KNOWS_BOOKS);
	assert_true(snapshot->origin.knows & KNOWS_READY);
	assert_false(snapshot->origin.knows & KNOWS_POLLED);
	assert_true(vcpu()->flags & VCPU_SUM);
	assert_int_equal(snapshot->clock_tsc, 5000000000ull);
	assert_true(snapshot->origin.knows & KNOWS_OPEN_TIME);
	assert_int_equal(fake_cpu.scope, VMTOLL_SCOPE_VM);
}

static void flags_of_rows_and_features(void **state)
{
	(void)state;
	fake_cpu.row[1].flags = VMTOLL_ROW_NESTED;
	fake_cpu.row[2].flags = VMTOLL_ROW_OTHER;
	fake_cpu.features = VMTOLL_FEATURE_EMULATED;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(vcpu()->row[0].flags, ROW_OBSERVER);
	assert_int_equal(vcpu()->row[1].flags, ROW_NESTED);
	assert_int_equal(vcpu()->row[2].flags, ROW_OTHER);
	assert_true(snapshot->origin.emulated);
	assert_false(snapshot->origin.knows & (KNOWS_VMM_TIME | KNOWS_HALT_TIME));
	assert_true(snapshot->origin.knows & KNOWS_ROW_TIME);
	/* An older host does not report the time in the guest. */
	assert_false(snapshot->origin.knows & (KNOWS_BOOKS | KNOWS_READY));
	assert_int_equal(vcpu()->guest_tsc + vcpu()->ready_tsc, 0);
}

static void lost_and_unseen_exits(void **state)
{
	(void)state;
	fake_cpu.lost = 3;
	fake_cpu.unexplained = 2;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(vcpu()->lost, 3);
	assert_int_equal(vcpu()->audit.unseen, 2);
}

/* Return true if this machine is a host that counts. Its figures then precede those of a guest. */
static bool is_counting_host(void)
{
	return !access(VMTOLL_DEVICE, F_OK) || !access(VMTOLL_BPF_LEDGERS, F_OK);
}

/* If the module's device does not exist, the CPUID leaves must be detected as the source. */
static void guest_is_found(void **state)
{
	(void)state;
	if (is_counting_host())
		skip();
	assert_int_equal(read_all(NULL, 0), 0);
	assert_has(snapshot->origin.source, "guest (CPUID leaf");
	snapshot_destroy(snapshot);
	snapshot = NULL;
	fake_cpu.native = false;
	fake_cpu.dialect = VMTOLL_DIALECT_OFF;
	assert_int_equal(read_all(NULL, 0), -ENODEV);
	assert_has(complaint.text, "answers no vmtoll CPUID leaf");
}

/* Check that the source @name is detected. */
static void check_detected(const char *name)
{
	const struct source_options options = { 0 };
	struct source *source;

	assert_int_equal(source_open(&options, &source, &complaint), 0);
	assert_string_equal(source_name(source), name);
	source_close(source);
}

/*
 * If the host provides CPUID leaves and also runs `vmtoll share`, the leaves must be detected as
 * the source. A Unix socket takes the place of the host's vsock.
 */
static void leaves_precede_vsock(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "vmtoll-leaves-XXXXXX" };
	int file, fd;

	(void)state;
	if (is_counting_host())
		skip();
	file = mkstemp(address.sun_path);
	assert_true(file >= 0);
	close(file);
	unlink(address.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 4), 0);
	setenv(SHARE_SOCKET_VARIABLE, address.sun_path, 1);
	check_detected("guest");
	fake_cpu.native = false;
	check_detected("guest"); /* the classic leaves are left */
	fake_cpu.dialect = VMTOLL_DIALECT_OFF;
	check_detected("vsock");
	unsetenv(SHARE_SOCKET_VARIABLE);
	unlink(address.sun_path);
	close(fd);
}

/*
 * If the host reports emulated and unseen exits only as one sum, the snapshot contains this sum
 * as the number of unseen exits.
 */
static void unseen_exits_on_vmx(void **state)
{
	struct audit_line *line;

	(void)state;
	fake_cpu_install(VMTOLL_ISA_VMX);
	fake_cpu.kvm_exits += 10;
	fake_cpu.unexplained = 10;
	fake_cpu.unseen = 1;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(vcpu()->audit.unseen, 10);
	assert_int_equal(audit_lines(snapshot, &SCOPE_ALL, &line), 1);
	assert_int_equal(line->faults, 0);
	free(line);
	snapshot_destroy(snapshot);
	fake_cpu.features |= VMTOLL_FEATURE_UNSEEN;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(vcpu()->audit.unseen, 1);
	assert_int_equal(vcpu()->audit.emulated, 9);
	assert_int_equal(audit_lines(snapshot, &SCOPE_ALL, &line), 1);
	assert_int_equal(line->faults, AUDIT_COUNT | AUDIT_UNSEEN);
	free(line);
}

static cpu_set_t before; /* the affinity of the program before the first test */

static int remember_affinity(void **state)
{
	(void)state;
	return sched_getaffinity(0, sizeof(before), &before);
}

static void affinity_is_pinned_and_restored(void **state)
{
	cpu_set_t after;

	(void)state;
	if (CPU_COUNT(&before) < 2)
		skip(); /* with one CPU the affinity cannot change */
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
	assert_true(CPU_EQUAL(&before, &after));
	assert_true(fake_cpu.queries > 10);
	assert_int_equal(fake_cpu.unpinned, 0);
}

static void disturbed_latch_is_repeated(void **state)
{
	(void)state;
	fake_cpu.disturb = 3;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(fake_cpu.disturb, 0);
	assert_int_equal(fake_cpu.serial, 7); /* one latch, and two for each disturbance */
	assert_int_equal(row_of(0x72)->exits, 1000);
}

static void busy_latch_is_repeated(void **state)
{
	(void)state;
	fake_cpu.busy = 3;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(fake_cpu.busy, 0);
	assert_int_equal(row_of(0x72)->exits, 1000);
	fake_cpu.busy = 1000000;
	assert_int_equal(read_all("guest", 0), -EAGAIN);
}

static void pending_latch_is_continued(void **state)
{
	(void)state;
	fake_cpu.pending = 500;
	assert_int_equal(read_all("guest", 0), 0);
	assert_int_equal(fake_cpu.steps, 0);
	assert_int_equal(fake_cpu.scope, VMTOLL_SCOPE_VM_NEXT);
	assert_int_equal(row_of(0x72)->exits, 1000);
}

static void discarded_latch_is_repeated(void **state)
{
	(void)state;
	fake_cpu.pending = 2;
	fake_cpu.discard = true;
	assert_int_equal(read_all("guest", 0), 0);
	assert_false(fake_cpu.discard);
	assert_int_equal(row_of(0x72)->exits, 1000);
}

static void endless_disturbance_is_an_error(void **state)
{
	(void)state;
	fake_cpu.disturb = 1000000;
	assert_int_equal(read_all("guest", 0), -EAGAIN);
	assert_has(complaint.text, "latched");
	assert_int_equal(fake_cpu.disturb, 1000000 - 100);
}

static void one_vcpu(void **state)
{
	(void)state;
	assert_int_equal(read_scope("guest", 0, &(struct scope){ .vcpu = 1 }), 0);
	assert_int_equal(fake_cpu.scope, VMTOLL_SCOPE_VCPU(1));
	assert_int_equal(vcpu()->index, 1);
	assert_false(vcpu()->flags & VCPU_SUM); /* it is labelled by its index, not as "all" */
	snapshot_destroy(snapshot);
	snapshot = NULL;
	assert_int_equal(read_scope("guest", 0, &(struct scope){ .vcpu = 2 }), -ENOENT);
	assert_has(complaint.text, "no vCPU 2");
}

static void pid_is_rejected(void **state)
{
	(void)state;
	assert_int_equal(read_scope("guest", 0,
				    &(struct scope){ .pid = { 7 }, .pids = 1, .vcpu = -1 }),
			 -EINVAL);
	assert_has(complaint.text, "only its own VM");
}

static void wrong_version_is_an_error(void **state)
{
	(void)state;
	fake_cpu.version = 99;
	assert_int_equal(read_all("guest", 0), -EPROTO);
	assert_has(complaint.text, "ABI 99 and is newer than this tool");
	fake_cpu.version = 1;
	assert_int_equal(read_all("guest", 0), -EPROTO);
	assert_has(complaint.text, "ABI 1 and is older than this tool");
	assert_has(complaint.text, "upgrade vmtoll on the host");
}

static void unknown_dialect_is_an_error(void **state)
{
	(void)state;
	fake_cpu.dialect = VMTOLL_DIALECT_REVERSED + 1;
	assert_int_equal(read_all("guest:classic", 0), -EPROTO);
	assert_has(complaint.text, "reports dialect 5 of the classic leaves");
}

static void not_a_guest(void **state)
{
	(void)state;
	fake_cpu.native = false;
	fake_cpu.dialect = VMTOLL_DIALECT_OFF;
	assert_false(source_guest_present());
	assert_int_equal(read_all("guest", 0), -ENODEV);
	assert_has(complaint.text, "KVMKVMKVM");
	fake_cpu.guest = false;
	assert_int_equal(read_all("guest", 0), -ENODEV);
	assert_has(complaint.text, "not a virtual machine");
}

/*
 * The dialects of the classic leaves. If @recognized is false, the user must select the dialect
 * with an option. If @row_time is false, the dialect provides no time per row.
 */
static const struct {
	unsigned int dialect;
	bool recognized;
	bool row_time;
} dialects[] = {
	{ VMTOLL_DIALECT_COMBINED, true, false },
	{ VMTOLL_DIALECT_SPLIT, true, true },
	{ VMTOLL_DIALECT_SPLIT_SWAPPED, false, true },
	{ VMTOLL_DIALECT_REVERSED, true, true },
};

static void check_dialect(size_t i, uint32_t isa)
{
	bool vmx = isa == VMTOLL_ISA_VMX;

	fake_cpu_install(isa);
	fake_cpu.native = false;
	fake_cpu.dialect = dialects[i].dialect;
	assert_true(source_guest_present());
	assert_int_equal(read_all("guest", dialects[i].recognized ? 0 : dialects[i].dialect), 0);
	assert_int_equal((int)snapshot->origin.isa, (int)isa);
	assert_has(snapshot->origin.source, dialect_name(dialects[i].dialect));
	assert_int_equal(vcpu()->rows, 3);
	assert_int_equal(row_of(vmx ? 10 : 0x72)->exits, 1000);
	assert_int_equal(row_of(vmx ? 30 : 0x7b)->exits, UINT32_MAX); /* saturated */
	assert_int_equal(vcpu()->total_kvm_tsc, 16000060000ull);
	assert_int_equal(!!(snapshot->origin.knows & KNOWS_ROW_TIME), dialects[i].row_time);
	assert_int_equal(row_of(vmx ? 10 : 0x72)->kvm_tsc,
			 dialects[i].row_time ? 7000000000ull : 0);
	assert_false(snapshot->origin.knows & (KNOWS_AUDIT | KNOWS_LOST | KNOWS_LONGEST));
	assert_int_equal(snapshot->origin.tsc_khz, 0);
	snapshot_destroy(snapshot);
	snapshot = NULL;
}

static void classic_dialects(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(dialects); i++) {
		check_dialect(i, VMTOLL_ISA_SVM);
		check_dialect(i, VMTOLL_ISA_VMX);
	}
}

static void classic_dialect_is_recognized(void **state)
{
	(void)state;
	fake_cpu.dialect = VMTOLL_DIALECT_COMBINED;
	assert_int_equal(classic_detect(), VMTOLL_DIALECT_COMBINED);
	fake_cpu.dialect = VMTOLL_DIALECT_SPLIT_SWAPPED; /* cannot be distinguished from split */
	assert_int_equal(classic_detect(), VMTOLL_DIALECT_SPLIT);
	fake_cpu.dialect = VMTOLL_DIALECT_REVERSED;
	assert_int_equal(classic_detect(), VMTOLL_DIALECT_REVERSED);
	fake_cpu.dialect = VMTOLL_DIALECT_OFF;
	assert_int_equal(classic_detect(), VMTOLL_DIALECT_OFF);
}

/*
 * If a manual does not define an exit number, the leaf for single numbers returns a special
 * answer that contains no exits and no cycles. The leaf for sums never returns this answer.
 */
static void classic_number_may_be_undefined(void **state)
{
	static const struct cpuid_regs undefined = { .edx = UINT32_MAX };
	struct classic_value value;

	(void)state;
	value = classic_decode(VMTOLL_DIALECT_SPLIT, VMTOLL_CLASSIC_FIRST, &undefined);
	assert_true(value.answered && value.one && value.undefined);
	assert_false(value.has_exits || value.has_cycles);
	value = classic_decode(VMTOLL_DIALECT_SPLIT, VMTOLL_CLASSIC_LAST, &undefined);
	assert_false(value.one || value.undefined);
	assert_true(value.has_exits);
}

static void split_is_reported_as_ambiguous(void **state)
{
	(void)state;
	fake_cpu.native = false;
	fake_cpu.dialect = VMTOLL_DIALECT_SPLIT;
	assert_int_equal(read_all("guest", 0), 0);
	assert_has(snapshot->origin.source, "split or split-swapped");
}

/*
 * If a guest can read both the native and the classic leaves, the native leaves must report the
 * dialect of the classic leaves.
 */
static void classic_beside_native(void **state)
{
	(void)state;
	fake_cpu.dialect = VMTOLL_DIALECT_SPLIT_SWAPPED;
	assert_int_equal(read_all("guest:classic", 0), 0);
	assert_has(snapshot->origin.source, "dialect split-swapped)");
	assert_int_equal(row_of(0x72)->kvm_tsc, 7000000000ull);
}

static void classic_has_no_vcpus(void **state)
{
	(void)state;
	assert_int_equal(read_scope("guest:classic", 0, &(struct scope){ .vcpu = 0 }), -EINVAL);
	assert_has(complaint.text, "--vcpu");
}

static void unknown_vendor(void **state)
{
	(void)state;
	fake_cpu.native = false;
	memcpy(fake_cpu.vendor, "SomeoneElses", 12);
	assert_int_equal(read_all("guest", 0), -EPROTO);
	assert_has(complaint.text, "neither Intel nor AMD");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(native_reports_everything),
		TEST(flags_of_rows_and_features),
		TEST(lost_and_unseen_exits),
		TEST(guest_is_found),
		TEST(leaves_precede_vsock),
		TEST(unseen_exits_on_vmx),
		TEST(affinity_is_pinned_and_restored),
		TEST(disturbed_latch_is_repeated),
		TEST(busy_latch_is_repeated),
		TEST(pending_latch_is_continued),
		TEST(discarded_latch_is_repeated),
		TEST(endless_disturbance_is_an_error),
		TEST(one_vcpu),
		TEST(pid_is_rejected),
		TEST(wrong_version_is_an_error),
		TEST(unknown_dialect_is_an_error),
		TEST(not_a_guest),
		TEST(classic_dialects),
		TEST(classic_dialect_is_recognized),
		TEST(classic_number_may_be_undefined),
		TEST(split_is_reported_as_ambiguous),
		TEST(classic_beside_native),
		TEST(classic_has_no_vcpus),
		TEST(unknown_vendor),
	};

	return cmocka_run_group_tests(tests, remember_affinity, NULL);
}
