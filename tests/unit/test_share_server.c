// SPDX-License-Identifier: GPL-2.0
/*
 * Test the server of `vmtoll share` and the vsock source, over Unix sockets. The test process or
 * one of its children acts as the VMM. Tests can set the server's clock forward, and can replace a
 * socket as soon as the server has bound it. Several peers can share one listener, as on vsock.
 */
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "model/array.h"
#include "process/clock.h"
#include "share/rate.h"
#include "share/server.h"
#include "source/share_client.h"

#define SECOND 1000000000ull

static char directory[64];
static struct fixture fixture;
static char spec[80];
static struct answer_options options;
static struct server *server;
static pthread_t thread;
static int stop_fd;
static atomic_uint refused;
static struct complaint complaint;

/* How many seconds clock_gettime() is ahead of the real time. */
static atomic_int ahead_s;

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	int error = __real_clock_gettime(clock, now);

	now->tv_sec += ahead_s;
	return error;
}

/*
 * If not NULL, this is symlink() or link(). bind() then uses it to replace each new socket with a
 * link to the socket "own".
 */
static int (*replace)(const char *target, const char *path);

int __real_bind(int fd, const struct sockaddr *address, socklen_t bytes);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes);

int __wrap_bind(int fd, const struct sockaddr *address, socklen_t bytes)
{
	const char *path = ((const struct sockaddr_un *)address)->sun_path;
	int error = __real_bind(fd, address, bytes);
	char name[80];
	char *own;

	if (error || !replace)
		return error;
	snprintf(name, sizeof(name), "%s/own_978", directory);
	own = realpath(name, NULL);
	assert_non_null(own);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(replace(own, path), 0);
	free(own);
	return 0;
}

/*
 * If not 0, all processes may connect to all listeners. The connections of this process then count
 * as those of one peer. The connections of all other processes are distributed over this number of
 * other peers.
 */
static unsigned int shared_peers;

/* If true, the server's sockets have the smallest send buffer that the kernel allows. */
static bool has_small_buffers;

int __real_listener_accept(const struct listener *listener, struct peer *peer);
int __wrap_listener_accept(const struct listener *listener, struct peer *peer);

static int accept_peer(const struct listener *listener, struct peer *peer)
{
	static unsigned int accepted;
	struct ucred from;
	socklen_t bytes = sizeof(from);
	int fd;

	if (!shared_peers)
		return __real_listener_accept(listener, peer);
	fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return -errno;
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &from, &bytes), 0);
	*peer = (struct peer){ .pid = (uint32_t)getpid() };
	if (from.pid != getpid())
		peer->pid += 1 + accepted++ % shared_peers;
	return fd;
}

int __wrap_listener_accept(const struct listener *listener, struct peer *peer)
{
	int fd = accept_peer(listener, peer);

	if (fd >= 0 && has_small_buffers)
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &(int){ 1 }, sizeof(int)),
				 0);
	return fd;
}

/* How many seconds each reading of the ledgers takes if it refuses a request. */
static int reading_s;

static void count_refusal(void *context, const char *text)
{
	(void)context;
	(void)text;
	refused++;
	ahead_s += reading_s;
}

/* Return the socket path in the configuration of the VMM @name. */
static const char *vmm_socket(const char *name, char path[80])
{
	snprintf(path, 80, "%s/%s", directory, name);
	return path;
}

/* Return the path of the socket to which the VMM forwards connections. */
static const char *client_socket(const char *name, char path[80])
{
	snprintf(path, 80, "%s/%s_978", directory, name);
	return path;
}

static void listen_for(const char *name, pid_t pid)
{
	struct listener listener;
	char path[80];

	assert_int_equal(listener_open_unix(vmm_socket(name, path), (uint32_t)pid, &listener,
					    &complaint),
			 0);
	assert_int_equal(server_add(server, &listener), 0);
}

static int setup(void **state)
{
	(void)state;
	ahead_s = 0;
	refused = 0;
	shared_peers = 0;
	has_small_buffers = false;
	reading_s = 0;
	snprintf(directory, sizeof(directory), "vmtoll-share-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	fixture_example(&fixture, NULL);
	for (uint32_t slot = 1; slot <= 2; slot++)
		fixture_ledger(&fixture, slot)->pid = (uint32_t)getpid();
	snprintf(spec, sizeof(spec), "kmod:%s", fixture.path);
	options = (struct answer_options){
		.source.spec = spec,
		.host.proc = "/proc",
		.refused = count_refusal,
	};
	server = server_create(&options);
	stop_fd = eventfd(0, EFD_CLOEXEC);
	listen_for("own", getpid());
	return 0;
}

static void *run_server(void *context)
{
	struct complaint why;

	return (void *)(intptr_t)server_run(context, stop_fd, &why);
}

static void start(void)
{
	assert_int_equal(pthread_create(&thread, NULL, run_server, server), 0);
}

static void stop(void)
{
	void *result;

	assert_int_equal(eventfd_write(stop_fd, 1), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_null(result);
}

static int teardown(void **state)
{
	(void)state;
	server_destroy(server);
	close(stop_fd);
	fixture_destroy(&fixture);
	return rmdir(directory); /* fails if a socket has not been removed */
}

static int ask(uint64_t *exits)
{
	struct snapshot *snapshot = snapshot_create();
	char path[80];
	int error = share_client_ask(client_socket("own", path), -1, snapshot, &complaint);

	*exits = error ? 0 : snapshot->vm[0].vcpu[0].total_exits;
	snapshot_destroy(snapshot);
	return error;
}

/* The number of exits in the example. */
static uint64_t own_exits(void)
{
	uint64_t exits = 0;

	for (uint32_t slot = 1; slot <= 2; slot++) {
		const struct vmtoll_ledger *ledger = fixture_ledger(&fixture, slot);

		for (uint32_t i = 0; i < ledger->rows; i++)
			if (i != VMTOLL_ROW_OBSERVER_INDEX)
				exits += ledger->row[i].exits + (ledger->open_row == i);
	}
	return exits;
}

static void expect_answer(void)
{
	uint64_t exits;

	assert_int_equal(ask(&exits), 0);
	assert_int_equal(exits, own_exits());
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char path[80];

	strcpy(address.sun_path, client_socket(name, path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Wait up to three seconds. Return true if the server has closed the connection. */
static bool is_closed(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	char byte;

	return poll(&end, 1, 3000) > 0 && recv(fd, &byte, 1, 0) <= 0;
}

static void guest_reads_its_ledger(void **state)
{
	struct source_options source_options = { .spec = "vsock" };
	struct scope scope = SCOPE_ALL;
	struct snapshot *snapshot;
	struct source *source;
	char path[80];

	(void)state;
	start();
	expect_answer();
	/* The source measures the cost of asking once. */
	setenv(SHARE_SOCKET_VARIABLE, client_socket("own", path), 1);
	assert_true(source_vsock_present());
	assert_int_equal(source_open(&source_options, &source, &complaint), 0);
	assert_int_equal(source_read(source, &scope, &snapshot, &complaint), 0);
	assert_has(snapshot->origin.protocol, "asking cost about 0 exits");
	assert_int_equal(snapshot->vm[0].vcpu[0].total_exits, own_exits());
	snapshot_destroy(snapshot);
	scope = scope_of(812, -1);
	assert_int_equal(source_read(source, &scope, &snapshot, &complaint), -EINVAL);
	scope = scope_of(0, 99);
	assert_int_equal(source_read(source, &scope, &snapshot, &complaint), -ENOENT);
	assert_has(complaint.text, "no such vCPU");
	source_close(source);
	unsetenv(SHARE_SOCKET_VARIABLE);
	stop();
}

static void absent_host_is_detected(void **state)
{
	uint64_t exits;

	(void)state;
	start();
	stop();
	server_destroy(server);
	server = NULL;
	assert_false(share_client_present("no/such/socket"));
	assert_int_equal(ask(&exits), -ENOENT);
	assert_has(complaint.text, "vmtoll share must run on the host");
}

/* Send a message that the server must refuse. Return the reason for the refusal. */
static unsigned int refusal_of(const void *message, size_t bytes)
{
	uint8_t answer[SHARE_REFUSAL_MESSAGE];
	struct share_header header;
	unsigned int why;
	uint32_t retry_ms;
	int fd = connect_to("own");

	assert_int_equal(send(fd, message, bytes, MSG_NOSIGNAL), bytes);
	assert_int_equal(recv(fd, answer, sizeof(answer), MSG_WAITALL), sizeof(answer));
	assert_int_equal(share_header_decode(answer, &header), 0);
	assert_int_equal(header.type, SHARE_REFUSAL);
	assert_int_equal(header.version, SHARE_VERSION);
	assert_int_equal(share_refusal_decode(answer + SHARE_HEADER_BYTES, header.bytes, &why,
					      &retry_ms),
			 0);
	close(fd);
	return why;
}

static void garbage_is_refused(void **state)
{
	uint8_t message[SHARE_ASK_MESSAGE];

	(void)state;
	start();
	assert_int_equal(refusal_of("GET / HTTP/1.1\r\n\r\n", 18), SHARE_BAD_REQUEST);
	share_ask_encode(-1, message);
	message[4] = 9;
	assert_int_equal(refusal_of(message, sizeof(message)), SHARE_WRONG_VERSION);
	share_ask_encode(-1, message);
	message[6] = SHARE_LEDGER;
	assert_int_equal(refusal_of(message, sizeof(message)), SHARE_BAD_REQUEST);
	share_ask_encode(-1, message);
	message[11] = 0xff; /* a payload of 4 GB */
	assert_int_equal(refusal_of(message, sizeof(message)), SHARE_BAD_REQUEST);
	share_ask_encode(-1, message);
	message[SHARE_HEADER_BYTES] = 0;
	message[SHARE_HEADER_BYTES + 3] = 0x80; /* vCPU -2^31 */
	assert_int_equal(refusal_of(message, sizeof(message)), SHARE_BAD_REQUEST);
	expect_answer();
	stop();
}

/* A client that sends one byte per minute loses its connection, and delays nobody. */
static void slow_client_is_closed(void **state)
{
	uint8_t message[SHARE_ASK_MESSAGE];
	int fd;

	(void)state;
	start();
	share_ask_encode(-1, message);
	fd = connect_to("own");
	assert_int_equal(send(fd, message, 1, MSG_NOSIGNAL), 1);
	expect_answer();
	ahead_s += (int)(SERVER_ASK_NS / SECOND) - 2;
	expect_answer();
	assert_int_equal(send(fd, message + 1, 1, MSG_NOSIGNAL), 1); /* it is still open */
	ahead_s += 60;
	assert_true(is_closed(fd));
	expect_answer();
	close(fd);
	stop();
}

/*
 * Wait up to @ms milliseconds, without reading. Return true if the server has closed the
 * connection.
 */
static bool is_hung_up(int fd, int ms)
{
	struct pollfd end = { .fd = fd, .events = POLLRDHUP };

	return poll(&end, 1, ms) > 0;
}

/* Return how many bytes can be read until the end of the connection. */
static size_t rest_of(int fd)
{
	uint8_t part[512];
	size_t bytes = 0;
	ssize_t got;

	while ((got = recv(fd, part, sizeof(part), 0)) > 0)
		bytes += (size_t)got;
	return bytes;
}

/*
 * The answer is longer than the small send buffer: it contains so many more rows, each with 272
 * bytes.
 */
#define MANY_ROWS 40
#define SOME_ROWS (10 * 272)

static void has_long_answer(void)
{
	has_small_buffers = true;
	for (uint32_t i = 0; i < MANY_ROWS; i++)
		fixture_row(fixture_ledger(&fixture, 1), 0x10 + i, 1, 1000, 0, 0);
}

/*
 * A client that reads its answer slowly loses its connection, even if it has just read another
 * part. It delays nobody.
 */
static void slow_reader_is_closed(void **state)
{
	uint8_t message[SHARE_ASK_MESSAGE];
	uint8_t start_of_answer[SHARE_HEADER_BYTES];
	uint8_t part[SOME_ROWS];
	struct share_header header;
	int fd;

	(void)state;
	has_long_answer();
	start();
	share_ask_encode(-1, message);
	fd = connect_to("own");
	assert_int_equal(send(fd, message, sizeof(message), MSG_NOSIGNAL), sizeof(message));
	assert_int_equal(recv(fd, start_of_answer, sizeof(start_of_answer), MSG_WAITALL),
			 sizeof(start_of_answer));
	assert_int_equal(share_header_decode(start_of_answer, &header), 0);
	assert_int_equal(header.type, SHARE_LEDGER);
	expect_answer();
	ahead_s += (int)(SERVER_ANSWER_NS / SECOND) - 2;
	expect_answer();
	assert_false(is_hung_up(fd, 0));
	assert_int_equal(recv(fd, part, sizeof(part), MSG_WAITALL), sizeof(part));
	expect_answer();
	ahead_s += 3;
	assert_true(is_hung_up(fd, 3000));
	assert_in_range(sizeof(part) + rest_of(fd), 0, header.bytes - 1);
	expect_answer();
	close(fd);
	stop();
}

/*
 * A reading of the ledgers takes long, so the next reading starts late. A request that waits for
 * it longer than SERVER_ANSWER_NS loses its connection.
 */
static void late_reading_is_not_awaited(void **state)
{
	char number[16];
	uint64_t exits;
	uint8_t message[SHARE_ASK_MESSAGE];
	int fd;

	(void)state;
	snprintf(number, sizeof(number), "%d", getpid());
	assert_int_equal(access_add(&options.access, false, number), 0);
	reading_s = 3 * (int)(SERVER_ANSWER_NS / SECOND);
	start();
	assert_int_equal(ask(&exits), -EACCES);
	share_ask_encode(-1, message);
	fd = connect_to("own");
	assert_int_equal(send(fd, message, sizeof(message), MSG_NOSIGNAL), sizeof(message));
	assert_int_equal(refusal_of("GET / HTTP/1.1\r\n\r\n", 18), SHARE_BAD_REQUEST);
	ahead_s += (int)(SERVER_ANSWER_NS / SECOND) - 2;
	assert_int_equal(refusal_of("GET / HTTP/1.1\r\n\r\n", 18), SHARE_BAD_REQUEST);
	assert_false(is_hung_up(fd, 0));
	ahead_s += 3;
	assert_true(is_hung_up(fd, 3000));
	assert_int_equal(rest_of(fd), 0);
	assert_int_equal(refused, 1);
	close(fd);
	stop();
}

/* The server limits the number of connections of each peer, and how often a peer may ask. */
static void peer_is_limited(void **state)
{
	uint8_t message[SHARE_ASK_MESSAGE];
	int fd[SERVER_PEER_CONNECTIONS + 1];
	unsigned int busy = 0;

	(void)state;
	start();
	for (int i = 0; i <= SERVER_PEER_CONNECTIONS; i++)
		fd[i] = connect_to("own");
	assert_true(is_closed(fd[SERVER_PEER_CONNECTIONS]));
	ahead_s += 60;
	for (int i = 0; i <= SERVER_PEER_CONNECTIONS; i++) {
		assert_true(is_closed(fd[i]));
		close(fd[i]);
	}
	share_ask_encode(-1, message);
	for (int i = 0; i < 3 * RATE_BURST; i++) {
		uint8_t header[SHARE_HEADER_BYTES];
		int one = connect_to("own");

		send(one, message, sizeof(message), MSG_NOSIGNAL);
		if (recv(one, header, sizeof(header), MSG_WAITALL) == sizeof(header))
			busy += header[6] == SHARE_REFUSAL;
		close(one);
	}
	assert_in_range(busy, RATE_BURST / 2, 2 * RATE_BURST);
	expect_answer(); /* the client waits and asks again */
	stop();
}

#define FLOOD	   10000
#define FLOOD_OPEN 900 /* the number of connections that the flooding process keeps open */
#define FLOOD_HELD 880 /* how many of these it never closes */

/* A process that connects as often as possible. The descriptors are pipes. */
struct flooder {
	pid_t pid;
	int begin[2];
	int ready[2];
	int end[2];
};

/*
 * Send one of these, depending on @number: nothing, the beginning of a request, a request whose
 * answer is never read, or garbage. Errors do not matter, because the server may have closed the
 * connection.
 */
static void send_something(int fd, unsigned int number)
{
	uint8_t message[SHARE_ASK_MESSAGE];

	share_ask_encode(-1, message);
	switch (number % 4) {
	case 1:
		send(fd, message, 3, MSG_NOSIGNAL);
		break;
	case 2:
		send(fd, message, sizeof(message), MSG_NOSIGNAL);
		break;
	case 3:
		send(fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL);
		break;
	}
}

/*
 * Connect at least 10,000 times, until the test process ends the flood. Never close the first
 * connections, and close others as late as possible.
 */
static void flood(const struct flooder *flooder, const char *name)
{
	struct pollfd end = { .fd = flooder->end[0], .events = POLLIN };
	int kept[FLOOD_OPEN];
	unsigned int connected = 0;
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* if the test fails, nobody ends the flood */
	memset(kept, -1, sizeof(kept));
	if (read(flooder->begin[0], &byte, 1) != 1)
		_exit(2);
	for (unsigned int i = 0; i < FLOOD || !poll(&end, 1, 0); i++) {
		int *fd = &kept[i < FLOOD_OPEN ? i : FLOOD_HELD + i % (FLOOD_OPEN - FLOOD_HELD)];

		if (*fd >= 0)
			close(*fd);
		*fd = connect_to(name);
		if (*fd < 0)
			_exit(1);
		connected++;
		send_something(*fd, i);
		if (i == FLOOD / 2 && write(flooder->ready[1], &byte, 1) != 1)
			_exit(2);
	}
	_exit(connected >= FLOOD ? 0 : 1);
}

/* Start the process, which waits for flooder_begin(). */
static void flooder_start(struct flooder *flooder, const char *name)
{
	assert_int_equal(pipe2(flooder->begin, O_CLOEXEC), 0);
	assert_int_equal(pipe2(flooder->ready, O_CLOEXEC), 0);
	assert_int_equal(pipe2(flooder->end, O_CLOEXEC), 0);
	flooder->pid = fork();
	if (!flooder->pid)
		flood(flooder, name);
}

/* Begin the flood, and wait until half of the connections have been made. */
static void flooder_begin(const struct flooder *flooder)
{
	char byte;

	assert_int_equal(write(flooder->begin[1], "", 1), 1);
	assert_int_equal(read(flooder->ready[0], &byte, 1), 1);
}

/* End the flood, and check that all connections were accepted. */
static void flooder_end(const struct flooder *flooder)
{
	int status;

	assert_int_equal(write(flooder->end[1], "", 1), 1);
	assert_int_equal(waitpid(flooder->pid, &status, 0), flooder->pid);
	assert_int_equal(status, 0);
	for (int i = 0; i < 2; i++) {
		close(flooder->begin[i]);
		close(flooder->ready[i]);
		close(flooder->end[i]);
	}
}

static unsigned int open_files(void)
{
	DIR *list = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(list))
		count++;
	closedir(list);
	return count;
}

/* Return the memory of this process in KiB. */
static unsigned int memory_kb(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned int pages = 0;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%*u %u", &pages), 1);
	fclose(file);
	return pages * (unsigned int)(sysconf(_SC_PAGESIZE) / 1024);
}

/*
 * During a flood, a guest must get each of FLOOD_ANSWERS answers within FLOOD_NS, and the memory
 * of this process must not grow by more than FLOOD_KB.
 */
#define FLOOD_NS      (2 * SECOND)
#define FLOOD_KB      256
#define FLOOD_ANSWERS 20

/*
 * Let @flooder flood the server, and check that this process still gets its answers in time. The
 * server is a thread of this process. The process must not open more than @most additional file
 * descriptors.
 */
static void survive_flood(const struct flooder *flooder, unsigned int most)
{
	unsigned int files;
	unsigned int memory;
	uint64_t longest_ns = 0;

	start();
	expect_answer();
	files = open_files();
	memory = memory_kb();
	flooder_begin(flooder);
	for (int i = 0; i < FLOOD_ANSWERS; i++) {
		uint64_t start_ns = clock_monotonic_ns();
		uint64_t took_ns;

		expect_answer();
		took_ns = clock_monotonic_ns() - start_ns;
		longest_ns = took_ns > longest_ns ? took_ns : longest_ns;
		assert_in_range(open_files(), files, files + most);
		assert_in_range(memory_kb(), 0, memory + FLOOD_KB);
	}
	print_message("# the longest answer took %u us; memory: %u KiB before, %u KiB now\n",
		      (unsigned int)(longest_ns / 1000), memory, memory_kb());
	assert_in_range(longest_ns, 0, FLOOD_NS);
	flooder_end(flooder);
	expect_answer();
	stop();
}

/* How many file descriptors the test needs in addition to the connections of the flood. */
#define OTHER_FILES 3

static void flood_delays_nobody(void **state)
{
	struct flooder flooder;

	(void)state;
	flooder_start(&flooder, "flood");
	listen_for("flood", flooder.pid);
	survive_flood(&flooder, SERVER_PEER_CONNECTIONS + OTHER_FILES);
}

/* On vsock, all guests connect to the same listener. */
static void flood_of_shared_listener_delays_nobody(void **state)
{
	struct flooder flooder;

	(void)state;
	shared_peers = 1;
	flooder_start(&flooder, "own");
	survive_flood(&flooder, SERVER_PEER_CONNECTIONS + OTHER_FILES);
}

/* The flood comes from so many guests that they use up all connections of the server. */
static void flood_of_many_peers_delays_nobody(void **state)
{
	struct flooder flooder;

	(void)state;
	shared_peers = SERVER_CONNECTIONS;
	flooder_start(&flooder, "own");
	survive_flood(&flooder, SERVER_CONNECTIONS + OTHER_FILES);
}

/* Only the VMM may connect. Another process of the same user is refused. */
static void other_process_is_refused(void **state)
{
	pid_t pid = fork();
	int status;
	int fd;

	(void)state;
	if (!pid) {
		pause();
		_exit(0);
	}
	listen_for("other", pid);
	start();
	fd = connect_to("other");
	assert_true(is_closed(fd));
	close(fd);
	stop();
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

/* When the VMM ends, its socket is removed, and its connections are closed. */
static void socket_of_ended_vmm_is_removed(void **state)
{
	char path[80];
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid) {
		pause();
		_exit(0);
	}
	listen_for("other", pid);
	start();
	assert_int_equal(access(client_socket("other", path), F_OK), 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	for (int i = 0; i < 300 && !access(path, F_OK); i++)
		usleep(10000);
	assert_int_equal(access(path, F_OK), -1);
	expect_answer();
	stop();
}

/*
 * If a killed server has left a socket behind, the socket is replaced. A socket in use and a
 * regular file are kept.
 */
static void stale_socket_is_replaced(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct listener listener;
	char path[80];
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	strcpy(address.sun_path, client_socket("stale", path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	listen_for("stale", getpid());
	assert_int_equal(listener_open_unix(vmm_socket("stale", path), (uint32_t)getpid(),
					    &listener, &complaint),
			 -EADDRINUSE);
	fd = open(client_socket("file", path), O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(listener_open_unix(vmm_socket("file", path), (uint32_t)getpid(), &listener,
					    &complaint),
			 -EEXIST);
	unlink(client_socket("file", path));
}

#define NOBODY 65534

/* Start a process that acts as a VMM and runs as the user NOBODY. Return its process ID. */
static pid_t start_of_nobody(void)
{
	char path[40];
	struct stat status = { 0 };
	pid_t pid = fork();

	if (!pid) {
		if (!setuid(NOBODY))
			pause();
		_exit(1);
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	for (int i = 0; i < 300 && status.st_uid != NOBODY; i++) {
		assert_int_equal(stat(path, &status), 0);
		usleep(10000);
	}
	assert_int_equal(status.st_uid, NOBODY);
	return pid;
}

/*
 * The socket must belong to the user of the VMM. If this user replaces the new socket with a
 * link, the target of the link must keep its owner and mode.
 */
static void user_of_vmm_gets_only_the_socket(void **state)
{
	static int (*const replacements[])(const char *target, const char *path) = { symlink,
										     link };
	struct listener listener;
	struct stat status;
	char path[80];
	pid_t pid;

	(void)state;
	if (geteuid())
		skip(); /* only root can change the owner of a socket */
	pid = start_of_nobody();
	for (size_t i = 0; i < ARRAY_SIZE(replacements); i++) {
		assert_int_equal(chmod(client_socket("own", path), 0644), 0);
		replace = replacements[i];
		assert_int_equal(listener_open_unix(vmm_socket("nobody", path), (uint32_t)pid,
						    &listener, &complaint),
				 -EEXIST);
		replace = NULL;
		assert_int_equal(stat(client_socket("own", path), &status), 0);
		assert_int_equal(status.st_uid, 0);
		assert_int_equal(status.st_mode & 07777, 0644);
	}
	listen_for("nobody", pid);
	assert_int_equal(lstat(client_socket("nobody", path), &status), 0);
	assert_int_equal(status.st_uid, NOBODY);
	assert_int_equal(status.st_mode & 07777, 0600);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#define test_case(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test_case(guest_reads_its_ledger),
		test_case(absent_host_is_detected),
		test_case(garbage_is_refused),
		test_case(slow_client_is_closed),
		test_case(slow_reader_is_closed),
		test_case(late_reading_is_not_awaited),
		test_case(peer_is_limited),
		test_case(flood_delays_nobody),
		test_case(flood_of_shared_listener_delays_nobody),
		test_case(flood_of_many_peers_delays_nobody),
		test_case(other_process_is_refused),
		test_case(socket_of_ended_vmm_is_removed),
		test_case(stale_socket_is_replaced),
		test_case(user_of_vmm_gets_only_the_socket),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
