// SPDX-License-Identifier: GPL-2.0
/* Parse and load the configuration of TLS and authentication, see web_config.h. */
#include "serve/web_config.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#define BCRYPT_LENGTH	 60
#define BCRYPT_MOST_COST 15 /* with this cost, checking a password takes about two seconds */

/**
 * struct reader - the state of the parser
 * @name: the name of the file
 * @complaint: the error, if one has been found
 */
struct reader {
	const char *name;
	yaml_document_t *document;
	struct web_config *config;
	struct complaint *complaint;
};

/* Parse the value of a key. Return 0, or a negative errno with a message. */
typedef int value_parser(struct reader *reader, const char *key, const yaml_node_t *value);

static int bad_node(const struct reader *reader, const yaml_node_t *node, const char *what)
{
	return complain(reader->complaint, -EINVAL, "%s:%zu: %s", reader->name,
			node->start_mark.line + 1, what);
}

/* Return the text of a node, or NULL if it is not a scalar or contains a null character. */
static const char *node_text(const yaml_node_t *node)
{
	if (node->type != YAML_SCALAR_NODE ||
	    strlen((const char *)node->data.scalar.value) != node->data.scalar.length)
		return NULL;
	return (const char *)node->data.scalar.value;
}

/* Set *@copy to the text of a node. Return 0, or a negative errno with a message. */
static int copy_text(const struct reader *reader, const yaml_node_t *node, char **copy)
{
	const char *text = node_text(node);

	if (!text || !*text)
		return bad_node(reader, node, "the value must be a text");
	if (*copy)
		return bad_node(reader, node, "the key occurs twice");
	*copy = strdup(text);
	return *copy ? 0 : complain(reader->complaint, -ENOMEM, "%s: out of memory", reader->name);
}

static int parse_cert_file(struct reader *reader, const char *key, const yaml_node_t *value)
{
	(void)key;
	return copy_text(reader, value, &reader->config->cert_file);
}

static int parse_key_file(struct reader *reader, const char *key, const yaml_node_t *value)
{
	(void)key;
	return copy_text(reader, value, &reader->config->key_file);
}

static int parse_min_version(struct reader *reader, const char *key, const yaml_node_t *value)
{
	const char *text = node_text(value);

	(void)key;
	if (!text || (strcmp(text, "TLS12") && strcmp(text, "TLS13")))
		return bad_node(reader, value, "min_version must be TLS12 or TLS13");
	reader->config->is_tls13_only = !strcmp(text, "TLS13");
	return 0;
}

/* Return true if @hash is a bcrypt hash whose cost is not too high. */
static bool is_bcrypt(const char *hash)
{
	int cost;

	if (strlen(hash) != BCRYPT_LENGTH || strncmp(hash, "$2", 2) || !strchr("aby", hash[2]) ||
	    hash[3] != '$' || hash[6] != '$' || strspn(hash + 4, "0123456789") != 2)
		return false;
	cost = atoi(hash + 4);
	return cost >= 4 && cost <= BCRYPT_MOST_COST;
}

static int parse_user(struct reader *reader, const char *key, const yaml_node_t *value)
{
	struct web_config *config = reader->config;
	struct web_user *user;
	const char *hash = node_text(value);

	if (!hash || !is_bcrypt(hash))
		return bad_node(
			reader, value,
			"the password must be a bcrypt hash with a cost of at most 15, such as "
			"`htpasswd -nB USER` prints it");
	if (!*key || strchr(key, ':'))
		return bad_node(reader, value, "the name of a user must not contain a colon");
	if (config->users == WEB_CONFIG_USERS)
		return bad_node(reader, value, "there are more than 64 users");
	for (size_t i = 0; i < config->users; i++)
		if (!strcmp(config->user[i].name, key))
			return bad_node(reader, value, "the user occurs twice");
	user = reallocarray(config->user, config->users + 1, sizeof(*user));
	if (!user)
		return complain(reader->complaint, -ENOMEM, "%s: out of memory", reader->name);
	config->user = user;
	user += config->users++;
	*user = (struct web_user){ strdup(key), strdup(hash) };
	if (!user->name || !user->hash)
		return complain(reader->complaint, -ENOMEM, "%s: out of memory", reader->name);
	return 0;
}

/* A key of a mapping. An entry without a name ends the table. */
struct key {
	const char *name;
	value_parser *parse;
};

/*
 * Parse all keys of a mapping. @keys lists the known keys and their parsers. @any is the parser
 * for all other keys, or NULL if other keys are errors. An empty value counts as an empty mapping.
 */
static int parse_mapping(struct reader *reader, const yaml_node_t *node, const struct key *keys,
			 value_parser *any)
{
	const char *text = node_text(node);

	if (text && (!*text || !strcmp(text, "~") || !strcmp(text, "null")))
		return 0;
	if (node->type != YAML_MAPPING_NODE)
		return bad_node(reader, node, "there must be lines of the form KEY: VALUE here");
	for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
	     pair < node->data.mapping.pairs.top; pair++) {
		const yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
		const yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);
		const char *name = key ? node_text(key) : NULL;
		value_parser *parse = any;
		int error;

		if (!name || !value)
			return bad_node(reader, node, "a key is not a text");
		for (const struct key *k = keys; k && k->name; k++)
			if (!strcmp(k->name, name))
				parse = k->parse;
		if (!parse)
			return complain(reader->complaint, -EINVAL,
					"%s:%zu: the key '%.100s' is not supported", reader->name,
					key->start_mark.line + 1, name);
		error = parse(reader, name, value);
		if (error)
			return error;
	}
	return 0;
}

static int parse_tls(struct reader *reader, const char *key, const yaml_node_t *value)
{
	static const struct key keys[] = {
		{ "cert_file", parse_cert_file },
		{ "key_file", parse_key_file },
		{ "min_version", parse_min_version },
		{ NULL, NULL },
	};
	int error = parse_mapping(reader, value, keys, NULL);

	(void)key;
	if (!error && !(reader->config->cert_file && reader->config->key_file))
		return bad_node(reader, value, "tls_server_config requires cert_file and key_file");
	return error;
}

static int parse_users(struct reader *reader, const char *key, const yaml_node_t *value)
{
	(void)key;
	return parse_mapping(reader, value, NULL, parse_user);
}

static int parse_document(struct reader *reader)
{
	static const struct key keys[] = {
		{ "tls_server_config", parse_tls },
		{ "basic_auth_users", parse_users },
		{ NULL, NULL },
	};
	const yaml_node_t *root = yaml_document_get_root_node(reader->document);

	return root ? parse_mapping(reader, root, keys, NULL) : 0;
}

int web_config_parse(const char *name, const char *text, size_t bytes, struct web_config *config,
		     struct complaint *complaint)
{
	yaml_parser_t parser;
	yaml_document_t document;
	struct reader reader = { name, &document, config, complaint };
	int error;

	*config = (struct web_config){ 0 };
	if (!yaml_parser_initialize(&parser))
		return complain(complaint, -ENOMEM, "%s: out of memory", name);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, bytes);
	if (yaml_parser_load(&parser, &document)) {
		error = parse_document(&reader);
		yaml_document_delete(&document);
	} else {
		error = complain(complaint, -EINVAL, "%s:%zu: this is not YAML: %s", name,
				 parser.problem_mark.line + 1, parser.problem ?: "unknown error");
	}
	yaml_parser_delete(&parser);
	return error;
}

/*
 * Read a file into memory, append a null byte, and set @mode. On failure, set @complaint and
 * return NULL. The caller must free() the result.
 */
static char *read_file(const char *path, size_t *bytes, mode_t *mode, struct complaint *complaint)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = fd >= 0 ? malloc(WEB_CONFIG_BYTES + 1) : NULL;
	ssize_t got = text ? read(fd, text, WEB_CONFIG_BYTES + 1) : -1;
	struct stat stat;

	if (got >= 0 && got <= WEB_CONFIG_BYTES && !fstat(fd, &stat)) {
		close(fd);
		text[got] = '\0';
		*bytes = (size_t)got;
		*mode = stat.st_mode;
		return text;
	}
	complain(complaint, got > 0 ? -EFBIG : -errno, "cannot read %s: %s", path,
		 got > 0 ? "it has more than 64 KiB" : strerror(errno));
	free(text);
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* Set the warning in @config if other users can read or write a file with secrets. */
static void check_mode(const char *path, mode_t mode, struct web_config *config)
{
	if (mode & (S_IROTH | S_IWOTH))
		snprintf(config->warning, sizeof(config->warning),
			 "all users of this host can %s %.150s; use chmod o= to change this",
			 mode & S_IWOTH ? "change" : "read", path);
}

/*
 * Read the file @name. If @name is a relative path, resolve it from the directory of @config_path.
 */
static char *read_beside(const char *config_path, const char *name, char *path, mode_t *mode,
			 struct complaint *complaint)
{
	const char *slash = strrchr(config_path, '/');
	size_t bytes;

	if (*name == '/' || !slash)
		snprintf(path, PATH_MAX, "%s", name);
	else
		snprintf(path, PATH_MAX, "%.*s/%s", (int)(slash - config_path), config_path, name);
	return read_file(path, &bytes, mode, complaint);
}

/* Check that GnuTLS can use the certificate with the key. */
static int check_pair(const char *path, const struct web_config *config,
		      struct complaint *complaint)
{
	const gnutls_datum_t cert = { (unsigned char *)config->cert,
				      (unsigned int)strlen(config->cert) };
	const gnutls_datum_t key = { (unsigned char *)config->key,
				     (unsigned int)strlen(config->key) };
	gnutls_certificate_credentials_t credentials;
	int error = gnutls_certificate_allocate_credentials(&credentials);

	if (!error) {
		error = gnutls_certificate_set_x509_key_mem(credentials, &cert, &key,
							    GNUTLS_X509_FMT_PEM);
		gnutls_certificate_free_credentials(credentials);
	}
	if (error < 0)
		return complain(complaint, -EINVAL, "%s: cannot use %s with %s: %s", path,
				config->cert_file, config->key_file, gnutls_strerror(error));
	return 0;
}

static int load_tls(const char *path, struct web_config *config, struct complaint *complaint)
{
	char file[PATH_MAX];
	mode_t mode;

	if (!config->cert_file)
		return 0;
	config->cert = read_beside(path, config->cert_file, file, &mode, complaint);
	if (!config->cert)
		return complaint->error;
	config->key = read_beside(path, config->key_file, file, &mode, complaint);
	if (!config->key)
		return complaint->error;
	check_mode(file, mode, config);
	return check_pair(path, config, complaint);
}

int web_config_read(const char *path, struct web_config *config, struct complaint *complaint)
{
	size_t bytes;
	mode_t mode;
	char *text = read_file(path, &bytes, &mode, complaint);
	int error;

	if (!text)
		return complaint->error;
	error = web_config_parse(path, text, bytes, config, complaint);
	explicit_bzero(text, bytes);
	free(text);
	if (config->users)
		check_mode(path, mode, config);
	if (!error)
		error = load_tls(path, config, complaint);
	if (error)
		web_config_release(config);
	return error;
}

void web_config_release(struct web_config *config)
{
	for (size_t i = 0; i < config->users; i++) {
		free(config->user[i].name);
		free(config->user[i].hash);
	}
	free(config->user);
	free(config->cert_file);
	free(config->key_file);
	free(config->cert);
	if (config->key)
		explicit_bzero(config->key, strlen(config->key));
	free(config->key);
	*config = (struct web_config){ 0 };
}
