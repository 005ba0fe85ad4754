// SPDX-License-Identifier: GPL-2.0
/* The marker of an experiment, see marker.h. */
#include "experiment/marker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kvm/kernel.h"
#include "model/array.h"

#define MARKER_BYTES 65536

static int no_marker(const struct marker *marker, int error, const char *what,
		     struct complaint *complaint)
{
	static const int bad_place[] = { EACCES, EPERM, EROFS, ENOSPC, ENOENT, ENOTDIR };
	const char *hint = "";

	for (size_t i = 0; i < ARRAY_SIZE(bad_place); i++)
		if (error == -bad_place[i])
			hint = " (use --state to set another directory)";
	if (error == -EACCES && geteuid())
		hint = " (run as root, or use --state to set another directory)";
	return complain(complaint, error, "cannot %s the marker %s: %s%s", what, marker->path,
			strerror(-error), hint);
}

static int damaged(const struct marker *marker, struct complaint *complaint)
{
	return complain(
		complaint, -EINVAL,
		"cannot read the marker %s: it is damaged, so the settings before an earlier "
		"experiment are unknown. Check KVM's parameters (grep -r . "
		"%s/kvm*/parameters), correct them and remove the file",
		marker->path, marker->left.host->sys);
}

/* The boot ID identifies one boot of the machine. */
static void boot_id(const struct host_paths *host, char *text, size_t bytes)
{
	kernel_read(host, "random/boot_id", text, bytes);
}

/* Parse the first line: "vmtoll compare 1, pid 812, boot ID". */
static int take_head(struct marker *marker, const char *text)
{
	char then[64] = "";
	char now[64];

	if (sscanf(text, "vmtoll compare 1, pid %d, boot %63s", &marker->pid, then) != 2)
		return -EINVAL;
	boot_id(marker->left.host, now, sizeof(now));
	marker->rebooted = strcmp(then, now);
	return 0;
}

/*
 * Parse "bpf 256": the BPF programs were attached, with ledgers for 256 vCPUs. If they are not
 * attached now, restoring the settings must attach them again. After a reboot, ignore this line.
 */
static void take_programs(const char *line, bool rebooted, struct restart *bpf)
{
	uint32_t vcpus;

	if (rebooted || bpf->vcpus || sscanf(line, "bpf %" SCNu32, &vcpus) != 1)
		return;
	bpf->vcpus = vcpus;
	bpf->detached = true;
}

/* Parse "touched kvm_amd.npt=1" or "kept kvm_amd.nested=1". Other lines are ignored. */
static int take_line(const char *line, bool rebooted, struct settings *left)
{
	struct setting setting = { .touched = !strncmp(line, "touched ", 8) };
	struct setting *grown;

	if (!setting.touched && (rebooted || strncmp(line, "kept ", 5)))
		return 0;
	if (sscanf(strchr(line, ' ') + 1, "%15[^.].%47[^=]=%63[^\n]", setting.saved.module,
		   setting.saved.name, setting.saved.value) < 2)
		return -EINVAL;
	setting.writable = param_writable(left->host, &setting.saved);
	grown = reallocarray(left->list, left->count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	left->list = grown;
	grown[left->count++] = setting;
	return 0;
}

static int read_file(struct marker *marker, struct complaint *complaint)
{
	char *text = calloc(1, MARKER_BYTES);
	char *rest = text;
	char *line;
	int error = 0;

	if (!text || pread(marker->fd, text, MARKER_BYTES - 1, 0) < 0)
		error = errno ? -errno : -ENOMEM;
	if (!error && *text)
		error = take_head(marker, text);
	if (!error && marker->pid)
		restart_save(&marker->left.bpf);
	while (!error && marker->pid && (line = strsep(&rest, "\n"))) {
		take_programs(line, marker->rebooted, &marker->left.bpf);
		error = take_line(line, marker->rebooted, &marker->left);
	}
	free(text);
	if (error == -EINVAL)
		return damaged(marker, complaint);
	return error ? no_marker(marker, error, "read", complaint) : 0;
}

static int busy(const struct marker *marker, struct complaint *complaint)
{
	char text[64] = "";
	int pid = 0;

	if (pread(marker->fd, text, sizeof(text) - 1, 0) > 0)
		sscanf(text, "vmtoll compare 1, pid %d", &pid);
	return complain(complaint, -EBUSY,
			"another vmtoll compare runs on this host (pid %d, %s); wait for its end",
			pid, marker->path);
}

/* Create a directory and its parents. */
static int make_directories(const char *directory)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", directory);
	for (char *slash = strchr(path + (*path == '/'), '/'); slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(path, 0755);
		*slash = '/';
	}
	return mkdir(directory, 0700) && errno != EEXIST ? -errno : 0;
}

int marker_open(const struct host_paths *host, const char *state, struct marker *marker,
		struct complaint *complaint)
{
	int error;

	*marker = (struct marker){ .left.host = host };
	snprintf(marker->path, sizeof(marker->path), "%s/compare", state);
	error = make_directories(state);
	if (error) {
		marker->fd = -1;
		return no_marker(marker, error, "create the directory of", complaint);
	}
	marker->fd = open(marker->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (marker->fd < 0)
		return no_marker(marker, -errno, "open", complaint);
	if (flock(marker->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? busy(marker, complaint)
					    : no_marker(marker, -errno, "lock", complaint);
	return read_file(marker, complaint);
}

int marker_write(struct marker *marker, const struct settings *settings,
		 struct complaint *complaint)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	char boot[64];
	int error = 0;

	if (!out)
		return no_marker(marker, -ENOMEM, "write", complaint);
	boot_id(settings->host, boot, sizeof(boot));
	fprintf(out, "vmtoll compare 1, pid %d, boot %s\n", (int)getpid(), boot);
	fputs("# The saved settings of KVM; `vmtoll compare --restore` restores them.\n", out);
	for (size_t i = 0; i < settings->count; i++) {
		const struct setting *setting = &settings->list[i];

		fprintf(out, "%s %s.%s=%s\n", setting->touched ? "touched" : "kept",
			setting->saved.module, setting->saved.name, setting->saved.value);
	}
	if (settings->bpf.vcpus)
		fprintf(out, "bpf %" PRIu32 "\n", settings->bpf.vcpus);
	if (fclose(out))
		error = -ENOMEM;
	errno = 0;
	if (!error && (ftruncate(marker->fd, 0) ||
		       pwrite(marker->fd, text, bytes, 0) != (ssize_t)bytes || fsync(marker->fd)))
		error = errno ? -errno : -ENOSPC;
	free(text);
	if (!error)
		return 0;
	/*
	 * The file may now contain an incomplete marker, which the next experiment would report
	 * as damaged. No setting has been changed yet, so the marker is not needed. Empty the
	 * file.
	 */
	if (ftruncate(marker->fd, 0))
		return no_marker(marker, -errno, "empty", complaint);
	return no_marker(marker, error, "write", complaint);
}

int marker_clear(struct marker *marker, struct complaint *complaint)
{
	marker->pid = 0;
	if (!ftruncate(marker->fd, 0) && !fsync(marker->fd))
		return 0;
	return no_marker(marker, -errno, "empty", complaint);
}

void marker_close(struct marker *marker)
{
	settings_release(&marker->left);
	if (marker->fd >= 0)
		close(marker->fd);
	marker->fd = -1;
}
