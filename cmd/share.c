// SPDX-License-Identifier: GPL-2.0
/* vmtoll share: let guests read their own exits over vsock. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/verb.h"
#include "model/array.h"
#include "process/clock.h"
#include "process/signals.h"
#include "share/server.h"
#include "view/paragraph.h"

#define KEY_ALLOW 0x2000
#define KEY_DENY  0x2001
#define KEY_UNIX  0x2002
#define KEY_PID	  0x2003
#define KEY_VSOCK 0x2004

/* The limit for messages about refused requests: LOG_LINES lines in LOG_PERIOD nanoseconds. */
#define LOG_LINES  10
#define LOG_PERIOD (5ull * 1000000000u)

/**
 * struct hybrid - a VMM that implements vsock itself
 * @path: its socket (--unix)
 * @pid: its process (--pid), or 0 if it is not known yet
 */
struct hybrid {
	const char *path;
	uint32_t pid;
};

/**
 * struct share - the arguments of `vmtoll share`, and the running server
 * @vsock: listen on vsock even if --unix is given (--vsock)
 * @log_start_ns: when the current LOG_PERIOD started
 * @log_lines: how many refusals were printed in this period
 * @log_dropped: how many refusals were not printed in this period
 */
struct share {
	const char *program;
	struct options options;
	bool vsock;
	struct hybrid hybrid[SERVER_LISTENERS - 1];
	size_t hybrids;
	struct answer_options answers;
	struct server *server;
	uint64_t log_start_ns;
	unsigned int log_lines;
	unsigned int log_dropped;
};

static void add_rule(struct share *share, const struct argp_state *state, bool allows,
		     const char *vm)
{
	const char *option = allows ? "--allow" : "--deny";

	if (!*vm)
		options_error(state, "%s: the VM is missing", option);
	if (access_add(&share->answers.access, allows, vm))
		options_error(state, "%s: more than %d rules", option, ACCESS_RULES);
}

static void add_unix(struct share *share, const struct argp_state *state, const char *path)
{
	if (!*path)
		options_error(state, "--unix: the path is missing");
	if (share->hybrids && !share->hybrid[share->hybrids - 1].pid)
		options_error(state, "--unix %s: give --pid first",
			      share->hybrid[share->hybrids - 1].path);
	if (share->hybrids == ARRAY_SIZE(share->hybrid))
		options_error(state, "--unix: more than %zu sockets", ARRAY_SIZE(share->hybrid));
	share->hybrid[share->hybrids++].path = path;
}

static void set_pid(struct share *share, const struct argp_state *state, const char *text)
{
	struct hybrid *last = share->hybrids ? &share->hybrid[share->hybrids - 1] : NULL;

	if (!last || last->pid)
		options_error(state, "--pid: there is no --unix before it");
	last->pid = (uint32_t)options_number(state, "--pid", text, 1, INT32_MAX);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct share *share = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		options_inputs(state->root_argp, state, &share->options);
		return 0;
	case KEY_ALLOW:
	case KEY_DENY:
		add_rule(share, state, key == KEY_ALLOW, arg);
		return 0;
	case KEY_UNIX:
		add_unix(share, state, arg);
		return 0;
	case KEY_PID:
		set_pid(share, state, arg);
		return 0;
	case KEY_VSOCK:
		share->vsock = true;
		return 0;
	case ARGP_KEY_END:
		if (share->hybrids && !share->hybrid[share->hybrids - 1].pid)
			options_error(state, "--unix requires --pid");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp argp = {
	.options =
		(const struct argp_option[]){
			{ "allow", KEY_ALLOW, "VM", 0,
			  "answer only VMs named by --allow: a process id, a name, or a cgroup "
			  "/PATH (repeatable)",
			  0 },
			{ "deny", KEY_DENY, "VM", 0, "do not answer this VM (repeatable)", 0 },
			{ "unix", KEY_UNIX, "PATH", 0,
			  "vsock socket of Firecracker or cloud-hypervisor (repeatable, each with "
			  "--pid)",
			  0 },
			{ "pid", KEY_PID, "PID", 0, "process of the VMM of the last --unix", 0 },
			{ "vsock", KEY_VSOCK, NULL, 0, "listen on vsock in addition to --unix", 0 },
			{ 0 },
		},
	.parser = parse,
	.doc = "Let guests read their own exits over vsock. In the guest, vmtoll finds this "
	       "server by itself.",
	.children =
		(const struct argp_child[]){
			{ &options_source, 0, NULL, 0 },
			{ &options_root, 0, NULL, 0 },
			{ &options_help, 0, NULL, 0 },
			{ 0 },
		},
};

static void print_line(const struct share *share, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void print_line(const struct share *share, const char *format, ...)
{
	char line[sizeof(struct complaint)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	paragraph_message(share->program, line, stderr);
}

/* Print why a request was refused. Guests cause these lines, so limit their number. */
static void log_refusal(void *context, const char *text)
{
	struct share *share = context;
	uint64_t now = clock_monotonic_ns();

	if (now - share->log_start_ns >= LOG_PERIOD) {
		if (share->log_dropped)
			print_line(share, ": %u more requests were refused", share->log_dropped);
		share->log_start_ns = now;
		share->log_lines = 0;
		share->log_dropped = 0;
	}
	if (share->log_lines == LOG_LINES) {
		share->log_dropped++;
		return;
	}
	share->log_lines++;
	print_line(share, ": %s", text);
}

/*
 * Check that --source does not name a recording or a guest's source. If the source cannot be
 * opened, print a warning and continue, because the module may be loaded later. Until then, all
 * guests are refused.
 */
static int check_source(const struct share *share, struct complaint *complaint)
{
	const char *spec = share->options.source.spec;
	struct complaint why = { "" };
	struct source *source;

	if (!source_spec_is_host(spec))
		return complain(complaint, -EINVAL,
				"--source %s is not a source of a host: run vmtoll share on a host "
				"of VMs, after vmtoll attach",
				spec);
	if (source_open(&share->options.source, &source, &why)) {
		print_line(share, ": warning: guests are refused until there is a source: %s",
			   why.text);
		return 0;
	}
	source_close(source);
	return 0;
}

/*
 * Warn if the open files of other users' processes cannot be read. The CIDs of these processes are
 * then unknown.
 */
static void check_permission(const struct share *share)
{
	char path[PATH_MAX];
	struct stat status;

	/* Following the link also requires CAP_SYS_PTRACE. */
	snprintf(path, sizeof(path), "%s/1/fd/0", share->answers.host.proc);
	if (stat(path, &status) && errno == EACCES)
		print_line(
			share,
			": warning: %s cannot be read, so VMs of other users are refused; run as "
			"root, or with CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH",
			path);
}

static int add_listener(struct share *share, const struct listener *listener)
{
	if (listener->pid)
		print_line(share, ": listening on %s for process %" PRIu32, listener->path,
			   listener->pid);
	else
		print_line(share, ": listening on vsock port %d", SHARE_PORT);
	return server_add(share->server, listener);
}

static int open_listeners(struct share *share, struct complaint *complaint)
{
	struct listener listener;
	int error = 0;

	if (share->vsock || !share->hybrids) {
		check_permission(share);
		error = listener_open_vsock(&listener, complaint);
		if (!error)
			error = add_listener(share, &listener);
	}
	for (size_t i = 0; i < share->hybrids && !error; i++) {
		error = listener_open_unix(share->hybrid[i].path, share->hybrid[i].pid, &listener,
					   complaint);
		if (!error)
			error = add_listener(share, &listener);
	}
	return error;
}

static void suspend(void)
{
	raise(SIGSTOP);
}

/* Return a file descriptor that becomes readable when a signal arrives. */
static int open_signals(struct complaint *complaint)
{
	sigset_t signals;
	int fd;

	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGTSTP);
	fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? complain(complaint, -errno, "signalfd: %s", strerror(errno)) : fd;
}

static int run_until_signal(struct share *share, struct complaint *complaint)
{
	int fd = open_signals(complaint);
	int error = 0;
	bool is_over = false;

	if (fd < 0)
		return fd;
	while (!error && !is_over && !signals_stop()) {
		error = server_run(share->server, fd, complaint);
		is_over = !server_has_listeners(share->server);
	}
	close(fd);
	if (is_over)
		print_line(share, ": all VMMs have ended");
	return error;
}

static int share_all(struct share *share, struct complaint *complaint)
{
	int error = check_source(share, complaint);

	if (error)
		return error;
	share->server = server_create(&share->answers);
	if (!share->server)
		return complain(complaint, -ENOMEM, "out of memory");
	signals_hold(suspend);
	error = open_listeners(share, complaint);
	if (!error)
		error = run_until_signal(share, complaint);
	server_destroy(share->server);
	return error;
}

int verb_share(int argc, char **argv, struct complaint *complaint)
{
	struct share *share = calloc(1, sizeof(*share));
	int error;

	if (!share)
		return complain(complaint, -ENOMEM, "out of memory") ? STATUS_TROUBLE : STATUS_OK;
	setlinebuf(stderr); /* programs that read the messages then get whole lines */
	share->program = argv[0];
	share->options.scope = SCOPE_ALL;
	share->answers.device = cid_device();
	share->answers.refused = log_refusal;
	share->answers.context = share;
	options_parse(&argp, argc, argv, 0, share);
	share->options.source.host_only = true;
	share->answers.source = share->options.source;
	share->answers.host = vm_select_host(&share->options.select);
	error = share_all(share, complaint);
	free(share);
	return error ? STATUS_TROUBLE : STATUS_OK;
}
