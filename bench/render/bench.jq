# SPDX-License-Identifier: GPL-2.0
# What tables and targets are made of: figures looked up in results.

# measured(machine; tool; loop): under nested paging, or under shadow paging where there is no other; or nothing
def measured($machine; $tool; $loop):
  [.measurements[] | select(.machine == $machine and .tool == $tool and .loop == $loop)] | sort_by(.paging) | .[0] // empty;

def machines: [.measurements[].machine] | unique;

# What vmtoll adds to an exit of one kind, all that are no CPUID of a leaf.
def added_by_vmtoll($machine):
  [.measurements[] | select(.machine == $machine and .tool == "vmtoll" and (.loop | startswith("leaf-") | not))];

# Answering a leaf, above a CPUID of a leaf that nobody knows.
def leaf_costs($machine):
  measured($machine; "vmtoll"; "leaf-unknown") as $unknown
  | [.measurements[] | select(.machine == $machine and .tool == "vmtoll" and (.loop | startswith("leaf-")) and .loop != "leaf-unknown")
     | {loop, cost: (.least - $unknown.least)}];

# A crowd with vmtoll beside the one without.
def crowd_pairs:
  (.crowds // []) as $all
  | [$all[] | select(.tool == "vmtoll") as $v
     | ([$all[] | select(.tool == "none" and .machine == $v.machine and .cpus == $v.cpus and .vms == $v.vms and .vcpus == $v.vcpus)][0]) as $none
     | select($none != null)
     | $v + {none: $none.least, none_median: $none.median, added: ($v.least - $none.least), added_median: ($v.median - $none.median)}];

# How far the extremes of some figures are apart, in percent of the least.
def spread: if length == 0 then null else (max - min) * 100 / min end;
