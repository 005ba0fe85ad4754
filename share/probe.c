// SPDX-License-Identifier: GPL-2.0
/* Gather facts about vmtoll share on this host, see probe.h. */
#include "share/probe.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/cmdline.h"

/* Return true if process @pid runs vmtoll share. The static program is called vmtoll-guest. */
static bool is_share(const char *proc, uint32_t pid)
{
	struct cmdline cmdline;
	const char *verb;
	bool found;

	if (cmdline_read(proc, pid, &cmdline))
		return false;
	verb = cmdline.program + strlen(cmdline.program) + 1;
	found = !strncmp(cmdline.program, "vmtoll", 6) && verb < cmdline.end &&
		!strcmp(verb, "share");
	cmdline_release(&cmdline);
	return found;
}

/* Return a process that runs vmtoll share, or 0. */
static uint32_t find_share(const char *proc)
{
	DIR *directory = opendir(proc);
	struct dirent *entry;
	uint32_t found = 0;

	while (directory && !found && (entry = readdir(directory))) {
		uint32_t pid = (uint32_t)strtoul(entry->d_name, NULL, 10);

		if (pid && is_share(proc, pid))
			found = pid;
	}
	if (directory)
		closedir(directory);
	return found;
}

/* Count each CID once: at its first claim. */
static void count_claims(const struct cid_table *table, struct host_share *share)
{
	for (size_t i = 0; i < table->claims; i++) {
		uint32_t pid;
		size_t first = 0;

		while (table->claim[first].cid != table->claim[i].cid)
			first++;
		if (first < i)
			continue;
		share->cids++;
		share->ambiguous += cid_table_find(table, table->claim[i].cid, &pid) != 0;
	}
}

void share_probe(const struct cid_host *host, const char *vhost, bool is_live,
		 struct host_share *share)
{
	struct cid_table table = { 0 };

	*share = (struct host_share){
		.has_vhost = !access(vhost, F_OK),
		.pid = find_share(host->proc),
	};
	if (is_live && !cid_table_read(host, &table)) {
		share->cids_known = !table.unreadable;
		count_claims(&table, share);
	}
	cid_table_release(&table);
}
