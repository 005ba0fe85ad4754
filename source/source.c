// SPDX-License-Identifier: GPL-2.0
/* Detect and open sources. */
#include "source/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvm/host.h"
#include "model/array.h"
#include "process/clock.h"
#include "source/cpuid.h"
#include "source/recording.h"
#include "source/replay.h"
#include "uapi/vmtoll.h"

struct source {
	const struct source_ops *ops;
	void *state;
};

static const struct source_ops *const sources[] = { &source_kmod,  &source_bpf,	 &source_guest,
						    &source_vsock, &source_file, &source_record };

static const struct source_ops *source_named(const char *spec, const char **path)
{
	for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
		size_t length = strlen(sources[i]->name);

		if (strncmp(spec, sources[i]->name, length))
			continue;
		if (spec[length] == '\0' || spec[length] == ':') {
			*path = spec[length] ? spec + length + 1 : NULL;
			return sources[i];
		}
	}
	return NULL;
}

const char *source_load_command(void)
{
	struct host_module_file file = { 0 };

	host_gather_running_file(&file);
	if (file.installed)
		return "modprobe vmtoll";
	return *file.path ? "insmod build/kmod/vmtoll.ko"
			  : "install vmtoll-dkms, or build it with script/build-module";
}

static int nothing_to_read(bool host_only, struct complaint *complaint)
{
	bool unsure = access(VMTOLL_BPF_LEDGERS, F_OK) && errno == EACCES;
	char hypervisor[13], text[200];

	snprintf(text, sizeof(text),
		 "nothing to read: neither the vmtoll module nor its BPF programs are counting%s",
		 unsure ? " (only root can see the BPF programs)" : "");
	if (host_only || !cpuid_is_guest())
		return complain(complaint, -ENODEV,
				"%s; if this is a host of VMs, " SOURCE_ATTACH SOURCE_CHECK, text);
	cpuid_hypervisor_name(hypervisor);
	return complain(complaint, -ENODEV,
			"%s, and the hypervisor of this virtual machine (\"%s\") answers no "
			"vmtoll CPUID leaf; if this is a host of VMs, " SOURCE_ATTACH
			"; if this is a guest, " SOURCE_TURN_LEAVES_ON
			" or \"vmtoll share\"" SOURCE_CHECK,
			text, hypervisor);
}

/*
 * Prefer the module's device, and then the ledgers of the BPF programs: both report more figures
 * than the CPUID leaves. If a guest runs VMs itself, it can have all three.
 */
static const struct source_ops *source_find(bool host_only)
{
	if (!access(VMTOLL_DEVICE, F_OK))
		return &source_kmod;
	if (!access(VMTOLL_BPF_LEDGERS, F_OK))
		return &source_bpf;
	if (host_only)
		return NULL;
	if (source_guest_present())
		return &source_guest;
	return source_vsock_present() ? &source_vsock : NULL;
}

int source_open(const struct source_options *options, struct source **source,
		struct complaint *complaint)
{
	const char *path = NULL;
	const struct source_ops *ops;
	struct source *opened;
	int error;

	ops = options->spec ? source_named(options->spec, &path) : source_find(options->host_only);
	if (!ops && options->spec)
		return complain(complaint, -EINVAL,
				"--source %s: no such source (available: kmod, kmod:PATH, bpf, "
				"bpf:PATH, guest, guest:classic, vsock, vsock:PATH, file:PATH, "
				"record:PATH)",
				options->spec);
	if (!ops)
		return nothing_to_read(options->host_only, complaint);
	if ((options->from || options->to) && ops != &source_record)
		return complain(complaint, -EINVAL,
				"--from and --to require a recording (--source record:PATH)");
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return complain(complaint, -ENOMEM, "opening source %s: out of memory", ops->name);
	opened->ops = ops;
	error = ops->open(path, options, &opened->state, complaint);
	if (error) {
		free(opened);
		return error;
	}
	*source = opened;
	return 0;
}

int source_read(struct source *source, const struct scope *scope, struct snapshot **snapshot,
		struct complaint *complaint)
{
	struct snapshot *taken = snapshot_create();
	int error;

	if (!taken)
		return complain(complaint, -ENOMEM, "reading source %s: out of memory",
				source->ops->name);
	taken->clock_ns = clock_realtime_ns();
	error = source->ops->read(source->state, scope, taken, complaint);
	if (error) {
		snapshot_destroy(taken);
		return error;
	}
	*snapshot = taken;
	return 0;
}

int source_take(const struct source_options *options, const struct scope *scope,
		struct snapshot **snapshot, struct complaint *complaint)
{
	struct source *source;
	int error = source_open(options, &source, complaint);

	if (error)
		return error;
	error = source_read(source, scope, snapshot, complaint);
	source_close(source);
	return error;
}

/* Read a complete snapshot, and pass it to @parts as the only part. */
static int read_one_part(struct source *source, const struct source_parts *parts,
			 struct complaint *complaint)
{
	struct snapshot *snapshot;
	int error = source_read(source, &SCOPE_ALL, &snapshot, complaint);

	if (error)
		return error;
	error = parts->begin(parts->context);
	if (!error)
		error = parts->part(parts->context, snapshot);
	snapshot_destroy(snapshot);
	return error;
}

int source_read_parts(struct source *source, const struct source_parts *parts,
		      struct complaint *complaint)
{
	struct snapshot *buffer;
	int error;

	if (!source->ops->read_parts)
		return read_one_part(source, parts, complaint);
	buffer = snapshot_create();
	if (!buffer)
		return complain(complaint, -ENOMEM, "reading source %s: out of memory",
				source->ops->name);
	buffer->clock_ns = clock_realtime_ns();
	error = source->ops->read_parts(source->state, parts, buffer, complaint);
	snapshot_destroy(buffer);
	return error;
}

bool source_can_replay(const struct source *source)
{
	return source->ops->replay;
}

int source_replay(struct source *source, struct replay *replay, struct complaint *complaint)
{
	return source->ops->replay->intervals(source->state, replay, complaint);
}

/* Create a snapshot, and let @read fill it with the figures of interval @i. */
static int replay_read(struct source *source, size_t i,
		       int (*read)(void *state, size_t i, struct snapshot *snapshot,
				   struct complaint *complaint),
		       struct snapshot **snapshot, struct complaint *complaint)
{
	struct snapshot *taken = snapshot_create();
	int error;

	if (!taken)
		return complain(complaint, -ENOMEM, "reading source %s: out of memory",
				source->ops->name);
	error = read(source->state, i, taken, complaint);
	if (error)
		snapshot_destroy(taken);
	else
		*snapshot = taken;
	return error;
}

int source_replay_interval(struct source *source, size_t i, struct snapshot **snapshot,
			   struct complaint *complaint)
{
	return replay_read(source, i, source->ops->replay->interval, snapshot, complaint);
}

int source_replay_since_start(struct source *source, size_t i, struct snapshot **snapshot,
			      struct complaint *complaint)
{
	return replay_read(source, i, source->ops->replay->since_start, snapshot, complaint);
}

int source_recording(struct source *source, struct recording *recording,
		     struct complaint *complaint)
{
	*recording = (struct recording){ .scope = SCOPE_ALL };
	return source->ops->recording(source->state, recording, complaint);
}

void recording_release(struct recording *recording)
{
	for (size_t i = 0; i < recording->runs; i++)
		snapshot_destroy(recording->run[i].snapshot);
	free(recording->run);
	*recording = (struct recording){ 0 };
}

void source_close(struct source *source)
{
	if (!source)
		return;
	source->ops->close(source->state);
	free(source);
}

const char *source_name(const struct source *source)
{
	return source->ops->name;
}

bool source_is_host(const struct source *source)
{
	return source->ops->host;
}

/* Return the operations of the source that @spec names, or NULL if @spec is NULL or invalid. */
static const struct source_ops *ops_of_spec(const char *spec)
{
	const char *path;

	return spec ? source_named(spec, &path) : NULL;
}

bool source_spec_is_host(const char *spec)
{
	const struct source_ops *ops = ops_of_spec(spec);

	return !ops || (ops->host && ops->live);
}

bool source_is_live(const struct source *source)
{
	return source->ops->live;
}

bool source_spec_is_live(const char *spec)
{
	const struct source_ops *ops = ops_of_spec(spec);

	return !ops || ops->live;
}
