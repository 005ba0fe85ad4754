// SPDX-License-Identifier: GPL-2.0
/*
 * Minimal BPF programs that measure how long VM exits take, for comparison with vmtoll.ko. Each
 * CPU has a slot of its own, in which the programs store the time of the last exit, count the
 * exits, and add up their durations. If a vCPU migrates to another CPU between an exit and the
 * next entry, the programs count this exit wrongly. This is acceptable because the programs are
 * used only for comparison.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct slot {
	__u64 start;
	__u64 exits;
	__u64 ns;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct slot);
} slots SEC(".maps");

SEC("raw_tracepoint/kvm_exit")
int on_exit(void *context)
{
	__u32 key = 0;
	struct slot *slot = bpf_map_lookup_elem(&slots, &key);

	if (slot)
		slot->start = bpf_ktime_get_ns();
	return 0;
}

SEC("raw_tracepoint/kvm_entry")
int on_entry(void *context)
{
	__u32 key = 0;
	struct slot *slot = bpf_map_lookup_elem(&slots, &key);

	if (slot && slot->start) {
		slot->exits++;
		slot->ns += bpf_ktime_get_ns() - slot->start;
	}
	return 0;
}

char license_of[] SEC("license") = "GPL";
