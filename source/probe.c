// SPDX-License-Identifier: GPL-2.0
/* Gather facts about the device, the CPUID leaves and vsock, see probe.h. */
#include "source/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/cpuid.h"
#include "source/dialect.h"
#include "source/source.h"
#include "uapi/vmtoll.h"

#define PAGE_BYTES 4096

/*
 * Copy the fields of the page. If the page's ABI version differs from that of this program, copy
 * only the version, because the other fields may be at different offsets. The magic number and the
 * version have the same offsets in every ABI version.
 */
static void take(const struct vmtoll_host *page, struct host_device *device)
{
	device->is_vmtoll = page->magic == VMTOLL_HOST_MAGIC;
	if (!device->is_vmtoll)
		return;
	device->abi = page->version;
	if (device->abi != VMTOLL_ABI_VERSION)
		return;
	device->attached = page->flags & VMTOLL_HOST_ATTACHED;
	device->mismatch = page->flags & VMTOLL_HOST_MISMATCH;
	device->emulated = page->flags & VMTOLL_HOST_EMULATED;
	device->layout_compared = page->flags & VMTOLL_HOST_LAYOUT_COMPARED;
	device->layout_checked = page->slots_used > 1; /* slot 0 is always in use */
}

/* Return the mapped page, or NULL with @device->error set. */
static const struct vmtoll_host *map_page(int fd, struct host_device *device)
{
	struct stat status;
	void *map = MAP_FAILED;

	if (fstat(fd, &status))
		device->error = -errno;
	else if (S_ISREG(status.st_mode) && status.st_size < PAGE_BYTES)
		device->error = -EINVAL; /* access beyond the end would raise SIGBUS */
	else if ((map = mmap(NULL, PAGE_BYTES, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		device->error = -errno;
	return device->error ? NULL : map;
}

void probe_device(const char *path, struct host_device *device)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct vmtoll_host *page;

	*device = (struct host_device){ .error = fd < 0 ? -errno : 0 };
	if (fd < 0)
		return;
	page = map_page(fd, device);
	close(fd);
	if (!page)
		return;
	take(page, device);
	munmap((void *)page, PAGE_BYTES);
}

void probe_vsock(struct host_vsock *vsock)
{
	struct source_options options = { .spec = "vsock" };
	struct complaint complaint = { "" };
	struct snapshot *snapshot = NULL;

	*vsock = (struct host_vsock){ .asked = true, .is_reached = source_vsock_present() };
	if (!vsock->is_reached)
		return;
	vsock->answers = !source_take(&options, &SCOPE_ALL, &snapshot, &complaint);
	if (vsock->answers)
		snapshot_destroy(snapshot);
	else
		snprintf(vsock->why, sizeof(vsock->why), "%.*s", (int)sizeof(vsock->why) - 1,
			 complaint.text);
}

void probe_leaves(struct host_leaves *leaves)
{
	struct cpuid_regs info = cpuid_read(VMTOLL_LEAF_INFO, 0);
	unsigned int dialect;

	leaves->asked = true;
	cpuid_hypervisor_name(leaves->hypervisor);
	leaves->native = source_native_present();
	leaves->abi = leaves->native ? info.eax : 0;
	dialect = leaves->native ? VMTOLL_FEATURE_DIALECT(info.ebx) : classic_detect();
	snprintf(leaves->dialect, sizeof(leaves->dialect), "%s", dialect_name(dialect));
}
