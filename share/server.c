// SPDX-License-Identifier: GPL-2.0
/* The server of vmtoll share, see server.h. */
#include "share/server.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/array.h"
#include "process/clock.h"
#include "share/rate.h"

#define MS 1000000u

/*
 * The maximum number of connections to accept from one listener before serving other connections.
 */
#define ACCEPT_MOST 64

/*
 * If accept() fails for lack of file descriptors or memory, accept no connections for this long.
 */
#define PAUSE_NS (100ull * MS)

enum state {
	STATE_FREE,
	STATE_ASKING, /* the request is not complete */
	STATE_WAITING, /* the request waits for a reading */
	STATE_ANSWERING, /* the answer has not been sent completely */
};

/**
 * struct connection - a connection to a peer
 * @deadline_ns: when to close the connection if it is still in the same state
 * @input: the first @received bytes of the request
 * @request: the request and its answer
 * @sent: the number of bytes of the answer that have been sent
 */
struct connection {
	enum state state;
	int fd;
	struct peer peer;
	uint64_t deadline_ns;
	uint8_t input[SHARE_HEADER_BYTES + SHARE_ASK_BYTES];
	size_t received;
	struct request request;
	size_t sent;
};

/* The array for poll() contains the stop descriptor, the listeners and the connections. */
#define POLL_LISTENERS	 1
#define POLL_CONNECTIONS (POLL_LISTENERS + SERVER_LISTENERS)
#define POLL_COUNT	 (POLL_CONNECTIONS + SERVER_CONNECTIONS)

/**
 * struct server - the server
 * @next_reading_ns: the earliest time of the next reading of the ledgers
 * @paused_until_ns: no connection is accepted before this time
 * @poll: the array for poll(). The descriptor of an unused element is -1
 */
struct server {
	const struct answer_options *options;
	struct answer_clock clock;
	struct rate rate;
	struct listener listener[SERVER_LISTENERS];
	size_t listeners;
	struct connection connection[SERVER_CONNECTIONS];
	uint64_t next_reading_ns;
	uint64_t paused_until_ns;
	struct pollfd poll[POLL_COUNT];
};

struct server *server_create(const struct answer_options *options)
{
	struct server *server = calloc(1, sizeof(*server));

	if (server)
		server->options = options;
	return server;
}

static void connection_close(struct connection *connection)
{
	if (connection->state == STATE_FREE)
		return;
	close(connection->fd);
	free(connection->request.message);
	*connection = (struct connection){ .state = STATE_FREE };
}

void server_destroy(struct server *server)
{
	if (!server)
		return;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		connection_close(&server->connection[i]);
	for (size_t i = 0; i < server->listeners; i++)
		listener_close(&server->listener[i]);
	free(server);
}

int server_add(struct server *server, const struct listener *listener)
{
	if (server->listeners == SERVER_LISTENERS)
		return -E2BIG;
	server->listener[server->listeners++] = *listener;
	return 0;
}

bool server_has_listeners(const struct server *server)
{
	return server->listeners;
}

static bool is_same_peer(const struct peer *a, const struct peer *b)
{
	return a->cid == b->cid && a->pid == b->pid;
}

static uint64_t peer_key(const struct peer *peer)
{
	return (uint64_t)peer->pid << 32 | peer->cid;
}

/*
 * Return an unused connection. If there is none, close the connection whose deadline is next, and
 * return it. Returns NULL if the peer has too many connections.
 */
static struct connection *connection_for(struct server *server, const struct peer *peer)
{
	struct connection *best = &server->connection[0];
	size_t own = 0;

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		struct connection *connection = &server->connection[i];
		bool is_free = connection->state == STATE_FREE;

		own += !is_free && is_same_peer(&connection->peer, peer);
		if (best->state != STATE_FREE &&
		    (is_free || connection->deadline_ns < best->deadline_ns))
			best = connection;
	}
	if (own >= SERVER_PEER_CONNECTIONS)
		return NULL;
	connection_close(best);
	return best;
}

/* Let the request wait for the next reading. */
static void begin_wait(struct connection *connection)
{
	connection->state = STATE_WAITING;
	connection->deadline_ns = clock_monotonic_ns() + SERVER_ANSWER_NS;
}

/*
 * Prepare to send the answer. If there was not enough memory for an answer, close the connection.
 */
static void begin_answer(struct connection *connection)
{
	if (!connection->request.message) {
		connection_close(connection);
		return;
	}
	connection->state = STATE_ANSWERING;
	connection->deadline_ns = clock_monotonic_ns() + SERVER_ANSWER_NS;
}

static void send_refusal(struct connection *connection, enum share_refusal why, uint32_t retry_ms)
{
	answer_refuse(&connection->request, why, retry_ms);
	begin_answer(connection);
}

static void add_connection(struct server *server, int fd, const struct peer *peer)
{
	struct connection *connection = connection_for(server, peer);

	if (!connection) {
		close(fd);
		return;
	}
	*connection = (struct connection){
		.state = STATE_ASKING,
		.fd = fd,
		.peer = *peer,
		.deadline_ns = clock_monotonic_ns() + SERVER_ASK_NS,
		.request = { .cid = peer->cid, .pid = peer->pid },
	};
}

/* Return true if accept() failed because file descriptors or memory are used up. */
static bool is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

static void accept_some(struct server *server, const struct listener *listener)
{
	for (int i = 0; i < ACCEPT_MOST; i++) {
		struct peer peer;
		int fd = listener_accept(listener, &peer);

		if (fd >= 0) {
			add_connection(server, fd, &peer);
			continue;
		}
		if (is_shortage(fd))
			server->paused_until_ns = clock_monotonic_ns() + PAUSE_NS;
		if (fd != -EPERM && fd != -ECONNABORTED && fd != -EINTR)
			return;
	}
}

/*
 * Parse the bytes that have been received. If bytes are missing, return how many. Otherwise,
 * refuse the request or let it wait for the next reading, and return 0.
 */
static size_t parse_request(struct server *server, struct connection *connection)
{
	enum share_refusal why;
	size_t missing = share_request_parse(connection->input, connection->received, &why,
					     &connection->request.vcpu);
	uint32_t retry_ms;

	if (missing)
		return missing;
	retry_ms = rate_take(&server->rate, peer_key(&connection->peer), clock_monotonic_ns());
	if (retry_ms)
		send_refusal(connection, SHARE_BUSY, retry_ms);
	else if (why)
		send_refusal(connection, why, 0);
	else
		begin_wait(connection);
	return 0;
}

/* Receive as much of the request as there is. */
static void receive_request(struct server *server, struct connection *connection)
{
	size_t missing;

	while ((missing = parse_request(server, connection))) {
		ssize_t got =
			recv(connection->fd, connection->input + connection->received, missing, 0);

		if (got > 0) {
			connection->received += (size_t)got;
			continue;
		}
		if (!got || (errno != EAGAIN && errno != EINTR))
			connection_close(connection);
		return;
	}
}

/* Send as much of the answer as possible. Close the connection when all of it has been sent. */
static void send_answer(struct connection *connection)
{
	const struct request *request = &connection->request;

	while (connection->sent < request->bytes) {
		ssize_t sent = send(connection->fd, request->message + connection->sent,
				    request->bytes - connection->sent, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (sent <= 0)
			break;
		connection->sent += (size_t)sent;
	}
	connection_close(connection);
}

/*
 * Read the ledgers once, and answer all waiting requests. Do nothing if it is too early for
 * another reading.
 */
static void answer_waiting(struct server *server)
{
	struct request *request[SERVER_CONNECTIONS];
	uint64_t start_ns = clock_monotonic_ns();
	uint64_t end_ns;
	size_t requests = 0;

	if (start_ns < server->next_reading_ns)
		return;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (server->connection[i].state == STATE_WAITING)
			request[requests++] = &server->connection[i].request;
	if (!requests)
		return;
	answer_all(server->options, &server->clock, request, requests);
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (server->connection[i].state == STATE_WAITING)
			begin_answer(&server->connection[i]);
	end_ns = clock_monotonic_ns();
	server->next_reading_ns = end_ns + (end_ns - start_ns);
}

/* When a VMM has ended, close its listener and the connections that the listener accepted. */
static void remove_orphans(struct server *server)
{
	for (size_t i = 0; i < server->listeners;) {
		struct listener *listener = &server->listener[i];

		if (!listener_is_orphaned(listener)) {
			i++;
			continue;
		}
		for (size_t c = 0; c < SERVER_CONNECTIONS; c++)
			if (server->connection[c].peer.pid == listener->pid)
				connection_close(&server->connection[c]);
		listener_close(listener);
		*listener = server->listener[--server->listeners];
	}
}

static void expire(struct server *server)
{
	uint64_t now = clock_monotonic_ns();

	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (server->connection[i].deadline_ns <= now)
			connection_close(&server->connection[i]);
}

/*
 * Return the events for which poll() must wait. There are none while the request is waiting for a
 * reading: even then, poll() reports that the peer has closed the connection.
 */
static short events_of(const struct connection *connection)
{
	switch (connection->state) {
	case STATE_ASKING:
		return POLLIN;
	case STATE_ANSWERING:
		return POLLOUT;
	default:
		return 0;
	}
}

/* Fill the array for poll(). Return the time at which poll() must return, or UINT64_MAX. */
static uint64_t prepare_poll(struct server *server, int stop_fd)
{
	uint64_t until_ns = UINT64_MAX;
	bool is_paused = clock_monotonic_ns() < server->paused_until_ns;

	server->poll[0] = (struct pollfd){ .fd = stop_fd, .events = POLLIN };
	for (size_t i = 0; i < SERVER_LISTENERS; i++)
		server->poll[POLL_LISTENERS + i] = (struct pollfd){
			.fd = i < server->listeners && !is_paused ? server->listener[i].fd : -1,
			.events = POLLIN,
		};
	if (is_paused)
		until_ns = server->paused_until_ns;
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++) {
		const struct connection *connection = &server->connection[i];
		bool is_free = connection->state == STATE_FREE;

		server->poll[POLL_CONNECTIONS + i] = (struct pollfd){
			.fd = is_free ? -1 : connection->fd,
			.events = events_of(connection),
		};
		if (!is_free && connection->deadline_ns < until_ns)
			until_ns = connection->deadline_ns;
		if (connection->state == STATE_WAITING && server->next_reading_ns < until_ns)
			until_ns = server->next_reading_ns;
	}
	return until_ns;
}

#define ORPHAN_NS (1000000000ull) /* how often to check whether VMMs have ended */

static int wait_for_events(struct server *server, int stop_fd)
{
	uint64_t until_ns = prepare_poll(server, stop_fd);
	uint64_t now_ns = clock_monotonic_ns();
	int ms;

	if (until_ns > now_ns + ORPHAN_NS)
		until_ns = now_ns + ORPHAN_NS;
	ms = until_ns <= now_ns ? 0 : (int)((until_ns - now_ns + MS - 1) / MS);
	if (poll(server->poll, POLL_COUNT, ms) < 0 && errno != EINTR)
		return -errno;
	return 0;
}

static void serve_connection(struct server *server, struct connection *connection, short events)
{
	if (connection->state == STATE_WAITING && events)
		connection_close(connection); /* the peer has closed it */
	else if (connection->state == STATE_ASKING && events)
		receive_request(server, connection);
}

/*
 * Process the events that poll() has reported. Serve the existing connections before accepting new
 * ones: a new connection may replace an old one, but the array for poll() still contains the
 * events of the old one.
 */
static void serve(struct server *server)
{
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		serve_connection(server, &server->connection[i],
				 server->poll[POLL_CONNECTIONS + i].revents);
	for (size_t i = 0; i < server->listeners; i++)
		if (server->poll[POLL_LISTENERS + i].revents)
			accept_some(server, &server->listener[i]);
	answer_waiting(server);
	for (size_t i = 0; i < SERVER_CONNECTIONS; i++)
		if (server->connection[i].state == STATE_ANSWERING)
			send_answer(&server->connection[i]);
}

int server_run(struct server *server, int stop_fd, struct complaint *complaint)
{
	while (server->listeners) {
		int error = wait_for_events(server, stop_fd);

		if (error)
			return complain(complaint, error, "waiting for guests: %s",
					strerror(-error));
		if (server->poll[0].revents)
			return 0;
		remove_orphans(server);
		expire(server);
		serve(server);
	}
	return 0;
}
