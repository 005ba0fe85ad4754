// SPDX-License-Identifier: GPL-2.0
/* The options of `vmtoll serve` for pushing metrics, see serve_push.h. */
#include "cmd/serve_push.h"

#include <string.h>
#include <unistd.h>

#include "cmd/options.h"

#define KEY_PUSH	  0x2100
#define KEY_PUSH_QUEUE	  0x2101
#define KEY_PUSH_LIMIT	  0x2102
#define KEY_PUSH_INTERVAL 0x2103
#define KEY_PUSH_LABEL	  0x2104
#define KEY_PUSH_HEADERS  0x2105

#define DEFAULT_QUEUE	 "/var/lib/vmtoll/push"
#define DEFAULT_LIMIT	 (256ull << 20)
#define DEFAULT_EVERY_NS (15 * 1000000000ull)
#define LEAST_LIMIT	 (1ull << 20)
#define LEAST_EVERY_NS	 1000000000ull

void serve_push_init(struct serve_push *push, const char *program)
{
	*push = (struct serve_push){
		.options = {
			.program = program,
			.directory = DEFAULT_QUEUE,
			.limit = DEFAULT_LIMIT,
			.every_ns = DEFAULT_EVERY_NS,
			.label = { { "instance", push->instance }, { "job", "vmtoll" } },
			.labels = 2,
		},
	};
	if (gethostname(push->instance, sizeof(push->instance) - 1) || !push->instance[0])
		strcpy(push->instance, "localhost");
}

/*
 * Return true if the text from @text to @end is a valid label name that vmtoll does not use in its
 * own metrics.
 */
static bool is_label(const char *text, const char *end)
{
	static const char *const used[] = { "vm",     "vcpu",	"reason", "class",  "place",
					    "state",  "le",	"name",	  "pid",    "uuid",
					    "module", "paging", "kernel", "source", "isa",
					    "cause",  "version" };

	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if (!strncmp(text, used[i], (size_t)(end - text)) && !used[i][end - text])
			return false;
	if (end == text || (*text >= '0' && *text <= '9') || !strncmp(text, "__", 2))
		return false;
	return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
	       (size_t)(end - text);
}

/* Set a label of the form NAME=VALUE, or replace its previous value. */
static void parse_label(struct argp_state *state, char *arg, struct push_options *options)
{
	char *equals = strchr(arg, '=');
	size_t i = 0;

	if (!equals || !equals[1] || !is_label(arg, equals))
		options_error(state, "--push-label: '%s' is not a label such as site=a", arg);
	*equals = '\0';
	while (i < options->labels && strcmp(options->label[i].name, arg) != 0)
		i++;
	if (i == PUSH_LABELS)
		options_error(state, "--push-label: there are more than %d labels", PUSH_LABELS);
	options->label[i] = (struct remote_write_label){ arg, equals + 1 };
	if (i == options->labels)
		options->labels++;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct push_options *options = &((struct serve_push *)state->input)->options;

	switch (key) {
	case KEY_PUSH:
		options->url = arg;
		return 0;
	case KEY_PUSH_QUEUE:
		options->directory = arg;
		return 0;
	case KEY_PUSH_LIMIT:
		options->limit =
			options_bytes(state, "--push-limit", arg, LEAST_LIMIT, "of at least 1M");
		return 0;
	case KEY_PUSH_INTERVAL:
		options->every_ns = options_duration(state, "--push-interval", arg, LEAST_EVERY_NS,
						     "of at least 1s");
		return 0;
	case KEY_PUSH_LABEL:
		parse_label(state, arg, options);
		return 0;
	case KEY_PUSH_HEADERS:
		options->headers = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp serve_push_argp = {
	.options =
		(const struct argp_option[]){
			{ "push", KEY_PUSH, "URL", 0,
			  "push to a receiver of Prometheus remote write", 0 },
			{ "push-queue", KEY_PUSH_QUEUE, "DIR", 0,
			  "queue of requests (/var/lib/vmtoll/push)", 0 },
			{ "push-limit", KEY_PUSH_LIMIT, "SIZE", 0, "limit of the queue (256M)", 0 },
			{ "push-interval", KEY_PUSH_INTERVAL, "TIME", 0,
			  "time between two requests (15s)", 0 },
			{ "push-label", KEY_PUSH_LABEL, "NAME=VAL", 0, "label of all pushed series",
			  0 },
			{ "push-headers", KEY_PUSH_HEADERS, "FILE", 0,
			  "HTTP headers, such as Authorization", 0 },
			{ 0 },
		},
	.parser = parse,
};
