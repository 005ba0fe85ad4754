/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source provides snapshots. There are six sources: the module's pages on a host (kmod), the
 * pages of BPF programs on a host (bpf), the CPUID leaves in a guest (guest), vmtoll share on the
 * host of a guest (vsock), a saved result (file), and a recording (record).
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
 * The advice that error messages give if the module is not loaded. This is a format for printf(),
 * and its argument is the result of source_load_command().
 */
#define SOURCE_LOAD_MODULE "load the vmtoll module on this host (%s)"

/* The advice in error messages if nothing counts the exits of this host. */
#define SOURCE_ATTACH "run vmtoll attach as root"

/*
 * Return the command that loads the module: modprobe if the module is installed for the running
 * kernel, or insmod if script/build-module has built the module in the current directory. If there
 * is no module, return how to install or build it.
 */
const char *source_load_command(void);

/*
 * Append this to an error message if the cause may be that vmtoll is not set up on this machine.
 */
#define SOURCE_CHECK "; vmtoll check prints what is missing"

/* The advice for a guest whose host does not provide any leaves. The leaves are off by default. */
#define SOURCE_TURN_LEAVES_ON \
	"ask the host's administrator to load the vmtoll module and to run \"vmtoll leaves on\""

/**
 * struct source_options - which source to open
 * @spec: "kmod[:PATH]", "bpf[:PATH]", "guest", "guest:classic", "vsock[:PATH]",
 *	  "file:PATH" or "record:PATH[@FROM..TO]"; NULL to detect the source
 * @from, @to: the times between which to read a recording, in the format of moment_parse(); NULL
 *	       for no limit
 * @dialect: dialect of the classic leaves (VMTOLL_DIALECT_*); 0 to detect it
 * @host_only: if @spec is NULL, detect only `kmod` and `bpf`, which count this machine's VMs
 * @ledgers_fd: with the spec "bpf", a file descriptor of the map to read; 0 for the pinned map
 */
struct source_options {
	const char *spec;
	const char *from;
	const char *to;
	unsigned int dialect;
	int ledgers_fd;
	bool host_only;
};

/*
 * Open, read and close a source. Return 0, or a negative errno with a message in @complaint. The
 * sources `kmod` and `bpf` ignore @scope and return all VMs. For the sources `guest` and `vsock`,
 * @scope must be the whole VM or one vCPU.
 */
int source_open(const struct source_options *options, struct source **source,
		struct complaint *complaint);
int source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		struct complaint *complaint);
void source_close(struct source *source);

/*
 * Open a source, read it and close it. The module can be unloaded between two such readings.
 * Returns the errors of source_open() and source_read().
 */
int source_take(const struct source_options *options, const struct scope *scope,
		struct snapshot **snapshot, struct complaint *complaint);

/**
 * struct source_parts - the receiver of a reading in parts
 * @begin: called before the first part. If vCPUs departed during the reading, the source starts
 *	   the reading again and calls this function again. All earlier parts are then void.
 * @part: called for each part. A part contains some of the vCPUs of some VMs. The first part also
 *	  contains the departed vCPUs, and the last part the lost exits and the TSC. The part is
 *	  valid only during the call.
 * @context: the first argument of both functions
 *
 * Both functions return 0 to continue, or a negative errno to end the reading.
 */
struct source_parts {
	int (*begin)(void *context);
	int (*part)(void *context, const struct snapshot *part);
	void *context;
};

/*
 * Read all VMs of a source in parts. The memory in use then does not depend on the number of
 * vCPUs. A source that cannot be read in parts returns a single part. The errors are those of
 * source_read(), and those of the functions in @parts.
 */
int source_read_parts(struct source *source, const struct source_parts *parts,
		      struct complaint *complaint);

/* Return the name of the kind of source, such as "kmod". It can be used as a spec. */
const char *source_name(const struct source *source);

/* Return true if the source covers all VMs of a host. */
bool source_is_host(const struct source *source);

/*
 * Return true if @spec names a live source that covers all VMs of a host, or if @spec is NULL.
 * Also return true if @spec is invalid, because source_open() reports the error.
 */
bool source_spec_is_host(const char *spec);

/* Return true if the counts can change between two reads. The counts in a file cannot change. */
bool source_is_live(const struct source *source);

/*
 * Return true if @spec names a live source. Also return true if @spec is NULL, because only live
 * sources are detected. Also return true if @spec is invalid, because source_open() reports the
 * error.
 */
bool source_spec_is_live(const char *spec);

struct recording;
struct replay_ops;

/*
 * The operations that each kind of source implements:
 * - open(): @path is the part of the spec after the colon, or NULL.
 * - read_parts(): @snapshot is the buffer for all parts. This operation is NULL if the source
 *   cannot be read in parts.
 * - recording() is NULL for a live source.
 * - replay is NULL if the source does not consist of recorded intervals.
 */
struct source_ops {
	const char *name;
	bool host;
	bool live;
	int (*open)(const char *path, const struct source_options *options, void **state,
		    struct complaint *complaint);
	int (*read)(void *state, const struct scope *scope, struct snapshot *snapshot,
		    struct complaint *complaint);
	int (*read_parts)(void *state, const struct source_parts *parts, struct snapshot *snapshot,
			  struct complaint *complaint);
	int (*recording)(void *state, struct recording *recording, struct complaint *complaint);
	const struct replay_ops *replay;
	void (*close)(void *state);
};

extern const struct source_ops source_kmod;
extern const struct source_ops source_bpf;
extern const struct source_ops source_guest;
extern const struct source_ops source_vsock;
extern const struct source_ops source_file;
extern const struct source_ops source_record;

/* Return true if this machine implements native or classic vmtoll leaves. */
bool source_guest_present(void);

/* Return true if this is a virtual machine and vmtoll share runs on its host. */
bool source_vsock_present(void);

/* Return true if this machine implements the native leaves. Their version is not checked. */
bool source_native_present(void);

#endif
