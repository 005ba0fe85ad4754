# SPDX-License-Identifier: GPL-2.0
# Functions that look up figures in the results, for tables, targets and sentences.

def round1: . * 10 | round / 10;

# Return the measurement of $loop under $tool. If the loop was measured under both paging modes,
# return the measurement under nested paging. Return nothing if the loop was not measured.
def measured($machine; $tool; $loop):
  [.measurements[] | select(.machine == $machine and .tool == $tool and .loop == $loop)] | sort_by(.paging) | .[0] // empty;

# The limit for the instructions that the BPF programs add to an exit of the loop hypercall.
def bpf_limit: 450;

# Return the names of the measured machines.
def machines: [.measurements[].machine] | unique;

# Return the measurements of vmtoll in all loops except those that read CPUID leaves.
def added_by_vmtoll($machine):
  [.measurements[] | select(.machine == $machine and .tool == "vmtoll" and (.loop | startswith("leaf-") | not))];

# For each of vmtoll's CPUID leaves, return how many more instructions it takes to read this leaf
# than to read an undefined leaf.
def leaf_costs($machine):
  measured($machine; "vmtoll"; "leaf-unknown") as $unknown
  | [.measurements[] | select(.machine == $machine and .tool == "vmtoll" and (.loop | startswith("leaf-")) and .loop != "leaf-unknown")
     | {loop, cost: (.least - $unknown.least)}];

# For each crowd that was measured with vmtoll, return the figures with vmtoll and the figures
# without a tool.
def crowd_pairs:
  (.crowds // []) as $all
  | [$all[] | select(.tool == "vmtoll") as $v
     | ([$all[] | select(.tool == "none" and .machine == $v.machine and .cpus == $v.cpus and .vms == $v.vms and .vcpus == $v.vcpus)][0]) as $none
     | select($none != null)
     | $v + {none: $none.least, none_median: $none.median, added: ($v.least - $none.least), added_median: ($v.median - $none.median)}];

# Return the spread of an array of figures: the difference between the largest and the smallest,
# as a percentage of the smallest.
def spread: if length == 0 then null else (max - min) * 100 / min end;
