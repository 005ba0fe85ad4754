// SPDX-License-Identifier: GPL-2.0
/* Check passwords in a thread, see auth.h. */
#include "serve/auth.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_BYTES 32 /* SHA-256 */
#define REMEMBERED   64
#define QUEUE	     16

/**
 * struct job - a password to check
 * @waiter: the client, with a reference
 */
struct job {
	char *name;
	char *password;
	struct http_waiter *waiter;
};

/**
 * struct auth - a password checker
 * @key: a random key for the digests
 * @lock: protects all members below
 * @changed: signalled if a job was added or if the thread must end
 * @job: the waiting jobs, a ring buffer of @jobs elements that starts at @first
 * @digest: digests of names and passwords that were accepted; a new digest replaces the oldest one
 */
struct auth {
	struct web_user *user;
	size_t users;
	unsigned char key[DIGEST_BYTES];
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_ending;
	struct job job[QUEUE];
	size_t first;
	size_t jobs;
	unsigned char digest[REMEMBERED][DIGEST_BYTES];
	size_t digests;
	size_t oldest;
};

struct http_page *auth_page(void)
{
	return http_page_text(401, "a name and a password are required\n");
}

/* Compute the digest of a name and a password. Return false if that fails. */
static bool make_digest(const struct auth *auth, const char *name, const char *password,
			unsigned char digest[DIGEST_BYTES])
{
	gnutls_hmac_hd_t hmac;

	if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, auth->key, sizeof(auth->key)))
		return false;
	/* The null character separates the name from the password. */
	gnutls_hmac(hmac, name, strlen(name) + 1);
	gnutls_hmac(hmac, password, strlen(password));
	gnutls_hmac_deinit(hmac, digest);
	return true;
}

bool auth_is_accepted(struct auth *auth, const char *name, const char *password)
{
	unsigned char digest[DIGEST_BYTES];
	bool is_accepted = false;

	if (!make_digest(auth, name, password, digest))
		return false;
	pthread_mutex_lock(&auth->lock);
	for (size_t i = 0; i < auth->digests; i++)
		is_accepted |= !gnutls_memcmp(auth->digest[i], digest, DIGEST_BYTES);
	pthread_mutex_unlock(&auth->lock);
	return is_accepted;
}

static void remember(struct auth *auth, const char *name, const char *password)
{
	unsigned char digest[DIGEST_BYTES];

	if (!make_digest(auth, name, password, digest))
		return;
	pthread_mutex_lock(&auth->lock);
	memcpy(auth->digest[auth->oldest], digest, DIGEST_BYTES);
	auth->oldest = (auth->oldest + 1) % REMEMBERED;
	if (auth->digests < REMEMBERED)
		auth->digests++;
	pthread_mutex_unlock(&auth->lock);
}

/*
 * Return true if the password is right. For an unknown user, compare the password with another
 * user's hash, so that the time of the check does not reveal which users exist.
 */
static bool is_right(const struct auth *auth, const struct job *job)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	const char *expected = auth->user[0].hash;
	bool is_user = false;
	const char *hash;
	bool is_equal;

	if (!data)
		return false;
	for (size_t i = 0; i < auth->users; i++) {
		if (!strcmp(auth->user[i].name, job->name)) {
			expected = auth->user[i].hash;
			is_user = true;
		}
	}
	hash = crypt_r(job->password, expected, data);
	is_equal = hash && strlen(hash) == strlen(expected) &&
		   !gnutls_memcmp(hash, expected, strlen(expected));
	explicit_bzero(data, sizeof(*data));
	free(data);
	return is_equal && is_user;
}

static void job_release(struct job *job)
{
	free(job->name);
	if (job->password)
		explicit_bzero(job->password, strlen(job->password));
	free(job->password);
	http_waiter_release(job->waiter);
}

static void job_do(struct auth *auth, struct job *job)
{
	bool right = is_right(auth, job);

	if (right)
		remember(auth, job->name, job->password);
	http_deliver(job->waiter, right ? NULL : auth_page());
}

/* Wait for a job. Return false if the thread must end. */
static bool next_job(struct auth *auth, struct job *job)
{
	bool is_ending;

	pthread_mutex_lock(&auth->lock);
	while (!auth->is_ending && !auth->jobs)
		pthread_cond_wait(&auth->changed, &auth->lock);
	is_ending = auth->is_ending;
	if (!is_ending) {
		*job = auth->job[auth->first];
		auth->first = (auth->first + 1) % QUEUE;
		auth->jobs--;
	}
	pthread_mutex_unlock(&auth->lock);
	return !is_ending;
}

static void *check_passwords(void *context)
{
	struct auth *auth = context;
	struct job job;

	while (next_job(auth, &job)) {
		job_do(auth, &job);
		job_release(&job);
	}
	return NULL;
}

bool auth_check(struct auth *auth, const char *name, const char *password,
		struct http_waiter *waiter)
{
	struct job job = { strdup(name), strdup(password), http_waiter_use(waiter) };
	bool is_added = false;

	pthread_mutex_lock(&auth->lock);
	if (job.name && job.password && auth->jobs < QUEUE) {
		auth->job[(auth->first + auth->jobs++) % QUEUE] = job;
		is_added = true;
		pthread_cond_signal(&auth->changed);
	}
	pthread_mutex_unlock(&auth->lock);
	if (!is_added)
		job_release(&job);
	return is_added;
}

static void release(struct auth *auth)
{
	for (size_t i = 0; i < auth->jobs; i++)
		job_release(&auth->job[(auth->first + i) % QUEUE]);
	for (size_t i = 0; i < auth->users; i++) {
		free(auth->user[i].name);
		free(auth->user[i].hash);
	}
	free(auth->user);
	pthread_cond_destroy(&auth->changed);
	pthread_mutex_destroy(&auth->lock);
	free(auth);
}

/* Copy the users of @config. Return false if out of memory. */
static bool copy_users(struct auth *auth, const struct web_config *config)
{
	auth->user = calloc(config->users, sizeof(*auth->user));
	if (!auth->user)
		return false;
	auth->users = config->users;
	for (size_t i = 0; i < config->users; i++) {
		auth->user[i].name = strdup(config->user[i].name);
		auth->user[i].hash = strdup(config->user[i].hash);
		if (!auth->user[i].name || !auth->user[i].hash)
			return false;
	}
	return true;
}

struct auth *auth_create(const struct web_config *config)
{
	struct auth *auth = calloc(1, sizeof(*auth));

	if (!auth)
		return NULL;
	pthread_mutex_init(&auth->lock, NULL);
	pthread_cond_init(&auth->changed, NULL);
	if (!copy_users(auth, config) || gnutls_rnd(GNUTLS_RND_KEY, auth->key, sizeof(auth->key)) ||
	    pthread_create(&auth->thread, NULL, check_passwords, auth)) {
		release(auth);
		return NULL;
	}
	return auth;
}

void auth_destroy(struct auth *auth)
{
	if (!auth)
		return;
	pthread_mutex_lock(&auth->lock);
	auth->is_ending = true;
	pthread_cond_signal(&auth->changed);
	pthread_mutex_unlock(&auth->lock);
	pthread_join(auth->thread, NULL);
	release(auth);
}
