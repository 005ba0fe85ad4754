/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sources of snapshots: the module's pages on the host (kmod), the CPUID leaves in
 * a guest (guest), a saved result (file). Which one there is, is found out
 * here; who reads a snapshot need not know.
 */
#ifndef VMTOLL_SOURCE_H
#define VMTOLL_SOURCE_H

#include "model/complaint.h"
#include "model/snapshot.h"

struct source;

/**
 * struct source_options - which source
 * @spec: "kmod[:PATH]", "guest", "guest:classic", "file:PATH"; NULL: find one
 * @dialect: of the classic leaves (VMTOLL_DIALECT_*); 0: recognize it
 */
struct source_options {
	const char *spec;
	unsigned int dialect;
};

/*
 * All return 0 or a negative errno with a complaint. A snapshot of the kmod source holds
 * everything, whatever the scope; the guest's can only be asked for the VM or one vCPU.
 */
int source_open(const struct source_options *options, struct source **source,
		struct complaint *complaint);
int source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		struct complaint *complaint);
void source_close(struct source *source);

/* Whether the source sees other VMs than its own: the host's. */
bool source_is_host(const struct source *source);

/* Whether reading again may tell more: not so of a file. */
bool source_is_live(const struct source *source);

/* For the sources: what each of them offers; @path is what follows the colon, or NULL. */
struct source_ops {
	const char *name;
	bool host;
	bool live;
	int (*open)(const char *path, const struct source_options *options, void **state,
		    struct complaint *complaint);
	int (*read)(void *state, const struct scope *scope, struct snapshot *snapshot,
		    struct complaint *complaint);
	void (*close)(void *state);
};

extern const struct source_ops source_kmod;
extern const struct source_ops source_guest;
extern const struct source_ops source_file;

/* Whether source_guest has anything to read here, native or classic. */
bool source_guest_present(void);

#endif
