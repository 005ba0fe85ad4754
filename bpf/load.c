// SPDX-License-Identifier: GPL-2.0
/* See load.h. vmtoll contains the object files of the BPF programs; see object.S. */
#include "bpf/load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <linux/capability.h>

#include "bpf/min_btf.h"
#include "bpf/pins.h"
#include "bpf/slot.h"
#include "kvm/host.h"
#include "model/array.h"
#include "model/isa.h"
#include "process/clock.h"
#include "source/bpffs.h"
#include "source/cpuid.h"

extern const char bpf_typed_data[], bpf_typed_end[];
extern const char bpf_untyped_data[], bpf_untyped_end[];

_Static_assert(LOAD_VCPUS_MOST < SLOTS_MAX, "element 0 contains all generations");

#define VCPUS_PER_CPU	   8
#define DEFAULT_LEAST	   256
#define NANOSECONDS_PER_MS 1000000u

/* The name of the map with the ledgers. */
#define LEDGERS "ledgers"

/**
 * struct loader - the BPF programs, their maps and their links
 * @untyped: use the untyped object, which needs no CAP_SYS_ADMIN; see access.h
 * @elements: the map LEDGERS, mapped for reading and writing, or NULL if it is not mapped
 * @pinned: how many attached programs this process has pinned
 * @pinned_change: true if this process has pinned the program PINS_CHANGE
 * @link: the links of the attached programs, in the order of pins_programs
 */
struct loader {
	const struct load_request *request;
	struct bpf_object *object;
	struct slot *elements;
	bool untyped;
	const struct isa *isa;
	uint32_t slots;
	size_t pinned;
	bool pinned_change;
	struct bpf_link *link[PINS_PROGRAMS];
};

bool load_is_built_in(void)
{
	return true;
}

uint32_t load_default_vcpus(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t vcpus = cpus > 0 ? (uint32_t)cpus * VCPUS_PER_CPU : 0;

	if (vcpus < DEFAULT_LEAST)
		return DEFAULT_LEAST;
	return vcpus < LOAD_VCPUS_MOST ? vcpus : LOAD_VCPUS_MOST;
}

/* ---- messages of libbpf ---- */

static bool verbose;
static char last_warning[160];

/* Store a warning without its prefix and newline. failed() adds it to the complaint. */
static void keep_warning(const char *text)
{
	const char *start = strncmp(text, "libbpf: ", 8) ? text : text + 8;

	snprintf(last_warning, sizeof(last_warning), "%.*s", (int)strcspn(start, "\n"), start);
}

static int print_message(enum libbpf_print_level level, const char *format, va_list arguments)
{
	char text[400];
	va_list copy;

	va_copy(copy, arguments);
	vsnprintf(text, sizeof(text), format, copy);
	va_end(copy);
	if (level == LIBBPF_WARN)
		keep_warning(text);
	return verbose ? vfprintf(stderr, format, arguments) : 0;
}

static int failed(const char *what, int error, struct complaint *complaint)
{
	return complain(complaint, error, "%s: %s%s%s%s", what, strerror(-error),
			*last_warning ? " (" : "", last_warning, *last_warning ? ")" : "");
}

/* ---- requirements ---- */

/* Check that lockdown does not keep BPF programs from reading the kernel's memory. */
static int check_lockdown(struct complaint *complaint)
{
	struct host_security security = { 0 };

	host_gather_security("", &security);
	if (strcmp(security.lockdown, "confidentiality"))
		return 0;
	return complain(
		complaint, -EPERM,
		"lockdown is in the mode confidentiality, in which BPF programs cannot read "
		"the kernel's memory: boot without lockdown=confidentiality");
}

/* Return true if this process has the capability @number, or if this cannot be determined. */
static bool has_capability(int number)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { 0 };

	return syscall(SYS_capget, &header, data) ||
	       data[number / 32].effective & 1u << number % 32;
}

bool load_is_untyped(void)
{
	return !has_capability(CAP_SYS_ADMIN);
}

/* Check the capabilities of this process, and select the object that they allow to load. */
static int check_capabilities(struct loader *loader, struct complaint *complaint)
{
	static const struct {
		int number;
		const char *name;
	} needed[] = {
		{ CAP_BPF, "CAP_BPF" },
		{ CAP_PERFMON, "CAP_PERFMON" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!has_capability(needed[i].number))
			return complain(complaint, -EPERM,
					"BPF programs need CAP_BPF and CAP_PERFMON, and %s is "
					"missing: run as root",
					needed[i].name);
	loader->untyped = load_is_untyped();
	return 0;
}

/* Check that the kernel has the BTF of host_kvm_modules[@i], which must be loaded or built in. */
static int check_btf(const struct host_kvm *kvm, size_t i, struct complaint *complaint)
{
	if (kvm->built_in[i] || kvm->has_btf[i])
		return 0;
	return complain(complaint, -ENOTSUP,
			"this kernel has no BTF of %s (/sys/kernel/btf/%s), which BPF programs "
			"need: use the module (vmtoll attach --kmod)",
			host_kvm_modules[i], host_kvm_modules[i]);
}

static int check_kernel_btf(struct complaint *complaint)
{
	struct host_security security = { 0 };

	host_gather_security("", &security);
	if (security.has_btf)
		return 0;
	return complain(complaint, -ENOTSUP,
			"this kernel has no BTF (/sys/kernel/btf/vmlinux), which BPF programs "
			"need: use the module (vmtoll attach --kmod)");
}

/* Set the instruction set of this CPU in @loader. */
static int find_isa(struct loader *loader, struct complaint *complaint)
{
	struct host_cpu cpu = { 0 };

	host_gather_cpu("", &cpu);
	if (!cpu.isa)
		return complain(complaint, -ENODEV,
				"KVM cannot run: the CPU has neither VMX nor SVM, or the firmware "
				"has turned it off");
	loader->isa = cpu.isa;
	return 0;
}

/*
 * Check that KVM is loaded or built in, and that the kernel has the BTF of KVM's structures. The
 * kernel may contain both vendor modules, but only the module for this CPU works.
 */
static int check_kvm(const struct loader *loader, struct complaint *complaint)
{
	struct host_kvm kvm = { 0 };
	size_t vendor = loader->isa->module;

	host_gather_kvm("", &kvm);
	if (!kvm.loaded[vendor] && !kvm.built_in[vendor])
		return complain(complaint, -ENODEV, "KVM is not loaded: load %s first",
				host_kvm_modules[vendor]);
	return check_kernel_btf(complaint) ?: check_btf(&kvm, HOST_KVM, complaint)
					   ?: check_btf(&kvm, vendor, complaint);
}

/* Complain that this user may not pin objects. */
static int cannot_pin(int error, struct complaint *complaint)
{
	return complain(complaint, error,
			"attaching BPF programs requires permission to write to %s, where they are "
			"pinned: run as root, or change the permissions of this directory; vmtoll "
			"stat -- COMMAND does not require this permission",
			PINS_MOUNT);
}

/*
 * Check that no other user can replace the pins. Such a user could detach the programs, or replace
 * their ledgers by others.
 */
static int check_owner(struct complaint *complaint)
{
	return bpffs_check_owner(PINS_DIR, complaint);
}

/*
 * Mount the BPF file system if it is not mounted, and create the directory of the pins. Check its
 * owner, because another user may have created it first.
 */
static int make_directory(struct complaint *complaint)
{
	if (!bpffs_contains(PINS_MOUNT) && mount("bpf", PINS_MOUNT, "bpf", 0, "mode=0700"))
		return complain(complaint, -errno,
				"mounting the BPF file system on %s: %s: run as root", PINS_MOUNT,
				strerror(errno));
	if (!mkdir(PINS_DIR, 0700) || errno == EEXIST)
		return check_owner(complaint);
	if (errno == EACCES || errno == EPERM)
		return cannot_pin(-errno, complaint);
	return complain(complaint, -errno, "creating %s: %s: run as root", PINS_DIR,
			strerror(errno));
}

/* ---- loading ---- */

static int set_entries(struct loader *loader, const char *map, uint32_t entries)
{
	return bpf_map__set_max_entries(bpf_object__find_map_by_name(loader->object, map), entries);
}

static int set_sizes(struct loader *loader)
{
	static const char *const maps[] = { "free_slots", "ended_slots", "slot_by_vcpu", "vms" };
	int error = set_entries(loader, LEDGERS, loader->slots + 1);

	for (size_t i = 0; i < ARRAY_SIZE(maps) && !error; i++)
		error = set_entries(loader, maps[i], loader->slots);
	return error;
}

/* Set the variable `host_isa`. It is the only variable in the read-only data. */
static int set_isa(struct loader *loader)
{
	uint32_t id = loader->isa->id;
	struct bpf_map *map;

	bpf_object__for_each_map(map, loader->object)
	{
		if (strstr(bpf_map__name(map), ".rodata"))
			return bpf_map__set_initial_value(map, &id, sizeof(id));
	}
	return -ENOENT;
}

/*
 * Return the program @name for @isa, such as on_exit_vmx. Return NULL if all instruction sets use
 * the same program.
 */
static struct bpf_program *isa_program(const struct loader *loader, const char *name,
				       const struct isa *isa)
{
	char full[40];

	snprintf(full, sizeof(full), "%s_%s", name, isa->name);
	return bpf_object__find_program_by_name(loader->object, full);
}

/* Keep the programs for other instruction sets from being loaded. */
static int skip_other_isas(struct loader *loader)
{
	const struct isa *isa;
	int error = 0;

	for (size_t i = 0; (isa = isa_at(i)); i++) {
		for (size_t j = 0; isa != loader->isa && j < PINS_PROGRAMS && !error; j++) {
			struct bpf_program *other = isa_program(loader, pins_programs[j], isa);

			error = other ? bpf_program__set_autoload(other, false) : 0;
		}
	}
	return error;
}

/* Open one of the two objects. @btf is a file with the kernel's BTF, or NULL for the default. */
static struct bpf_object *open_object(bool untyped, const char *btf)
{
	const char *data = untyped ? bpf_untyped_data : bpf_typed_data;
	const char *end = untyped ? bpf_untyped_end : bpf_typed_end;
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "vmtoll", .btf_custom_path = btf);

	return bpf_object__open_mem(data, (size_t)(end - data), &options);
}

/*
 * Load the object. libbpf reads @btf, a file in memory, which this function fills in. It is only
 * used for the untyped object.
 */
static int load_with_btf(struct loader *loader, int btf)
{
	const char *modules[] = { host_kvm_modules[HOST_KVM],
				  host_kvm_modules[loader->isa->module] };
	int error = 0;

	if (loader->untyped)
		error = min_btf_write(bpf_object__btf(loader->object), modules, ARRAY_SIZE(modules),
				      btf);
	return error ?: bpf_object__load(loader->object);
}

static int load_object(struct loader *loader, struct complaint *complaint)
{
	int btf = loader->untyped ? memfd_create("vmtoll-btf", MFD_CLOEXEC) : -1;
	char path[40];
	int error;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", btf);
	loader->object = open_object(loader->untyped, loader->untyped ? path : NULL);
	error = loader->object ? set_sizes(loader) ?: set_isa(loader) ?: skip_other_isas(loader)
			       : -errno;
	if (!error)
		error = load_with_btf(loader, btf);
	if (btf >= 0)
		close(btf);
	if (!error)
		return 0;
	return failed(error == -EPERM ? "loading the BPF programs (run as root)"
				      : "loading the BPF programs",
		      error, complaint);
}

static int map_ledgers(struct loader *loader, struct complaint *complaint)
{
	int fd = bpf_object__find_map_fd_by_name(loader->object, LEDGERS);
	void *map = mmap(NULL, (loader->slots + 1ul) * SLOT_BYTES, PROT_READ | PROT_WRITE,
			 MAP_SHARED, fd, 0);

	if (map == MAP_FAILED)
		return failed("mapping the ledgers", -errno, complaint);
	loader->elements = map;
	return 0;
}

static void unmap_ledgers(struct loader *loader)
{
	if (loader->elements)
		munmap(loader->elements, (loader->slots + 1ul) * SLOT_BYTES);
	loader->elements = NULL;
}

/*
 * Make the ledgers read-only for user space. Otherwise, a user who may read them could change the
 * figures, or the addresses from which the programs read. The programs can still write to the
 * ledgers.
 */
static int freeze_ledgers(struct loader *loader, struct complaint *complaint)
{
	int error;

	unmap_ledgers(loader);
	error = bpf_map_freeze(bpf_object__find_map_fd_by_name(loader->object, LEDGERS));
	return error ? failed("making the ledgers read-only", error, complaint) : 0;
}

/* Fill in the host page. The programs count nothing until VMTOLL_HOST_ATTACHED is set. */
static void init_host(struct loader *loader)
{
	struct vmtoll_host *host = &loader->elements[0].host;

	*host = (struct vmtoll_host){
		.magic = VMTOLL_HOST_MAGIC,
		.version = VMTOLL_ABI_VERSION,
		.flags = VMTOLL_HOST_NANOSECONDS,
		.isa = loader->isa->id,
		.tsc_khz = NANOSECONDS_PER_MS,
		.slots = loader->slots,
		.slots_used = loader->slots,
		.slot_stride = SLOT_BYTES,
		.row_bytes = sizeof(struct vmtoll_row),
		.generations_offset = sizeof(*host),
		.slots_offset = SLOT_BYTES,
		.attach_tsc = clock_monotonic_ns(),
	};
	if (cpuid_is_guest())
		host->flags |= VMTOLL_HOST_EMULATED;
}

/* Create the ledger of the departed vCPUs in slot 0. */
static void init_departed(struct loader *loader)
{
	struct vmtoll_ledger *departed = &loader->elements[1].ledger;
	uint32_t *generation = (uint32_t *)(&loader->elements[0].host + 1);

	departed->generation = 1;
	departed->flags = VMTOLL_LEDGER_DEPARTED;
	departed->rows = VMTOLL_ROW_FIRST_INDEX;
	departed->open_row = VMTOLL_ROW_NONE;
	departed->row[VMTOLL_ROW_OTHER_INDEX].flags = VMTOLL_ROW_OTHER;
	departed->row[VMTOLL_ROW_OBSERVER_INDEX].flags = VMTOLL_ROW_OBSERVER;
	generation[0] = 1;
}

static int init_free_slots(struct loader *loader, struct complaint *complaint)
{
	int fd = bpf_object__find_map_fd_by_name(loader->object, "free_slots");
	int error = 0;

	for (uint32_t slot = 1; slot < loader->slots && !error; slot++)
		error = bpf_map_update_elem(fd, NULL, &slot, BPF_ANY);
	return error ? failed("filling the list of free slots", error, complaint) : 0;
}

static int init_maps(struct loader *loader, struct complaint *complaint)
{
	int error = map_ledgers(loader, complaint);

	if (error)
		return error;
	init_host(loader);
	init_departed(loader);
	return init_free_slots(loader, complaint) ?: freeze_ledgers(loader, complaint);
}

/* ---- attaching and pinning ---- */

static struct bpf_program *find_program(const struct loader *loader, size_t i)
{
	return isa_program(loader, pins_programs[i], loader->isa)
		       ?: bpf_object__find_program_by_name(loader->object, pins_programs[i]);
}

static int attach_program(struct loader *loader, size_t i, struct complaint *complaint)
{
	char what[80];

	loader->link[i] = bpf_program__attach(find_program(loader, i));
	if (loader->link[i])
		return 0;
	snprintf(what, sizeof(what), "attaching the BPF program %s", pins_programs[i]);
	return failed(what, -errno, complaint);
}

static int pin_program(struct loader *loader, size_t i, struct complaint *complaint)
{
	char path[80];
	int error;

	pins_path(pins_programs[i], path, sizeof(path));
	error = bpf_link__pin(loader->link[i], path);
	if (!error) {
		loader->pinned++;
		return 0;
	}
	if (error == -EEXIST)
		return complain(complaint, error,
				"%s exists: another vmtoll attach has pinned its BPF programs; run "
				"vmtoll status",
				path);
	return failed("pinning a BPF program", error, complaint);
}

/* Return true if the kernel measures how long a thread waits for a CPU (CONFIG_SCHED_INFO). */
static bool kernel_has_run_delay(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	int id = btf ? btf__find_by_name_kind(btf, "sched_info", BTF_KIND_STRUCT) : -1;
	const struct btf_type *type = id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
	bool found = false;

	for (uint16_t i = 0; type && i < btf_vlen(type) && !found; i++)
		found = !strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off),
				"run_delay");
	btf__free(btf);
	return found;
}

static struct bpf_program *change_program(const struct loader *loader)
{
	return bpf_object__find_program_by_name(loader->object, PINS_CHANGE);
}

/* Set the flags of the host page. The programs then count. */
static int start_counting(const struct loader *loader, struct complaint *complaint)
{
	struct host_change change = {
		.set = VMTOLL_HOST_ATTACHED | VMTOLL_HOST_VMM_TIME | VMTOLL_HOST_HALT_TIME |
		       VMTOLL_HOST_BOOKS | (kernel_has_run_delay() ? VMTOLL_HOST_READY_TIME : 0),
	};
	int error = bpffs_run(bpf_program__fd(change_program(loader)), &change, sizeof(change));

	return error ? failed("running the BPF program " PINS_CHANGE, error, complaint) : 0;
}

static int attach_programs(struct loader *loader, struct complaint *complaint)
{
	int error = 0;

	for (size_t i = 0; i < PINS_PROGRAMS && !error; i++)
		error = attach_program(loader, i, complaint);
	if (error)
		return error;
	return start_counting(loader, complaint);
}

static int pin_change_program(struct loader *loader, struct complaint *complaint)
{
	char path[80];
	int error;

	pins_path(PINS_CHANGE, path, sizeof(path));
	error = bpf_program__pin(change_program(loader), path);
	loader->pinned_change = !error;
	return error ? failed("pinning the BPF program " PINS_CHANGE, error, complaint) : 0;
}

/*
 * Pin the programs first and the ledgers last, so that the programs are already attached when
 * readers find the ledgers.
 */
static int pin_all(struct loader *loader, struct complaint *complaint)
{
	struct bpf_map *ledgers = bpf_object__find_map_by_name(loader->object, LEDGERS);
	int error = make_directory(complaint);

	for (size_t i = 0; i < PINS_PROGRAMS && !error; i++)
		error = pin_program(loader, i, complaint);
	if (error)
		return error;
	error = pin_change_program(loader, complaint);
	if (error)
		return error;
	error = bpf_map__pin(ledgers, VMTOLL_BPF_LEDGERS);
	return error ? failed("pinning the ledgers", error, complaint) : 0;
}

/*
 * Unpin the programs that this process has pinned. Do not remove other pins, because another
 * vmtoll attach may have pinned its programs at the same time.
 */
static void unpin_programs(struct loader *loader)
{
	char path[80];

	pins_path(PINS_CHANGE, path, sizeof(path));
	if (loader->pinned_change)
		bpf_program__unpin(change_program(loader), path);
	while (loader->pinned)
		bpf_link__unpin(loader->link[--loader->pinned]);
	rmdir(PINS_DIR);
}

/* Close the objects. Programs and maps that are pinned stay loaded. */
static void loader_close(struct loader *loader)
{
	for (size_t i = 0; i < PINS_PROGRAMS; i++)
		bpf_link__destroy(loader->link[i]);
	unmap_ledgers(loader);
	bpf_object__close(loader->object);
}

/* Return -EEXIST if BPF objects are already pinned, for example by another vmtoll attach. */
static int check_pins(struct complaint *complaint)
{
	struct pins pins;
	int error = check_owner(complaint);

	if (error)
		return error;
	error = pins_read(&pins, complaint);
	if (error == -EACCES)
		return cannot_pin(error, complaint);
	if (error || (!pins.ledgers && !pins.programs))
		return error;
	if (pins_complete(&pins))
		return complain(complaint, -EEXIST, "already attached by BPF");
	return complain(complaint, -EEXIST,
			"%s has only a part of the BPF objects: run vmtoll detach first", PINS_DIR);
}

/* Load and attach the programs. The caller must call loader_close(), even after an error. */
static int loader_attach(struct loader *loader, struct complaint *complaint)
{
	int error = find_isa(loader, complaint) ?: check_kvm(loader, complaint)
						?: check_lockdown(complaint)
						?: check_capabilities(loader, complaint);

	if (error)
		return error;
	loader->slots = (loader->request->vcpus ?: load_default_vcpus()) + 1;
	verbose = loader->request->verbose;
	*last_warning = '\0';
	libbpf_set_print(print_message);
	return load_object(loader, complaint) ?: init_maps(loader, complaint)
					       ?: attach_programs(loader, complaint);
}

int load_programs(const struct load_request *request, struct complaint *complaint)
{
	struct loader loader = { .request = request };
	int error = check_pins(complaint);

	if (error)
		return error;
	error = loader_attach(&loader, complaint);
	if (!error) {
		error = pin_all(&loader, complaint);
		if (error)
			unpin_programs(&loader);
	}
	loader_close(&loader);
	return error;
}

/* ---- attaching without pinning ---- */

struct attachment {
	struct loader loader;
};

int attachment_begin(const struct load_request *request, struct attachment **attachment,
		     struct complaint *complaint)
{
	struct attachment *begun = calloc(1, sizeof(*begun));
	int error;

	if (!begun)
		return complain(complaint, -ENOMEM, "attaching the BPF programs: out of memory");
	begun->loader.request = request;
	error = loader_attach(&begun->loader, complaint);
	if (error)
		attachment_end(begun);
	else
		*attachment = begun;
	return error;
}

int attachment_ledgers(const struct attachment *attachment)
{
	return bpf_object__find_map_fd_by_name(attachment->loader.object, LEDGERS);
}

void attachment_end(struct attachment *attachment)
{
	if (!attachment)
		return;
	loader_close(&attachment->loader);
	free(attachment);
}
