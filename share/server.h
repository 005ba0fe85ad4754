/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The server of vmtoll share. A single thread serves all guests. Its memory and its CPU time are
 * bounded, whatever the guests do:
 *
 * - Each peer has at most SERVER_PEER_CONNECTIONS connections. Further ones are closed at once.
 * - There are at most SERVER_CONNECTIONS connections. If all are in use, the one whose deadline is
 *   next is closed in favour of a new one.
 * - A connection is closed SERVER_ASK_NS after it was accepted if the request is not complete,
 *   and SERVER_ANSWER_NS after its answer was ready if the peer has not read it.
 * - Each peer may ask at a limited rate, see rate.h.
 * - After a reading of the ledgers, the next reading starts only when as much time has passed as
 *   the reading took. Reading thus uses at most half of the time of one CPU.
 */
#ifndef VMTOLL_SHARE_SERVER_H
#define VMTOLL_SHARE_SERVER_H

#include "share/answer.h"
#include "share/listener.h"

#define SERVER_CONNECTIONS	256
#define SERVER_PEER_CONNECTIONS 4
#define SERVER_LISTENERS	64
#define SERVER_ASK_NS		(5ull * 1000000000u)
#define SERVER_ANSWER_NS	(10ull * 1000000000u)

struct server;

/* Create a server without listeners. @options must remain valid. Returns NULL if out of memory. */
struct server *server_create(const struct answer_options *options);

/* Close all connections and listeners. */
void server_destroy(struct server *server);

/*
 * Add a listener. The server takes ownership of it. Returns -E2BIG if there are already
 * SERVER_LISTENERS listeners.
 */
int server_add(struct server *server, const struct listener *listener);

/* Return true if the server still has a listener. */
bool server_has_listeners(const struct server *server);

/*
 * Serve until @stop_fd is readable, or until no listener is left because all VMMs of Unix sockets
 * have ended. Returns 0, or a negative errno with a message.
 */
int server_run(struct server *server, int stop_fd, struct complaint *complaint);

#endif
