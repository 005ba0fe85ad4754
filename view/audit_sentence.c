// SPDX-License-Identifier: GPL-2.0
/* Sentences about the audit, see audit_sentence.h. */
#include "view/audit_sentence.h"

#include <inttypes.h>
#include <stdio.h>

#include "analysis/audit.h"
#include "model/isa.h"
#include "view/format.h"
#include "view/paragraph.h"

const char *audit_sentence(const struct audit_figures *audit, uint64_t lost,
			   const struct origin *origin, char *text, size_t bytes)
{
	const struct isa *isa = isa_find(origin->isa);
	unsigned int faults = audit_figures_faults(audit, lost, origin->isa, origin->knows);
	char exits[FORMAT_BYTES];
	char kvm[FORMAT_BYTES];
	char more[160] = "";
	char verdict[64];

	audit_words(faults, verdict, sizeof(verdict));
	if (origin->knows & KNOWS_RECOVERY)
		snprintf(more, sizeof(more),
			 " + %" PRIu64 " emulated; %" PRIu64 " recovered, %" PRIu64 " unseen",
			 audit->emulated, audit->recovered, audit->unseen);
	else if (origin->knows & KNOWS_EMULATED)
		snprintf(more, sizeof(more), " + %" PRIu64 " emulated; %" PRIu64 " unseen",
			 audit->emulated, audit->unseen);
	else if (isa && isa->emulates)
		snprintf(more, sizeof(more),
			 " + %" PRIu64 " emulated or unseen (the host can tell them apart)",
			 audit->unseen);
	else
		snprintf(more, sizeof(more), "; %" PRIu64 " unseen", audit->unseen);
	snprintf(text, bytes, "KVM counted %s exits, the ledger %s%s: %s%s",
		 format_count(audit->kvm_exits, kvm, sizeof(kvm)),
		 format_count(audit->exits, exits, sizeof(exits)), more, faults ? "WRONG: " : "",
		 verdict);
	return text;
}

void audit_put_lost(uint64_t lost, FILE *out)
{
	char text[80];

	if (!lost)
		return;
	snprintf(text, sizeof(text), "%" PRIu64 " exits of vCPUs that got no ledger", lost);
	paragraph_put("lost: ", 6, text, out);
}
