/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol between a guest and `vmtoll share` on its host.
 *
 * PATH
 * The guest connects to port SHARE_PORT of the host (CID 2) over AF_VSOCK. VMMs that implement
 * vsock themselves, such as Firecracker and cloud-hypervisor, forward this connection to the Unix
 * socket PATH_978 on the host. PATH is the socket in the configuration of the VMM.
 *
 * EXCHANGE
 * The guest sends one message with the type SHARE_ASK. The host answers with one message with the
 * type SHARE_LEDGER or SHARE_REFUSAL, and closes the connection. To ask again, the guest connects
 * again. All numbers are little-endian.
 *
 * MESSAGE
 * Each message starts with a header of SHARE_HEADER_BYTES bytes:
 *
 *	u32	SHARE_MAGIC
 *	u16	version of the protocol, SHARE_VERSION
 *	u16	type of the message, SHARE_ASK, SHARE_LEDGER or SHARE_REFUSAL
 *	u32	number of bytes that follow the header
 *	u32	0
 *
 * If the host does not know the version of the request, it sends a refusal with its own version
 * and the code SHARE_WRONG_VERSION. The format of the header and of refusals is the same in all
 * versions.
 *
 * ASK (8 to SHARE_ASK_BYTES bytes)
 *
 *	s32	index of a vCPU, or -1 for the sum of all vCPUs
 *	u32	0
 *
 * REFUSAL (8 bytes)
 *
 *	u32	enum share_refusal
 *	u32	if the code is SHARE_BUSY: ask again after this number of milliseconds
 *
 * LEDGER (at most SHARE_LEDGER_BYTES bytes)
 *
 *	u32	number of bytes before the first row (at least 140)
 *	u32	number of bytes per row (at least 272)
 *	u32	number of rows
 *	u32	instruction set (VMTOLL_ISA_*)
 *	u32	time units per millisecond
 *	u32	KNOWS_* bits of model/snapshot.h
 *	u32	SHARE_EMULATED, SHARE_TSC_UNRELIABLE, SHARE_NANOSECONDS
 *	u32	number of vCPUs in the sum
 *	u32	0
 *	u64	the host's clock in time units, since a start that the host chooses
 *	u64	exits, without those caused by reading CPUID leaves
 *	u64	kvm_tsc, wall_tsc, guest_tsc, ready_tsc, polled_tsc
 *	u64	lost exits
 *	u64	audit: exits, kvm_exits, emulated, recovered, unseen
 *
 * and for each row:
 *
 *	u32	code of the exit
 *	u32	ROW_NESTED, ROW_OTHER or ROW_OBSERVER of model/snapshot.h
 *	u64	exits, kvm_tsc, vmm_tsc, halt_tsc, longest_tsc, open_tsc, open_longest_tsc
 *	u64	26 buckets of the histogram
 *
 * A later version of vmtoll may append fields. Readers skip bytes that they do not know.
 */
#ifndef VMTOLL_SHARE_CODEC_H
#define VMTOLL_SHARE_CODEC_H

#include "analysis/books.h"
#include "model/snapshot.h"

/* Only root may listen on a port below 1024, so no other user can pose as the server. */
#define SHARE_PORT    978
#define SHARE_MAGIC   0x53544d56u /* "VMTS" */
#define SHARE_VERSION 1

#define SHARE_HEADER_BYTES 16
#define SHARE_ASK_BYTES	   64 /* the largest payload of a request */
#define SHARE_LEDGER_BYTES (1u << 20) /* the largest payload of an answer */

/* Types of messages. */
#define SHARE_ASK     1
#define SHARE_LEDGER  2
#define SHARE_REFUSAL 3

/* Flags of a ledger. */
#define SHARE_EMULATED	     (1u << 0)
#define SHARE_TSC_UNRELIABLE (1u << 1)
#define SHARE_NANOSECONDS    (1u << 2)

/* Why the host refuses a request. The values are part of the protocol and must not change. */
enum share_refusal {
	SHARE_OK = 0,
	SHARE_WRONG_VERSION = 1, /* the host does not know the version of the request */
	SHARE_BAD_REQUEST = 2, /* the request is malformed */
	SHARE_BUSY = 3, /* this VM asks too often */
	SHARE_DENIED = 4, /* the administrator excluded this VM */
	SHARE_UNKNOWN_PEER = 5, /* no process claims this CID */
	SHARE_AMBIGUOUS_PEER =
		6, /* several processes claim this CID, or one process runs several VMs */
	SHARE_NO_LEDGER = 7, /* the host does not count the exits of this VM */
	SHARE_NO_VCPU = 8, /* the VM has no such vCPU */
	SHARE_TROUBLE = 9, /* the host cannot read its ledgers */
};

/**
 * struct share_header - a decoded header
 * @version: the version of the protocol
 * @type: SHARE_ASK, SHARE_LEDGER or SHARE_REFUSAL, or an unknown type
 * @bytes: the number of bytes that follow
 */
struct share_header {
	uint16_t version;
	uint16_t type;
	uint32_t bytes;
};

/* Decode the header in the first SHARE_HEADER_BYTES bytes of @from. Returns -EPROTO if invalid. */
int share_header_decode(const uint8_t *from, struct share_header *header);

/*
 * Encode a request as a message in @to. @vcpu is the index of a vCPU, or negative for all vCPUs.
 * Returns the size of the message in bytes.
 */
#define SHARE_ASK_MESSAGE (SHARE_HEADER_BYTES + 8)
size_t share_ask_encode(int64_t vcpu, uint8_t to[SHARE_ASK_MESSAGE]);

/* Decode the payload of a request. Returns -EPROTO if it is invalid. */
int share_ask_decode(const uint8_t *from, size_t bytes, int64_t *vcpu);

/*
 * Parse the first @bytes bytes of a request. If more bytes are needed, return how many to receive
 * before the next call: first the rest of the header, then the rest of the request. Otherwise,
 * return 0 and set *@why to SHARE_OK, or to the reason why the request must be refused. *@vcpu is
 * then valid only if *@why is SHARE_OK.
 */
size_t share_request_parse(const uint8_t *from, size_t bytes, enum share_refusal *why,
			   int64_t *vcpu);

/* Encode a refusal as a message in @to. Returns the size of the message in bytes. */
#define SHARE_REFUSAL_MESSAGE (SHARE_HEADER_BYTES + 8)
size_t share_refusal_encode(enum share_refusal why, uint32_t retry_ms,
			    uint8_t to[SHARE_REFUSAL_MESSAGE]);

/*
 * Decode the payload of a refusal. *@why may be a value that enum share_refusal does not contain.
 */
int share_refusal_decode(const uint8_t *from, size_t bytes, unsigned int *why, uint32_t *retry_ms);

/*
 * Encode a ledger as a message. @books contains the figures of one VM. @clock_tsc is the time of
 * the reading, counted from a start that the host chooses. The message contains neither process
 * IDs nor names. Returns -ENOMEM if out of memory, or -E2BIG if there are too many rows. The
 * caller must free() *@message.
 */
int share_ledger_encode(const struct origin *origin, const struct books *books, uint64_t clock_tsc,
			uint8_t **message, size_t *bytes);

/*
 * Decode the payload of a ledger. @snapshot must be empty. The function adds one VM with one vCPU.
 * If @vcpu is negative, this vCPU is the sum of all vCPUs. Otherwise, @vcpu is its index. The
 * caller must set the name of the source. Returns -EPROTO if the payload is invalid, or -ENOMEM.
 */
int share_ledger_decode(const uint8_t *from, size_t bytes, int64_t vcpu, struct snapshot *snapshot);

#endif
