// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target for the files that vmtoll reads on a host:
 * - the command line, the name and the cgroups of a process
 * - a status file of libvirt
 * - the release and the version of the kernel
 * - a module parameter
 * - the marker of an experiment
 * - QEMU's output
 * - the files that vmtoll check reads: /proc/cpuinfo, /proc/kallsyms, /etc/passwd, modules.dep,
 *   the module and others
 * Each of these files contains the whole input of the fuzzer.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "experiment/marker.h"
#include "experiment/qemu_guest.h"
#include "kvm/host.h"
#include "kvm/kernel.h"
#include "kvm/libvirt.h"
#include "kvm/vm_name.h"
#include "model/array.h"

static char root[64];

static void must(int error, const char *what)
{
	if (!error)
		return;
	perror(what);
	exit(2);
}

/* Create the symbolic link @name, which points to the input file @target. */
static void link_file(const char *name, const char *target)
{
	char path[192];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	must(symlink(target, path), path);
}

static void make_directory(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	must(mkdir(path, 0700), path);
}

/* The subdirectory that stands for the root directory in `vmtoll check`. */
#define CHECKED "checked"

static void make_host(const char *target)
{
	static const char *const directories[] = {
		"1",
		"sys",
		"sys/kernel",
		"kvm",
		"kvm/parameters",
		"state",
		CHECKED,
		CHECKED "/build",
		CHECKED "/build/kmod",
		CHECKED "/etc",
		CHECKED "/lib",
		CHECKED "/lib/modules",
		CHECKED "/lib/modules/x",
		CHECKED "/proc",
		CHECKED "/sys",
		CHECKED "/sys/kernel",
		CHECKED "/sys/kernel/security",
		CHECKED "/sys/module",
		CHECKED "/sys/module/vmtoll",
		CHECKED "/sys/module/vmtoll/parameters",
	};
	static const char *const files[] = {
		"1/cgroup",
		"1/cmdline",
		"1/comm",
		"sys/kernel/osrelease",
		"sys/kernel/version",
		"kvm/parameters/nx",
		CHECKED "/build/kmod/vmtoll.ko",
		CHECKED "/etc/group",
		CHECKED "/etc/passwd",
		CHECKED "/lib/modules/x/modules.dep",
		CHECKED "/proc/cpuinfo",
		CHECKED "/proc/kallsyms",
		CHECKED "/sys/kernel/security/lockdown",
		CHECKED "/sys/module/vmtoll/parameters/leaves_off",
	};

	snprintf(root, sizeof(root), "%s/host-XXXXXX", scratch());
	must(!mkdtemp(root), root);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		make_directory(directories[i]);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		link_file(files[i], target);
}

/*
 * Write the input to a regular file. A symbolic link cannot be used, because vmtoll does not
 * follow links when it opens the marker.
 */
static void read_marker(const struct host_paths *host, const char *state, const uint8_t *data,
			size_t size)
{
	char path[96];
	struct marker marker;
	struct complaint complaint;
	FILE *file;

	snprintf(path, sizeof(path), "%s/compare", state);
	file = fopen(path, "we");
	must(!file || fwrite(data, 1, size, file) != size || fclose(file), path);
	marker_open(host, state, &marker, &complaint);
	marker_close(&marker);
}

/* Parse the input as a status file of libvirt. */
static void parse_domain(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct libvirt_domain domain;

	must(!text, "malloc");
	memcpy(text, data, size);
	text[size] = '\0';
	libvirt_parse(text, &domain);
	free(text);
}

/*
 * Gather the facts that `vmtoll check` examines. host_gather() finds the module in the build
 * directory. host_gather_file() finds it in modules.dep of the kernel release "x".
 */
static void gather(void)
{
	char checked[96];
	struct host host = { 0 };

	snprintf(checked, sizeof(checked), "%s/" CHECKED, root);
	host_gather(checked, &host);
	host_gather_file(checked, "x", &host.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *target = input_file(data, size);
	struct param nx = { "kvm", "nx", "1" };
	char name[64], release[128], version[128], state[80];
	struct host_paths host = { root, root, root };
	struct vm_name vm;

	if (!*root)
		make_host(target);
	snprintf(state, sizeof(state), "%s/state", root);
	vm_name_read(&host, 1, &vm);
	vm_name_is(&vm, vm.name);
	parse_domain(data, size);
	kernel_running(&host, release, version, sizeof(release));
	param_read(&host, &nx, name, sizeof(name));
	read_marker(&host, state, data, size);
	qemu_guest_is_stopped(target);
	qemu_guest_why_stopped(target, version, sizeof(version));
	qemu_guest_powered_off(target, version, sizeof(version));
	gather();
	return 0;
}
