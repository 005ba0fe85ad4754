/* SPDX-License-Identifier: GPL-2.0 */
/* The result of an audit as one sentence. */
#ifndef VMTOLL_AUDIT_SENTENCE_H
#define VMTOLL_AUDIT_SENTENCE_H

#include <stddef.h>
#include <stdint.h>

#include <stdio.h>

#include "model/snapshot.h"

/*
 * Write KVM's count, the ledger's count, their difference, and the verdict to @text. Returns
 * @text.
 */
const char *audit_sentence(const struct audit_figures *audit, uint64_t lost,
			   const struct origin *origin, char *text, size_t bytes);

/* If exits of vCPUs without a ledger were lost, print how many. */
void audit_put_lost(uint64_t lost, FILE *out);

#endif
