/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest of `compare --guest`: a disk that QEMU boots, as most would start it by hand. QEMU sees
 * it through a snapshot, so the disk stays as it is and each run starts from the same one. The
 * guest has to power off: one that resets itself has crashed or found nothing to boot, which QEMU's
 * exit status does not tell but its control protocol (QMP) does.
 */
#ifndef VMTOLL_GUEST_H
#define VMTOLL_GUEST_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/complaint.h"

#define GUEST_MIB 1024

#define GUEST_ARGUMENTS 32

/**
 * struct guest - the disk, and how QEMU is started with it
 * @summary: for the report
 * @drive, @serial, @input: in @argv; the file for QEMU's standard input
 */
struct guest {
	const char *disk;
	char summary[240];
	char drive[2 * PATH_MAX + 100];
	char serial[PATH_MAX + 20];
	char input[PATH_MAX + 20];
	const char *argv[GUEST_ARGUMENTS];
};

/*
 * Whether @disk is there and bootable by its first bytes (qcow2, or raw with a boot sector), and QEMU on the
 * PATH; a negative errno with a complaint that says what to do.
 */
int guest_open(const char *disk, struct guest *guest, struct complaint *complaint);

/* Sets @argv and @input for a run, whose files go into @directory. */
int guest_prepare(struct guest *guest, const char *directory, struct complaint *complaint);

/*
 * Whether QEMU has stopped the guest for good, by what QMP said in the file @log: after an internal error of KVM, or
 * when the host's disk is full, it waits for somebody who would go on by hand.
 */
bool guest_is_stopped(const char *log);
void guest_why_stopped(const char *log, char *why, size_t bytes);

/*
 * After QEMU ended with status 0: whether the guest powered off, by what QMP said in the file
 * @log; else why not.
 */
bool guest_powered_off(const char *log, char *why, size_t bytes);

#endif
