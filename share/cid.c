// SPDX-License-Identifier: GPL-2.0
/* Which process claims which CID, see cid.h. */
#include "share/cid.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <json.h>

#include "kvm/cmdline.h"
#include "model/array.h"
#include "model/number.h"

/* Constants of the kernel: MISC_MAJOR, and VHOST_VSOCK_MINOR in linux/miscdevice.h. */
#define MISC_MAJOR	  10
#define VHOST_VSOCK_MINOR 241

#define CID_MOST UINT32_MAX /* VMADDR_CID_ANY is not a CID */

/* The largest number of CIDs that one process can claim. */
#define PROCESS_CIDS 16

/* At most this many file descriptors of a process are examined. */
#define PROCESS_FILES 4096

/**
 * struct cids - the CIDs on the command line of one process
 * @is_void: ignore these CIDs, because the VMM may use different ones
 */
struct cids {
	uint32_t cid[PROCESS_CIDS];
	size_t count;
	bool is_void;
};

dev_t cid_device(void)
{
	return makedev(MISC_MAJOR, VHOST_VSOCK_MINOR);
}

static void add_text(struct cids *cids, const char *text)
{
	uint64_t cid;

	/* A leading zero means octal to QEMU, but not to other VMMs. */
	if (text[0] == '0' && isdigit((unsigned char)text[1]))
		cids->is_void = true;
	if (number_parse(text, CID_FIRST, CID_MOST - 1, &cid))
		return;
	for (size_t i = 0; i < cids->count; i++)
		if (cids->cid[i] == cid)
			return;
	if (cids->count < ARRAY_SIZE(cids->cid))
		cids->cid[cids->count++] = (uint32_t)cid;
}

/* Read a value of QEMU's option -device in JSON, such as {"driver":"vhost-vsock-pci", ...}. */
static void read_json(const char *value, struct cids *cids)
{
	struct json_object *root = json_tokener_parse(value);
	struct json_object *driver;
	struct json_object *cid;

	if (json_object_object_get_ex(root, "driver", &driver) && driver &&
	    !strncmp(json_object_get_string(driver), "vhost-vsock", 11) &&
	    json_object_object_get_ex(root, "guest-cid", &cid) && cid)
		add_text(cids, json_object_get_string(cid));
	json_object_put(root);
}

static void read_qemu(const char *value, char *text, struct cids *cids)
{
	if (*value == '{')
		read_json(value, cids);
	else if (!strncmp(value, "vhost-vsock", 11) &&
		 cmdline_suboption(value, "guest-cid", false, text))
		add_text(cids, text);
}

/*
 * Read a value such as "3" or "cid=3,device=/dev/vhost-vsock". Ignore the value of
 * cloud-hypervisor, "cid=3,socket=/run/vsock". Cloud-hypervisor implements vsock itself, so the
 * kernel of the host does not know this CID, and another VM can have the same CID.
 */
static void read_vsock(const char *value, char *text, struct cids *cids)
{
	if (!cmdline_suboption(value, "socket", false, text) &&
	    cmdline_suboption(value, "cid", true, text))
		add_text(cids, text);
}

/*
 * The options with which VMMs set a CID. The command line of each process is searched for all of
 * them, whichever program the process runs.
 */
static const struct {
	const char *option[CMDLINE_NAMES];
	void (*read)(const char *value, char *text, struct cids *cids);
} options[] = {
	{ { "-device", "--device" }, read_qemu },
	{ { "--vsock", "--cid" }, read_vsock },
};

/*
 * Return true if the command line is incomplete, or if it contains QEMU's option -set, which can
 * change the CID of a device.
 */
static bool is_unclear(const struct cmdline *cmdline)
{
	static const char *const set[CMDLINE_NAMES] = { "-set", "--set" };

	return cmdline->file.length == CMDLINE_BYTES || cmdline_option(cmdline, set, NULL);
}

/* Read the CIDs on the command line of process @pid. Returns -ENODATA if there are none. */
static int read_cids(const char *proc, uint32_t pid, struct cids *cids)
{
	struct cmdline cmdline;
	int error = cmdline_read(proc, pid, &cmdline);
	char *text;

	*cids = (struct cids){ 0 };
	if (error)
		return error;
	cids->is_void = is_unclear(&cmdline);
	text = malloc(CMDLINE_BYTES);
	for (size_t i = 0; text && i < ARRAY_SIZE(options); i++) {
		const char *value = NULL;

		while ((value = cmdline_option(&cmdline, options[i].option, value)))
			options[i].read(value, text, cids);
	}
	free(text);
	cmdline_release(&cmdline);
	if (!text)
		return -ENOMEM;
	return cids->count && !cids->is_void ? 0 : -ENODATA;
}

/*
 * Return 1 if the file descriptor @name refers to the device, 0 if it does not, or a negative
 * errno. Do not compare paths, because a user can mount another file at the path of the device.
 * With AT_STATX_DONT_SYNC, an unresponsive file system cannot block this process.
 */
static int is_device(int directory, const char *name, dev_t device)
{
	struct statx status;

	if (statx(directory, name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &status))
		return -errno;
	return S_ISCHR(status.stx_mode) &&
	       makedev(status.stx_rdev_major, status.stx_rdev_minor) == device;
}

/*
 * Return 0 if at least @count of the file descriptors in @directory refer to the device. If fewer
 * do, return -ENODATA, or -EACCES if the type of some file descriptors could not be read. Returns
 * another negative errno on failure.
 */
static int find_devices(DIR *directory, dev_t device, size_t count)
{
	struct dirent *entry;
	size_t files = 0;
	int missing = -ENODATA;

	for (errno = 0; count && (entry = readdir(directory)); errno = 0) {
		int found;

		if (!isdigit((unsigned char)entry->d_name[0]))
			continue;
		if (files++ == PROCESS_FILES)
			return missing;
		found = is_device(dirfd(directory), entry->d_name, device);
		if (found == -ENOMEM)
			return found;
		if (found == -EACCES)
			missing = found;
		count -= found > 0;
	}
	if (!count)
		return 0;
	return errno ? -errno : missing;
}

/*
 * Read the CIDs that process @pid claims. The process must have opened the device at least once
 * for each CID on its command line. Otherwise, it claims nothing, because it is unknown which of
 * these CIDs it uses. Returns 0, -ENODATA if the process claims nothing, or another negative
 * errno.
 */
static int read_claims(const struct cid_host *host, uint32_t pid, struct cids *cids)
{
	int error = read_cids(host->proc, pid, cids);
	char path[PATH_MAX];
	DIR *directory;

	if (error)
		return error;
	snprintf(path, sizeof(path), "%s/%u/fd", host->proc, pid);
	directory = opendir(path);
	if (!directory)
		return -errno;
	error = find_devices(directory, host->device, cids->count);
	closedir(directory);
	return error;
}

/*
 * Return true if @error means that the process claims nothing: its command line contains no CID,
 * it has not opened the device, it has ended, or it may not be examined. After any other error, it
 * is unknown whether the process claims a CID.
 */
static bool is_no_claim(int error)
{
	return error == -ENODATA || error == -ENOENT || error == -ESRCH || error == -EACCES ||
	       error == -EPERM;
}

static int table_add(struct cid_table *table, uint32_t pid, const struct cids *cids)
{
	struct cid_claim *grown =
		reallocarray(table->claim, table->claims + cids->count, sizeof(*grown));

	if (!grown)
		return -ENOMEM;
	table->claim = grown;
	for (size_t i = 0; i < cids->count; i++)
		table->claim[table->claims++] = (struct cid_claim){ cids->cid[i], pid };
	return 0;
}

int cid_table_read(const struct cid_host *host, struct cid_table *table)
{
	DIR *directory = opendir(host->proc);
	struct dirent *entry;
	int error = 0;

	*table = (struct cid_table){ 0 };
	if (!directory)
		return -errno;
	for (errno = 0; !error && (entry = readdir(directory)); errno = 0) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);
		struct cids cids;

		if (!pid)
			continue;
		error = read_claims(host, pid, &cids);
		if (!error) {
			error = table_add(table, pid, &cids);
		} else if (is_no_claim(error)) {
			table->unreadable += error == -EACCES || error == -EPERM;
			error = 0;
		}
	}
	if (!error)
		error = -errno;
	closedir(directory);
	return error;
}

void cid_table_release(struct cid_table *table)
{
	free(table->claim);
	*table = (struct cid_table){ 0 };
}

int cid_table_find(const struct cid_table *table, uint32_t cid, uint32_t *pid)
{
	size_t found = 0;

	for (size_t i = 0; i < table->claims; i++) {
		if (table->claim[i].cid != cid)
			continue;
		*pid = table->claim[i].pid;
		found++;
	}
	if (!found)
		return -ENOENT;
	return found > 1 ? -ENOTUNIQ : 0;
}

bool cid_is_claimed(const struct cid_host *host, uint32_t pid, uint32_t cid)
{
	struct cids cids;

	if (read_claims(host, pid, &cids))
		return false;
	for (size_t i = 0; i < cids.count; i++)
		if (cids.cid[i] == cid)
			return true;
	return false;
}
