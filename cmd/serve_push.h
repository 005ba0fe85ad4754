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

/*
 * The options, as an argp child. Its input must point to a struct serve_push that contains the
 * defaults; see serve_push_init().
 */
extern const struct argp serve_push_argp;

/* Set the defaults. @program is the name of the program, for messages. */
void serve_push_init(struct serve_push *push, const char *program);

#endif
