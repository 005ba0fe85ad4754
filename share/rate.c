// SPDX-License-Identifier: GPL-2.0
/* Limit how often each peer may ask, see rate.h. */
#include "share/rate.h"

#define ONE_NS	(1000000000ull / RATE_PER_S) /* the time in which one request is refilled */
#define MS	1000000u
#define FULL_MS ((uint32_t)(RATE_BURST * ONE_NS / MS))

/*
 * Return the bucket of @peer. If the peer has no bucket yet, reuse another peer's bucket that is
 * full again. If no bucket is full, add a bucket. Returns NULL if there are already RATE_PEERS
 * buckets.
 */
static struct rate_bucket *bucket_of(struct rate *rate, uint64_t peer, uint64_t now_ns)
{
	struct rate_bucket *unused = NULL;

	for (size_t i = 0; i < rate->buckets; i++) {
		struct rate_bucket *bucket = &rate->bucket[i];

		if (bucket->peer == peer)
			return bucket;
		if (bucket->full_ns <= now_ns)
			unused = bucket;
	}
	if (!unused && rate->buckets < RATE_PEERS)
		unused = &rate->bucket[rate->buckets++];
	if (unused)
		*unused = (struct rate_bucket){ .peer = peer };
	return unused;
}

uint32_t rate_take(struct rate *rate, uint64_t peer, uint64_t now_ns)
{
	struct rate_bucket *bucket = bucket_of(rate, peer, now_ns);
	uint64_t full_ns;

	if (!bucket)
		return FULL_MS;
	full_ns = (bucket->full_ns > now_ns ? bucket->full_ns : now_ns) + ONE_NS;
	if (full_ns > now_ns + RATE_BURST * ONE_NS)
		return (uint32_t)((full_ns - now_ns - RATE_BURST * ONE_NS) / MS) + 1;
	bucket->full_ns = full_ns;
	return 0;
}
