/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Basic authentication. Checking a bcrypt hash takes long on purpose, so a separate thread checks
 * the passwords. Accepted passwords are remembered as keyed digests, so a later request with an
 * accepted password does not wait for the thread.
 */
#ifndef VMTOLL_AUTH_H
#define VMTOLL_AUTH_H

#include "serve/http.h"
#include "serve/web_config.h"

struct auth;

/* Create a checker for the users of @config. Returns NULL if out of memory. */
struct auth *auth_create(const struct web_config *config);

/* Stop the thread. Passwords that have not been checked yet count as wrong. */
void auth_destroy(struct auth *auth);

/* Return true if this name and password were accepted before. */
bool auth_is_accepted(struct auth *auth, const char *name, const char *password);

/*
 * Let the thread check a name and a password. If they are right, the thread remembers them and
 * delivers NULL to @waiter. Otherwise, it delivers a page with the status 401. Returns false if
 * out of memory or if too many checks are pending; the thread then delivers nothing.
 */
bool auth_check(struct auth *auth, const char *name, const char *password,
		struct http_waiter *waiter);

/* Return a page that asks the client for a name and a password. */
struct http_page *auth_page(void);

#endif
