// SPDX-License-Identifier: GPL-2.0
/* Ask vmtoll share on the host, see share_client.h. */
#include "source/share_client.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "model/array.h"
#include "process/clock.h"
#include "source/share_codec.h"

#define MS 1000000u

#define PROBE_NS   (1000ull * MS) /* how long to look for a host that may not be there */
#define CONNECT_NS (2000ull * MS)
#define ANSWER_NS  (20000ull * MS) /* all tries together */
#define TRIES	   40 /* how often to ask a host that is busy or that closes the connection */
#define RETRY_MS   50 /* the delay if the host does not say how long to wait */
#define RETRY_MOST 2000

/**
 * struct exchange - one request and its answer
 * @fd: the connection
 * @deadline_ns: when to give up
 * @header: the header of the answer
 * @payload: the payload of the answer; the caller must free() it
 */
struct exchange {
	int fd;
	uint64_t deadline_ns;
	struct share_header header;
	uint8_t *payload;
};

static socklen_t address_of(const char *path, struct sockaddr_storage *address)
{
	struct sockaddr_un *local = (struct sockaddr_un *)address;
	struct sockaddr_vm *host = (struct sockaddr_vm *)address;

	memset(address, 0, sizeof(*address));
	if (path) {
		local->sun_family = AF_UNIX;
		if (strlen(path) >= sizeof(local->sun_path))
			return 0;
		strcpy(local->sun_path, path);
		return sizeof(*local);
	}
	host->svm_family = AF_VSOCK;
	host->svm_cid = VMADDR_CID_HOST;
	host->svm_port = SHARE_PORT;
	return sizeof(*host);
}

/* Wait until the socket is ready. Returns 0, or -ETIMEDOUT at the deadline. */
static int wait_for(const struct exchange *exchange, short events)
{
	struct pollfd poll_fd = { .fd = exchange->fd, .events = events };
	uint64_t now = clock_monotonic_ns();
	int got;

	if (now >= exchange->deadline_ns)
		return -ETIMEDOUT;
	got = poll(&poll_fd, 1, (int)((exchange->deadline_ns - now) / MS) + 1);
	if (got < 0 && errno != EINTR)
		return -errno;
	return got ? 0 : -ETIMEDOUT;
}

/* Wait for the result of connect(). */
static int finish_connect(const struct exchange *exchange)
{
	int result = 0;
	socklen_t bytes = sizeof(result);
	int error = wait_for(exchange, POLLOUT);

	if (error)
		return error;
	if (getsockopt(exchange->fd, SOL_SOCKET, SO_ERROR, &result, &bytes))
		return -errno;
	return -result;
}

/*
 * Connect to the host within @limit_ns, and before exchange->deadline_ns. On success, the caller
 * must close exchange->fd.
 */
static int connect_host(const char *path, uint64_t limit_ns, struct exchange *exchange)
{
	struct sockaddr_storage address;
	socklen_t bytes = address_of(path, &address);
	uint64_t deadline_ns = exchange->deadline_ns;
	uint64_t end_ns = clock_monotonic_ns() + limit_ns;
	int error = 0;

	if (!bytes)
		return -ENAMETOOLONG;
	exchange->fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (exchange->fd < 0)
		return -errno;
	exchange->deadline_ns = end_ns < deadline_ns ? end_ns : deadline_ns;
	if (connect(exchange->fd, (struct sockaddr *)&address, bytes))
		error = errno == EINPROGRESS ? finish_connect(exchange) : -errno;
	exchange->deadline_ns = deadline_ns;
	if (error)
		close(exchange->fd);
	return error;
}

bool share_client_present(const char *path)
{
	struct exchange exchange = { .deadline_ns = UINT64_MAX };

	if (connect_host(path, PROBE_NS, &exchange))
		return false;
	close(exchange.fd);
	return true;
}

static int send_all(const struct exchange *exchange, const uint8_t *from, size_t bytes)
{
	while (bytes) {
		ssize_t sent = send(exchange->fd, from, bytes, MSG_NOSIGNAL);
		int error = 0;

		if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (sent < 0)
			error = wait_for(exchange, POLLOUT);
		if (error)
			return error;
		from += sent > 0 ? sent : 0;
		bytes -= sent > 0 ? (size_t)sent : 0;
	}
	return 0;
}

/* Receive exactly @bytes bytes. Returns -ECONNRESET if the host closes the connection. */
static int receive_all(const struct exchange *exchange, uint8_t *to, size_t bytes)
{
	while (bytes) {
		ssize_t got = recv(exchange->fd, to, bytes, 0);
		int error = 0;

		if (!got)
			return -ECONNRESET;
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (got < 0)
			error = wait_for(exchange, POLLIN);
		if (error)
			return error;
		to += got > 0 ? got : 0;
		bytes -= got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static int receive_answer(struct exchange *exchange)
{
	uint8_t header[SHARE_HEADER_BYTES];
	int error = receive_all(exchange, header, sizeof(header));

	if (!error)
		error = share_header_decode(header, &exchange->header);
	if (error)
		return error;
	if (exchange->header.bytes > SHARE_LEDGER_BYTES)
		return -EPROTO;
	exchange->payload = malloc(exchange->header.bytes + 1);
	if (!exchange->payload)
		return -ENOMEM;
	return receive_all(exchange, exchange->payload, exchange->header.bytes);
}

/* Ask once, before @deadline_ns. In all cases, the caller must free() exchange->payload. */
static int exchange_once(const char *path, int64_t vcpu, uint64_t deadline_ns,
			 struct exchange *exchange)
{
	uint8_t ask[SHARE_ASK_MESSAGE];
	int error;

	*exchange = (struct exchange){ .deadline_ns = deadline_ns };
	error = connect_host(path, CONNECT_NS, exchange);
	if (error)
		return error;
	error = send_all(exchange, ask, share_ask_encode(vcpu, ask));
	/*
	 * If the host refuses the request, it may close the connection before it has read the
	 * request. Its answer can still be received.
	 */
	if (!error || error == -EPIPE || error == -ECONNRESET)
		error = receive_answer(exchange);
	close(exchange->fd);
	return error;
}

static const struct {
	enum share_refusal why;
	int error;
	const char *text;
} refusals[] = {
	{ SHARE_WRONG_VERSION, EPROTO,
	  "its version of the protocol is different; use the same version of vmtoll on both sides" },
	{ SHARE_BAD_REQUEST, EPROTO, "it did not understand the request" },
	{ SHARE_BUSY, EAGAIN, "this VM asks too often; stop other readers in this VM" },
	{ SHARE_DENIED, EACCES,
	  "the host's administrator excluded this VM (--allow or --deny of vmtoll share)" },
	{ SHARE_UNKNOWN_PEER, ENOENT,
	  "no VMM on the host has this VM's CID on its command line; see vmtoll-share(8)" },
	{ SHARE_AMBIGUOUS_PEER, ENOTUNIQ,
	  "several processes claim this VM's CID, or the VMM runs several VMs; see the messages "
	  "of vmtoll share on the host" },
	{ SHARE_NO_LEDGER, ENODATA,
	  "it does not count this VM's exits; see vmtoll list on the host" },
	{ SHARE_NO_VCPU, ENOENT, "this VM has no such vCPU, or it has not run yet" },
	{ SHARE_TROUBLE, EIO,
	  "it cannot read its ledgers; see the messages of vmtoll share on the host" },
};

static int refused(unsigned int why, struct complaint *complaint)
{
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i].why == why)
			return complain(complaint, -refusals[i].error, "the host refused: %s",
					refusals[i].text);
	return complain(complaint, -EPROTO,
			"the host refused for a reason that this vmtoll does not know (%u)", why);
}

static int malformed(struct complaint *complaint)
{
	return complain(complaint, -EPROTO,
			"the host's answer is malformed, so port %d of the host does not belong "
			"to a vmtoll of this version",
			SHARE_PORT);
}

static int no_answer(const char *path, int error, struct complaint *complaint)
{
	if (error == -EPROTO)
		return malformed(complaint);
	return complain(complaint, error,
			"asking the host over %s: %s; vmtoll share must run on the host",
			path ? path : "vsock", strerror(-error));
}

/*
 * Evaluate a complete answer. Returns 1 if the host is busy; *@retry_ms is then the time to wait
 * before the next request.
 */
static int take_answer(const struct exchange *exchange, int64_t vcpu, struct snapshot *snapshot,
		       uint32_t *retry_ms, struct complaint *complaint)
{
	unsigned int why;
	int error;

	if (exchange->header.type == SHARE_REFUSAL) {
		if (share_refusal_decode(exchange->payload, exchange->header.bytes, &why, retry_ms))
			return malformed(complaint);
		return why == SHARE_BUSY ? 1 : refused(why, complaint);
	}
	if (exchange->header.type != SHARE_LEDGER || exchange->header.version != SHARE_VERSION)
		return malformed(complaint);
	error = share_ledger_decode(exchange->payload, exchange->header.bytes, vcpu, snapshot);
	if (error == -ENOMEM)
		return complain(complaint, error, "asking the host: out of memory");
	return error ? malformed(complaint) : 0;
}

/* Wait before the next try. Ignore a delay above RETRY_MOST, because the host may be hostile. */
static void wait_ms(uint32_t ms)
{
	struct timespec time;

	if (!ms || ms > RETRY_MOST)
		ms = RETRY_MS;
	time = (struct timespec){ ms / 1000, (long)(ms % 1000) * MS };
	nanosleep(&time, NULL);
}

/*
 * Return true if @error means that the host has too many connections, and has therefore closed or
 * refused this one.
 */
static bool is_overloaded(int error)
{
	return error == -ECONNRESET || error == -EPIPE || error == -EAGAIN;
}

int share_client_ask(const char *path, int64_t vcpu, struct snapshot *snapshot,
		     struct complaint *complaint)
{
	uint64_t deadline_ns = clock_monotonic_ns() + ANSWER_NS;
	int result = 1;
	int error = 0;

	for (int i = 0; i < TRIES && result > 0 && clock_monotonic_ns() < deadline_ns; i++) {
		uint32_t retry_ms = RETRY_MS;
		struct exchange exchange;

		error = exchange_once(path, vcpu, deadline_ns, &exchange);
		if (!error)
			result = take_answer(&exchange, vcpu, snapshot, &retry_ms, complaint);
		else if (!is_overloaded(error))
			result = no_answer(path, error, complaint);
		free(exchange.payload);
		if (result > 0)
			wait_ms(retry_ms);
	}
	if (result <= 0)
		return result;
	return error ? no_answer(path, error, complaint) : refused(SHARE_BUSY, complaint);
}
