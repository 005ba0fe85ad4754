// SPDX-License-Identifier: GPL-2.0
/* The sockets of vmtoll share, see listener.h. */
#include "share/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/vm_sockets.h>

#include "share/cid.h"
#include "source/share_codec.h"

#define STREAM (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

int listener_open_vsock(struct listener *listener, struct complaint *complaint)
{
	const struct sockaddr_vm address = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = SHARE_PORT,
	};

	*listener = (struct listener){ .fd = socket(AF_VSOCK, STREAM, 0), .pidfd = -1 };
	if (listener->fd < 0)
		return complain(complaint, -errno,
				"cannot create a vsock: %s; load the module vhost_vsock "
				"(modprobe vhost_vsock)",
				strerror(errno));
	if (!bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) &&
	    !listen(listener->fd, SOMAXCONN))
		return 0;
	complain(complaint, -errno, "cannot listen on vsock port %d: %s%s", SHARE_PORT,
		 strerror(errno),
		 errno == EADDRINUSE ? "; another program, perhaps vmtoll share, listens on it"
		 : errno == EACCES   ? "; run as root, or with CAP_NET_BIND_SERVICE"
				     : "");
	close(listener->fd);
	return complaint->error;
}

/*
 * Remove the socket if no program listens on it. Returns -EADDRINUSE if a program listens on it,
 * or -EEXIST if the file is not a socket.
 */
static int remove_stale(const struct sockaddr_un *address)
{
	struct stat status;
	int error = 0;
	int fd;

	if (lstat(address->sun_path, &status))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(status.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, STREAM, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) || errno == EAGAIN)
		error = -EADDRINUSE;
	close(fd);
	if (!error && unlink(address->sun_path))
		error = -errno;
	return error;
}

/*
 * Make @uid the owner of the socket @path. The user who runs the VMM may have replaced the socket
 * with a link to another file, so do not follow a symbolic link. Returns -EEXIST if @path is not a
 * socket or if the socket has another hard link.
 */
static int change_owner(const char *path, uid_t uid)
{
	int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	int error = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status))
		error = -errno;
	else if (!S_ISSOCK(status.st_mode) || status.st_nlink != 1)
		error = -EEXIST;
	else if (fchownat(fd, "", uid, (gid_t)-1, AT_EMPTY_PATH))
		error = -errno;
	close(fd);
	return error;
}

/*
 * Make the user of process @pid the owner of the socket. The socket's mode is 0600, so no other
 * user can connect.
 */
static int hand_over(const char *path, uint32_t pid)
{
	char process[32];
	struct stat status;

	snprintf(process, sizeof(process), "/proc/%" PRIu32, pid);
	if (stat(process, &status))
		return -errno;
	return status.st_uid == geteuid() ? 0 : change_owner(path, status.st_uid);
}

static int bind_unix(struct listener *listener, const struct sockaddr_un *address)
{
	int error = remove_stale(address);
	mode_t mask;

	if (error)
		return error;
	mask = umask(0177);
	if (bind(listener->fd, (const struct sockaddr *)address, sizeof(*address)))
		error = -errno;
	umask(mask);
	if (error)
		return error;
	error = hand_over(address->sun_path, listener->pid);
	if (!error && listen(listener->fd, SOMAXCONN))
		error = -errno;
	if (error)
		unlink(address->sun_path);
	return error;
}

int listener_open_unix(const char *path, uint32_t pid, struct listener *listener,
		       struct complaint *complaint)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int error;

	*listener = (struct listener){ .fd = -1, .pid = pid };
	if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s_%d", path,
			     SHARE_PORT) >= sizeof(address.sun_path))
		return complain(complaint, -ENAMETOOLONG, "--unix: the path is too long: %s", path);
	listener->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (listener->pidfd < 0)
		return complain(complaint, -errno, "--pid: process %" PRIu32 ": %s", pid,
				strerror(errno));
	listener->fd = socket(AF_UNIX, STREAM, 0);
	error = listener->fd < 0 ? -errno : bind_unix(listener, &address);
	if (!error) {
		memcpy(listener->path, address.sun_path, sizeof(listener->path));
		return 0;
	}
	listener_close(listener);
	return complain(complaint, error, "cannot listen on %s: %s%s", address.sun_path,
			strerror(-error),
			error == -EADDRINUSE ? "; another program listens on it"
			: error == -EPERM    ? "; run as root"
					     : "");
}

void listener_close(struct listener *listener)
{
	if (*listener->path)
		unlink(listener->path);
	if (listener->fd >= 0)
		close(listener->fd);
	if (listener->pidfd >= 0)
		close(listener->pidfd);
}

/*
 * Return true if the peer is a guest of this host. If this host is itself a virtual machine, its
 * own host and sibling VMs can also connect. Their connections arrive at the CID of this machine,
 * and those of guests arrive at VMADDR_CID_HOST.
 */
static bool is_guest(int fd, const struct sockaddr_vm *from)
{
	struct sockaddr_vm to = { 0 };
	socklen_t bytes = sizeof(to);

	return !getsockname(fd, (struct sockaddr *)&to, &bytes) && to.svm_cid == VMADDR_CID_HOST &&
	       from->svm_family == AF_VSOCK && from->svm_cid >= CID_FIRST;
}

/* Return true if process @pid has connected. */
static bool is_process(int fd, uint32_t pid)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	return !getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) && (uint32_t)peer.pid == pid;
}

int listener_accept(const struct listener *listener, struct peer *peer)
{
	struct sockaddr_vm from = { 0 };
	socklen_t bytes = sizeof(from);
	bool is_known;
	int fd;

	if (listener->pid)
		fd = accept4(listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	else
		fd = accept4(listener->fd, (struct sockaddr *)&from, &bytes,
			     SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return -errno;
	is_known = listener->pid ? is_process(fd, listener->pid) : is_guest(fd, &from);
	if (!is_known) {
		close(fd);
		return -EPERM;
	}
	*peer = (struct peer){ .cid = listener->pid ? 0 : from.svm_cid, .pid = listener->pid };
	return fd;
}

bool listener_is_orphaned(const struct listener *listener)
{
	struct pollfd end = { .fd = listener->pidfd, .events = POLLIN };

	return listener->pidfd >= 0 && poll(&end, 1, 0) > 0;
}
