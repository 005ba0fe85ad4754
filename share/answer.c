// SPDX-License-Identifier: GPL-2.0
/* Answer the requests of guests, see answer.h. */
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

void answer_refuse(struct request *request, enum share_refusal why, uint32_t retry_ms)
{
	request->message = malloc(SHARE_REFUSAL_MESSAGE);
	if (request->message)
		request->bytes = share_refusal_encode(why, retry_ms, request->message);
}

static void refuse(const struct answer_options *options, struct request *request,
		   enum share_refusal why, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Refuse a request, and report the reason. */
static void refuse(const struct answer_options *options, struct request *request,
		   enum share_refusal why, const char *format, ...)
{
	char reason[400];
	char text[480];
	va_list arguments;

	answer_refuse(request, why, 0);
	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	if (request->cid)
		snprintf(text, sizeof(text), "refused CID %" PRIu32 ": %s", request->cid, reason);
	else
		snprintf(text, sizeof(text), "refused process %" PRIu32 ": %s", request->pid,
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

/* Find the process of the VM that asks. Returns false if the request was refused. */
static bool find_process(const struct answer_options *options, const struct reading *reading,
			 struct request *request, uint32_t *pid)
{
	const struct cid_table *table = &reading->table;
	char pids[200];
	int error;

	*pid = request->pid;
	if (!request->cid)
		return true;
	error = reading->table_error ?: cid_table_find(table, request->cid, pid);
	if (!error)
		return true;
	if (error == -ENOTUNIQ) {
		list_claims(table, request->cid, pids, sizeof(pids));
		refuse(options, request, SHARE_AMBIGUOUS_PEER, "several processes claim it (%s)",
		       pids);
	} else if (error == -ENOENT) {
		refuse(options, request, SHARE_UNKNOWN_PEER,
		       "no process has it on its command line and has opened /dev/vhost-vsock%s",
		       table->unreadable ? "; the file descriptors of some VMMs cannot be read "
					   "(run as root, or see PRIVILEGES in vmtoll-share(8))"
					 : "");
	} else {
		refuse(options, request, SHARE_TROUBLE, "the processes cannot be read");
	}
	return false;
}

/*
 * Return true if @snapshot contains exactly one VM of process @pid. Otherwise, refuse the request
 * and return false. If the process runs several VMs, it is unknown which of them is asking.
 */
static bool has_one_vm(const struct answer_options *options, const struct snapshot *snapshot,
		       struct request *request, uint32_t pid)
{
	size_t vms = 0;

	for (size_t i = 0; i < snapshot->vms; i++)
		vms += snapshot->vm[i].pid == pid;
	if (!vms)
		refuse(options, request, SHARE_NO_LEDGER, "no VM of process %" PRIu32 " is counted",
		       pid);
	if (vms > 1)
		refuse(options, request, SHARE_AMBIGUOUS_PEER, "process %" PRIu32 " runs %zu VMs",
		       pid, vms);
	return vms == 1;
}

/* Return true if the VM still exists after the ledgers have been read. */
static bool is_still_there(const struct reading *reading, const struct request *request,
			   uint32_t pid)
{
	return !request->cid || cid_is_claimed(&reading->host, pid, request->cid);
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
			struct answer_clock *clock, struct request *request, uint32_t pid)
{
	const struct scope scope = scope_of(pid, request->vcpu);
	struct complaint complaint;
	struct books books;
	int error = books_gather(snapshot, &scope, &books, &complaint);

	if (error == -ENOENT) {
		refuse(options, request, SHARE_NO_VCPU, "it has no vCPU %" PRId64, request->vcpu);
		return;
	}
	if (!error) {
		error = share_ledger_encode(&snapshot->origin, &books, clock_of(snapshot, clock),
					    &request->message, &request->bytes);
		books_release(&books);
	}
	if (error)
		refuse(options, request, SHARE_TROUBLE, "its ledger is too large");
}

static void answer_one(const struct answer_options *options, const struct reading *reading,
		       struct answer_clock *clock, struct request *request)
{
	uint32_t pid;

	if (!find_process(options, reading, request, &pid))
		return;
	if (!access_allows(&options->access, &options->host, pid)) {
		refuse(options, request, SHARE_DENIED,
		       "--allow or --deny excludes process %" PRIu32 ", or it has ended", pid);
		return;
	}
	if (!reading->snapshot) {
		refuse(options, request, SHARE_TROUBLE, "%s", reading->complaint.text);
		return;
	}
	if (!has_one_vm(options, reading->snapshot, request, pid))
		return;
	if (!is_still_there(reading, request, pid)) {
		refuse(options, request, SHARE_UNKNOWN_PEER,
		       "process %" PRIu32 " has ended meanwhile", pid);
		return;
	}
	send_ledger(options, reading->snapshot, clock, request, pid);
}

static bool has_cids(struct request *const *request, size_t requests)
{
	for (size_t i = 0; i < requests; i++)
		if (request[i]->cid)
			return true;
	return false;
}

void answer_all(const struct answer_options *options, struct answer_clock *clock,
		struct request *const *request, size_t requests)
{
	struct reading reading = { .host = { options->host.proc, options->device } };

	if (has_cids(request, requests))
		reading.table_error = cid_table_read(&reading.host, &reading.table);
	if (source_take(&options->source, &SCOPE_ALL, &reading.snapshot, &reading.complaint))
		reading.snapshot = NULL;
	for (size_t i = 0; i < requests; i++)
		answer_one(options, &reading, clock, request[i]);
	snapshot_destroy(reading.snapshot);
	cid_table_release(&reading.table);
}
