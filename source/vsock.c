// SPDX-License-Identifier: GPL-2.0
/*
 * The source `vsock` asks `vmtoll share` on the host for the ledger of this virtual machine. It
 * needs no CPUID leaves and no privileges in the guest.
 */
#include "source/source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "source/cpuid.h"
#include "source/share_client.h"

#define COST_TRIES 3

/**
 * struct vsock - an open source
 * @path: the Unix socket to use instead of vsock, or NULL
 * @cost: the number of exits that one request causes; valid if @has_cost is true
 */
struct vsock {
	const char *path;
	bool has_cost;
	uint64_t cost;
};

static const char *default_path(void)
{
	const char *path = getenv(SHARE_SOCKET_VARIABLE);

	return path && *path ? path : NULL;
}

bool source_vsock_present(void)
{
	const char *path = default_path();

	return (path || cpuid_is_guest()) && share_client_present(path);
}

static int vsock_open(const char *path, const struct source_options *options, void **state,
		      struct complaint *complaint)
{
	struct vsock *vsock = calloc(1, sizeof(*vsock));

	(void)options;
	if (!vsock)
		return complain(complaint, -ENOMEM, "opening source vsock: out of memory");
	vsock->path = path && *path ? path : default_path();
	*state = vsock;
	return 0;
}

/* Ask the host, and store the answer in *@snapshot. The caller must destroy *@snapshot. */
static int ask_sum(const struct vsock *vsock, struct snapshot **snapshot,
		   struct complaint *complaint)
{
	*snapshot = snapshot_create();
	if (!*snapshot)
		return complain(complaint, -ENOMEM, "asking the host: out of memory");
	return share_client_ask(vsock->path, -1, *snapshot, complaint);
}

/*
 * Ask for the exit count of the whole VM. It does not include the exits on vmtoll's CPUID leaves.
 */
static int ask_exits(const struct vsock *vsock, uint64_t *exits, struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = ask_sum(vsock, &snapshot, complaint);

	if (!error)
		*exits = snapshot->vm[0].vcpu[0].total_exits;
	snapshot_destroy(snapshot);
	return error;
}

/*
 * Estimate how many exits one request causes. Ask several times in succession, and use the
 * smallest difference between the counts in two successive answers. It is an estimate, because
 * other processes of the guest also cause exits.
 */
static int measure_cost(struct vsock *vsock, struct complaint *complaint)
{
	uint64_t before;
	int error = ask_exits(vsock, &before, complaint);

	for (int i = 0; i < COST_TRIES && !error; i++) {
		uint64_t after;

		error = ask_exits(vsock, &after, complaint);
		if (error || after < before)
			continue;
		if (!vsock->has_cost || after - before < vsock->cost)
			vsock->cost = after - before;
		vsock->has_cost = true;
		before = after;
	}
	return error;
}

static void describe(const struct vsock *vsock, struct origin *origin)
{
	snprintf(origin->source, sizeof(origin->source), "vsock (%s)",
		 vsock->path ? vsock->path : "vmtoll share on the host");
	if (vsock->has_cost)
		snprintf(origin->protocol, sizeof(origin->protocol),
			 "each reading asks the host over vsock; asking cost about %" PRIu64
			 " exits, which are counted like all others",
			 vsock->cost);
}

static int vsock_read(void *state, const struct scope *scope, struct snapshot *snapshot,
		      struct complaint *complaint)
{
	struct vsock *vsock = state;
	int error = 0;

	if (scope->pids)
		return complain(complaint, -EINVAL,
				"-p: a guest sees only its own VM, which has no pid here");
	if (!vsock->has_cost)
		error = measure_cost(vsock, complaint);
	if (!error)
		error = share_client_ask(vsock->path, scope->vcpu, snapshot, complaint);
	if (!error)
		describe(vsock, &snapshot->origin);
	return error;
}

static void vsock_close(void *state)
{
	free(state);
}

const struct source_ops source_vsock = {
	.name = "vsock",
	.live = true,
	.open = vsock_open,
	.read = vsock_read,
	.close = vsock_close,
};
