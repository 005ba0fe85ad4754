// SPDX-License-Identifier: GPL-2.0
/* Fuzz target for the file of vmtoll serve --web-config, which configures TLS and passwords. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "serve/web_config.h"

/* A configuration without an error must be complete. */
static void check(const struct web_config *config)
{
	if (!config->cert_file != !config->key_file || config->users > WEB_CONFIG_USERS)
		abort();
	for (size_t i = 0; i < config->users; i++) {
		const struct web_user *user = &config->user[i];

		if (!*user->name || strchr(user->name, ':') || strlen(user->hash) != 60 ||
		    strncmp(user->hash, "$2", 2))
			abort();
		for (size_t j = 0; j < i; j++)
			if (!strcmp(config->user[j].name, user->name))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct web_config config;
	struct complaint complaint = { "" };

	if (!web_config_parse("web.yml", (const char *)data, size, &config, &complaint))
		check(&config);
	else if (!complaint.text[0] || !complaint.error)
		abort();
	web_config_release(&config);
	return 0;
}
