// SPDX-License-Identifier: GPL-2.0
/*
 * receive is the program at the host's end of the wire. It runs an emulator and prints the
 * output of the command that runs in the machine. It also stores the files that the command
 * leaves behind, and exits with the command's status. The emulator never outlives receive, and
 * receive never outlives its parent.
 *
 * 	receive [--timeout S] [--linger S] [--idle S] [--boot S] [--beat S] [--files DIR]
 * 		--log FILE --lost FILE -- EMULATOR...
 *
 * 	--timeout S	the machine is lost if the command runs longer than S seconds
 * 			(default 600)
 * 	--linger S	after the command has ended, give the emulator S seconds to exit
 * 			(default 0)
 * 	--idle S	the machine is lost if the emulator uses no CPU time for S seconds
 * 			(default 60)
 * 	--boot S	the machine is lost if it has not started init after S seconds
 * 			(default: no limit)
 * 	--beat S	once init has started, the machine is lost if it sends nothing for S
 * 			seconds, not even a heartbeat (default: no limit). Time during
 * 			which the emulator or receive could not run does not count for --boot
 * 			and --beat (silence.h)
 * 	--files DIR	directory for the files that the command leaves behind
 * 	--log FILE	file for the emulator's own messages
 * 	--lost FILE	file that receive creates if the machine was lost; it contains the
 * 			reason
 *
 * If the machine was lost, the exit status is 125. The emulator of an idle machine still uses
 * CPU time occasionally, because the machine's timers expire. If the emulator uses no CPU time
 * at all, the machine has no timer left that could wake it. A machine that hangs may still use
 * CPU time, so the heartbeats show whether its processes run.
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

#include "silence.h"
#include "wire.h"

#define STATUS_LOST 125

struct options {
	double timeout_s;
	double linger_s;
	double idle_s;
	double boot_s; /* 0: no limit */
	double beat_s; /* 0: no limit */
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
	int tar; /* pipe to the tar process that stores the files, or -1 */
	pid_t tar_pid;
	double deadline; /* the command's deadline, in the time base of now() */
	double next_check; /* when to check the emulator's CPU time */
	double cpu_s; /* the CPU time at the last check */
	bool is_idle; /* no CPU time was used between the last two checks */
	struct silence silence;
	bool is_silent; /* the machine has been silent for longer than --boot or --beat */
	int greeted;
	bool started; /* the command has started */
	int status; /* the command's exit status, or -1 while it runs */
	uint8_t buffer[2 * (WIRE_PAYLOAD + sizeof(struct wire_header))];
	size_t filled;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static double earlier(double a, double b)
{
	return a < b ? a : b;
}

/* Write the reason why the machine was lost to the file given by --lost. Returns STATUS_LOST. */
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

/* Print an error of this program, as opposed to an error of the machine. Return STATUS_LOST. */
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
	/*
	 * Put the emulator into a separate process group, so that Ctrl-C reaches only receive.
	 * receive then terminates the emulator.
	 */
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

/* Return the CPU time that the emulator has used. */
static double emulator_cpu_s(struct receiver *r)
{
	struct timespec t = { 0 };
	clockid_t clock;

	if (!clock_getcpuclockid(r->emulator, &clock))
		clock_gettime(clock, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * Return true if the machine has been silent for too long. Call this only if no output of the
 * machine is waiting to be read.
 */
static bool is_silent(struct receiver *r)
{
	double limit_s = r->greeted ? r->options.beat_s : r->options.boot_s;
	double time = now();

	if (time < r->silence.next)
		return false;
	r->is_silent = silence_update(&r->silence, time) >= limit_s && limit_s > 0;
	return r->is_silent;
}

/* Return true if the emulator has used CPU time since the last check. */
static bool emulator_is_active(struct receiver *r)
{
	double cpu_s = emulator_cpu_s(r);

	r->is_idle = cpu_s <= r->cpu_s;
	r->cpu_s = cpu_s;
	r->next_check = now() + r->options.idle_s;
	return !r->is_idle;
}

/*
 * Wait for the emulator to exit. Kill it if it is still running at @deadline. Return its wait
 * status.
 */
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

/*
 * Wait for the emulator to exit after the command has finished. With --linger, print a warning
 * if the emulator had to be killed.
 */
static void emulator_linger(struct receiver *r)
{
	int status = emulator_end(r, now() + r->options.linger_s);

	if (r->options.linger_s > 0 && WIFSIGNALED(status))
		fprintf(stderr,
			"lab: warning: the emulator did not exit within %g s after the command (signal %d)\n",
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

/* Deliver the payload of one frame to its destination. */
static int frame_deliver(struct receiver *r, uint8_t stream, const uint8_t *payload, size_t bytes)
{
	r->started |= stream != WIRE_BEAT || (bytes == 1 && payload[0] == WIRE_RUNNING);
	switch (stream) {
	case WIRE_BEAT:
		return 0;
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

/*
 * The emulator prints its own messages before the greeting. Write them to the log, and skip the
 * greeting.
 */
static int greeting_find(struct receiver *r)
{
	const size_t length = strlen(WIRE_GREETING);
	uint8_t *at = memmem(r->buffer, r->filled, WIRE_GREETING, length);
	size_t messages = r->filled > length ? r->filled - length : 0;
	int err;

	if (at)
		messages = at - r->buffer;
	err = write_all(r->log, r->buffer, messages);
	consume(r, messages + (at ? length : 0));
	r->greeted = at != NULL;
	return err;
}

/* Deliver all complete frames in the buffer. */
static int frames_take(struct receiver *r)
{
	struct wire_header header;
	int err;

	while (r->filled >= sizeof(header) && r->status < 0) {
		memcpy(&header, r->buffer, sizeof(header));
		if (header.magic != WIRE_MAGIC || header.bytes > WIRE_PAYLOAD)
			return -EBADMSG;
		if (r->filled < sizeof(header) + header.bytes)
			return 0;
		if (wire_sum(r->buffer + sizeof(header), header.bytes) != header.sum)
			return -EBADMSG;
		err = frame_deliver(r, header.stream, r->buffer + sizeof(header), header.bytes);
		if (err)
			return err;
		consume(r, sizeof(header) + header.bytes);
	}
	return 0;
}

/*
 * Call read() once on the emulator's output. Returns 1 if more data may follow, 0 if the
 * emulator has closed its output, and a negative errno on failure.
 */
static int wire_read(struct receiver *r)
{
	ssize_t n = read(r->wire, r->buffer + r->filled, sizeof(r->buffer) - r->filled);
	int err = 0;

	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	r->filled += n;
	if (!r->greeted)
		err = greeting_find(r);
	r->silence.heard |= r->greeted;
	if (!err && r->greeted)
		err = frames_take(r);
	return err ? err : n > 0;
}

/* Report that the emulator exited before the command finished. Returns STATUS_LOST. */
static int lost_emulator(struct receiver *r)
{
	const char *when = r->started ? "before the command ended" : "before the command started";
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
		return lost(r, "the machine's output is corrupt (the log ends with it)");
	}
	return failed("cannot write the machine's output", "", err);
}

/*
 * Kill an emulator that was idle, sent no heartbeat, or ran for too long, and report the reason.
 * Returns STATUS_LOST.
 */
static int lost_time(struct receiver *r)
{
	emulator_end(r, 0);
	if (r->is_idle)
		return lost(r, "the emulator used no CPU time for %g s", r->options.idle_s);
	if (r->is_silent && r->greeted)
		return lost(r, "the machine sent no heartbeat for %g s", r->options.beat_s);
	if (r->is_silent)
		return lost(r, "the machine did not start init within %g s", r->options.boot_s);
	return lost(r, "the command did not end within %g s", r->options.timeout_s);
}

/*
 * Wait until data or a signal arrives, or until the next check is due. Return values:
 * - A positive number: data or a signal has arrived.
 * - -1: the machine is idle, its heartbeats have stopped, or the command has run for too long.
 * - 0: none of the above.
 */
static int wait_for_event(struct receiver *r, struct pollfd fds[2])
{
	double time = now(), end = earlier(r->deadline, earlier(r->next_check, r->silence.next));
	int ready;

	if (time >= r->deadline)
		return -1;
	/*
	 * Call poll() even if a check is overdue. Data from the machine may have arrived while
	 * receive itself waited for a CPU or for the reader of its output.
	 */
	ready = poll(fds, 2, time < end ? (end - time) * 1000 + 1 : 0);
	if (ready)
		return ready > 0 ? ready : 0;
	if (now() >= r->deadline || is_silent(r))
		return -1;
	return now() < r->next_check || emulator_is_active(r) ? 0 : -1;
}

/*
 * Receive frames until the command finishes. Return the command's exit status, or STATUS_LOST.
 */
static int receive(struct receiver *r)
{
	struct pollfd fds[2] = { { .fd = r->wire, .events = POLLIN },
				 { .fd = r->signals, .events = POLLIN } };
	struct signalfd_siginfo info;

	while (r->status < 0) {
		int ready = wait_for_event(r, fds);

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
	fprintf(stderr, "usage: receive [--timeout S] [--linger S] [--idle S] [--boot S] "
			"[--beat S] [--files DIR] --log FILE --lost FILE -- EMULATOR...\n");
	return 2;
}

static int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ "linger", required_argument, NULL, 'l' },
		{ "idle", required_argument, NULL, 'i' },
		{ "boot", required_argument, NULL, 'o' },
		{ "beat", required_argument, NULL, 'b' },
		{ "files", required_argument, NULL, 'f' },
		{ "log", required_argument, NULL, 'g' },
		{ "lost", required_argument, NULL, 'x' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ .timeout_s = 600, .idle_s = 60 };
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		switch (c) {
		case 't':
			o->timeout_s = atof(optarg);
			break;
		case 'l':
			o->linger_s = atof(optarg);
			break;
		case 'i':
			o->idle_s = atof(optarg);
			break;
		case 'o':
			o->boot_s = atof(optarg);
			break;
		case 'b':
			o->beat_s = atof(optarg);
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
	return optind == argc || !o->log || !o->lost || o->timeout_s <= 0 || o->idle_s <= 0
		       ? -EINVAL
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

/* Initialize @r and start the emulator. Returns a negative errno on failure. */
static int receiver_open(struct receiver *r)
{
	int err;

	r->status = -1;
	r->tar = -1;
	r->deadline = now() + r->options.timeout_s;
	r->next_check = now() + r->options.idle_s;
	r->log = open(r->options.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (r->log < 0)
		return -errno;
	/*
	 * Ignore SIGPIPE, so that a write to a closed pipe does not kill the program. The write
	 * then fails with an error that can be reported, like a write to a full disk.
	 */
	signal(SIGPIPE, SIG_IGN);
	r->signals = signals_open();
	if (r->signals < 0)
		return -errno;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	err = emulator_start(r);
	silence_start(&r->silence, r->emulator, now());
	return err;
}

int main(int argc, char **argv)
{
	static struct receiver receiver;
	struct receiver *r = &receiver;
	int err, status;

	if (options_parse(argc, argv, &r->options))
		return usage();
	/*
	 * Refuse to run if standard output or standard error is closed. Otherwise, the next file
	 * to be opened would get the closed descriptor's number, and output would be written to
	 * this file.
	 */
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
