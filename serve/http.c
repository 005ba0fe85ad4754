// SPDX-License-Identifier: GPL-2.0
/* An HTTP server with bounded memory, based on libmicrohttpd, see http.h. */
#include "serve/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "model/array.h"
#include "process/clock.h"
#include "serve/address.h"
#include "serve/auth.h"
#include "serve/waiter.h"
#include "serve/web_config.h"

/*
 * If at least this many connections are open, the server closes one of them for each new
 * connection: the one that has gone longest without completing a request.
 */
#define CROWDED (HTTP_CONNECTIONS * 3 / 4)

/* The header Content-Security-Policy. Charts have inline styles. */
#define HTTP_POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; " \
	"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/*
 * The size of the kernel's send buffer of each connection. It limits how much kernel memory a slow
 * client can fill.
 */
#define SEND_BUFFER (128 * 1024)

/**
 * struct connection - one connection
 * @since_ns: when the connection was opened or when its last request was completed
 * @page: the page that is being sent, or NULL
 * @waiter: the waiter of the current request, or NULL
 * @is_checking: @waiter waits until another thread has checked the password
 */
struct connection {
	struct http *http;
	struct connection *next;
	struct connection *previous;
	int fd;
	uint64_t since_ns;
	const struct http_page *page;
	struct http_waiter *waiter;
	bool is_checking;
};

/**
 * struct http - the server
 * @lock: protects the members below, and the connections
 * @is_stopping: the server is stopping, so connections must no longer be suspended
 * @first: the list of connections, newest first
 */
struct http {
	struct http_options options;
	struct MHD_Daemon *daemon;
	struct auth *auth;
	pthread_mutex_t lock;
	bool is_stopping;
	struct connection *first;
	size_t connections;
};

int http_check(struct complaint *complaint)
{
	(void)complaint;
	return 0;
}

/*
 * Shut down the socket of a connection, so that libmicrohttpd closes the connection. The socket is
 * still open: close_connection() removes a connection from the list before libmicrohttpd closes
 * the socket.
 */
static void connection_end(const struct connection *connection)
{
	const struct linger reset = { .l_onoff = 1 };

	/* Let the kernel discard the data that a slow client has not read yet. */
	setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	shutdown(connection->fd, SHUT_RDWR);
}

static struct connection *connection_longest(const struct http *http)
{
	struct connection *longest = http->first;

	for (struct connection *c = http->first; c; c = c->next)
		if (c->since_ns < longest->since_ns)
			longest = c;
	return longest;
}

static void open_connection(struct http *http, struct MHD_Connection *mhd, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct connection *connection = calloc(1, sizeof(*connection));
	int bytes = SEND_BUFFER;

	*context = connection;
	if (!connection)
		return;
	connection->http = http;
	connection->fd = info->connect_fd;
	connection->since_ns = clock_monotonic_ns();
	setsockopt(connection->fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	pthread_mutex_lock(&http->lock);
	if (http->connections >= CROWDED)
		connection_end(connection_longest(http));
	connection->next = http->first;
	if (http->first)
		http->first->previous = connection;
	http->first = connection;
	http->connections++;
	pthread_mutex_unlock(&http->lock);
}

/*
 * If the connection has a waiter, end the wait and release the waiter. The caller holds the lock.
 */
static void drop_waiter(struct connection *connection)
{
	if (!connection->waiter)
		return;
	waiter_end(connection->waiter);
	http_waiter_release(connection->waiter);
	connection->waiter = NULL;
}

static void close_connection(struct http *http, struct connection *connection)
{
	if (!connection)
		return;
	pthread_mutex_lock(&http->lock);
	if (connection->previous)
		connection->previous->next = connection->next;
	else
		http->first = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	http->connections--;
	drop_waiter(connection);
	pthread_mutex_unlock(&http->lock);
	free(connection);
}

static void notify_connection(void *context, struct MHD_Connection *mhd, void **connection,
			      enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		open_connection(context, mhd, connection);
	else
		close_connection(context, *connection);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
	return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* Reset the connection after a request has been completed or aborted. */
static void notify_completed(void *context, struct MHD_Connection *mhd, void **request,
			     enum MHD_RequestTerminationCode code)
{
	struct http *http = context;
	struct connection *connection = connection_of(mhd);

	(void)request;
	(void)code;
	if (!connection)
		return;
	pthread_mutex_lock(&http->lock);
	connection->page = NULL;
	connection->since_ns = clock_monotonic_ns();
	drop_waiter(connection);
	pthread_mutex_unlock(&http->lock);
}

/*
 * Return the oldest page that is being sent. Set *@pages to the number of pages that are being
 * sent, but at most to HTTP_PAGES. A page that is being sent on several connections counts once.
 * Ignore the page @except.
 */
static const struct http_page *oldest_page(const struct http *http, const struct http_page *except,
					   size_t *pages)
{
	const struct http_page *seen[HTTP_PAGES];
	const struct http_page *oldest = NULL;

	*pages = 0;
	for (const struct connection *c = http->first; c; c = c->next) {
		size_t i = 0;

		if (!c->page || c->page == except)
			continue;
		while (i < *pages && seen[i] != c->page)
			i++;
		if (i == *pages && *pages < HTTP_PAGES)
			seen[(*pages)++] = c->page;
		if (!oldest || c->page->created_ns < oldest->created_ns)
			oldest = c->page;
	}
	return oldest;
}

/*
 * Record that @page is being sent on @connection. If at least HTTP_PAGES other pages are being
 * sent, shut down the connections that are sending the oldest of them.
 */
static void use_page(struct http *http, struct connection *connection, const struct http_page *page)
{
	const struct http_page *oldest;
	size_t pages;

	if (!connection)
		return;
	pthread_mutex_lock(&http->lock);
	oldest = oldest_page(http, page, &pages);
	for (const struct connection *c = http->first; c && pages == HTTP_PAGES; c = c->next)
		if (c->page == oldest)
			connection_end(c);
	connection->page = page;
	pthread_mutex_unlock(&http->lock);
}

static void free_page(void *page)
{
	http_page_release(page);
}

/* The additional header of each response with the given status. */
static const struct {
	unsigned int status;
	const char *name;
	const char *value;
} status_headers[] = {
	{ MHD_HTTP_UNAUTHORIZED, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Basic realm=\"vmtoll\"" },
	{ MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW, "GET, HEAD" },
	{ MHD_HTTP_SERVICE_UNAVAILABLE, MHD_HTTP_HEADER_RETRY_AFTER, "1" },
};

/*
 * Add the headers that all responses have. With HTTP_POLICY, the browser does not load anything
 * from other servers, and does not show the response in a frame of another page.
 */
static void add_headers(struct MHD_Response *response, const char *type)
{
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(response, "Content-Security-Policy", HTTP_POLICY);
}

/* Send a page, and drop the reference to it. */
static enum MHD_Result send_page(struct MHD_Connection *mhd, struct http_page *page)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer_with_free_callback_cls(page->bytes, page->text,
									  free_page, page);
	if (!response) {
		http_page_release(page);
		return MHD_NO;
	}
	add_headers(response, page->type);
	for (size_t i = 0; i < ARRAY_SIZE(status_headers); i++)
		if (status_headers[i].status == page->status)
			MHD_add_response_header(response, status_headers[i].name,
						status_headers[i].value);
	result = MHD_queue_response(mhd, page->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result send_error(struct MHD_Connection *mhd, unsigned int status, const char *text)
{
	struct http_page *page = http_page_text(status, text);

	return page ? send_page(mhd, page) : MHD_NO;
}

static const char *header(struct MHD_Connection *mhd, const char *name)
{
	return MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, name);
}

static bool has_body(struct MHD_Connection *mhd)
{
	const char *length = header(mhd, MHD_HTTP_HEADER_CONTENT_LENGTH);

	return (length && strcmp(length, "0")) || header(mhd, MHD_HTTP_HEADER_TRANSFER_ENCODING);
}

static const char *argument(struct MHD_Connection *mhd, const char *name)
{
	return MHD_lookup_connection_value(mhd, MHD_GET_ARGUMENT_KIND, name);
}

/* The name and the password in a request. Both are NULL if the request contains none. */
struct credentials {
	char *name;
	char *password;
};

static void credentials_read(struct MHD_Connection *mhd, struct credentials *credentials)
{
	*credentials = (struct credentials){ NULL, NULL };
	credentials->name = MHD_basic_auth_get_username_password(mhd, &credentials->password);
}

static void credentials_release(struct credentials *credentials)
{
	if (credentials->password)
		explicit_bzero(credentials->password, strlen(credentials->password));
	MHD_free(credentials->name);
	MHD_free(credentials->password);
}

/* Create a waiter for the current request. Return a reference to it, or NULL. */
static struct http_waiter *add_waiter(struct MHD_Connection *mhd, bool is_stream, bool is_checking)
{
	struct connection *connection = connection_of(mhd);
	struct http *http = connection->http;
	struct http_waiter *waiter = NULL;

	pthread_mutex_lock(&http->lock);
	if (!http->is_stopping)
		waiter = waiter_create(mhd, is_stream);
	if (waiter) {
		connection->waiter = http_waiter_use(waiter);
		connection->is_checking = is_checking;
	}
	pthread_mutex_unlock(&http->lock);
	return waiter;
}

struct http_waiter *http_wait(const struct http_request *request, bool is_stream)
{
	return add_waiter(request->connection, is_stream, false);
}

static enum MHD_Result send_shared_page(struct http *http, struct MHD_Connection *mhd,
					struct http_page *page)
{
	if (!page)
		return send_error(mhd, MHD_HTTP_SERVICE_UNAVAILABLE, "out of memory\n");
	use_page(http, connection_of(mhd), page);
	return send_page(mhd, page);
}

/* Respond with an event stream. Its events are the pages that are delivered to @waiter. */
static enum MHD_Result send_stream(struct MHD_Connection *mhd, struct http_waiter *waiter)
{
	struct MHD_Response *response = waiter_stream(waiter);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	add_headers(response, "text/event-stream");
	result = MHD_queue_response(mhd, MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

/* Make and send the page for a request that is allowed. */
static enum MHD_Result respond(struct http *http, struct MHD_Connection *mhd, const char *path)
{
	const struct http_request request = {
		.path = path,
		.accept = header(mhd, MHD_HTTP_HEADER_ACCEPT),
		.ms = argument(mhd, "ms"),
		.pid = argument(mhd, "pid"),
		.vm = argument(mhd, "vm"),
		.connection = mhd,
	};
	struct http_page *page = http->options.respond(http->options.context, &request);
	struct connection *connection = connection_of(mhd);

	if (page || !connection->waiter)
		return send_shared_page(http, mhd, page);
	if (waiter_is_stream(connection->waiter))
		return send_stream(mhd, connection->waiter);
	if (waiter_take(connection->waiter, &page))
		return send_shared_page(http, mhd, page);
	return MHD_YES;
}

/* Return true if the name and the password of a request were accepted before. */
static bool is_accepted(const struct http *http, struct MHD_Connection *mhd,
			struct credentials *credentials)
{
	credentials_read(mhd, credentials);
	return credentials->name && credentials->password &&
	       auth_is_accepted(http->auth, credentials->name, credentials->password);
}

/*
 * Continue a request after auth_check() has delivered NULL. If the password was right,
 * is_accepted() now returns true. Otherwise, the check was abandoned.
 */
static enum MHD_Result resume_checked(struct http *http, struct MHD_Connection *mhd,
				      const char *path)
{
	struct connection *connection = connection_of(mhd);
	struct credentials credentials;
	bool accepted = is_accepted(http, mhd, &credentials);

	credentials_release(&credentials);
	pthread_mutex_lock(&http->lock);
	drop_waiter(connection);
	pthread_mutex_unlock(&http->lock);
	if (!accepted)
		return send_error(mhd, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "the password could not be checked\n");
	return respond(http, mhd, path);
}

/* Continue a request that has a waiter. If no page has been delivered yet, keep waiting. */
static enum MHD_Result resume(struct http *http, struct MHD_Connection *mhd, const char *path)
{
	struct connection *connection = connection_of(mhd);
	struct http_page *page;

	if (!waiter_take(connection->waiter, &page))
		return MHD_YES;
	if (connection->is_checking && !page)
		return resume_checked(http, mhd, path);
	return send_shared_page(http, mhd, page);
}

/* Check the password in another thread. The request continues in resume(). */
static enum MHD_Result check_password(struct http *http, struct MHD_Connection *mhd,
				      const char *path, const struct credentials *credentials)
{
	struct http_waiter *waiter = add_waiter(mhd, false, true);
	bool is_added =
		waiter && auth_check(http->auth, credentials->name, credentials->password, waiter);

	http_waiter_release(waiter);
	if (!is_added)
		return send_error(mhd, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "too many passwords are being checked\n");
	return resume(http, mhd, path);
}

/* Ask the client for a name and a password. */
static enum MHD_Result ask_for_password(struct MHD_Connection *mhd)
{
	struct http_page *page = auth_page();

	return page ? send_page(mhd, page) : MHD_NO;
}

/* Respond to a request if its name and password are right. */
static enum MHD_Result authenticate(struct http *http, struct MHD_Connection *mhd, const char *path)
{
	struct credentials credentials;
	enum MHD_Result result;

	if (is_accepted(http, mhd, &credentials))
		result = respond(http, mhd, path);
	else if (!credentials.name || !credentials.password)
		result = ask_for_password(mhd);
	else
		result = check_password(http, mhd, path, &credentials);
	credentials_release(&credentials);
	return result;
}

/*
 * Handle a request. libmicrohttpd calls this function
 * - when it has received the header of the request,
 * - when it has received the complete request, and
 * - whenever the connection is resumed.
 *
 * The first call sends a response only to refuse the request. In this case, libmicrohttpd closes
 * the connection without reading the body.
 */
static enum MHD_Result handle(void *context, struct MHD_Connection *mhd, const char *path,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_bytes, void **request)
{
	static int is_known;
	struct http *http = context;
	struct connection *connection = connection_of(mhd);

	(void)version;
	(void)upload;
	(void)upload_bytes;
	if (!connection)
		return MHD_NO;
	if (connection->waiter)
		return resume(http, mhd, path);
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_error(mhd, MHD_HTTP_METHOD_NOT_ALLOWED,
				  "only GET and HEAD are supported\n");
	if (has_body(mhd))
		return send_error(mhd, MHD_HTTP_CONTENT_TOO_LARGE, "a request must have no body\n");
	if (!*request) {
		*request = &is_known;
		return MHD_YES;
	}
	if (http->options.is_local_only &&
	    !address_host_is_local(header(mhd, MHD_HTTP_HEADER_HOST)))
		return send_error(mhd, MHD_HTTP_MISDIRECTED_REQUEST,
				  "the header Host is not an IP address or localhost\n");
	return http->auth ? authenticate(http, mhd, path) : respond(http, mhd, path);
}

/* Start the server of libmicrohttpd. Return false if that fails. */
static bool start_daemon(struct http *http)
{
	const struct http_options *options = &http->options;
	const struct web_config *web = options->web;
	unsigned int flags = MHD_USE_AUTO_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem tls[4] = { { MHD_OPTION_END, 0, NULL } };

	if (web && web->cert) {
		flags |= MHD_USE_TLS;
		tls[0] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, web->cert };
		tls[1] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, web->key };
		tls[2] = (struct MHD_OptionItem){
			MHD_OPTION_HTTPS_PRIORITIES, 0,
			web->is_tls13_only ? "NORMAL:-VERS-ALL:+VERS-TLS1.3"
					   : "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
		};
		tls[3] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	}
	http->daemon =
		MHD_start_daemon(flags, 0, NULL, NULL, handle, http, MHD_OPTION_LISTEN_SOCKET,
				 options->socket, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned int)HTTP_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)HTTP_CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT,
				 options->timeout_s, MHD_OPTION_NOTIFY_CONNECTION,
				 notify_connection, http, MHD_OPTION_NOTIFY_COMPLETED,
				 notify_completed, http, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
	return http->daemon;
}

int http_start(const struct http_options *options, struct http **http, struct complaint *complaint)
{
	struct http *started = calloc(1, sizeof(*started));

	if (started)
		started->options = *options;
	if (started && options->web && options->web->users)
		started->auth = auth_create(options->web);
	if (!started || (options->web && options->web->users && !started->auth)) {
		free(started);
		close(options->socket);
		return complain(complaint, -ENOMEM, "cannot serve: out of memory");
	}
	pthread_mutex_init(&started->lock, NULL);
	if (!start_daemon(started)) {
		auth_destroy(started->auth);
		free(started);
		close(options->socket);
		return complain(complaint, -EIO, "cannot start the HTTP server: %s",
				strerror(errno));
	}
	*http = started;
	return 0;
}

/* Return true if the connection has exceeded the time limit. The caller holds the lock. */
static bool is_expired(const struct connection *connection, uint64_t now_ns, uint64_t limit_ns)
{
	uint64_t since_ns = connection->since_ns;

	if (connection->waiter && waiter_is_stream(connection->waiter))
		since_ns = waiter_sending_since_ns(connection->waiter);
	return since_ns && now_ns > since_ns && now_ns - since_ns > limit_ns;
}

void http_expire(struct http *http)
{
	uint64_t now_ns = clock_monotonic_ns();
	uint64_t limit_ns = http->options.timeout_s * 1000000000ull;

	pthread_mutex_lock(&http->lock);
	for (struct connection *c = http->first; c; c = c->next)
		if (is_expired(c, now_ns, limit_ns))
			connection_end(c);
	pthread_mutex_unlock(&http->lock);
}

void http_stop(struct http *http)
{
	if (!http)
		return;
	pthread_mutex_lock(&http->lock);
	http->is_stopping = true;
	for (const struct connection *c = http->first; c; c = c->next)
		if (c->waiter)
			waiter_end(c->waiter);
	pthread_mutex_unlock(&http->lock);
	MHD_stop_daemon(http->daemon);
	auth_destroy(http->auth);
	pthread_mutex_destroy(&http->lock);
	free(http);
}
