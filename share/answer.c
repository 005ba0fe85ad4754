// SPDX-License-Identifier: GPL-2.0
/* Answer the questions of guests, see answer.h. */
#include "share/answer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/books.h"

/**
 * struct reading - the state of the host at one moment
 * @table: which process claims which CID
 * @table_error: a negative errno if @table could not be read, otherwise 0
 * @snapshot: the ledgers, or NULL if they could not be read
 */
struct reading {
	struct cid_host host;
	struct cid_table table;
	int table_error;
	struct snapshot *snapshot;
	struct complaint complaint;
};

void answer_refuse(struct question *question, enum share_refusal why, uint32_t retry_ms)
{
	question->message = malloc(SHARE_REFUSAL_MESSAGE);
	if (question->message)
		question->bytes = share_refusal_encode(why, retry_ms, question->message);
}

static void refuse(const struct answer_options *options, struct question *question,
		   enum share_refusal why, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Refuse a question, and report the reason. */
static void refuse(const struct answer_options *options, struct question *question,
		   enum share_refusal why, const char *format, ...)
{
	char reason[400];
	char text[480];
	va_list arguments;

	answer_refuse(question, why, 0);
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (question->cid)
		snprintf(text, sizeof(text), "refused CID %" PRIu32 ": %s", question->cid, reason);
	else
		snprintf(text, sizeof(text), "refused process %" PRIu32 ": %s", question->pid,
			 reason);
	options->refused(options->context, text);
}

/* List the processes that claim @cid, such as "812, 901". */
static void list_claims(const struct cid_table *table, uint32_t cid, char *text, size_t bytes)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < table->claims && used < bytes; i++)
		if (table->claim[i].cid == cid)
			used += (size_t)snprintf(text + used, bytes - used, "%s%" PRIu32,
						 used ? ", " : "", table->claim[i].pid);
}

/* Find the process of the VM that asks. Returns false if the question was refused. */
static bool find_process(const struct answer_options *options, const struct reading *reading,
			 struct question *question, uint32_t *pid)
{
	const struct cid_table *table = &reading->table;
	char pids[200];
	int error;

	*pid = question->pid;
	if (!question->cid)
		return true;
	error = reading->table_error ?: cid_table_find(table, question->cid, pid);
	if (!error)
		return true;
	if (error == -ENOTUNIQ) {
		list_claims(table, question->cid, pids, sizeof(pids));
		refuse(options, question, SHARE_AMBIGUOUS_PEER, "several processes claim it (%s)",
		       pids);
	} else if (error == -ENOENT) {
		refuse(options, question, SHARE_UNKNOWN_PEER,
		       "no process has it on its command line and has opened /dev/vhost-vsock%s",
		       table->unreadable ? "; the file descriptors of some VMMs cannot be read "
					   "(run as root, or see PRIVILEGES in vmtoll-share(8))"
					 : "");
	} else {
		refuse(options, question, SHARE_TROUBLE, "the processes cannot be read");
	}
	return false;
}

/*
 * Return true if @snapshot contains exactly one VM of process @pid. Otherwise, refuse the question
 * and return false. If the process runs several VMs, it is unknown which of them is asking.
 */
static bool has_one_vm(const struct answer_options *options, const struct snapshot *snapshot,
		       struct question *question, uint32_t pid)
{
	size_t vms = 0;

	for (size_t i = 0; i < snapshot->vms; i++)
		vms += snapshot->vm[i].pid == pid;
	if (!vms)
		refuse(options, question, SHARE_NO_LEDGER,
		       "no VM of process %" PRIu32 " is counted", pid);
	if (vms > 1)
		refuse(options, question, SHARE_AMBIGUOUS_PEER, "process %" PRIu32 " runs %zu VMs",
		       pid, vms);
	return vms == 1;
}

/* Return true if the VM still exists after the ledgers have been read. */
static bool is_still_there(const struct reading *reading, const struct question *question,
			   uint32_t pid)
{
	return !question->cid || cid_is_claimed(&reading->host, pid, question->cid);
}

/*
 * Return the time between the first reading and this snapshot, plus 1. Return 0 if the time is
 * unknown. Guests do not get the host's clock itself, because it would reveal how long the host
 * has been up.
 */
static uint64_t clock_of(const struct snapshot *snapshot, struct answer_clock *clock)
{
	if (!clock->has_start)
		*clock = (struct answer_clock){ true, snapshot->clock_tsc };
	if (!snapshot->clock_tsc || snapshot->clock_tsc < clock->start_tsc)
		return 0;
	return snapshot->clock_tsc - clock->start_tsc + 1;
}

/* Send the figures of the VM of process @pid. */
static void send_ledger(const struct answer_options *options, const struct snapshot *snapshot,
			struct answer_clock *clock, struct question *question, uint32_t pid)
{
	const struct scope scope = scope_of(pid, question->vcpu);
	struct complaint complaint;
	struct books books;
	int error = books_gather(snapshot, &scope, &books, &complaint);

	if (error == -ENOENT) {
		refuse(options, question, SHARE_NO_VCPU, "it has no vCPU %" PRId64, question->vcpu);
		return;
	}
	if (!error) {
		error = share_ledger_encode(&snapshot->origin, &books, clock_of(snapshot, clock),
					    &question->message, &question->bytes);
		books_release(&books);
	}
	if (error)
		refuse(options, question, SHARE_TROUBLE, "its ledger is too large");
}

static void answer_one(const struct answer_options *options, const struct reading *reading,
		       struct answer_clock *clock, struct question *question)
{
	uint32_t pid;

	if (!find_process(options, reading, question, &pid))
		return;
	if (!access_allows(&options->access, &options->host, pid)) {
		refuse(options, question, SHARE_DENIED,
		       "--allow or --deny excludes process %" PRIu32 ", or it has ended", pid);
		return;
	}
	if (!reading->snapshot) {
		refuse(options, question, SHARE_TROUBLE, "%s", reading->complaint.text);
		return;
	}
	if (!has_one_vm(options, reading->snapshot, question, pid))
		return;
	if (!is_still_there(reading, question, pid)) {
		refuse(options, question, SHARE_UNKNOWN_PEER,
		       "process %" PRIu32 " has ended meanwhile", pid);
		return;
	}
	send_ledger(options, reading->snapshot, clock, question, pid);
}

static bool has_cids(struct question *const *question, size_t questions)
{
	for (size_t i = 0; i < questions; i++)
		if (question[i]->cid)
			return true;
	return false;
}

void answer_all(const struct answer_options *options, struct answer_clock *clock,
		struct question *const *question, size_t questions)
{
	struct reading reading = { .host = { options->host.proc, options->device } };

	if (has_cids(question, questions))
		reading.table_error = cid_table_read(&reading.host, &reading.table);
	if (source_take(&options->source, &SCOPE_ALL, &reading.snapshot, &reading.complaint))
		reading.snapshot = NULL;
	for (size_t i = 0; i < questions; i++)
		answer_one(options, &reading, clock, question[i]);
	snapshot_destroy(reading.snapshot);
	cid_table_release(&reading.table);
}
