/* SPDX-License-Identifier: GPL-2.0 */
/* A verdict that `vmtoll audit --json` wrote (schema vmtoll.audit/1). */
#ifndef VMTOLL_AUDIT_FILE_H
#define VMTOLL_AUDIT_FILE_H

#include "complaint.h"
#include "snapshot.h"

/**
 * struct audit_saved - the sum over its lines
 * @balanced: the verdict of then
 */
struct audit_saved {
	bool balanced;
	uint64_t lost;
	struct audit_figures figures;
};

int audit_file_read(const char *path, struct audit_saved *saved, struct complaint *complaint);

#endif
