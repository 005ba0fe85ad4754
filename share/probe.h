/* SPDX-License-Identifier: GPL-2.0 */
/* Gather facts about vmtoll share on this host, for vmtoll check. */
#ifndef VMTOLL_SHARE_PROBE_H
#define VMTOLL_SHARE_PROBE_H

#include "model/host.h"
#include "share/cid.h"

/*
 * Find a process that runs vmtoll share, and count the CIDs that processes claim. @vhost is the
 * directory in sysfs that exists if the kernel provides /dev/vhost-vsock. If @is_live is false,
 * the files are those of another machine. They do not show which files a process has opened, so
 * the CIDs stay unknown.
 */
void share_probe(const struct cid_host *host, const char *vhost, bool is_live,
		 struct host_share *share);

#endif
