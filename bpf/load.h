/* SPDX-License-Identifier: GPL-2.0 */
/* Load the BPF programs, attach them to KVM, and pin them. */
#ifndef VMTOLL_BPF_LOAD_H
#define VMTOLL_BPF_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "model/complaint.h"

/**
 * struct load_request - how to load the programs
 * @vcpus: the maximum number of vCPUs that can have a ledger; if 0, load_default_vcpus() is used
 * @verbose: print the messages of libbpf and of the kernel's verifier to standard error
 */
struct load_request {
	uint32_t vcpus;
	bool verbose;
};

/* The limits of load_request.vcpus. */
#define LOAD_VCPUS_LEAST 1
#define LOAD_VCPUS_MOST	 3000

/* Return true if vmtoll was built with the BPF programs. */
bool load_is_built_in(void);

/*
 * Return true if this process has no CAP_SYS_ADMIN. The programs that it can load take more
 * instructions per exit; see access.h.
 */
bool load_is_untyped(void);

/*
 * Return the default for load_request.vcpus on this host. For each of these vCPUs, the ledgers
 * take 16 KiB of memory until the programs are detached.
 */
uint32_t load_default_vcpus(void);

/*
 * Load, attach and pin the programs. On failure, nothing stays attached or pinned. Returns -EEXIST
 * if objects are already pinned.
 */
int load_programs(const struct load_request *request, struct complaint *complaint);

/* BPF programs that are attached, but not pinned; see attachment_begin(). */
struct attachment;

/*
 * Load and attach the programs, but do not pin them. They stay attached until attachment_end(), or
 * until this process ends. The caller must call attachment_end().
 */
int attachment_begin(const struct load_request *request, struct attachment **attachment,
		     struct complaint *complaint);

/*
 * Return the file descriptor of the map with the ledgers. It is valid until attachment_end(), and
 * the caller must not close it.
 */
int attachment_ledgers(const struct attachment *attachment);

/* Detach the programs. @attachment may be NULL. */
void attachment_end(struct attachment *attachment);

#endif
