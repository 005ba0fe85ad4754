/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Functions of the source `kmod` that the source `bpf` also uses. The pages of both sources have
 * the same layout.
 */
#ifndef VMTOLL_SOURCE_KMOD_H
#define VMTOLL_SOURCE_KMOD_H

#include "source/source.h"

/*
 * Map the pages of @fd, and close @fd. @source is the name of the source, a constant. The caller
 * must pass *@state to kmod_close().
 */
int kmod_open_pages(int fd, const char *source, const char *path, void **state,
		    struct complaint *complaint);

/* The operations of the source; see struct source_ops. */
int kmod_read(void *state, const struct scope *scope, struct snapshot *snapshot,
	      struct complaint *complaint);
int kmod_read_parts(void *state, const struct source_parts *parts, struct snapshot *snapshot,
		    struct complaint *complaint);
void kmod_close(void *state);

#endif
