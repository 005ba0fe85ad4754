/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The configuration of TLS and of basic authentication, in the YAML format that Prometheus'
 * exporters use for their option --web.config.file:
 *
 *	tls_server_config:
 *	  cert_file: server.crt
 *	  key_file: server.key
 *	  min_version: TLS12
 *	basic_auth_users:
 *	  alice: $2y$10$...
 *
 * vmtoll-serve(8) describes the keys. A key that vmtoll does not support is an error, so that
 * no setting is ignored.
 */
#ifndef VMTOLL_WEB_CONFIG_H
#define VMTOLL_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"

#define WEB_CONFIG_BYTES (64 * 1024) /* the largest configuration file */
#define WEB_CONFIG_USERS 64

/**
 * struct web_user - a user who may send requests
 * @hash: the bcrypt hash of the password
 */
struct web_user {
	char *name;
	char *hash;
};

/**
 * struct web_config - the configuration
 * @cert_file, @key_file: the names of the files as configured, or NULL
 * @is_tls13_only: the clients must support TLS 1.3
 * @cert, @key: the contents of these files (PEM), or NULL without TLS
 * @user: an array of @users users; empty without authentication
 * @warning: a message about a secret file that other users can read or write, or ""
 */
struct web_config {
	char *cert_file;
	char *key_file;
	bool is_tls13_only;
	char *cert;
	char *key;
	struct web_user *user;
	size_t users;
	char warning[256];
};

/*
 * Parse the configuration. @name is the name of the file for messages. The files with the
 * certificate and the key are not read. Returns 0, or a negative errno with a message. The caller
 * must release @config in both cases.
 */
int web_config_parse(const char *name, const char *text, size_t bytes, struct web_config *config,
		     struct complaint *complaint);

/*
 * Read the configuration, the certificate and the key, and check that the certificate belongs to
 * the key. Relative paths are resolved from the directory of the configuration file. Returns 0, or
 * a negative errno with a message. On success, the caller must release @config.
 */
int web_config_read(const char *path, struct web_config *config, struct complaint *complaint);
void web_config_release(struct web_config *config);

/* Return true if the configuration requires TLS or a password. */
static inline bool web_config_protects(const struct web_config *config)
{
	return config->cert || config->users;
}

#endif
