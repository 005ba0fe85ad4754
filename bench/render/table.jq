# SPDX-License-Identifier: GPL-2.0
# Results as tables, the first line the head. --arg part: which one, a name of the last lines.
include "bench";
include "targets";

def unique_in_order: reduce .[] as $x ([]; if any(.[]; . == $x) then . else . + [$x] end);
def signed: round | if . < 0 then tostring else "+\(.)" end;
def number1: . * 10 | round / 10;

# What an exit takes without any tool, or what a tool adds to it.
def cell($all; $key; $loop):
  ([$all[] | select([.machine, .paging, .tool] == $key and .loop == $loop)][0]) as $m
  | if $m == null then "-" elif $m.tool == "none" then ($m.least / $m.exits | round | tostring)
    else ($m.added | signed) end;

def tools:
  [.measurements[] | select(.loop | startswith("leaf-") | not)] as $all
  | ([$all[].loop] | unique_in_order) as $loops
  | (["machine", "paging", "tool"] + $loops),
    ([$all[] | [.machine, .paging, .tool]] | unique_in_order[] as $key
     | $key + [$loops[] as $loop | cell($all; $key; $loop)]);

# How many times vmtoll is cheaper, for each tool that is neither it nor the floor.
def cheaper:
  . as $results | ["machine", "vmtoll is cheaper than", "hypercall, times", "in all, times", "out, times"],
  (machines[] as $machine
   | [.measurements[] | select(.machine == $machine and .paging == "nested" and .loop == "hypercall"
        and (.tool | startswith("vmtoll") or startswith("floor") or . == "none" | not)).tool][] as $tool
   | ($results | measured($machine; $tool; "hypercall")) as $other
   | ($results | measured($machine; "vmtoll"; "hypercall")) as $ours
   | ($results | measured($machine; $tool; "out")) as $other_out
   | ($results | measured($machine; "vmtoll"; "out")) as $ours_out
   | [$machine, $tool, ($other.added / $ours.added | number1), ($other.added_all / $ours.added_all | number1),
      ($other_out.added / $ours_out.added | number1)]);

def leaves:
  . as $results | ["machine", "leaf", "instructions above a CPUID of an unknown leaf"],
  (machines[] as $machine | $results | leaf_costs($machine)[] | [$machine, .loop, (.cost | signed)]),
  (.snapshots[] | [.machine, "a snapshot of \(.rows) rows", "\(.exits) exits"]);

def crowds:
  ["machine", "CPUs", "VMs", "vCPUs each", "an exit", "vmtoll adds", "median", "vmtoll adds"],
  (crowd_pairs[] | [.machine, .cpus, .vms, .vcpus, (.none | round), (.added | signed), (.none_median | round),
    (.added_median | signed)]);

def memory:
  ["machine", "VMs", "vCPUs each", "a vCPU's pages, bytes", "came back", "a VM's objects that stayed", "bytes of one"],
  (.memory[]? | [.machine, .vms, .vcpus, .page_bytes / (.vms * .vcpus), "\(.page_bytes_back * 100 / .page_bytes | round) %",
    ((.objects - .objects_back) / .vms | number1), .object_bytes / .objects]);

def snapshots:
  ["where", "VMs", "vCPUs", "rows", "instructions the first time", "later", "of a vCPU", "ms the first time", "later"],
  (.host_snapshots[]? | [.where, .vms, .vcpus, .rows, .first_instructions, .instructions,
    (if .instructions == "-" then "-" else .instructions / .vcpus | round end), .first_ms, .ms]);

def times:
  ["machine", "script/demo, seconds", "the host's boot", "guests' boots", "guests' workloads", "the rest"],
  (.times[]? | [.machine, .total, .host_boot, .guest_boots, .workloads, .rest]);

def skipped: ["machine", "skipped", "reason"], (.skipped[] | [.machine, .tool, .reason]);

def targets_table: ["target", "wanted", "measured", ""], (targets | [.name, .want, .got, if .met then "met" else "missed" end]);

{tools: [tools], cheaper: [cheaper], leaves: [leaves], crowds: [crowds], memory: [memory], snapshots: [snapshots], times: [times],
 skipped: [skipped], targets: [targets_table]}[$part][] | @tsv
