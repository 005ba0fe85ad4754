/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The names and UUIDs of libvirt's domains. They are read from the status files of libvirt's
 * system instance, so no daemon needs to run. The status file of the domain NAME is
 * /run/libvirt/qemu/NAME.xml (virDomainObjSave() in libvirt's src/conf/domain_conf.c). Its
 * beginning looks like this:
 *
 *	<domstatus state='running' reason='booted' pid='812'>
 *	  ...
 *	  <domain type='kvm' id='1'>
 *	    <name>web</name>
 *	    <uuid>78177d07-ac0e-4057-b1de-9ccd66cbc3d7</uuid>
 *
 * vmtoll does not use libxml2 for this file. The program is a static binary, and Debian's static
 * libxml2 requires ICU, a library of 47 MB. vmtoll needs only one attribute and two elements. Its
 * parser rejects document type declarations, so entities cannot expand. The parser does not use
 * recursion, and it allocates no memory.
 */
#ifndef VMTOLL_LIBVIRT_H
#define VMTOLL_LIBVIRT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "kvm/uuid.h"

#define LIBVIRT_NAME 256 /* domain names are used as file names, so they have the same limit */

/**
 * struct libvirt_domain - a running domain
 * @pid: the process of the VMM
 * @uuid: the UUID, or "" if the file contains none
 * @owner: the user who owns the status file
 */
struct libvirt_domain {
	uint32_t pid;
	char name[LIBVIRT_NAME];
	char uuid[UUID_BYTES];
	uid_t owner;
};

/*
 * Read the status file of the domain @name. @run is the directory of run-time data, "/run". Only
 * the first 256 KiB of the file are read. Returns false if the file cannot be read, if its text is
 * malformed, or if it does not contain both a process ID and a name.
 */
bool libvirt_read(const char *run, const char *name, struct libvirt_domain *domain);

/*
 * Find the process ID, the name and the UUID in the text of a status file. Returns false if the
 * text is malformed or does not contain both a process ID and a name.
 */
bool libvirt_parse(const char *xml, struct libvirt_domain *domain);

#endif
