/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Answer the requests of guests. The ledgers and the processes are read once for all requests
 * that have arrived, so the cost does not grow with the number of guests that ask.
 */
#ifndef VMTOLL_SHARE_ANSWER_H
#define VMTOLL_SHARE_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvm/host_paths.h"
#include "share/access.h"
#include "share/cid.h"
#include "source/share_codec.h"
#include "source/source.h"

/**
 * struct answer_options - where the answers come from
 * @source: the source of the ledgers; it must cover all VMs of this host
 * @host: the paths of the host's directories
 * @device: the device number of /dev/vhost-vsock
 * @access: the VMs that may ask
 * @refused: called for each request that is refused. @text is a message for the log
 */
struct answer_options {
	struct source_options source;
	struct host_paths host;
	dev_t device;
	struct access access;
	void (*refused)(void *context, const char *text);
	void *context;
};

/**
 * struct request - one request, and the answer to it
 * @cid: the CID of the VM that is asking; 0 if it asks through a Unix socket
 * @pid: the process of the VM that is asking; 0 if it asks through vsock
 * @vcpu: the index of the vCPU that it asks about; negative for the sum of all vCPUs
 * @message: the answer; the caller must free() it. NULL if out of memory
 * @bytes: the size of the answer
 */
struct request {
	uint32_t cid;
	uint32_t pid;
	int64_t vcpu;
	uint8_t *message;
	size_t bytes;
};

/*
 * The time of the first reading. The clock in the answers starts at this time. The caller must
 * initialize the structure with zeros.
 */
struct answer_clock {
	bool has_start;
	uint64_t start_tsc;
};

/* Read the ledgers once, and set the answers to all requests. */
void answer_all(const struct answer_options *options, struct answer_clock *clock,
		struct request *const *request, size_t requests);

/* Set the answer of @request to a refusal. */
void answer_refuse(struct request *request, enum share_refusal why, uint32_t retry_ms);

#endif
