/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest of `compare --guest` is a disk that QEMU boots with common options. QEMU writes to
 * a snapshot, so the disk is not changed and every run starts with the same content. The guest
 * must power off. A guest that resets itself has crashed or found nothing to boot. QEMU's exit
 * status is the same after a power-off and after a reset, so the events of QEMU's control
 * protocol (QMP) are used to distinguish the two.
 */
#ifndef VMTOLL_QEMU_GUEST_H
#define VMTOLL_QEMU_GUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"

#define QEMU_GUEST_MIB 1024

#define QEMU_GUEST_ARGUMENTS 32

/**
 * struct qemu_guest - a disk and the QEMU command that boots it
 * @summary: a line about the guest for the report
 * @drive, @serial: values of QEMU options, to which @argv points
 * @input: path of the file that QEMU reads as standard input
 */
struct qemu_guest {
	const char *disk;
	char summary[240];
	char drive[2 * PATH_MAX + 100];
	char serial[PATH_MAX + 20];
	char input[PATH_MAX + 20];
	const char *argv[QEMU_GUEST_ARGUMENTS];
};

/*
 * Check these conditions:
 * - @disk exists.
 * - The first bytes of @disk show that it is a bootable image: qcow2, or raw with a boot
 *   sector.
 * - QEMU is in PATH.
 *
 * If a check fails, return a negative errno with a complaint that explains what to do.
 */
int qemu_guest_open(const char *disk, struct qemu_guest *guest, struct complaint *complaint);

/*
 * Prepare @guest for a run: set @argv and @input, and write the input file. All files of the run
 * are in @directory.
 */
int qemu_guest_prepare(struct qemu_guest *guest, const char *directory,
		       struct complaint *complaint);

/*
 * Return true if the QMP events in the file @log show that QEMU stopped the guest and did not
 * resume it. QEMU stops a guest after an internal error of KVM or when the host's disk is full.
 * The guest then remains stopped until a user resumes it.
 */
bool qemu_guest_is_stopped(const char *log);

/* Write the reason why QEMU stopped the guest, according to @log. */
void qemu_guest_why_stopped(const char *log, char *why, size_t bytes);

/*
 * Return true if the QMP events in the file @log show that the guest powered off. Otherwise
 * write the reason to @why. Call this function only if QEMU exited with status 0.
 */
bool qemu_guest_powered_off(const char *log, char *why, size_t bytes);

#endif
