// SPDX-License-Identifier: GPL-2.0
/*
 * The `read` verb maps all ledgers and repeatedly copies every live ledger. In each successful
 * copy, the sums must agree with the rows. The verb stops on SIGTERM or after a
 * given number of seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail.h"
#include "ledger_map.h"
#include "until.h"
#include "verbs.h"
#include "vmtoll.h"

#define MAX_TORN_PRINTED 5
/*
 * The pause between two rounds of copying. Without it, RCU grace periods would become long, and
 * destroying a VM would take long, too.
 */
#define PAUSE_US 500

struct copy_totals {
	uint64_t copies;
	uint64_t torn;
};

/*
 * Return true if the histograms contain all exits. Only the last exit of each departed vCPU may be
 * missing, because it may have no duration.
 */
static bool histogram_fits(const struct vmtoll_ledger *l, uint64_t exits, uint64_t hist)
{
	uint64_t untimed = l->flags & VMTOLL_LEDGER_DEPARTED ? l->vcpus : 0;

	return hist <= exits && exits <= hist + untimed;
}

/*
 * Return true if the rows of a copied ledger agree with the ledger's totals. The ledgers of BPF
 * programs contain no total of kvm_tsc. In these ledgers, check instead that the histograms
 * contain all exits.
 */
static bool is_consistent(const struct vmtoll_ledger *l, bool module)
{
	uint64_t kvm_tsc = 0, exits = 0, hist = 0;

	if (l->rows < VMTOLL_ROW_FIRST_INDEX || l->rows > VMTOLL_ROWS)
		return false;
	for (uint32_t i = 0; i < l->rows; i++) {
		exits += l->row[i].exits;
		kvm_tsc += l->row[i].kvm_tsc;
		for (unsigned int b = 0; b < VMTOLL_BUCKETS; b++)
			hist += l->row[i].hist[b];
	}
	if (module ? kvm_tsc != l->kvm_tsc : !histogram_fits(l, exits, hist))
		return false;
	return exits + l->emulated + l->unseen == l->kvm_exits - l->kvm_base;
}

static void read_all(const struct ledger_map *ledger, struct copy_totals *r)
{
	static struct vmtoll_ledger copy;

	for (uint32_t i = 0; i < ledger_map_slots(ledger) && !until_stopped; i++) {
		if (ledger_map_copy(ledger, i, &copy))
			continue;
		r->copies++;
		if (is_consistent(&copy, ledger_map_is_module(ledger)))
			continue;
		if (++r->torn > MAX_TORN_PRINTED)
			continue;
		printf("slot %u, VM %u, pid %u, vCPU %u: the sums of a copy do not agree\n", i,
		       copy.vm, copy.pid, copy.vcpu_index);
	}
}

int verb_read(int argc, char **argv)
{
	struct copy_totals r = { 0 };
	struct ledger_map ledger;
	int err = until_start(argc, argv) ?: ledger_map_open(&ledger);

	if (err)
		return err;
	while (!until_stopped) {
		read_all(&ledger, &r);
		usleep(PAUSE_US);
	}
	ledger_map_close(&ledger);
	printf("%" PRIu64 " copies, %" PRIu64 " torn\n", r.copies, r.torn);
	return r.torn || !r.copies ? EXIT_WRONG : EXIT_OK;
}
