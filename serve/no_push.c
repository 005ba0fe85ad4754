// SPDX-License-Identifier: GPL-2.0
/* A program that cannot push, see push.h. */
#include "serve/push.h"

#include <errno.h>

int push_create(const struct push_options *options, struct push **push, struct complaint *complaint)
{
	(void)options;
	(void)push;
	return complain(complaint, -ENOTSUP,
			"this vmtoll cannot push, because it was built without libcurl or snappy");
}

void push_destroy(struct push *push)
{
	(void)push;
}

bool push_is_due(struct push *push)
{
	(void)push;
	return false;
}

void push_add(struct push *push, const char *page)
{
	(void)push;
	(void)page;
}

void push_figures(struct push *push, struct metrics_push *figures)
{
	(void)push;
	*figures = (struct metrics_push){ 0 };
}
