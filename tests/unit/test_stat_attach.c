// SPDX-License-Identifier: GPL-2.0
/*
 * Test when `vmtoll stat -- CMD` attaches BPF programs: on a host, in a guest that runs VMs, and
 * in a guest that runs none. This file replaces the programs, the sources, and the search for VMs.
 */
#include "tests/unit/test.h"

#include <errno.h>

#include "bpf/load.h"
#include "cmd/stat_request.h"
#include "kvm/vms.h"
#include "model/array.h"
#include "tests/unit/fake_cpu.h"

#define NOTHING	   "nothing to read; vmtoll check prints what is missing"
#define LEDGERS_FD 17

/**
 * struct attach_case - a machine, the arguments of vmtoll stat, and the expected result
 * @is_guest: CPUID reports a hypervisor
 * @vms: the number of VMs that this machine runs
 * @is_built_in: this vmtoll contains the BPF programs
 * @has_command: a command was given
 * @spec: the argument of --source, or NULL
 * @open_error: the result of the first source_open()
 * @attach_error: the result of attachment_begin()
 * @result: the expected result of stat_open()
 * @attaches: programs must be attached
 * @text: a part of the expected message, or ""
 */
struct attach_case {
	const char *name;
	bool is_guest;
	size_t vms;
	bool is_built_in;
	bool has_command;
	const char *spec;
	int open_error;
	int attach_error;
	int result;
	bool attaches;
	const char *text;
};

#define ADVICE "; if the command starts VMs, use --source bpf, "

static const struct attach_case cases[] = {
	{ "host without a VM", false, 0, true, true, NULL, -ENODEV, 0, 0, true, "" },
	{ "host with a VM", false, 1, true, true, NULL, -ENODEV, 0, 0, true, "" },
	{ "guest with a VM", true, 1, true, true, NULL, -ENODEV, 0, 0, true, "" },
	{ "guest", true, 0, true, true, NULL, -ENODEV, 0, -ENODEV, false, NOTHING ADVICE },
	{ "guest with bpf", true, 0, true, true, "bpf", -ENOENT, 0, 0, true, "" },
	{ "unreadable ledgers", true, 0, true, true, "bpf", -EACCES, 0, 0, true, "" },
	{ "other source", false, 1, true, true, "vsock", -ENODEV, 0, -ENODEV, false, NOTHING },
	{ "no command", false, 1, true, false, NULL, -ENODEV, 0, -ENODEV, false, NOTHING },
	{ "guest, no command", true, 0, true, false, NULL, -ENODEV, 0, -ENODEV, false, NOTHING },
	{ "not built in", false, 1, false, true, NULL, -ENODEV, 0, -ENODEV, false, NOTHING },
	{ "guest, not built in", true, 0, false, true, NULL, -ENODEV, 0, -ENODEV, false, NOTHING },
	{ "something counts", false, 1, true, true, NULL, 0, 0, 0, false, "" },
	{ "error of the source", false, 1, true, true, NULL, -EPROTO, 0, -EPROTO, false, NOTHING },
	{ "no KVM", false, 0, true, true, NULL, -ENODEV, -ENODEV, -ENODEV, true, NOTHING },
	{ "no privileges", false, 0, true, true, NULL, -ENODEV, -EPERM, -EPERM, true,
	  "cannot be attached for this command: no privileges" },
};

static const struct attach_case *current;
static unsigned int opened, attached;

bool load_is_built_in(void)
{
	return current->is_built_in;
}

int attachment_begin(const struct load_request *request, struct attachment **attachment,
		     struct complaint *complaint)
{
	(void)request;
	attached++;
	*attachment = NULL;
	if (!current->attach_error)
		return 0;
	return complain(complaint, current->attach_error, "no privileges");
}

int attachment_ledgers(const struct attachment *attachment)
{
	(void)attachment;
	return LEDGERS_FD;
}

struct host_paths vm_select_host(const struct vm_select *select)
{
	(void)select;
	return (struct host_paths){ 0 };
}

int __wrap_source_open(const struct source_options *options, struct source **source,
		       struct complaint *complaint);
int __wrap_source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		       struct complaint *complaint);
int __wrap_vms_find(const struct host_paths *host, struct processes *vms);

/* The second call must open the ledgers of the attached programs. */
int __wrap_source_open(const struct source_options *options, struct source **source,
		       struct complaint *complaint)
{
	(void)source;
	if (opened++) {
		assert_string_equal(options->spec, "bpf");
		assert_int_equal(options->ledgers_fd, LEDGERS_FD);
		return 0;
	}
	return current->open_error ? complain(complaint, current->open_error, NOTHING) : 0;
}

/* stat_open() does not wait for ledgers if it cannot read them. */
int __wrap_source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		       struct complaint *complaint)
{
	(void)source;
	(void)scope;
	(void)snapshot;
	(void)complaint;
	return -EIO;
}

int __wrap_vms_find(const struct host_paths *host, struct processes *vms)
{
	(void)host;
	vms->count = current->vms;
	return 0;
}

static void check_case(const struct attach_case *one)
{
	char *command[] = { (char *)"true", NULL };
	struct complaint complaint = { 0 };
	struct stat_request stat = {
		.options.source.spec = one->spec,
		.command = one->has_command ? command : NULL,
	};

	print_message("# %s\n", one->name);
	current = one;
	opened = attached = 0;
	fake_cpu.guest = one->is_guest;
	assert_int_equal(stat_open(&stat, &complaint), one->result);
	assert_int_equal(attached, one->attaches);
	assert_int_equal(opened, one->attaches && !one->result ? 2 : 1);
	assert_has(complaint.text, one->text);
	/* An attachment leaves no message, and only one case gets the advice. */
	if (!*one->text)
		assert_string_equal(complaint.text, "");
	if (!strstr(one->text, ADVICE))
		assert_null(strstr(complaint.text, "--source bpf"));
}

static void programs_are_attached_where_vms_can_run(void **state)
{
	(void)state;
	fake_cpu_install(VMTOLL_ISA_SVM);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		check_case(&cases[i]);
	fake_cpu_remove();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_attached_where_vms_can_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
