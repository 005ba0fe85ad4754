// SPDX-License-Identifier: GPL-2.0
/*
 * Test the parts of `vmtoll share` that do not use sockets: the protocol, the search for processes
 * that claim CIDs, the access rules, and the answers. Each test creates its own /proc in a
 * temporary directory. In it, /dev/null stands in for /dev/vhost-vsock.
 */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "model/array.h"
#include "share/answer.h"
#include "share/probe.h"
#include "share/rate.h"

static char root[64];
static char proc[80];
static struct fixture fixture;
static char spec[80];
static char refused_text[480];
static struct answer_options options;

/* If not 0, the process with this ID ends while the ledgers are being read. */
static uint32_t ends_while_reading;

int __real_source_take(const struct source_options *options, const struct scope *scope,
		       struct snapshot **snapshot, struct complaint *complaint);
int __wrap_source_take(const struct source_options *options, const struct scope *scope,
		       struct snapshot **snapshot, struct complaint *complaint);

/* The number of file descriptors that have been examined. */
static unsigned int examined;

int __real_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *status);
int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *status);

int __wrap_statx(int directory, const char *path, int flags, unsigned int mask,
		 struct statx *status)
{
	examined++;
	return __real_statx(directory, path, flags, mask, status);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

static void end_process(uint32_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%u", proc, pid);
	assert_int_equal(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
}

int __wrap_source_take(const struct source_options *source, const struct scope *scope,
		       struct snapshot **snapshot, struct complaint *complaint)
{
	int error = __real_source_take(source, scope, snapshot, complaint);

	if (ends_while_reading)
		end_process(ends_while_reading);
	return error;
}

static void take_refusal(void *context, const char *text)
{
	(void)context;
	snprintf(refused_text, sizeof(refused_text), "%s", text);
}

static dev_t null_device(void)
{
	struct stat status;

	assert_int_equal(stat("/dev/null", &status), 0);
	return status.st_rdev;
}

static int make_root(void **state)
{
	(void)state;
	ends_while_reading = 0;
	*refused_text = '\0';
	snprintf(root, sizeof(root), "vmtoll-share-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	snprintf(proc, sizeof(proc), "%s/proc", root);
	mkdir(proc, 0700);
	fixture_example(&fixture, NULL);
	snprintf(spec, sizeof(spec), "kmod:%s", fixture.path);
	options = (struct answer_options){
		.source.spec = spec,
		.host.proc = proc,
		.device = null_device(),
		.refused = take_refusal,
	};
	return 0;
}

static int remove_root(void **state)
{
	(void)state;
	fixture_destroy(&fixture);
	return nftw(root, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void put_file(uint32_t pid, const char *name, const void *text, size_t bytes)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%u/%s", proc, pid, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, bytes, file), bytes);
	assert_int_equal(fclose(file), 0);
}

/* Let process @pid open @target as its next file descriptor. */
static void open_file(uint32_t pid, int fd, const char *target)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%u/fd/%d", proc, pid, fd);
	assert_int_equal(symlink(target, path), 0);
}

/* Create a process without open files. */
static void make_process(uint32_t pid, const char *cmdline, size_t bytes)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%u", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%u/fd", proc, pid);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file(pid, "cmdline", cmdline, bytes);
}

#define CMDLINE(text) text, sizeof(text)
#define QEMU(cid)     CMDLINE("qemu-system-x86_64\0-device\0vhost-vsock-pci,guest-cid=" cid)

/* Create a VM with the CID on its command line and an open device. */
static void make_vm(uint32_t pid, const char *cmdline, size_t bytes)
{
	make_process(pid, cmdline, bytes);
	open_file(pid, 5, "/dev/zero");
	open_file(pid, 28, "/dev/null");
}

static int find(uint32_t cid, uint32_t *pid)
{
	const struct cid_host host = { proc, null_device() };
	struct cid_table table;
	int error;

	assert_int_equal(cid_table_read(&host, &table), 0);
	error = cid_table_find(&table, cid, pid);
	cid_table_release(&table);
	return error;
}

static void options_of_all_vmms_are_read(void **state)
{
	static const struct {
		const char *cmdline;
		size_t bytes;
		int error;
	} cases[] = {
		{ QEMU("42"), 0 },
		{ QEMU("0x2a"), 0 },
		{ CMDLINE("qemu\0--device\0vhost-vsock-device,id=v,guest-cid=42,vhostfd=28"), 0 },
		{ CMDLINE("qemu\0-device\0{\"driver\":\"vhost-vsock-pci\",\"guest-cid\":42}"), 0 },
		{ CMDLINE("qemu\0-device\0{\"driver\":\"vhost-vsock-pci\",\"guest-cid\":\"42\"}"),
		  0 },
		{ CMDLINE("crosvm\0run\0--cid\0"
			  "42"),
		  0 },
		{ CMDLINE("crosvm\0run\0--vsock\0cid=42,device=/dev/vhost-vsock"), 0 },
		{ CMDLINE("lkvm\0run\0--vsock\0"
			  "42"),
		  0 },
		/* Not a CID of this process. */
		{ CMDLINE("cloud-hypervisor\0--vsock\0cid=42,socket=/run/v"), -ENOENT },
		{ CMDLINE("cloud-hypervisor\0--vsock=socket=/run/v,cid=42"), -ENOENT },
		{ QEMU("43"), -ENOENT },
		{ QEMU("42x"), -ENOENT },
		{ QEMU("052"), -ENOENT }, /* octal in QEMU */
		{ QEMU("042"), -ENOENT },
		{ CMDLINE("qemu\0-device\0vhost-vsock-pci,id=v,guest-cid=42\0"
			  "-set\0device.v.guest-cid=43"),
		  -ENOENT },
		{ QEMU("4294967338"), -ENOENT }, /* 2^32 + 42 */
		{ CMDLINE("qemu\0-device\0e1000,guest-cid=42"), -ENOENT },
		{ CMDLINE("qemu\0-name\0vhost-vsock-pci,guest-cid=42"), -ENOENT },
		{ CMDLINE("qemu\0-device\0{\"driver\":\"e1000\",\"guest-cid\":42}"), -ENOENT },
		{ CMDLINE("qemu\0-device\0{\"driver\":\"vhost-vsock-pci\",\"guest-cid\""),
		  -ENOENT },
		{ CMDLINE("qemu\0-device\0{\"driver\":null,\"guest-cid\":null}"), -ENOENT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t pid = 0;

		make_vm(812, cases[i].cmdline, cases[i].bytes);
		assert_int_equal(find(42, &pid), cases[i].error);
		assert_int_equal(pid, cases[i].error ? 0 : 812);
		end_process(812);
	}
}

static void low_cids_are_never_claimed(void **state)
{
	uint32_t pid;

	(void)state;
	make_vm(812, QEMU("2"));
	assert_int_equal(find(2, &pid), -ENOENT);
}

/*
 * A claim is valid only if the process has opened the device, because anyone can forge a command
 * line.
 */
static void claim_requires_device(void **state)
{
	char path[128];
	char *full;
	uint32_t pid;
	FILE *file;

	(void)state;
	make_process(901, QEMU("42"));
	assert_int_equal(find(42, &pid), -ENOENT);
	open_file(901, 5, "/dev/zero");
	assert_int_equal(find(42, &pid), -ENOENT);
	/* A file with the name of the device is not the device. */
	snprintf(path, sizeof(path), "%s/null", root);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	full = realpath(path, NULL);
	assert_non_null(full);
	open_file(901, 6, full);
	free(full);
	assert_int_equal(find(42, &pid), -ENOENT);
	open_file(901, 28, "/dev/null");
	assert_int_equal(find(42, &pid), 0);
	assert_int_equal(pid, 901);
}

/*
 * If two processes claim the same CID, one of the claims is forged, so both claims must be
 * refused.
 */
static void two_claims_are_refused(void **state)
{
	uint32_t pid;

	(void)state;
	make_vm(812, QEMU("42"));
	make_vm(901, CMDLINE("qemu\0-device\0vhost-vsock-pci,guest-cid=42,guest-cid=42"));
	assert_int_equal(find(42, &pid), -ENOTUNIQ);
	end_process(901);
	assert_int_equal(find(42, &pid), 0);
	assert_int_equal(pid, 812);
}

/*
 * A process that claims two CIDs must have opened the device twice. If it has opened the device
 * only once, one of the CIDs may meanwhile belong to another VM.
 */
static void each_cid_requires_a_device(void **state)
{
	uint32_t pid;

	(void)state;
	make_vm(812, CMDLINE("qemu\0-device\0vhost-vsock-pci,guest-cid=42\0"
			     "-device\0vhost-vsock-pci,guest-cid=43"));
	assert_int_equal(find(42, &pid), -ENOENT);
	open_file(812, 29, "/dev/null");
	assert_int_equal(find(42, &pid), 0);
	assert_int_equal(find(43, &pid), 0);
}

static struct host_share probe(const char *vhost, bool is_live)
{
	const struct cid_host host = { proc, null_device() };
	struct host_share share;

	share_probe(&host, vhost, is_live, &share);
	return share;
}

/* vmtoll check finds vmtoll share, and counts each CID once. */
static void share_is_probed(void **state)
{
	struct host_share share;

	(void)state;
	make_process(640, CMDLINE("/usr/bin/vmtoll\0stat"));
	make_process(641, CMDLINE("vmtoll"));
	make_process(642, CMDLINE("vm\0share"));
	make_vm(812, QEMU("42"));
	make_vm(901, QEMU("42"));
	make_vm(902, QEMU("43"));
	share = probe(proc, true);
	assert_true(share.has_vhost);
	assert_true(share.cids_known);
	assert_int_equal(share.pid, 0);
	assert_int_equal(share.cids, 2);
	assert_int_equal(share.ambiguous, 1);
	make_process(643, CMDLINE("/usr/bin/vmtoll\0share\0--source=kmod"));
	share = probe("no/such/file", false);
	assert_false(share.has_vhost);
	assert_false(share.cids_known);
	assert_int_equal(share.pid, 643);
	assert_int_equal(share.cids, 0);
}

/*
 * A process with many open files must not slow down vmtoll share. At most 4096 file descriptors
 * are examined, and none after the device has been found.
 */
static void few_files_are_examined(void **state)
{
	uint32_t pid;

	(void)state;
	make_process(812, QEMU("42"));
	for (int fd = 0; fd < 5000; fd++)
		open_file(812, fd, "/dev/zero");
	examined = 0;
	assert_int_equal(find(42, &pid), -ENOENT);
	assert_int_equal(examined, 4096);
	end_process(812);
	make_process(812, QEMU("42"));
	for (int fd = 0; fd < 100; fd++)
		open_file(812, fd, "/dev/null");
	examined = 0;
	assert_int_equal(find(42, &pid), 0);
	assert_int_equal(examined, 1);
}

/*
 * If not all processes can be examined, a conflicting claim may have been missed.
 * cid_table_read() must then fail, so that no guest gets an answer.
 */
static void missing_claims_are_noticed(void **state)
{
	struct rlimit before;
	struct rlimit limit;
	struct cid_table table;
	const struct cid_host host = { proc, null_device() };
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int error;

	(void)state;
	make_vm(812, QEMU("42"));
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	close(fd);
	/*
	 * Leave only one file descriptor free. This is enough to open the directory of the
	 * processes, but not enough to open a file in this directory as well.
	 */
	limit = (struct rlimit){ (rlim_t)fd + 1, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	error = cid_table_read(&host, &table);
	cid_table_release(&table);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(error, -EMFILE);
}

static void ask(struct request *request)
{
	struct answer_clock clock = { 0 };

	answer_all(&options, &clock, &(struct request *){ request }, 1);
	assert_non_null(request->message);
}

/*
 * Ask for the figures of the VM with this CID, and decode the answer. Returns the reason for the
 * refusal, or SHARE_OK.
 */
static unsigned int ask_cid(uint32_t cid, int64_t vcpu, struct snapshot *snapshot)
{
	struct request request = { .cid = cid, .vcpu = vcpu };
	struct share_header header;
	unsigned int why = SHARE_OK;
	uint32_t retry_ms;

	ask(&request);
	assert_int_equal(share_header_decode(request.message, &header), 0);
	assert_int_equal(header.bytes, request.bytes - SHARE_HEADER_BYTES);
	if (header.type == SHARE_LEDGER)
		assert_int_equal(share_ledger_decode(request.message + SHARE_HEADER_BYTES,
						     header.bytes, vcpu, snapshot),
				 0);
	else
		assert_int_equal(share_refusal_decode(request.message + SHARE_HEADER_BYTES,
						      header.bytes, &why, &retry_ms),
				 0);
	free(request.message);
	return why;
}

static unsigned int refusal_of(uint32_t cid)
{
	struct snapshot *snapshot = snapshot_create();
	unsigned int why = ask_cid(cid, -1, snapshot);

	snapshot_destroy(snapshot);
	return why;
}

/* Return the exit count that a guest reads. The observer row is not included. */
static uint64_t exits_of(uint32_t cid, int64_t vcpu)
{
	struct snapshot *snapshot = snapshot_create();
	uint64_t exits;

	assert_int_equal(ask_cid(cid, vcpu, snapshot), SHARE_OK);
	exits = snapshot->vm[0].vcpu[0].total_exits;
	snapshot_destroy(snapshot);
	return exits;
}

/*
 * Return the number of exits in the slots @first to @last. Open exits are included, but the
 * observer row is not.
 */
static uint64_t exits_in_device(uint32_t first, uint32_t last)
{
	uint64_t exits = 0;

	for (uint32_t slot = first; slot <= last; slot++) {
		const struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

		for (uint32_t i = 0; i < ledger->rows; i++)
			if (i != VMTOLL_ROW_OBSERVER_INDEX)
				exits += ledger->row[i].exits + (ledger->open_row == i);
	}
	return exits;
}

static void each_guest_reads_its_own_vm(void **state)
{
	(void)state;
	make_vm(812, QEMU("42"));
	make_vm(901, QEMU("43"));
	assert_int_equal(fixture_ledger(&fixture, 5)->pid, 901);
	assert_int_not_equal(exits_in_device(1, 2), exits_in_device(5, 5));
	assert_int_equal(exits_of(42, -1), exits_in_device(1, 2));
	assert_int_equal(exits_of(43, -1), exits_in_device(5, 5));
	assert_int_equal(exits_of(42, 1), exits_in_device(2, 2));
}

static const struct snapshot_row *row_of(const struct snapshot_vcpu *vcpu, uint32_t code)
{
	for (size_t i = 0; i < vcpu->rows; i++)
		if (vcpu->row[i].code == code && !(vcpu->row[i].flags & ROW_OBSERVER))
			return &vcpu->row[i];
	fail_msg("no row 0x%x", code);
	return NULL;
}

/*
 * An answer must contain all rows of the ledger, but must not identify processes or threads of
 * the host.
 */
static void answer_has_all_rows(void **state)
{
	struct snapshot *snapshot = snapshot_create();
	const struct vmtoll_row *from = &fixture_ledger(&fixture, 5)->row[VMTOLL_ROW_FIRST_INDEX];
	const struct snapshot_vcpu *vcpu;
	const struct snapshot_row *row;

	(void)state;
	make_vm(901, QEMU("43"));
	assert_int_equal(ask_cid(43, -1, snapshot), SHARE_OK);
	vcpu = &snapshot->vm[0].vcpu[0];
	assert_int_equal(snapshot->origin.isa, REASON_SVM);
	assert_int_equal(snapshot->origin.tsc_khz, FIXTURE_TSC_KHZ);
	assert_true(snapshot->origin.knows & KNOWS_HISTOGRAM);
	assert_int_equal(snapshot->vm[0].pid, 0);
	assert_int_equal(vcpu->tid, 0);
	assert_int_equal(vcpu->start_tsc, 0);
	assert_true(vcpu->flags & VCPU_SUM);
	assert_int_equal(vcpu->vcpus, 1);
	assert_true(vcpu->row[0].flags & ROW_OBSERVER);
	assert_int_equal(vcpu->rows, 4); /* observer, other, and two reasons */
	row = row_of(vcpu, from->code);
	assert_int_equal(row->kvm_tsc, from->kvm_tsc);
	assert_int_equal(row->vmm_tsc, from->vmm_tsc);
	assert_int_equal(row->halt_tsc, from->halt_tsc);
	assert_int_equal(row->longest_tsc, from->longest_tsc);
	for (int i = 0; i < SNAPSHOT_BUCKETS; i++)
		assert_int_equal(row->hist[i], from->hist[i]);
	assert_int_equal(vcpu->audit.kvm_exits, fixture_ledger(&fixture, 5)->kvm_exits -
							fixture_ledger(&fixture, 5)->kvm_base);
	snapshot_destroy(snapshot);
}

/*
 * Encode @row as the host does, and decode it as a guest does. Set @books to the figures that the
 * guest computes from the decoded row.
 */
static void receive_row(const struct snapshot_row *row, struct books *books)
{
	const struct origin origin = { .isa = REASON_SVM, .tsc_khz = FIXTURE_TSC_KHZ };
	const struct scope scope = { .vcpu = -1 };
	struct snapshot_row copy = *row;
	const struct books sent = { .row = &copy, .rows = 1, .total = copy };
	struct snapshot *snapshot = snapshot_create();
	struct complaint complaint;
	uint8_t *message;
	size_t bytes;

	assert_int_equal(share_ledger_encode(&origin, &sent, 1, &message, &bytes), 0);
	assert_int_equal(share_ledger_decode(message + SHARE_HEADER_BYTES,
					     bytes - SHARE_HEADER_BYTES, -1, snapshot),
			 0);
	assert_int_equal(books_gather(snapshot, &scope, books, &complaint), 0);
	snapshot_destroy(snapshot);
	free(message);
}

/*
 * The time of an open exit counts as time in KVM. When the exit ends, a part of this time may turn
 * out to have been spent waiting for a CPU. The row's time in KVM then decreases. books_delta()
 * must not mistake this for a counter that ran backwards.
 */
static void time_of_open_exits_may_decrease(void **state)
{
	const struct snapshot_row open = { .code = 0x7b,
					   .exits = 5,
					   .kvm_tsc = 1000,
					   .longest_tsc = 300,
					   .open_tsc = 600,
					   .open_longest_tsc = 600 };
	const struct snapshot_row ended = {
		.code = 0x7b, .exits = 5, .kvm_tsc = 500, .longest_tsc = 300
	};
	struct books before, after, delta;
	struct complaint complaint;

	(void)state;
	receive_row(&open, &before);
	receive_row(&ended, &after);
	assert_int_equal(row_longest_tsc(&before.row[0]), 600);
	assert_int_equal(before.row[0].longest_tsc, 300);
	assert_int_equal(books_delta(&before, &after, &delta, &complaint), 0);
	books_release(&before);
	books_release(&after);
	books_release(&delta);
}

static void refusals_have_reasons(void **state)
{
	struct snapshot *snapshot = snapshot_create();

	(void)state;
	make_vm(812, QEMU("42"));
	make_vm(950, QEMU("44"));
	assert_int_equal(refusal_of(99), SHARE_UNKNOWN_PEER);
	assert_has(refused_text, "refused CID 99");
	assert_int_equal(refusal_of(44), SHARE_NO_LEDGER); /* the module does not count it */
	assert_has(refused_text, "950");
	assert_int_equal(ask_cid(42, 7, snapshot), SHARE_NO_VCPU);
	fixture_ledger(&fixture, 5)->pid = 812; /* the process runs two VMs */
	assert_int_equal(refusal_of(42), SHARE_AMBIGUOUS_PEER);
	fixture_ledger(&fixture, 5)->pid = 901;
	make_vm(901, QEMU("42"));
	assert_int_equal(refusal_of(42), SHARE_AMBIGUOUS_PEER);
	assert_has(refused_text, "812");
	assert_has(refused_text, "901");
	end_process(901);
	fixture.host->magic = 0;
	assert_int_equal(refusal_of(42), SHARE_TROUBLE);
	snapshot_destroy(snapshot);
}

static void vm_that_ends_meanwhile_is_refused(void **state)
{
	(void)state;
	make_vm(812, QEMU("42"));
	assert_int_equal(refusal_of(42), SHARE_OK);
	ends_while_reading = 812;
	assert_int_equal(refusal_of(42), SHARE_UNKNOWN_PEER);
	assert_has(refused_text, "has ended meanwhile");
}

static void rules_select_vms(void **state)
{
	static const struct {
		bool allows[2];
		const char *vm[2];
		unsigned int why;
	} cases[] = {
		{ { true }, { "812" }, SHARE_OK },
		{ { true }, { "901" }, SHARE_DENIED },
		{ { false }, { "812" }, SHARE_DENIED },
		{ { false }, { "901" }, SHARE_OK },
		{ { true }, { "web" }, SHARE_OK },
		{ { false }, { "web" }, SHARE_DENIED },
		{ { true, false }, { "812", "web" }, SHARE_DENIED },
		{ { false, true }, { "901", "812" }, SHARE_OK },
		{ { false, true }, { "812", "812" }, SHARE_DENIED },
		{ { false }, { "/machine.slice" }, SHARE_DENIED },
		{ { false }, { "/machine.slice/tenant7/" }, SHARE_DENIED },
		{ { false }, { "/machine" }, SHARE_OK },
		{ { false }, { "7001" }, SHARE_DENIED }, /* the ID of Proxmox VE */
		{ { true }, { "7001" }, SHARE_DENIED },
		{ { true }, { "/machine.slice/tenant8" }, SHARE_DENIED },
		{ { true }, { "/" }, SHARE_OK },
	};
	static const char cgroup[] = "0::/machine.slice/tenant7/vm.scope\n";

	(void)state;
	make_vm(812, CMDLINE("qemu\0-id\0"
			     "7001\0-name\0web\0-device\0vhost-vsock-pci,guest-cid=42"));
	put_file(812, "cgroup", cgroup, sizeof(cgroup) - 1);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		options.access.rules = 0;
		for (size_t rule = 0; rule < 2 && cases[i].vm[rule]; rule++)
			access_add(&options.access, cases[i].allows[rule], cases[i].vm[rule]);
		assert_int_equal(refusal_of(42), cases[i].why);
	}
}

static void unreadable_cgroup_is_denied(void **state)
{
	(void)state;
	make_vm(812, CMDLINE("qemu\0-name\0web\0-device\0vhost-vsock-pci,guest-cid=42"));
	access_add(&options.access, false, "/machine");
	assert_int_equal(refusal_of(42), SHARE_DENIED);
	options.access.rules = 0;
	access_add(&options.access, true, "/machine");
	assert_int_equal(refusal_of(42), SHARE_DENIED);
}

/*
 * Every user can give a VM any name. A rule that allows a name must therefore apply only to VMs
 * of root and of the user who runs vmtoll share. A rule that denies a name must apply to every VM
 * with this name.
 */
static void names_of_others_allow_nothing(void **state)
{
	char path[128];

	(void)state;
	if (geteuid())
		skip(); /* only root can create processes of another user */
	make_vm(812, CMDLINE("qemu\0-name\0web\0-device\0vhost-vsock-pci,guest-cid=42"));
	snprintf(path, sizeof(path), "%s/812", proc);
	assert_int_equal(chown(path, 65534, 65534), 0);
	access_add(&options.access, true, "web");
	assert_int_equal(refusal_of(42), SHARE_DENIED);
	options.access.rules = 0;
	access_add(&options.access, false, "web");
	assert_int_equal(refusal_of(42), SHARE_DENIED);
	assert_int_equal(chown(path, 0, 0), 0);
}

static void rate_is_limited_per_peer(void **state)
{
	struct rate *rate = calloc(1, sizeof(*rate));
	uint64_t now = 1000000000000ull;

	(void)state;
	for (int i = 0; i < RATE_BURST; i++)
		assert_int_equal(rate_take(rate, 42, now), 0);
	assert_in_range(rate_take(rate, 42, now), 1, 1000 / RATE_PER_S + 1);
	assert_int_equal(rate_take(rate, 43, now), 0);
	now += 1000000000u / RATE_PER_S;
	assert_int_equal(rate_take(rate, 42, now), 0);
	assert_int_not_equal(rate_take(rate, 42, now), 0);
	now += 1000000000ull * RATE_BURST;
	for (int i = 0; i < RATE_BURST; i++)
		assert_int_equal(rate_take(rate, 42, now), 0);
	assert_int_not_equal(rate_take(rate, 42, now), 0);
	free(rate);
}

/*
 * A peer that has used up its rate must not be forgotten when many other peers ask. If the
 * limiter cannot remember any more peers, it must refuse new ones.
 */
static void rate_survives_many_peers(void **state)
{
	struct rate *rate = calloc(1, sizeof(*rate));
	uint64_t now = 1000000000000ull;

	(void)state;
	for (int i = 0; i < RATE_BURST; i++)
		rate_take(rate, 42, now);
	for (uint64_t peer = 100; peer < 100 + RATE_PEERS - 1; peer++)
		assert_int_equal(rate_take(rate, peer, now), 0);
	assert_int_not_equal(rate_take(rate, 7, now), 0);
	assert_int_not_equal(rate_take(rate, 42, now), 0);
	now += 1000000000u;
	assert_int_equal(rate_take(rate, 7, now), 0);
	free(rate);
}

static void requests_are_checked(void **state)
{
	uint8_t message[SHARE_ASK_MESSAGE];
	uint8_t payload[SHARE_ASK_BYTES + 1] = { 0 };
	struct share_header header;
	int64_t vcpu;

	(void)state;
	assert_int_equal(share_ask_encode(-1, message), sizeof(message));
	assert_memory_equal(message, "VMTS\1\0\1\0\10\0\0\0\0\0\0\0\377\377\377\377\0\0\0\0",
			    sizeof(message));
	assert_int_equal(share_header_decode(message, &header), 0);
	assert_int_equal(header.type, SHARE_ASK);
	assert_int_equal(share_ask_decode(message + SHARE_HEADER_BYTES, 8, &vcpu), 0);
	assert_int_equal(vcpu, -1);
	assert_int_equal(share_ask_decode(payload, SHARE_ASK_BYTES, &vcpu), 0);
	assert_int_equal(vcpu, 0);
	assert_int_equal(share_ask_decode(payload, SHARE_ASK_BYTES + 1, &vcpu), -EPROTO);
	assert_int_equal(share_ask_decode(payload, 7, &vcpu), -EPROTO);
	payload[3] = 0x80;
	assert_int_equal(share_ask_decode(payload, 8, &vcpu), -EPROTO);
	message[0]++;
	assert_int_equal(share_header_decode(message, &header), -EPROTO);
}

/* Decode the ledger of CID 43 after one byte has been changed. */
static int decode_changed(const struct request *request, size_t at, uint8_t value)
{
	struct snapshot *snapshot = snapshot_create();
	uint8_t *copy = malloc(request->bytes);
	int error;

	memcpy(copy, request->message, request->bytes);
	copy[SHARE_HEADER_BYTES + at] = value;
	error = share_ledger_decode(copy + SHARE_HEADER_BYTES, request->bytes - SHARE_HEADER_BYTES,
				    -1, snapshot);
	free(copy);
	snapshot_destroy(snapshot);
	return error;
}

static void ledgers_are_checked(void **state)
{
	struct request request = { .cid = 43, .vcpu = -1 };
	struct snapshot *snapshot = snapshot_create();

	(void)state;
	make_vm(901, QEMU("43"));
	ask(&request);
	assert_int_equal(decode_changed(&request, 0, 140), 0);
	assert_int_equal(decode_changed(&request, 0, 139), -EPROTO); /* bytes before the rows */
	assert_int_equal(decode_changed(&request, 4, 15), -EPROTO); /* bytes per row */
	assert_int_equal(decode_changed(&request, 8, 200), -EPROTO); /* rows */
	assert_int_equal(decode_changed(&request, 11, 255), -EPROTO);
	assert_int_equal(decode_changed(&request, 12, 9), -EPROTO); /* instruction set */
	assert_int_equal(decode_changed(&request, 140 + 4, 16), -EPROTO); /* flags of a row */
	assert_int_equal(share_ledger_decode(request.message + SHARE_HEADER_BYTES,
					     request.bytes - SHARE_HEADER_BYTES - 1, -1, snapshot),
			 -EPROTO);
	free(request.message);
	snapshot_destroy(snapshot);
}

#define test_case(f) cmocka_unit_test_setup_teardown(f, make_root, remove_root)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(options_of_all_vmms_are_read),
		test_case(low_cids_are_never_claimed),
		test_case(claim_requires_device),
		test_case(two_claims_are_refused),
		test_case(each_cid_requires_a_device),
		test_case(share_is_probed),
		test_case(few_files_are_examined),
		test_case(missing_claims_are_noticed),
		test_case(each_guest_reads_its_own_vm),
		test_case(answer_has_all_rows),
		test_case(time_of_open_exits_may_decrease),
		test_case(refusals_have_reasons),
		test_case(vm_that_ends_meanwhile_is_refused),
		test_case(rules_select_vms),
		test_case(unreadable_cgroup_is_denied),
		test_case(names_of_others_allow_nothing),
		test_case(rate_is_limited_per_peer),
		test_case(rate_survives_many_peers),
		test_case(requests_are_checked),
		test_case(ledgers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
