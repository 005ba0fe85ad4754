/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source provides snapshots. There are four sources: the module's pages on a host (kmod),
 * the CPUID leaves in a guest (guest), a saved result (file), and a recording (record).
 * source_open() detects the source unless the user names one. All sources produce the same
 * struct snapshot.
 */
#ifndef VMTOLL_SOURCE_H
#define VMTOLL_SOURCE_H

#include "model/complaint.h"
#include "model/scope.h"
#include "model/snapshot.h"

struct source;

/*
 * The advice in error messages if the module is not loaded. This is a format for printf(); its
 * argument is the result of source_load_command().
 */
#define SOURCE_LOAD_MODULE "load the vmtoll module on this host (%s)"

/*
 * Return the command that loads the module: modprobe if the module is installed for the running
 * kernel, or insmod if script/build has written the module below the current folder. If there is
 * no module, return how to get one.
 */
const char *source_load_command(void);

/* The end of error messages whose cause may be that vmtoll is not set up on this machine. */
#define SOURCE_CHECK "; vmtoll check prints what is missing"

/* The advice for a guest whose host does not provide any leaves. They are off by default. */
#define SOURCE_TURN_LEAVES_ON \
	"ask the host's administrator to load the vmtoll module and to run \"vmtoll leaves on\""

/**
 * struct source_options - which source to open
 * @spec: "kmod[:PATH]", "guest", "guest:classic", "file:PATH" or "record:PATH[@FROM..TO]"; NULL
 *	  to detect the source
 * @from, @to: the part of a recording to read, as times for moment_parse(); NULL for no limit
 * @dialect: dialect of the classic leaves (VMTOLL_DIALECT_*); 0 to detect it
 */
struct source_options {
	const char *spec;
	const char *from;
	const char *to;
	unsigned int dialect;
};

/*
 * Open, read and close a source. Return 0, or a negative errno with a message in @complaint. The
 * source `kmod` ignores @scope and returns all VMs. The source `guest` accepts the whole VM or
 * one vCPU as @scope.
 */
int source_open(const struct source_options *options, struct source **source,
		struct complaint *complaint);
int source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		struct complaint *complaint);
void source_close(struct source *source);

/* Return true if the source covers all VMs of a host. */
bool source_is_host(const struct source *source);

/* Return true if the counts can change between two reads. The counts in a file cannot change. */
bool source_is_live(const struct source *source);

struct recording;
struct replay_ops;

/*
 * The operations that each kind of source implements. @path is the part of the spec after the
 * colon, or NULL. @recording is NULL for a live source. @replay is NULL if the source has no
 * recorded intervals.
 */
struct source_ops {
	const char *name;
	bool host;
	bool live;
	int (*open)(const char *path, const struct source_options *options, void **state,
		    struct complaint *complaint);
	int (*read)(void *state, const struct scope *scope, struct snapshot *snapshot,
		    struct complaint *complaint);
	int (*recording)(void *state, struct recording *recording, struct complaint *complaint);
	const struct replay_ops *replay;
	void (*close)(void *state);
};

extern const struct source_ops source_kmod;
extern const struct source_ops source_guest;
extern const struct source_ops source_file;
extern const struct source_ops source_record;

/* Return true if this machine implements native or classic vmtoll leaves. */
bool source_guest_present(void);

/* Return true if this machine implements the native leaves. Their version is not checked. */
bool source_native_present(void);

#endif
