// SPDX-License-Identifier: GPL-2.0
/*
 * send is the program at the machine's end of the wire. It runs a command and sends the
 * command's output while the command runs. Then it sends the files that the command left
 * behind, followed by the command's exit status. send is linked statically, so that it runs in
 * a bare initramfs.
 *
 * 	send [--wire DEVICE] [--beat] [--take-over FIFO] ARGUMENTS [DIRECTORY]
 * 	send --hold FIFO [--wire DEVICE] [--beat]
 *
 * 	--wire DEVICE		use this character device instead of the I/O port
 * 	--beat			send a heartbeat every second
 * 	--hold FIFO		run no command; send the greeting and the heartbeats until another
 * 				send takes over
 * 	--take-over FIFO	take over from the send that runs with --hold FIFO, which has
 * 				already sent the greeting
 *
 * ARGUMENTS is a file with the command and its arguments, each terminated by NUL. DIRECTORY holds
 * the files to send.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "wire.h"

#define CANNOT_RUN	126
#define COMMAND_MISSING 127
#define MAX_ARGUMENTS	4096
#define DEVICE_WAIT_MS	10000
#define BEAT_MS		1000

struct options {
	const char *device; /* NULL for the I/O port */
	const char *hold; /* the FIFO of --hold, or NULL */
	const char *take_over; /* the FIFO of --take-over, or NULL */
	const char *arguments; /* NULL with --hold */
	char *directory; /* NULL if there are no files to send */
	bool beats;
};

static int wire = -1; /* file descriptor of the device, or -1 for the I/O port */
static bool beats; /* send heartbeats */
static uint8_t phase = WIRE_BOOTING; /* the payload of the heartbeats */
static int64_t next_beat_ms;

static void port_write(const void *data, size_t bytes)
{
	asm volatile("rep outsb" : "+S"(data), "+c"(bytes) : "d"(WIRE_PORT) : "memory");
}

static void wire_write(const uint8_t *data, size_t bytes)
{
	if (wire < 0) {
		port_write(data, bytes);
		return;
	}
	while (bytes) {
		ssize_t n = write(wire, data, bytes);

		if (n < 0 && errno != EINTR) {
			perror("send: cannot write to the wire");
			exit(CANNOT_RUN);
		}
		if (n > 0) {
			data += n;
			bytes -= n;
		}
	}
}

/*
 * Open @device, or the I/O port if @device is NULL. Wait until the device exists, because it
 * appears some time after its driver was loaded. Returns a negative errno on failure.
 */
static int wire_open(const char *device)
{
	if (!device)
		return ioperm(WIRE_PORT, 1, 1) ? -errno : 0;
	for (int tries = 0; tries < DEVICE_WAIT_MS; tries++) {
		wire = open(device, O_WRONLY | O_CLOEXEC);
		if (wire >= 0 || (errno != ENOENT && errno != ENXIO))
			break;
		usleep(1000);
	}
	return wire < 0 ? -errno : 0;
}

/*
 * Send the header and the payload with one write(), because each write to the device causes a VM
 * exit.
 */
static void frame_send(enum wire_stream stream, const uint8_t *payload, size_t bytes)
{
	static uint8_t frame[sizeof(struct wire_header) + WIRE_PAYLOAD];
	struct wire_header header = {
		.magic = WIRE_MAGIC,
		.stream = stream,
		.bytes = bytes,
		.sum = wire_sum(payload, bytes),
	};

	memcpy(frame, &header, sizeof(header));
	memcpy(frame + sizeof(header), payload, bytes);
	wire_write(frame, sizeof(header) + bytes);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void beat_send(void)
{
	if (!beats)
		return;
	next_beat_ms = now_ms() + BEAT_MS;
	frame_send(WIRE_BEAT, &phase, 1);
}

/* Wait for events like poll() without a timeout, and send the periodic heartbeats meanwhile. */
static int poll_and_beat(struct pollfd *fds, nfds_t count)
{
	for (;;) {
		int64_t left = next_beat_ms - now_ms();
		int ready;

		if (beats && left <= 0) {
			beat_send();
			left = BEAT_MS;
		}
		ready = poll(fds, count, beats ? (int)left : -1);
		if (ready)
			return ready;
	}
}

/* Send an error message as part of the command's standard error. */
static void error_send(const char *what, int err)
{
	char line[512];
	int n = snprintf(line, sizeof(line), "lab: %s: %s\n", what, strerror(-err));

	frame_send(WIRE_STDERR, (uint8_t *)line, n < (int)sizeof(line) ? n : (int)sizeof(line) - 1);
}

/*
 * A running command, and the pipes that carry its output. The descriptor of a closed pipe is -1.
 */
struct child {
	pid_t pid;
	struct pollfd pipes[2];
	enum wire_stream streams[2];
};

static void child_exec(char **argv, int out, int err, int status_pipe)
{
	sigset_t none;
	int error;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	execvp(argv[0], argv);
	error = errno;
	if (write(status_pipe, &error, sizeof(error)) < 0)
		_exit(CANNOT_RUN);
	_exit(error == ENOENT ? COMMAND_MISSING : CANNOT_RUN);
}

/*
 * Start @argv, and connect its standard output and standard error to @streams. Returns a
 * negative errno if the command cannot be started or executed.
 */
static int child_start(char **argv, const enum wire_stream streams[2], struct child *child)
{
	int out[2], err[2], status[2], error = 0;

	if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC) || pipe2(status, O_CLOEXEC))
		return -errno;
	child->pid = fork();
	if (child->pid < 0)
		return -errno;
	if (!child->pid)
		child_exec(argv, out[1], err[1], status[1]);
	close(out[1]);
	close(err[1]);
	close(status[1]);
	for (int i = 0; i < 2; i++) {
		int fd = i ? err[0] : out[0];

		fcntl(fd, F_SETFL, O_NONBLOCK);
		child->pipes[i] = (struct pollfd){ .fd = fd, .events = POLLIN };
		child->streams[i] = streams[i];
	}
	/* If exec succeeds, it closes the pipe, and read() returns 0. */
	if (read(status[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(status[0]);
	return -error;
}

/* Send all data that is now available on pipe @i. */
static void child_relay(struct child *child, int i)
{
	static uint8_t payload[WIRE_PAYLOAD];
	ssize_t n;

	while (child->pipes[i].fd >= 0) {
		n = read(child->pipes[i].fd, payload, sizeof(payload));
		if (n > 0) {
			frame_send(child->streams[i], payload, n);
			continue;
		}
		if (n < 0 && errno == EAGAIN)
			return;
		close(child->pipes[i].fd);
		child->pipes[i].fd = -1;
	}
}

static int exit_status(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Send the command's output until the command exits, and return its exit status. When the
 * command exits, all of its output is already in the pipes. Do not wait for the pipes to be
 * closed, because processes that the command left behind may keep them open.
 */
static int child_wait(struct child *child, int signals)
{
	struct pollfd fds[3] = { [2] = { .fd = signals, .events = POLLIN } };
	struct signalfd_siginfo info;
	int status;

	for (;;) {
		fds[0] = child->pipes[0];
		fds[1] = child->pipes[1];
		if (poll_and_beat(fds, 3) < 0 && errno != EINTR)
			return CANNOT_RUN;
		if (read(signals, &info, sizeof(info)) < 0 && errno != EAGAIN)
			return CANNOT_RUN;
		/*
		 * First check whether the command has exited, and then read its output. If it
		 * has exited, all of its output is already in the pipes, so the output read
		 * below is complete.
		 */
		pid_t ended = waitpid(child->pid, &status, WNOHANG);

		child_relay(child, 0);
		child_relay(child, 1);
		if (ended == child->pid)
			return exit_status(status);
	}
}

static int run(char **argv, const enum wire_stream streams[2], int signals)
{
	struct child child;
	int err = child_start(argv, streams, &child);

	if (err) {
		error_send(argv[0], err);
		return err == -ENOENT ? COMMAND_MISSING : CANNOT_RUN;
	}
	return child_wait(&child, signals);
}

static int arguments_read(const char *path, char **argv)
{
	struct stat st;
	char *text;
	int fd = open(path, O_RDONLY | O_CLOEXEC), n = 0;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	text = malloc(st.st_size + 1);
	if (!text)
		return -ENOMEM;
	if (read(fd, text, st.st_size) != st.st_size)
		return -EIO;
	close(fd);
	for (char *p = text; p < text + st.st_size && n < MAX_ARGUMENTS; p += strlen(p) + 1)
		argv[n++] = p;
	argv[n] = NULL;
	return n == 0 ? -EINVAL : n == MAX_ARGUMENTS ? -E2BIG : 0;
}

static int files_send(char *directory, int signals)
{
	char *tar[] = { "tar", "-c", "-f", "-", "-C", directory, ".", NULL };
	const enum wire_stream streams[2] = { WIRE_FILES, WIRE_STDERR };

	return run(tar, streams, signals);
}

static int signals_open(void)
{
	sigset_t child;
	int fd;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	fd = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int usage(void)
{
	fprintf(stderr, "usage: send [--wire DEVICE] [--beat] [--take-over FIFO] ARGUMENTS "
			"[DIRECTORY]\n       send --hold FIFO [--wire DEVICE] [--beat]\n");
	return 2;
}

static int options_parse(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "wire", required_argument, NULL, 'w' },
		{ "beat", no_argument, NULL, 'b' },
		{ "hold", required_argument, NULL, 'h' },
		{ "take-over", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	*o = (struct options){ 0 };
	while ((c = getopt_long(argc, argv, "+", longs, NULL)) != -1) {
		if (c == 'w')
			o->device = optarg;
		else if (c == 'b')
			o->beats = true;
		else if (c == 'h')
			o->hold = optarg;
		else if (c == 't')
			o->take_over = optarg;
		else
			return -EINVAL;
	}
	if (o->hold)
		return argc == optind ? 0 : -EINVAL;
	if (argc - optind < 1 || argc - optind > 2)
		return -EINVAL;
	o->arguments = argv[optind];
	o->directory = argv[optind + 1];
	return 0;
}

/*
 * Send heartbeats until another instance of send takes over by writing to the FIFO. All signals
 * that could interrupt poll() are blocked.
 */
static int hold(const char *path)
{
	struct pollfd fd = { .fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC),
			     .events = POLLIN };

	if (fd.fd < 0)
		return -errno;
	beat_send();
	return poll_and_beat(&fd, 1) < 0 ? -errno : 0;
}

/*
 * Take over from the instance of send that runs with --hold. open() waits until that instance has
 * opened the FIFO. Writing to the FIFO asks that instance to exit, which it does only between two
 * frames. When it has exited, the other end of the FIFO is closed, and poll() reports POLLERR.
 */
static int take_over(const char *path)
{
	struct pollfd fd = { .fd = open(path, O_WRONLY | O_CLOEXEC) };

	if (fd.fd < 0)
		return -errno;
	signal(SIGPIPE, SIG_IGN);
	if (write(fd.fd, "", 1) < 0 && errno != EPIPE)
		return -errno;
	while (!(fd.revents & POLLERR))
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return -errno;
	signal(SIGPIPE, SIG_DFL);
	close(fd.fd);
	return 0;
}

/* Send the command's output, the files and the exit status. */
static void send_all(const struct options *o, int signals)
{
	static char *command[MAX_ARGUMENTS + 1];
	const enum wire_stream streams[2] = { WIRE_STDOUT, WIRE_STDERR };
	int status = CANNOT_RUN, err;
	uint8_t end;

	phase = WIRE_RUNNING;
	beat_send();
	err = arguments_read(o->arguments, command);
	if (err)
		error_send(o->arguments, err);
	else
		status = run(command, streams, signals);
	if (o->directory && files_send(o->directory, signals)) {
		error_send("the files in $OUT could not be sent", -EIO);
		status = status ? status : CANNOT_RUN;
	}
	end = status;
	frame_send(WIRE_END, &end, 1);
}

int main(int argc, char **argv)
{
	int signals = signals_open(), err;
	struct options options;

	if (options_parse(argc, argv, &options))
		return usage();
	beats = options.beats;
	err = signals < 0 ? signals : wire_open(options.device);
	if (!err && options.take_over)
		err = take_over(options.take_over);
	else if (!err)
		wire_write((const uint8_t *)WIRE_GREETING, strlen(WIRE_GREETING));
	if (!err && options.hold)
		err = hold(options.hold);
	if (err) {
		fprintf(stderr, "send: cannot use the wire (%s): %s\n",
			options.device ? options.device : "port", strerror(-err));
		return 1;
	}
	if (!options.hold)
		send_all(&options, signals);
	return 0;
}
