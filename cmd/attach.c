// SPDX-License-Identifier: GPL-2.0
/*
 * vmtoll attach: start counting on this host. Either the module or BPF programs count the exits.
 * Counting continues after this command has ended.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bpf/load.h"
#include "bpf/pins.h"
#include "cmd/counter.h"
#include "cmd/options.h"
#include "cmd/verb.h"
#include "kvm/host.h"

#define KEY_VCPUS 0x2010

/* The reason to prefer the module. */
#define WHY_MODULE                                                   \
	"it adds less time to each exit than BPF programs, and can " \
	"provide CPUID leaves to guests"

/* The group that may read /dev/vmtoll; see packaging/system/udev.rules. */
#define GROUP "vmtoll"
#define NOTE_UNTYPED                                                                         \
	"CAP_SYS_ADMIN is missing, so these programs take about 40 % more instructions per " \
	"exit."

/**
 * struct attach - the arguments of the verb
 * @counter: COUNTER_KMOD (--kmod), COUNTER_BPF (--bpf), or COUNTER_ANY if neither option is given
 */
struct attach {
	struct options options;
	enum counter counter;
	struct load_request request;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct attach *attach = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &attach->options);
		state->child_inputs[0] = &attach->counter;
		return 0;
	case KEY_VCPUS:
		attach->request.vcpus = (uint32_t)options_number(state, "--vcpus", arg,
								 LOAD_VCPUS_LEAST, LOAD_VCPUS_MOST);
		return 0;
	case 'v':
		attach->request.verbose = true;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "vcpus", KEY_VCPUS, "N", 0,
			  "with BPF: count at most N vCPUs at a time; each takes 16 KiB", 0 },
			{ "verbose", 'v', NULL, 0,
			  "with BPF: print the messages of libbpf and of the kernel", 0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Start counting exits on this host, by the module or by BPF programs. Without an "
	       "option, use the module if it can be loaded, and otherwise BPF.",
	.children =
		(const struct argp_child[]){
			{ &counter_options, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

/* Print what counts now, and @why this was chosen. @why is NULL if the user has chosen it. */
static int print_choice(const char *what, const char *why)
{
	char text[1200];

	snprintf(text, sizeof(text), "%s%s%s.", what, why ? ", because " : "", why ?: "");
	return counter_print(text);
}

static int attach_module(const char *why, struct complaint *complaint)
{
	if (counter_is_active(COUNTER_KMOD))
		return counter_print("The module vmtoll is already loaded.");
	return counter_load_module(complaint) ?: print_choice("Loaded the module vmtoll", why);
}

/*
 * Let the group vmtoll read the ledgers, as it may read /dev/vmtoll. Users without this permission
 * cannot read them, so a failure only causes a message.
 */
static void allow_group(void)
{
	struct complaint complaint;
	char text[sizeof(complaint.text) + 80];
	unsigned int id;

	if (!host_find_group("", GROUP, &id) || !pins_allow_group(id, &complaint))
		return;
	snprintf(text, sizeof(text), "The group " GROUP " cannot read the ledgers: %s.",
		 complaint.text);
	counter_print(text);
}

static int attach_bpf(const struct attach *attach, const char *why, struct complaint *complaint)
{
	int error = load_programs(&attach->request, complaint);

	if (error == -EEXIST && counter_is_active(COUNTER_BPF)) {
		complaint->text[0] = '\0';
		return counter_print("The BPF programs are already attached.");
	}
	if (error)
		return error;
	allow_group();
	error = print_choice("Attached BPF programs", why);
	return error || !load_is_untyped() ? error : counter_print(NOTE_UNTYPED);
}

/* Return true if modprobe finds the module for the running kernel. */
static bool module_is_installed(void)
{
	struct host_module_file file = { 0 };

	host_gather_running_file(&file);
	return file.installed;
}

/*
 * Write to @why that the module could not be loaded. The program modprobe does not report lockdown
 * as the cause, so add it.
 */
static void explain_refusal(const struct complaint *refusal, char *why, size_t bytes)
{
	struct host_security security = { 0 };
	bool is_locked;

	host_gather_security("", &security);
	is_locked = *security.lockdown && strcmp(security.lockdown, "none");
	snprintf(why, bytes, "the module could not be loaded: %s%s%s%s", refusal->text,
		 is_locked ? "; lockdown is in the mode " : "", is_locked ? security.lockdown : "",
		 is_locked ? ", in which the kernel requires a trusted signature" : "");
}

/* Attach the BPF programs, because @why prevents the use of the module. */
static int attach_bpf_instead(const struct attach *attach, const char *why,
			      struct complaint *complaint)
{
	struct complaint of_bpf;
	int error = attach_bpf(attach, why, &of_bpf);

	if (!error)
		return 0;
	return complain(complaint, error, "%.300s, and BPF programs cannot be attached: %.300s",
			why, of_bpf.text);
}

static int attach_any(const struct attach *attach, struct complaint *complaint)
{
	struct complaint complaint_of_module;
	char why[1000];

	if (counter_is_active(COUNTER_KMOD))
		return attach_module(NULL, complaint);
	if (counter_is_active(COUNTER_BPF))
		return attach_bpf(attach, NULL, complaint);
	if (!module_is_installed())
		return attach_bpf_instead(attach, "the module is not installed for this kernel",
					  complaint);
	if (!attach_module(WHY_MODULE, &complaint_of_module))
		return 0;
	explain_refusal(&complaint_of_module, why, sizeof(why));
	return attach_bpf_instead(attach, why, complaint);
}

int verb_attach(int argc, char **argv, struct complaint *complaint)
{
	struct attach attach = { .counter = COUNTER_ANY };
	int error;

	options_parse(&argp, argc, argv, 0, &attach);
	switch (attach.counter) {
	case COUNTER_KMOD:
		error = attach_module(NULL, complaint);
		break;
	case COUNTER_BPF:
		error = attach_bpf(&attach, NULL, complaint);
		break;
	default:
		error = attach_any(&attach, complaint);
	}
	return error ? STATUS_TROUBLE : STATUS_OK;
}
