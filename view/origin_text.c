// SPDX-License-Identifier: GPL-2.0
/* The source of the figures as text, see origin_text.h. */
#include "view/origin_text.h"

#include "model/isa.h"
#include "view/paragraph.h"

void origin_text(const struct origin *origin, FILE *out)
{
	char text[sizeof(origin->source) + 40];
	int used = snprintf(text, sizeof(text), "%s, %s", origin->source, isa_title(origin->isa));

	if (origin->nanoseconds)
		snprintf(text + used, sizeof(text) - (size_t)used, ", times in ns");
	else if (origin->tsc_khz)
		snprintf(text + used, sizeof(text) - (size_t)used, ", TSC %u.%03u MHz",
			 origin->tsc_khz / 1000, origin->tsc_khz % 1000);
	paragraph_put("source: ", 8, text, out);
	if (origin->protocol[0])
		paragraph_put("note: ", 6, origin->protocol, out);
	if (origin->emulated)
		paragraph_put("note: ", 6,
			      "the host is emulated: exits are real, times are the emulator's",
			      out);
	if (origin->tsc_unreliable)
		paragraph_put("note: ", 6, ORIGIN_TSC_UNRELIABLE, out);
}
