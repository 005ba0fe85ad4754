// SPDX-License-Identifier: GPL-2.0
/*
 * receive: the outer end of the wire. Runs an emulator, passes on what the
 * command in its machine writes, stores the files that it leaves, and exits with its status.
 * The emulator never outlives receive, and receive never outlives its parent.
 *
 *	receive [--timeout S] [--linger S] [--nap S] [--files DIR] --log FILE --lost FILE -- EMULATOR...
 *
 * --log takes the emulator's own messages. If the machine was lost, the reason is written to the
 * file given by --lost, which is not made otherwise, and the status is 125. --linger: so long may the
 * emulator take to end by itself after the command did.
 *
 * An idle machine's emulator still works for its timers now and then. One that uses no CPU time at all for
 * --nap seconds (60) has none to wake it, and its machine is lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define STATUS_LOST 125

struct options {
	double timeout_s;
	double linger_s;
	double nap_s;
	const char *files;
	const char *log;
	const char *lost;
	char **emulator;
};

struct receiver {
	struct options options;
	pid_t emulator;
	int wire; /* the emulator's standard output */
	int log;
	int signals;
	int tar; /* where the archive of files goes, or -1 */
	pid_t tar_pid;
	double deadline; /* on the clock of now() */
	double look; /* at the emulator's CPU time, then */
	double cpu_s; /* which it was */
	bool asleep;
	int greeted;
	int status; /* the command's, or -1 as long as it runs */
	uint8_t buffer[2 * (WIRE_PAYLOAD + sizeof(struct wire_head))];
	size_t filled;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Writes the reason down where the caller asked for it. Returns STATUS_LOST. */
__attribute__((format(printf, 2, 3))) static int lost(struct receiver *r, const char *format, ...)
{
	FILE *file = fopen(r->options.lost, "w");
	va_list args;

	va_start(args, format);
	vfprintf(file ? file : stderr, format, args);
	va_end(args);
	fputc('\n', file ? file : stderr);
	if (file)
		fclose(file);
	return STATUS_LOST;
}

/* What failed here, on the outside: the machine is not to blame. Returns STATUS_LOST. */
static int failed(const char *what, const char *object, int err)
{
	fprintf(stderr, "lab: %s%s: %s\n", what, object, strerror(-err));
	return STATUS_LOST;
}

static int write_all(int fd, const uint8_t *data, size_t bytes)
{
	while (bytes) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		bytes -= n;
	}
	return 0;
}

static void tar_exec(const char *directory, int input)
{
	dup2(input, STDIN_FILENO);
	execlp("tar", "tar", "-x", "-f", "-", "-C", directory, (char *)NULL);
	perror("receive: cannot run tar");
	_exit(127);
}

static int tar_start(struct receiver *r)
{
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	r->tar_pid = fork();
	if (r->tar_pid < 0)
		return -errno;
	if (!r->tar_pid)
		tar_exec(r->options.files, pipe_fds[0]);
	close(pipe_fds[0]);
	r->tar = pipe_fds[1];
	return 0;
}

static int tar_finish(struct receiver *r)
{
	int status;

	if (r->tar < 0)
		return 0;
	close(r->tar);
	r->tar = -1;
	if (waitpid(r->tar_pid, &status, 0) < 0)
		return -errno;
	return status ? -EIO : 0;
}

static void emulator_exec(struct receiver *r, int output, pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	/* Of its own group: Ctrl-C is for receive alone, which then ends the emulator. */
	setpgid(0, 0);
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(r->log, STDERR_FILENO);
	execvp(r->options.emulator[0], r->options.emulator);
	perror(r->options.emulator[0]);
	_exit(127);
}

static int emulator_start(struct receiver *r)
{
	pid_t parent = getpid();
	int pipe_fds[2];

	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	r->emulator = fork();
	if (r->emulator < 0)
		return -errno;
	if (!r->emulator)
		emulator_exec(r, pipe_fds[1], parent);
	close(pipe_fds[1]);
	r->wire = pipe_fds[0];
	return 0;
}

/* CPU time that the emulator has used. */
static double emulator_cpu_s(struct receiver *r)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (!clock_getcpuclockid(r->emulator, &clock))
		clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* False if it has done nothing since the last look. */
static bool emulator_lives(struct receiver *r)
{
	double cpu_s = emulator_cpu_s(r);

	r->asleep = cpu_s <= r->cpu_s;
	r->cpu_s = cpu_s;
	r->look = now() + r->options.nap_s;
	return !r->asleep;
}

/* Waits for the emulator until @deadline, then kills it. Its wait status. */
static int emulator_end(struct receiver *r, double deadline)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	int status;

	while (now() < deadline) {
		if (waitpid(r->emulator, &status, WNOHANG) == r->emulator)
			return status;
		nanosleep(&pause, NULL);
	}
	kill(r->emulator, SIGKILL);
	waitpid(r->emulator, &status, 0);
	return status;
}

/* After the command: the emulator may end by itself, and then that it did not is worth a word. */
static void emulator_linger(struct receiver *r)
{
	int status = emulator_end(r, now() + r->options.linger_s);

	if (r->options.linger_s > 0 && WIFSIGNALED(status))
		fprintf(stderr,
			"lab: warning: the emulator did not end by itself within %g s after the command (signal %d)\n",
			r->options.linger_s, WTERMSIG(status));
}

static int files_deliver(struct receiver *r, const uint8_t *payload, size_t bytes)
{
	int err = 0;

	if (r->options.files && r->tar < 0)
		err = tar_start(r);
	if (err)
		return err;
	return r->tar < 0 ? 0 : write_all(r->tar, payload, bytes);
}

/* One frame's payload, to where it belongs. */
static int frame_deliver(struct receiver *r, uint8_t stream, const uint8_t *payload, size_t bytes)
{
	switch (stream) {
	case WIRE_STDOUT:
		return write_all(STDOUT_FILENO, payload, bytes);
	case WIRE_STDERR:
		return write_all(STDERR_FILENO, payload, bytes);
	case WIRE_FILES:
		return files_deliver(r, payload, bytes);
	case WIRE_END:
		r->status = bytes == 1 ? payload[0] : STATUS_LOST;
		return 0;
	default:
		return -EBADMSG;
	}
}

static void consume(struct receiver *r, size_t bytes)
{
	r->filled -= bytes;
	memmove(r->buffer, r->buffer + bytes, r->filled);
}

/* Skips the emulator's chatter (to the log) up to and with the greeting. */
static int greeting_find(struct receiver *r)
{
	const size_t length = strlen(WIRE_GREETING);
	uint8_t *at = memmem(r->buffer, r->filled, WIRE_GREETING, length);
	size_t chatter = r->filled > length ? r->filled - length : 0;
	int err;

	if (at)
		chatter = at - r->buffer;
	err = write_all(r->log, r->buffer, chatter);
	consume(r, chatter + (at ? length : 0));
	r->greeted = at != NULL;
	return err;
}

/* Delivers all whole frames in the buffer. */
static int frames_take(struct receiver *r)
{
	struct wire_head head;
	int err;

	while (r->filled >= sizeof(head) && r->status < 0) {
		memcpy(&head, r->buffer, sizeof(head));
		if (head.magic != WIRE_MAGIC || head.bytes > WIRE_PAYLOAD)
			return -EBADMSG;
		if (r->filled < sizeof(head) + head.bytes)
			return 0;
		if (wire_sum(r->buffer + sizeof(head), head.bytes) != head.sum)
			return -EBADMSG;
		err = frame_deliver(r, head.stream, r->buffer + sizeof(head), head.bytes);
		if (err)
			return err;
		consume(r, sizeof(head) + head.bytes);
	}
	return 0;
}

/* Reads once. 1: more may come; 0: the emulator closed its output; negative errno. */
static int wire_read(struct receiver *r)
{
	ssize_t n = read(r->wire, r->buffer + r->filled, sizeof(r->buffer) - r->filled);
	int err = 0;

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	r->filled += n;
	if (!r->greeted)
		err = greeting_find(r);
	if (!err && r->greeted)
		err = frames_take(r);
	return err ? err : n > 0;
}

/* How an emulator ended that should not have. */
static int lost_emulator(struct receiver *r)
{
	const char *when = r->greeted ? "before the command ended" : "before the command started";
	int status = emulator_end(r, now() + 5);

	if (WIFSIGNALED(status))
		return lost(r, "the emulator died of signal %d %s", WTERMSIG(status), when);
	return lost(r, "the machine stopped %s (the emulator's exit status: %d)", when,
		    WEXITSTATUS(status));
}

static int lost_wire(struct receiver *r, int err)
{
	emulator_end(r, 0);
	if (err == -EBADMSG) {
		write_all(r->log, r->buffer, r->filled);
		return lost(r, "the machine's output is garbled (the log ends with what came)");
	}
	return failed("cannot pass on the machine's output", "", err);
}

/* Ends the emulator for what it did not do. Returns STATUS_LOST. */
static int lost_time(struct receiver *r)
{
	emulator_end(r, 0);
	if (r->asleep)
		return lost(r, "the emulator did nothing for %g s", r->options.nap_s);
	return lost(r, "no end within %g s", r->options.timeout_s);
}

/* Until something comes or it is time to look. As poll(); negative when time is up. */
static int wait_for_news(struct receiver *r, struct pollfd fds[2])
{
	double time = now(), end = r->look < r->deadline ? r->look : r->deadline;
	int ready = time < end ? poll(fds, 2, (end - time) * 1000 + 1) : 0;

	if (ready)
		return ready > 0 ? ready : 0;
	return now() < r->deadline && (now() < r->look || emulator_lives(r)) ? 0 : -1;
}

/* Until the command's end. Its status, or STATUS_LOST. */
static int receive(struct receiver *r)
{
	struct pollfd fds[2] = { { .fd = r->wire, .events = POLLIN },
				 { .fd = r->signals, .events = POLLIN } };
	struct signalfd_siginfo info;

	while (r->status < 0) {
		int ready = wait_for_news(r, fds);

		if (ready < 0)
			return lost_time(r);
		if (ready > 0 && fds[1].revents &&
		    read(r->signals, &info, sizeof(info)) == sizeof(info)) {
			emulator_end(r, 0);
			return 128 + info.ssi_signo;
		}
		if (ready > 0 && fds[0].revents) {
			int more = wire_read(r);

			if (more < 0)
				return lost_wire(r, more);
			if (!more && r->status < 0)
				return lost_emulator(r);
		}
	}
	emulator_linger(r);
	return r->status;
}

static int usage(void)
{
	fprintf(stderr, "usage: receive [--timeout S] [--linger S] [--nap S] [--files DIR] "
			"--log FILE --lost FILE -- EMULATOR...\n");
	return 2;
}

static int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ "linger", required_argument, NULL, 'l' },
		{ "nap", required_argument, NULL, 'n' },
		{ "files", required_argument, NULL, 'f' },
		{ "log", required_argument, NULL, 'g' },
		{ "lost", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .timeout_s = 600, .nap_s = 60 };
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 't':
			o->timeout_s = atof(optarg);
			break;
		case 'l':
			o->linger_s = atof(optarg);
			break;
		case 'n':
			o->nap_s = atof(optarg);
			break;
		case 'f':
			o->files = optarg;
			break;
		case 'g':
			o->log = optarg;
			break;
		case 'x':
			o->lost = optarg;
			break;
		default:
			return -EINVAL;
		}
	}
	o->emulator = argv + optind;
	return optind == argc || !o->log || !o->lost || o->timeout_s <= 0 || o->nap_s <= 0 ? -EINVAL
											   : 0;
}

static int signals_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* With the emulator started; -errno if it could not be. */
static int receiver_open(struct receiver *r)
{
	r->status = -1;
	r->tar = -1;
	r->deadline = now() + r->options.timeout_s;
	r->look = now() + r->options.nap_s;
	r->log = open(r->options.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (r->log < 0)
		return -errno;
	/* A closed standard output is reported like a full disk. */
	signal(SIGPIPE, SIG_IGN);
	r->signals = signals_open();
	if (r->signals < 0)
		return -errno;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	return emulator_start(r);
}

int main(int argc, char **argv)
{
	static struct receiver receiver;
	struct receiver *r = &receiver;
	int err, status;

	if (options_parse(argc, argv, &r->options))
		return usage();
	/* Or the next file that is opened would be taken for it. */
	if (fcntl(STDOUT_FILENO, F_GETFD) < 0 || fcntl(STDERR_FILENO, F_GETFD) < 0)
		return failed("standard output or error is closed", "", -EBADF);
	err = receiver_open(r);
	if (err)
		return failed("cannot start ", r->options.emulator[0], err);
	status = receive(r);
	err = tar_finish(r);
	if (err && status != STATUS_LOST)
		status = failed("cannot store all files in ", r->options.files, err);
	return status;
}
