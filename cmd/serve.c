// SPDX-License-Identifier: GPL-2.0
/* vmtoll serve: provide the figures of all VMs to Prometheus. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/serve_push.h"
#include "cmd/verb.h"
#include "kvm/vm_name.h"
#include "model/number.h"
#include "process/periodic.h"
#include "process/signals.h"
#include "serve/address.h"
#include "serve/exporter.h"
#include "serve/web_config.h"
#include "view/paragraph.h"

#define KEY_LISTEN	0x2000
#define KEY_REASONS	0x2001
#define KEY_VCPUS	0x2002
#define KEY_HISTOGRAMS	0x2003
#define KEY_KEEP	0x2004
#define KEY_TIMEOUT	0x2005
#define KEY_UNPROTECTED 0x2006
#define KEY_WEB_CONFIG	0x2007

#define PUSH_CHILD 0 /* the index of serve_push_argp in the list of argp children */

#define DEFAULT_LISTEN	"127.0.0.1:9786"
#define DEFAULT_TOP	4
#define DEFAULT_KEEP_NS (300ull * 1000000000u)
#define DEFAULT_TIMEOUT 30

/**
 * struct serve - the arguments of the verb, and the running server
 * @listen: the address (--listen)
 * @is_unprotected: allow other addresses than loopback (--unprotected)
 * @web_path: the file with the configuration of TLS and authentication (--web-config), or NULL
 * @timeout_s: the time limit of a request (--timeout)
 * @sys: the directory of the host's modules
 * @host: the directories of the host
 * @exporter_options: the other options
 * @socket: the listening socket. The server uses a duplicate of it.
 * @address: the address of the socket
 * @web: the configurations of TLS and authentication, before and after a reload
 * @is_second: the second configuration is the current one
 * @push: the options for pushing
 */
struct serve {
	const char *program;
	struct options options;
	const char *listen;
	bool is_unprotected;
	const char *web_path;
	unsigned int timeout_s;
	char sys[PATH_MAX + 16];
	struct host_paths host;
	struct exporter_options exporter_options;
	struct exporter *exporter;
	int socket;
	struct address address;
	struct web_config web[2];
	bool is_second;
	struct serve_push push;
	struct http *http;
};

/* Parse the argument of --reasons: "all", "classes" or "top:N". */
static void parse_reasons(struct argp_state *state, const char *arg, struct tally_options *tally)
{
	uint64_t top;

	if (!strcmp(arg, "all")) {
		tally->mode = TALLY_ALL;
	} else if (!strcmp(arg, "classes")) {
		tally->mode = TALLY_CLASSES;
	} else if (!strncmp(arg, "top:", 4) && !number_parse(arg + 4, 1, 1000, &top)) {
		tally->mode = TALLY_TOP;
		tally->top = top;
	} else {
		options_error(state, "--reasons: '%s' is not all, classes or top:N", arg);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct serve *serve = state->input;
	struct tally_options *tally = &serve->exporter_options.tally;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &serve->options);
		state->child_inputs[PUSH_CHILD] = &serve->push;
		return 0;
	case KEY_LISTEN:
		serve->listen = arg;
		return 0;
	case KEY_REASONS:
		parse_reasons(state, arg, tally);
		return 0;
	case KEY_VCPUS:
		tally->per_vcpu = true;
		return 0;
	case KEY_HISTOGRAMS:
		tally->histograms = true;
		return 0;
	case KEY_KEEP:
		tally->keep_ns = options_duration(state, "--keep", arg, 0, "such as 5m or 1h");
		return 0;
	case KEY_TIMEOUT:
		serve->timeout_s = (unsigned int)options_number(state, "--timeout", arg, 1, 3600);
		return 0;
	case KEY_UNPROTECTED:
		serve->is_unprotected = true;
		return 0;
	case KEY_WEB_CONFIG:
		serve->web_path = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "listen", KEY_LISTEN, "ADDR:PORT", 0,
			  "address of the server (127.0.0.1:9786)", 0 },
			{ "unprotected", KEY_UNPROTECTED, NULL, 0,
			  "allow other machines without TLS and password", 0 },
			{ "web-config", KEY_WEB_CONFIG, "FILE", 0,
			  "TLS and passwords, in the format of Prometheus' exporters", 0 },
			{ "reasons", KEY_REASONS, "WHICH", 0,
			  "named exit reasons: all, classes, or top:N (top:4)", 0 },
			{ "vcpus", KEY_VCPUS, NULL, 0, "series for each vCPU", 0 },
			{ "histograms", KEY_HISTOGRAMS, NULL, 0, "histograms of exit durations",
			  0 },
			{ "keep", KEY_KEEP, "TIME", 0,
			  "how long to keep the series of an ended VM (5m)", 0 },
			{ "timeout", KEY_TIMEOUT, "S", 0, "time limit of a request in seconds (30)",
			  0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Provide the exits of all VMs to Prometheus, at http://ADDR:PORT/metrics.",
	.children =
		(const struct argp_child[]){
			[PUSH_CHILD] = { &serve_push_argp, 0, NULL, 0 },
			{ &options_source, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static void name_vm(void *context, struct snapshot_vm *vm)
{
	const struct serve *serve = context;
	struct host_paths host = vm_select_host(&serve->options.select);

	if (!vm_select_host_is_source(&serve->options))
		return;
	vm_select_name(&host, vm);
	if (!strcmp(vm->name, VM_NAME_GONE))
		vm->name[0] = '\0';
}

/* Check that --source names a live source. Without this option, the source is always live. */
static int check_source(const struct serve *serve, struct complaint *complaint)
{
	const char *spec = serve->options.source.spec;

	if (source_spec_is_live(spec))
		return 0;
	return complain(complaint, -EINVAL, "%s does not change: serving requires a live source",
			spec);
}

static int check_address(const struct serve *serve, const struct web_config *web,
			 struct complaint *complaint)
{
	char text[ADDRESS_TEXT];

	if (serve->is_unprotected || address_is_local(&serve->address) || web_config_protects(web))
		return 0;
	return complain(
		complaint, -EPERM,
		"other machines can reach %s, and there is no TLS or authentication; listen "
		"on loopback, or use --web-config or --unprotected",
		address_text(&serve->address, text, sizeof(text)));
}

static void print_line(const struct serve *serve, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void print_line(const struct serve *serve, const char *format, ...)
{
	char line[sizeof(struct complaint)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	paragraph_message(serve->program, line, stderr);
}

/* Read the configuration of TLS and authentication, if there is one. */
static int read_web_config(const struct serve *serve, struct web_config *web,
			   struct complaint *complaint)
{
	int error;

	*web = (struct web_config){ 0 };
	if (!serve->web_path)
		return 0;
	error = web_config_read(serve->web_path, web, complaint);
	if (error)
		return error;
	if (web->warning[0])
		print_line(serve, ": warning: %s", web->warning);
	if (web->users && !web->cert && !address_is_local(&serve->address))
		print_line(serve,
			   ": warning: %s configures no TLS, so passwords are sent in "
			   "clear text",
			   serve->web_path);
	return 0;
}

/* Set the listening socket and its address. */
static int open_socket(struct serve *serve, struct complaint *complaint)
{
	int fd = address_inherited(&serve->address, complaint);
	int error = 0;

	if (!fd)
		error = address_parse(serve->listen, &serve->address, complaint);
	if (fd < 0 || error)
		return fd < 0 ? fd : error;
	error = read_web_config(serve, &serve->web[0], complaint);
	if (!error)
		error = check_address(serve, &serve->web[0], complaint);
	if (error)
		return error;
	serve->socket = fd ?: address_listen(&serve->address, complaint);
	return serve->socket < 0 ? serve->socket : 0;
}

/* Start a server with this configuration. */
static int start_server(const struct serve *serve, const struct web_config *web, struct http **http,
			struct complaint *complaint)
{
	struct http_options options = {
		.socket = fcntl(serve->socket, F_DUPFD_CLOEXEC, 3),
		.timeout_s = serve->timeout_s,
		.web = web,
		.is_local_only = address_is_loopback(&serve->address) && !web_config_protects(web),
		.respond = exporter_respond,
		.context = serve->exporter,
	};
	char text[ADDRESS_TEXT];
	int error;

	if (options.socket < 0)
		return complain(complaint, -errno, "cannot duplicate the socket: %s",
				strerror(errno));
	error = http_start(&options, http, complaint);
	if (!error)
		print_line(serve, ": listening on http%s://%s/metrics", web->cert ? "s" : "",
			   address_text(&serve->address, text, sizeof(text)));
	return error;
}

/*
 * Read the configuration again, and replace the server with one that uses the new configuration.
 * If this fails, print a warning and keep the old server.
 */
static int reload(void *context, struct complaint *complaint)
{
	struct serve *serve = context;
	struct web_config *next = &serve->web[!serve->is_second];
	struct complaint why = { "" };
	struct http *http;
	int error = read_web_config(serve, next, &why);

	(void)complaint;
	if (!error)
		error = check_address(serve, next, &why);
	if (!error)
		error = start_server(serve, next, &http, &why);
	if (error) {
		web_config_release(next);
		print_line(serve, ": warning: keeping the configuration: %s", why.text);
		return 0;
	}
	http_stop(serve->http);
	web_config_release(&serve->web[serve->is_second]);
	serve->http = http;
	serve->is_second = !serve->is_second;
	return 0;
}

/* Push the current metrics if an interval has ended. */
static void push_tick(struct serve *serve)
{
	struct push *push = serve->exporter_options.push;
	const struct http_request request = { .path = "/metrics" };
	struct http_page *page;

	if (!push || !push_is_due(push))
		return;
	page = exporter_respond(serve->exporter, &request);
	if (page)
		push_add(push, page->text);
	http_page_release(page);
}

static int tick(void *context, struct complaint *complaint)
{
	struct serve *serve = context;

	(void)complaint;
	http_expire(serve->http);
	exporter_tick(serve->exporter);
	push_tick(serve);
	return 0;
}

static void suspend(void)
{
	raise(SIGSTOP);
}

static int serve_until_signal(struct serve *serve, struct complaint *complaint)
{
	const struct periodic periodic = {
		.every_ns = 1000000000u,
		.tick = tick,
		.context = serve,
		.reload = serve->web_path ? reload : NULL,
	};
	int error = open_socket(serve, complaint);

	if (error)
		return error;
	error = start_server(serve, &serve->web[0], &serve->http, complaint);
	if (error)
		return error;
	error = periodic_run(&periodic, complaint);
	http_stop(serve->http);
	return error;
}

/*
 * Set the directories from which the names of the VMs and the parameters of KVM are read. Do not
 * set them if the VMs of the source may be running on another host; see
 * vm_select_host_is_source().
 */
static void set_host(struct serve *serve)
{
	const char *root = serve->options.select.root;

	if (!vm_select_host_is_source(&serve->options))
		return;
	snprintf(serve->sys, sizeof(serve->sys), "%s/sys/module", root ? root : "");
	serve->host = vm_select_host(&serve->options.select);
	serve->host.sys = serve->sys;
	serve->exporter_options.host = &serve->host;
}

static int serve_all(struct serve *serve, struct complaint *complaint)
{
	int error = http_check(complaint);

	if (!error)
		error = check_source(serve, complaint);
	if (error)
		return error;
	signals_hold(suspend);
	signals_hold_flush();
	if (serve->web_path)
		signals_hold_reload();
	serve->exporter_options.source = serve->options.source;
	set_host(serve);
	if (serve->push.options.url)
		error = push_create(&serve->push.options, &serve->exporter_options.push, complaint);
	if (!error)
		error = exporter_create(&serve->exporter_options, &serve->exporter, complaint);
	if (!error)
		error = serve_until_signal(serve, complaint);
	exporter_destroy(serve->exporter);
	push_destroy(serve->exporter_options.push);
	for (int i = 0; i < 2; i++)
		web_config_release(&serve->web[i]);
	return error;
}

int verb_serve(int argc, char **argv, struct complaint *complaint)
{
	struct serve serve = {
		.program = argv[0],
		.options.scope = SCOPE_ALL,
		.listen = DEFAULT_LISTEN,
		.timeout_s = DEFAULT_TIMEOUT,
		.exporter_options = {
			.program = argv[0],
			.version = VMTOLL_VERSION,
			.tally = { .mode = TALLY_TOP,
				   .top = DEFAULT_TOP,
				   .keep_ns = DEFAULT_KEEP_NS,
				   .name_vm = name_vm,
				   .context = &serve },
		},
	};
	int error;

	setlinebuf(stderr); /* programs that read the messages then get whole lines */
	serve_push_init(&serve.push, argv[0]);
	options_parse(&argp, argc, argv, 0, &serve);
	error = serve_all(&serve, complaint);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
