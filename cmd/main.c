// SPDX-License-Identifier: GPL-2.0
/*
 * The main program of vmtoll. It looks up the verb, runs it, and prints an error message if the
 * verb fails.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/message.h"
#include "cmd/output.h"
#include "cmd/verb.h"
#include "cmd/version.h"
#include "model/array.h"
#include "process/signals.h"
#include "view/paragraph.h"

static const struct verb verbs[] = {
	{ "stat", "count exits by reason, with their time by place", verb_stat },
	{ "top", "show the VMs that lose the most time to exits", verb_top },
	{ "list", "list the VMs of this host", verb_list },
	{ "audit", "compare the ledger with KVM's own count of exits", verb_audit },
	{ "record", "record the exits of VMs, interval by interval, to a file", verb_record },
	{ "report", "print the history of a recording", verb_report },
	{ "serve", "provide the exits of all VMs to Prometheus", verb_serve },
	{ "share", "let guests read their own exits over vsock", verb_share },
	{ "attach", "start counting, by the module or by BPF", verb_attach },
	{ "detach", "stop counting", verb_detach },
	{ "status", "print what counts the exits on this host", verb_status },
	{ "leaf", "read and decode one CPUID leaf", verb_leaf },
	{ "leaves", "turn the guests' CPUID leaves on or off", verb_leaves },
	{ "explain", "describe an exit reason and what usually reduces it", verb_explain },
	{ "compare", "compare two KVM settings, such as nested and shadow paging, or two results",
	  verb_compare },
	{ "check", "check whether vmtoll works on this machine, and what to do if not",
	  verb_check },
};

#define VERBS ARRAY_SIZE(verbs)

static void put_usage(FILE *out)
{
	paragraph_message("", "Usage: vmtoll VERB [OPTION...] (vmtoll --help lists the verbs)",
			  out);
}

static void put_verb(const struct verb *verb)
{
	char label[20];

	snprintf(label, sizeof(label), "  %-8s ", verb->name);
	paragraph_put(label, (int)strlen(label), verb->what, stdout);
}

static void put_help(void)
{
	put_usage(stdout);
	paragraph_put("", 0, "Count the VM exits of KVM virtual machines by reason and cost.",
		      stdout);
	putchar('\n');
	for (size_t i = 0; i < VERBS; i++)
		put_verb(&verbs[i]);
	puts("\n  --help, --version");
}

/*
 * Print the error message. If the error is a closed pipe, print nothing and terminate vmtoll
 * with SIGPIPE, as other programs do.
 */
static void put_complaint(const char *name, const struct complaint *complaint)
{
	if (complaint->error == -EPIPE)
		signals_end_by_pipe();
	if (complaint->text[0])
		message_put(name, complaint->text);
}

static int close_stdout(void)
{
	struct output output = { stdout, "standard output" };
	struct complaint complaint = { "" };

	if (!output_close(&output, 0, &complaint))
		return STATUS_OK;
	put_complaint("vmtoll", &complaint);
	return STATUS_TROUBLE;
}

static int run_verb(const struct verb *verb, int argc, char **argv)
{
	struct complaint complaint = { "" };
	char name[32];
	int status;

	snprintf(name, sizeof(name), "vmtoll %s", verb->name);
	argv[0] = name;
	status = verb->run(argc, argv, &complaint);
	put_complaint(name, &complaint);
	return status;
}

static const struct verb *verb_find(const char *name)
{
	for (size_t i = 0; i < VERBS; i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

int main(int argc, char **argv)
{
	struct complaint complaint;
	const struct verb *verb;

	signals_ignore_pipe();
	if (argc < 2) {
		put_usage(stderr);
		return STATUS_TROUBLE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		put_help();
		return close_stdout();
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		version_put();
		return close_stdout();
	}
	verb = verb_find(argv[1]);
	if (verb)
		return run_verb(verb, argc - 1, argv + 1);
	complain(&complaint, -EINVAL, "no such verb: '%s'", argv[1]);
	put_complaint("vmtoll", &complaint);
	put_usage(stderr);
	return STATUS_TROUBLE;
}
