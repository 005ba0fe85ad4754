// SPDX-License-Identifier: GPL-2.0
/* The guest of compare --guest, see guest.h. */
#include "experiment/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/array.h"
#include "process/child.h"
#include "source/json_read.h"

#define QEMU "qemu-system-x86_64"

#define STRING_OF(text) #text
#define STRING(text)	STRING_OF(text)

/* QMP says nothing of its events before that. */
#define QMP_START "{\"execute\":\"qmp_capabilities\"}\n"

/* QEMU's name of an image format, and the bytes that it begins with. */
struct format {
	const char *name;
	off_t at;
	const char *magic;
	size_t bytes;
};

static const struct format qcow2 = { "qcow2", 0, "QFI\xfb", 4 };
static const struct format raw = { "raw", 510, "\x55\xaa", 2 };

/* What else a disk may be, and has to be converted from. */
static const struct format foreign[] = {
	{ "vmdk", 0, "KDMV", 4 },     { "vdi", 64, "\x7f\x10\xda\xbe", 4 },
	{ "vhdx", 0, "vhdxfile", 8 }, { "vpc", 0, "conectix", 8 },
	{ "qed", 0, "QED\0", 4 },
};

static bool is_format(int fd, const struct format *format)
{
	char bytes[8];

	return pread(fd, bytes, format->bytes, format->at) == (ssize_t)format->bytes &&
	       !memcmp(bytes, format->magic, format->bytes);
}

/* NULL with a complaint if it is none that QEMU could boot from as it is. */
static const struct format *format_of(int fd, const char *disk, struct complaint *complaint)
{
	if (is_format(fd, &qcow2))
		return &qcow2;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		if (!is_format(fd, &foreign[i]))
			continue;
		complain(complaint, -EINVAL,
			 "--guest %s: it is a %s image; make a qcow2 one of it: qemu-img convert "
			 "-O qcow2 %s NEW.qcow2",
			 disk, foreign[i].name, disk);
		return NULL;
	}
	if (is_format(fd, &raw))
		return &raw;
	complain(complaint, -EINVAL,
		 "--guest %s: it is neither a qcow2 image nor a raw disk with a boot sector", disk);
	return NULL;
}

/* A comma ends an option's value for QEMU, two are one within it. */
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

/* The driver is named, or a colon in the path would be taken for a protocol's. */
static void set_drive(struct guest *guest, const struct format *format, bool is_device)
{
	snprintf(guest->drive, sizeof(guest->drive),
		 "if=virtio,snapshot=on,format=%s,file.driver=%s,file.filename=", format->name,
		 is_device ? "host_device" : "file");
	add_path(guest->drive, sizeof(guest->drive), guest->disk);
}

static int open_disk(struct guest *guest, struct complaint *complaint)
{
	const struct format *format;
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

int guest_open(const char *disk, struct guest *guest, struct complaint *complaint)
{
	*guest = (struct guest){ .disk = disk };
	snprintf(guest->summary, sizeof(guest->summary), QEMU " with %.150s", disk);
	if (strlen(disk) >= PATH_MAX)
		return complain(complaint, -ENAMETOOLONG, "--guest: the path is too long");
	if (child_check(QEMU, complaint))
		return complain(complaint, -ENOENT,
				"--guest: there is no " QEMU " on the PATH (apt-get install "
				"qemu-system-x86); or start the guest by a command: -- CMD");
	return open_disk(guest, complaint);
}

static int write_input(const struct guest *guest, struct complaint *complaint)
{
	FILE *file = fopen(guest->input, "we");

	errno = 0;
	if (file && fputs(QMP_START, file) >= 0 && !fclose(file))
		return 0;
	return complain(complaint, errno ? -errno : -EIO, "writing %s: %s", guest->input,
			strerror(errno ?: EIO));
}

/*
 * The network answers DHCP and leads nowhere: what a guest gets from elsewhere is not the same in
 * each run. A BIOS that finds no system resets after a millisecond instead of waiting for ever.
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
	STRING(GUEST_MIB),
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

int guest_prepare(struct guest *guest, const char *directory, struct complaint *complaint)
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
 * What QMP said of the guest's end: @reason of its SHUTDOWN, or that it was stopped before one; and the first error
 * that QEMU itself told.
 */
struct last_event {
	char reason[40];
	char error[80];
	bool shut_down;
	bool stopped;
};

static void take_event(struct json_object *root, struct last_event *last)
{
	const char *event = json_get_text(root, "event") ?: "";
	struct json_object *data;
	const char *reason;

	if (!strcmp(event, "STOP"))
		last->stopped = !last->shut_down;
	if (!strcmp(event, "RESUME"))
		last->stopped = false;
	if (strcmp(event, "SHUTDOWN"))
		return;
	last->shut_down = true;
	if (!json_object_object_get_ex(root, "data", &data))
		return;
	reason = json_get_text(data, "reason");
	if (reason && *reason)
		snprintf(last->reason, sizeof(last->reason), "%s", reason);
}

static void take_message(const char *line, struct last_event *last)
{
	if (!*last->error && strstr(line, "error"))
		snprintf(last->error, sizeof(last->error), ": %.*s", (int)strcspn(line, "\r\n"),
			 line);
}

static struct last_event last_event(const char *log)
{
	struct last_event last = { .reason = "QEMU did not say how it ended" };
	char line[1000];
	FILE *in = fopen(log, "re");

	while (in && fgets(line, sizeof(line), in)) {
		struct json_object *root = json_tokener_parse(line);

		if (root)
			take_event(root, &last);
		else
			take_message(line, &last);
		json_object_put(root);
	}
	if (in)
		fclose(in);
	return last;
}

bool guest_is_stopped(const char *log)
{
	return last_event(log).stopped;
}

void guest_why_stopped(const char *log, char *why, size_t bytes)
{
	snprintf(why, bytes, "QEMU stopped the guest for good%s", last_event(log).error);
}

bool guest_powered_off(const char *log, char *why, size_t bytes)
{
	struct last_event last = last_event(log);

	if (!strcmp(last.reason, "guest-shutdown"))
		return true;
	snprintf(
		why, bytes,
		"the guest did not power off (%s): it crashed, restarted itself or found no system "
		"to boot",
		last.reason);
	return false;
}
