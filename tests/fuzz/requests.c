// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the parsers with which vmtoll serve reads request headers and the address of
 * --listen. Each line of the input is passed to all of these parsers.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "serve/address.h"
#include "view/metrics_view.h"

/* Parse an address, write it as text, and parse this text. Both addresses must be the same. */
static void check_address(const char *text)
{
	struct complaint complaint;
	struct address address;
	struct address again;
	char written[ADDRESS_TEXT];

	if (address_parse(text, &address, &complaint))
		return;
	address_text(&address, written, sizeof(written));
	if (address_parse(written, &again, &complaint) || address.bytes != again.bytes ||
	    memcmp(&address.socket, &again.socket, address.bytes))
		abort();
	/*
	 * A server that listens on a loopback address must accept this address in the Host header.
	 */
	if (address_is_loopback(&address) && !address_host_is_local(written))
		abort();
}

/* Check that a name in the domain example.org is never considered local. */
static void check_host(const char *text)
{
	char foreign[600];

	address_host_is_local(text);
	snprintf(foreign, sizeof(foreign), "%s.example.org", text);
	if (address_host_is_local(foreign))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char text[512];

	while (input.size) {
		input_line(&input, text, sizeof(text));
		check_address(text);
		check_host(text);
		if (metrics_negotiate(text) >= METRICS_FORMATS)
			abort();
	}
	return 0;
}
