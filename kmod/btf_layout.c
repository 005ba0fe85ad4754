// SPDX-License-Identifier: GPL-2.0
/*
 * See btf_layout.h. The BTF of the kernel and of kvm.ko is read from files in sysfs, because the
 * kernel exports no function that finds a type by name.
 */

#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "btf_layout.h"

#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/kvm_host.h>
#include <linux/sched/task.h>
#include <linux/sizes.h>
#include <linux/vmalloc.h>

#include "btf_members.h"
#include "compat.h"

#define BTF_KERNEL "/sys/kernel/btf/vmlinux"
#define BTF_KVM	   "/sys/kernel/btf/kvm" /* does not exist if KVM is built into the kernel */
#define BTF_MAX	   SZ_64M

/* The members of KVM's and the scheduler's structures that the probes use. */
static const struct btf_member_use used_members[] = {
	BTF_MEMBER_USE(kvm, mm),
	BTF_MEMBER_USE(kvm, userspace_pid),
	BTF_MEMBER_USE(kvm, debugfs_dentry),
	BTF_MEMBER_USE(kvm, vcpu_array),
	BTF_MEMBER_USE(kvm, online_vcpus),
	BTF_MEMBER_USE(kvm, arch),
	BTF_MEMBER_USE(kvm_vcpu, kvm),
	BTF_MEMBER_USE(kvm_vcpu, preempt_notifier),
	BTF_MEMBER_USE(kvm_vcpu, vcpu_id),
	BTF_MEMBER_USE(kvm_vcpu, vcpu_idx),
	BTF_MEMBER_USE(kvm_vcpu, mutex),
	BTF_MEMBER_USE(kvm_vcpu, run),
	BTF_MEMBER_USE(kvm_vcpu, arch),
	BTF_MEMBER_USE(kvm_vcpu, stat),
	BTF_MEMBER_USE(kvm_vcpu, stats_id),
	BTF_MEMBER_USE(kvm_vcpu_stat, exits),
	BTF_MEMBER_USE(kvm_vcpu_stat, guest_mode),
	BTF_MEMBER_USE(kvm_vcpu_stat, generic),
	BTF_MEMBER_USE(kvm_vcpu_stat_generic, halt_poll_success_ns),
	BTF_MEMBER_USE(kvm_vcpu_stat_generic, halt_poll_fail_ns),
	BTF_MEMBER_USE(kvm_vcpu_arch, regs),
	BTF_MEMBER_USE(kvm_vcpu_arch, regs_avail),
	BTF_MEMBER_USE(kvm_vcpu_arch, hflags),
	BTF_MEMBER_USE(kvm_vcpu_arch, cpuid_nent),
	BTF_MEMBER_USE(kvm_vcpu_arch, cpuid_entries),
	BTF_MEMBER_USE(kvm_vcpu_arch, guest_state_protected),
	BTF_MEMBER_USE(kvm_vcpu_arch, VCPU_RIP_MEMBER),
	BTF_MEMBER_USE(VM_TYPE_STRUCT, VM_TYPE_MEMBER),
#ifdef CONFIG_SCHED_INFO
	BTF_MEMBER_USE(task_struct, sched_info),
	BTF_MEMBER_USE(sched_info, run_delay),
#endif
};

static const char checked_later[] = "the layout of KVM's structures is checked when a VM runs";

/* A BTF file in sysfs. @btf points to @contents. */
struct btf_file {
	void *contents;
	struct btf_data btf;
};

/* Open the file @path in the mount namespace of the host, even if the caller is in a container. */
static struct file *host_file_open(const char *path)
{
	struct file *file;
	struct path root;

	task_lock(&init_task);
	get_fs_root(init_task.fs, &root);
	task_unlock(&init_task);
	file = file_open_root(&root, path, O_RDONLY, 0);
	path_put(&root);
	return file;
}

/* Read @bytes bytes. sysfs returns at most one page per call. */
static bool read_all(struct file *file, void *buffer, size_t bytes)
{
	loff_t at = 0;

	while (at < bytes) {
		ssize_t count = kernel_read(file, buffer + at, bytes - at, &at);

		if (count <= 0)
			return false;
	}
	return true;
}

/*
 * Read a whole file. Return its size, or 0 if it cannot be read. The caller must vfree()
 * *contents. Do not use kernel_read_file(): the LSM IPE warns about files that are neither code
 * nor policies.
 */
static size_t file_read(const char *path, void **contents)
{
	struct file *file = host_file_open(path);
	loff_t bytes;

	if (IS_ERR(file))
		return 0;
	bytes = i_size_read(file_inode(file));
	if (bytes > 0 && bytes <= BTF_MAX)
		*contents = vmalloc(bytes);
	if (!*contents || !read_all(file, *contents, bytes))
		bytes = 0;
	fput(file);
	return bytes;
}

/*
 * Read the BTF in the file @path. Return false if there is no such file or if its header is not
 * valid. The caller must vfree() file->contents in all cases.
 */
static bool btf_file_read(struct btf_file *file, const char *path, const struct btf_data *base)
{
	size_t bytes = file_read(path, &file->contents);

	return bytes && btf_open(&file->btf, file->contents, bytes, base);
}

static void report_member(const struct btf_member_use *use, u32 bits)
{
	if (bits == BTF_NO_MEMBER)
		pr_err("struct %s has no member %s in this kernel\n", use->type, use->name);
	else
		pr_err("member %s of struct %s is at offset %u in this kernel, but at %zu in the headers that this module was built with\n",
		       use->name, use->type, bits / BITS_PER_BYTE, use->offset);
}

/* Check the BTF of the kernel and of kvm.ko. Return false if one of them is malformed. */
static bool check_files(struct btf_file *kernel, struct btf_file *kvm, struct btf_check *check)
{
	if (!btf_file_read(kernel, BTF_KERNEL, NULL) || !btf_check_members(&kernel->btf, check))
		return false;
	return !btf_file_read(kvm, BTF_KVM, &kernel->btf) || btf_check_members(&kvm->btf, check);
}

/* Log the first member that could not be checked, because the BTF does not describe it. */
static void log_unknown(const struct btf_check *check)
{
	const struct btf_member_use *use = &check->uses[ffz(check->found)];

	pr_notice("this kernel's BTF lacks member %s of struct %s; %s\n", use->name, use->type,
		  checked_later);
}

/*
 * The BTF of kvm.ko contains only the types that are not in the kernel's BTF, so both must be
 * searched.
 */
enum layout_check btf_layout_check(void)
{
	struct btf_check check = {
		.uses = used_members,
		.count = ARRAY_SIZE(used_members),
		.report = report_member,
	};
	struct btf_file kernel = {}, kvm = {};
	bool readable = check_files(&kernel, &kvm, &check);
	bool complete = check.found == GENMASK_ULL(ARRAY_SIZE(used_members) - 1, 0);

	BUILD_BUG_ON(ARRAY_SIZE(used_members) >= BITS_PER_TYPE(u64));
	vfree(kvm.contents);
	vfree(kernel.contents);
	if (check.wrong)
		return BTF_LAYOUT_WRONG;
	if (!readable)
		pr_notice("this kernel has no valid BTF; %s\n", checked_later);
	else if (!complete)
		log_unknown(&check);
	return readable && complete ? BTF_LAYOUT_OK : BTF_LAYOUT_UNKNOWN;
}
