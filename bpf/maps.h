/* SPDX-License-Identifier: GPL-2.0 */
/* The maps and variables of the programs, and the functions that find the slot of a vCPU. */
#ifndef VMTOLL_BPF_MAPS_H
#define VMTOLL_BPF_MAPS_H

#include "bpf/kernel.h"
#include "bpf/slot.h"

/* The loader sets the sizes of all maps before it loads them. */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct slot);
} ledgers SEC(".maps");

/* A queue of the free slots. The next vCPU gets the slot that has been free longest. */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__uint(value_size, sizeof(__u32));
} free_slots SEC(".maps");

/*
 * A queue of the slots of ended vCPUs. The counters in these slots have not been added to slot 0
 * yet.
 */
struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__uint(max_entries, 1);
	__uint(value_size, sizeof(__u32));
} ended_slots SEC(".maps");

/* Maps the vcpu_key() of each live vCPU to the number of its slot. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, __u32);
} slot_by_vcpu SEC(".maps");

/* A VM with at least one live vCPU. */
struct vm {
	__u32 id;
	__u32 pid;
	__u32 vcpus;
	__u32 reserved;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u64);
	__type(value, struct vm);
} vms SEC(".maps");

#define NEAR_BITS 12

/*
 * @near: a cache of indexes in the map `ledgers`; see near_entry(). An entry may belong to another
 *	  vCPU, so check the slot with slot_is_of().
 * @merging: nonzero while a program adds the ledgers of ended vCPUs to slot 0
 */
static struct {
	__u32 near[1 << NEAR_BITS];
	__u32 last_vm;
	__u32 merging;
} globals;

/* Return the key of a vCPU in the maps, which is its address. */
static __always_inline __u64 vcpu_key(const struct kvm_vcpu *vcpu)
{
	return (__u64)vcpu;
}

/*
 * Return the cache entry for the vCPU with this key. No two vCPUs start in the same page, so the
 * low bits of the page number are used as the index. The verifier does not allow shifting a kernel
 * pointer, so copy the low half of the pointer and shift the copy.
 */
static __always_inline __u32 *near_entry(__u64 key)
{
	__u32 low;

	/* Without this assembly, clang shifts the register that holds the pointer. */
	asm volatile("%0 = %1" : "=w"(low) : "w"((__u32)key));
	return (void *)globals.near + (low >> (12 - 2) & ((1 << NEAR_BITS) - 1) << 2);
}

/* Return element @index of the map `ledgers`, or NULL if there is no such element. */
static __always_inline struct slot *element(__u32 index)
{
	return bpf_map_lookup_elem(&ledgers, &index);
}

/* Return the slot with this number. Slot 0 is element 1, because element 0 is the host page. */
static __always_inline struct slot *slot_at(__u32 slot)
{
	return element(slot + 1);
}

static __always_inline struct slot *slot_departed(void)
{
	return slot_at(0);
}

static __always_inline struct vmtoll_host *host_page(void)
{
	struct slot *first = element(0);

	return first ? &first->host : 0;
}

static __always_inline bool slot_is_of(const struct slot *s, __u64 key)
{
	return s && s->private.vcpu == key;
}

/* Return the slot that the vCPU probably has. The caller must check it with slot_is_of(). */
static __always_inline struct slot *slot_near(__u64 key)
{
	return bpf_map_lookup_elem(&ledgers, near_entry(key));
}

/* Return the slot of a vCPU, or NULL if it has none. */
static __always_inline struct slot *slot_find(__u64 key)
{
	struct slot *s = slot_near(key);
	__u32 *slot;

	if (slot_is_of(s, key))
		return s;
	slot = bpf_map_lookup_elem(&slot_by_vcpu, &key);
	if (!slot)
		return 0;
	s = slot_at(*slot);
	if (!slot_is_of(s, key))
		return 0;
	*near_entry(key) = *slot + 1;
	return s;
}

#endif
