# SPDX-License-Identifier: GPL-2.0
# The targets of vmtoll, each with the measured value: {name, limit, value, met}. A target is left
# out if the results lack its figures.
include "bench";

def target($name; $limit; $value; $met): {name: $name, limit: $limit, value: $value, met: $met};

# The limit for the instructions added per exit. The limit for exits to user space is higher,
# because they pass two more probes.
def added_limit($loop): {"cpuid": 92, "hypercall": 88, "out": 130, "hlt-pending": 100}[$loop] // 90;

# Each kind of exit has a separate target.
def target_added($machine):
  added_by_vmtoll($machine)[] | added_limit(.loop) as $limit
  | target("\($machine): instructions added per exit, \(.loop), \(.paging) paging"; "at most \($limit)"; "\(.added | round1)"; .added <= $limit);

def target_foreign_cpuid($machine):
  (measured($machine; "vmtoll"; "cpuid").added - measured($machine; "vmtoll"; "hypercall").added)
  | target("\($machine): more instructions for a CPUID of another leaf"; "at most 10"; "\(round1)"; . <= 10);

def target_unloaded($machine):
  [.measurements[] | select(.machine == $machine and .tool == "vmtoll-unloaded" and (.loop == "hypercall" or .loop == "cpuid")).added]
  | select(length > 0) | max | target("\($machine): instructions added when unloaded"; "0"; "\(round1)"; . < 0.5);

# The BPF programs count the same exits as the module, so only the most common kind has a target.
def target_bpf($machine):
  measured($machine; "vmtoll-bpf"; "hypercall")
  | target("\($machine): instructions added per exit by the BPF programs, hypercall"; "at most \(bpf_limit)"; "\(.added | round1)"; .added <= bpf_limit);

# Check that $tool adds at least $times times as many instructions as vmtoll. Only the ratio in
# the shortest passes, which contain no timer tick, is checked. The ratio in long passes is only
# printed.
def target_cheaper($machine; $tool; $times):
  measured($machine; "vmtoll"; "hypercall") as $ours | measured($machine; $tool; "hypercall") as $other
  | ($other.added / $ours.added) as $least | ($other.added_all / $ours.added_all) as $all
  | target("\($machine): instructions of \($tool), hypercall"; "at least \($times) times vmtoll"; "\($least | round1) times (in all: \($all | round1))";
      $least >= $times);

# The limit for the number of instructions that vmtoll takes to answer a CPUID leaf. The limit for
# a LATCH is higher, because a LATCH copies the rows that have changed.
def leaf_limit($loop): {"leaf-latch": 250}[$loop] // 120;

def target_leaf($machine):
  leaf_costs($machine)[] | leaf_limit(.loop) as $limit
  | target("\($machine): instructions for an answer, \(.loop)"; "at most \($limit)"; "\(.cost | round1)"; .cost <= $limit);

def target_snapshot:
  .snapshots[] | target("\(.machine): exits for a guest's snapshot of \(.rows) rows"; "at most 100"; "\(.exits)"; .exits <= 100);

def target_flat($machine):
  [crowd_pairs[] | select(.machine == $machine).least] | select(length > 0)
  | spread as $spread | target("\($machine): spread of an exit among crowds with vmtoll"; "at most 2 %"; "\($spread | round1) %"; $spread <= 2);

def target_memory($machine):
  [.memory[]? | select(.machine == $machine) | .page_bytes / (.vms * .vcpus)] | select(length > 0)
  | max | target("\($machine): bytes per vCPU"; "at most 16384"; "\(.)"; . <= 16384);

def target_host_snapshot:
  .host_snapshots[]? | select(.vcpus >= 8000 and .ms != "-")
  | target("\(.where): ms for a later snapshot of \(.vcpus) vCPUs"; "under 5"; "\(.ms) (first: \(.first_ms))"; .ms < 5);

def targets:
  . as $results
  | (machines[] as $machine
     | $results
     | target_added($machine), target_foreign_cpuid($machine), target_unloaded($machine), target_bpf($machine),
       target_cheaper($machine; "perf-stat"; 8), target_cheaper($machine; "perf-kvm-record"; 45),
       target_leaf($machine), target_flat($machine), target_memory($machine)),
    target_snapshot, target_host_snapshot;
