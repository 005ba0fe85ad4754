// SPDX-License-Identifier: GPL-2.0
/* Functions that boot a disk in QEMU and determine how the guest ended, see qemu_guest.h. */
#include "experiment/qemu_guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/array.h"
#include "process/program.h"
#include "source/json_read.h"

#define QEMU "qemu-system-x86_64"

#define STRING_OF(text) #text
#define STRING(text)	STRING_OF(text)

/* QMP does not report events before this command. */
#define QMP_START "{\"execute\":\"qmp_capabilities\"}\n"

/*
 * An image format. @name is QEMU's name for the format. An image has the format if it contains
 * the bytes @magic at offset @at.
 */
struct image_format {
	const char *name;
	off_t at;
	const char *magic;
	size_t bytes;
};

static const struct image_format qcow2 = { "qcow2", 0, "QFI\xfb", 4 };
static const struct image_format raw = { "raw", 510, "\x55\xaa", 2 };

/* Formats that have to be converted first. */
static const struct image_format foreign[] = {
	{ "vmdk", 0, "KDMV", 4 },     { "vdi", 64, "\x7f\x10\xda\xbe", 4 },
	{ "vhdx", 0, "vhdxfile", 8 }, { "vpc", 0, "conectix", 8 },
	{ "qed", 0, "QED\0", 4 },
};

static bool is_format(int fd, const struct image_format *format)
{
	char bytes[8];

	return pread(fd, bytes, format->bytes, format->at) == (ssize_t)format->bytes &&
	       !memcmp(bytes, format->magic, format->bytes);
}

/*
 * Return the image format of a disk. If the format is unknown or has to be converted first,
 * return NULL with a complaint.
 */
static const struct image_format *format_of(int fd, const char *disk, struct complaint *complaint)
{
	if (is_format(fd, &qcow2))
		return &qcow2;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (!is_format(fd, &foreign[i]))
			continue;
		complain(complaint, -EINVAL,
			 "--guest %s: this is a %s image; convert it to qcow2 first: qemu-img "
			 "convert -O qcow2 %s NEW.qcow2",
			 disk, foreign[i].name, disk);
		return NULL;
	}
	if (is_format(fd, &raw))
		return &raw;
	complain(complaint, -EINVAL,
		 "--guest %s: this is neither a qcow2 image nor a raw disk with a boot sector",
		 disk);
	return NULL;
}

/*
 * Append @path to the value of a QEMU option. Commas are doubled, because a single comma ends
 * the value.
 */
static void add_path(char *text, size_t bytes, const char *path)
{
	size_t used = strlen(text);

	for (; *path && used + 3 < bytes; path++) {
		if (*path == ',')
			text[used++] = ',';
		text[used++] = *path;
	}
	text[used] = '\0';
}

/*
 * Name the driver explicitly. Otherwise, QEMU would take the part of the path before a colon for
 * the name of a protocol.
 */
static void set_drive(struct qemu_guest *guest, const struct image_format *format, bool is_device)
{
	snprintf(guest->drive, sizeof(guest->drive),
		 "if=virtio,snapshot=on,format=%s,file.driver=%s,file.filename=", format->name,
		 is_device ? "host_device" : "file");
	add_path(guest->drive, sizeof(guest->drive), guest->disk);
}

static int open_disk(struct qemu_guest *guest, struct complaint *complaint)
{
	const struct image_format *format;
	struct stat stat_of;
	int fd = open(guest->disk, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || fstat(fd, &stat_of) ? -errno : 0;

	if (!error && S_ISDIR(stat_of.st_mode))
		error = -EISDIR;
	if (error) {
		complain(complaint, error, "--guest %s: %s", guest->disk, strerror(-error));
	} else {
		format = format_of(fd, guest->disk, complaint);
		error = format ? 0 : -EINVAL;
	}
	if (!error)
		set_drive(guest, format, S_ISBLK(stat_of.st_mode));
	if (fd >= 0)
		close(fd);
	return error;
}

int qemu_guest_open(const char *disk, struct qemu_guest *guest, struct complaint *complaint)
{
	*guest = (struct qemu_guest){ .disk = disk };
	snprintf(guest->summary, sizeof(guest->summary), QEMU " with %.150s", disk);
	if (strlen(disk) >= PATH_MAX)
		return complain(complaint, -ENAMETOOLONG, "--guest: the path is too long");
	if (program_check(QEMU, complaint))
		return complain(complaint, -ENOENT,
				"--guest: there is no " QEMU
				" in PATH; install it (apt-get install "
				"qemu-system-x86), or start the guest with a command: -- CMD");
	return open_disk(guest, complaint);
}

static int write_input(const struct qemu_guest *guest, struct complaint *complaint)
{
	FILE *file = fopen(guest->input, "we");

	errno = 0;
	if (file && fputs(QMP_START, file) >= 0 && !fclose(file))
		return 0;
	return complain(complaint, errno ? -errno : -EIO, "cannot write %s: %s", guest->input,
			strerror(errno ?: EIO));
}

/*
 * Two of the options need an explanation:
 * - The network has a DHCP server but no connection to other machines, because the traffic of
 *   other machines would differ from run to run.
 * - If the BIOS finds no system to boot, it resets the machine after a millisecond instead of
 *   waiting forever.
 */
static const char *const options[] = {
	QEMU,
	"-name",
	"vmtoll-compare",
	"-nodefaults",
	"-no-user-config",
	"-no-reboot",
	"-accel",
	"kvm",
	"-cpu",
	"host",
	"-m",
	STRING(QEMU_GUEST_MIB),
	"-display",
	"none",
	"-vga",
	"std",
	"-netdev",
	"user,id=net,restrict=on",
	"-device",
	"virtio-net-pci,netdev=net,romfile=",
	"-boot",
	"reboot-timeout=1",
	"-qmp",
	"stdio",
};

int qemu_guest_prepare(struct qemu_guest *guest, const char *directory, struct complaint *complaint)
{
	const char *const files[] = { "-serial", guest->serial, "-drive", guest->drive, NULL };

	_Static_assert(sizeof(options) + sizeof(files) <= sizeof(guest->argv), "arguments");
	memcpy(guest->argv, options, sizeof(options));
	memcpy(guest->argv + ARRAY_SIZE(options), files, sizeof(files));
	snprintf(guest->serial, sizeof(guest->serial), "file:%s/serial", directory);
	snprintf(guest->input, sizeof(guest->input), "%s/qmp", directory);
	return write_input(guest, complaint);
}

/*
 * How the guest ended, according to QEMU's output.
 * @reason: the reason in the SHUTDOWN event
 * @error: the first error message from QEMU itself, or ""
 * @shut_down: QEMU sent a SHUTDOWN event
 * @stopped: QEMU stopped the guest before any SHUTDOWN event, and did not resume it
 */
struct guest_end {
	char reason[40];
	char error[80];
	bool shut_down;
	bool stopped;
};

static void take_event(struct json_object *root, struct guest_end *end)
{
	const char *event = json_get_text(root, "event") ?: "";
	struct json_object *data;
	const char *reason;

	if (!strcmp(event, "STOP"))
		end->stopped = !end->shut_down;
	if (!strcmp(event, "RESUME"))
		end->stopped = false;
	if (strcmp(event, "SHUTDOWN"))
		return;
	end->shut_down = true;
	if (!json_object_object_get_ex(root, "data", &data))
		return;
	reason = json_get_text(data, "reason");
	if (reason && *reason)
		snprintf(end->reason, sizeof(end->reason), "%s", reason);
}

static void take_message(const char *line, struct guest_end *end)
{
	if (!*end->error && strstr(line, "error"))
		snprintf(end->error, sizeof(end->error), ": %.*s", (int)strcspn(line, "\r\n"),
			 line);
}

static struct guest_end read_end(const char *log)
{
	struct guest_end end = { .reason = "QEMU did not report the reason" };
	char line[1000];
	FILE *in = fopen(log, "re");

	while (in && fgets(line, sizeof(line), in)) {
		struct json_object *root = json_tokener_parse(line);

		if (root)
			take_event(root, &end);
		else
			take_message(line, &end);
		json_object_put(root);
	}
	if (in)
		fclose(in);
	return end;
}

bool qemu_guest_is_stopped(const char *log)
{
	return read_end(log).stopped;
}

void qemu_guest_why_stopped(const char *log, char *why, size_t bytes)
{
	snprintf(why, bytes, "QEMU stopped the guest and does not resume it%s",
		 read_end(log).error);
}

bool qemu_guest_powered_off(const char *log, char *why, size_t bytes)
{
	struct guest_end end = read_end(log);

	if (!strcmp(end.reason, "guest-shutdown"))
		return true;
	snprintf(why, bytes,
		 "the guest did not power off (%s): it crashed, rebooted or found no system to "
		 "boot",
		 end.reason);
	return false;
}
