/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Limit how often each peer may ask. Each peer has a bucket that holds up to RATE_BURST requests.
 * It is refilled with RATE_PER_S requests per second.
 */
#ifndef VMTOLL_SHARE_RATE_H
#define VMTOLL_SHARE_RATE_H

#include <stddef.h>
#include <stdint.h>

#define RATE_PER_S 20
#define RATE_BURST 40
#define RATE_PEERS 4096 /* the number of peers that are remembered */

/**
 * struct rate_bucket - the requests that a peer may still ask
 * @peer: the peer
 * @full_ns: when the bucket is full again; 0 if the entry is unused
 */
struct rate_bucket {
	uint64_t peer;
	uint64_t full_ns;
};

struct rate {
	struct rate_bucket bucket[RATE_PEERS];
	size_t buckets;
};

/*
 * Take one request from the bucket of @peer. Return 0 if the peer may ask, or else the time in
 * milliseconds after which it may ask again. If there are RATE_PEERS buckets and none of them is
 * full, a new peer must wait, too.
 */
uint32_t rate_take(struct rate *rate, uint64_t peer, uint64_t now_ns);

#endif
