// SPDX-License-Identifier: GPL-2.0
/* The replacement for load.c in a program that was built without the BPF programs. */
#include "bpf/load.h"

#include <errno.h>

bool load_is_built_in(void)
{
	return false;
}

bool load_is_untyped(void)
{
	return false;
}

uint32_t load_default_vcpus(void)
{
	return LOAD_VCPUS_LEAST;
}

static int not_built_in(struct complaint *complaint)
{
	return complain(complaint, -ENOTSUP,
			"this program was built without BPF: install clang, llvm, libbpf-dev, "
			"libelf-dev and zlib1g-dev, and build it again");
}

int load_programs(const struct load_request *request, struct complaint *complaint)
{
	(void)request;
	return not_built_in(complaint);
}

int attachment_begin(const struct load_request *request, struct attachment **attachment,
		     struct complaint *complaint)
{
	(void)request;
	(void)attachment;
	return not_built_in(complaint);
}

int attachment_ledgers(const struct attachment *attachment)
{
	(void)attachment;
	return -EBADF;
}

void attachment_end(struct attachment *attachment)
{
	(void)attachment;
}
