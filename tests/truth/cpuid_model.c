// SPDX-License-Identifier: GPL-2.0
/* See cpuid_model.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <linux/kvm.h>

#include "cpuid_model.h"
#include "fail.h"

#define ENTRIES 256

void cpuid_model_close(struct cpuid_model *m)
{
	free(m->table);
	m->table = NULL;
}

int cpuid_model_open(struct cpuid_model *m, int vcpu_fd)
{
	m->table = calloc(1, sizeof(*m->table) + ENTRIES * sizeof(m->table->entries[0]));
	if (!m->table)
		return fail(-ENOMEM, "allocate the vCPU's CPUID table");
	m->table->nent = ENTRIES;
	if (!ioctl(vcpu_fd, KVM_GET_CPUID2, m->table))
		return 0;
	cpuid_model_close(m);
	return fail(-errno, "read the vCPU's CPUID table: KVM_GET_CPUID2");
}

/*
 * Find the entry for a leaf. Compare the subleaf only if the entry has the flag
 * KVM_CPUID_FLAG_SIGNIFCANT_INDEX.
 */
static const struct kvm_cpuid_entry2 *find(const struct cpuid_model *m, uint32_t leaf,
					   uint32_t subleaf)
{
	for (unsigned int i = 0; i < m->table->nent; i++) {
		const struct kvm_cpuid_entry2 *e = &m->table->entries[i];

		if (e->function == leaf &&
		    (!(e->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX) || e->index == subleaf))
			return e;
	}
	return NULL;
}

/*
 * Return true if KVM answers unimplemented leaves with the data of another leaf. For AMD and Hygon
 * CPUs, KVM returns zeros instead. @basic is the vCPU's CPUID entry for leaf 0.
 */
static bool redirects(const struct kvm_cpuid_entry2 *basic)
{
	return basic && basic->ebx != 0x68747541 /* "Auth" */ &&
	       basic->ebx != 0x6f677948 /* "Hygo" */;
}

static const struct kvm_cpuid_entry2 *class_of(const struct cpuid_model *m, uint32_t leaf)
{
	if (leaf >= 0x40000000 && leaf <= 0x4fffffff)
		return find(m, leaf & 0xffffff00, 0);
	if (leaf >= 0xc0000000)
		return find(m, 0xc0000000, 0);
	return find(m, leaf & 0x80000000, 0);
}

/*
 * Return the leaf whose data KVM uses to answer a query of @leaf. If redirects() returns true and
 * @leaf is beyond the end of its range, this is the last basic leaf. In all other cases, it is
 * @leaf itself.
 */
static uint32_t effective_leaf(const struct cpuid_model *m, uint32_t leaf)
{
	const struct kvm_cpuid_entry2 *basic = find(m, 0, 0), *class = class_of(m, leaf);

	if (!redirects(basic) || (class && leaf <= class->eax))
		return leaf;
	return basic->eax;
}

/*
 * Return KVM's answer to a query for which the CPUID table has no entry. The topology leaves still
 * contain the APIC ID, even for levels that do not exist.
 */
static struct cpuid_answer absent(const struct cpuid_model *m, uint32_t leaf, uint32_t subleaf)
{
	const struct kvm_cpuid_entry2 *e = find(m, leaf, 1);

	if (!e || (leaf != 0xb && leaf != 0x1f))
		return (struct cpuid_answer){ 0 };
	return (struct cpuid_answer){ .ecx = subleaf & 0xff, .edx = e->edx };
}

struct cpuid_answer cpuid_model_answer(const struct cpuid_model *m, struct cpuid_query q)
{
	const struct kvm_cpuid_entry2 *e = find(m, q.leaf, q.subleaf);
	uint32_t leaf = q.leaf;

	if (!e) {
		leaf = effective_leaf(m, leaf);
		e = find(m, leaf, q.subleaf);
	}
	if (!e)
		return absent(m, leaf, q.subleaf);
	return (struct cpuid_answer){ e->eax, e->ebx, e->ecx, e->edx };
}
