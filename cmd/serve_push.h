/* SPDX-License-Identifier: GPL-2.0 */
/* The options of `vmtoll serve` for pushing metrics. */
#ifndef VMTOLL_SERVE_PUSH_H
#define VMTOLL_SERVE_PUSH_H

#include <argp.h>

#include "serve/push.h"

/**
 * struct serve_push - the options for pushing, and a buffer for a default value
 * @options: the options; @options.url is NULL if vmtoll does not push
 * @instance: the default value of the label `instance`
 */
struct serve_push {
	struct push_options options;
	char instance[256];
};

/* The argp child with the options. Its input is a struct serve_push with the defaults. */
extern const struct argp serve_push_argp;

/* Set the defaults. @program is the name of the program in messages. */
void serve_push_init(struct serve_push *push, const char *program);

#endif
