# SPDX-License-Identifier: GPL-2.0
# Print one table of the results, with columns separated by tabs. The first line contains the
# column titles. --arg part is the name of the table, see the end of this file.
include "bench";
include "targets";
include "figures";

def unique_in_order: reduce .[] as $x ([]; if any(.[]; . == $x) then . else . + [$x] end);
# Return a rounded number with its sign. Zero gets a plus sign, even if the number was negative
# before it was rounded.
def signed: round | if . < 0 then tostring elif . == 0 then "+0" else "+\(.)" end;

# Return one cell of the table `tools`. In the row of a tool, the cell contains the number of
# instructions that the tool adds to an exit. In the row "none", it contains the number of
# instructions that an exit takes without a tool.
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

# For each tool except vmtoll, divide the number of instructions that the tool adds to an exit by
# the number that vmtoll adds.
def cheaper:
  . as $results | ["machine", "tool", "hypercall: times vmtoll", "hypercall, in all: times vmtoll", "out: times vmtoll"],
  (machines[] as $machine
   | [.measurements[] | select(.machine == $machine and .paging == "nested" and .loop == "hypercall"
        and (.tool | startswith("vmtoll") or startswith("floor") or . == "none" | not)).tool][] as $tool
   | ($results | measured($machine; $tool; "hypercall")) as $other
   | ($results | measured($machine; "vmtoll"; "hypercall")) as $ours
   | ($results | measured($machine; $tool; "out")) as $other_out
   | ($results | measured($machine; "vmtoll"; "out")) as $ours_out
   | [$machine, $tool, ($other.added / $ours.added | round1), ($other.added_all / $ours.added_all | round1),
      ($other_out.added / $ours_out.added | round1)]);

def leaves:
  . as $results | ["machine", "leaf", "instructions beyond a CPUID of an undefined leaf"],
  (machines[] as $machine | $results | leaf_costs($machine)[] | [$machine, .loop, (.cost | signed)]),
  (.snapshots[] | [.machine, "a snapshot of \(.rows) rows", "\(.exits) exits"]);

def crowds:
  ["machine", "CPUs", "VMs", "vCPUs per VM", "per exit", "vmtoll adds", "median per exit", "vmtoll adds"],
  (crowd_pairs[] | [.machine, .cpus, .vms, .vcpus, (.none | round), (.added | signed), (.none_median | round),
    (.added_median | signed)]);

def memory:
  ["machine", "VMs", "vCPUs per VM", "bytes of pages per vCPU", "pages freed", "objects kept per VM", "bytes per object"],
  (.memory[]? | [.machine, .vms, .vcpus, .page_bytes / (.vms * .vcpus), "\(.page_bytes_back * 100 / .page_bytes | round) %",
    ((.objects - .objects_back) / .vms | round1), .object_bytes / .objects]);

def snapshots:
  ["where", "VMs", "vCPUs", "rows", "instructions, first read", "instructions, later read", "per vCPU, later read", "ms, first read", "ms, later read"],
  (.host_snapshots[]? | [.where, .vms, .vcpus, .rows, .first_instructions, .instructions,
    (if .instructions == "-" then "-" else .instructions / .vcpus | round end), .first_ms, .ms]);

def times:
  ["machine", "script/demo, seconds", "boot of the host", "boots of the guests", "workloads of the guests", "other"],
  (.times[]? | [.machine, .total, .host_boot, .guest_boots, .workloads, .rest]);

def skipped: ["machine", "skipped", "reason"], (.skipped[] | [.machine, .tool, .reason]);

def targets_table: ["target", "limit", "measured", "result"], (targets | [.name, .limit, .value, if .met then "met" else "missed" end]);

{tools: [tools], cheaper: [cheaper], leaves: [leaves], crowds: [crowds], memory: [memory], snapshots: [snapshots], times: [times],
 skipped: [skipped], targets: [targets_table], figures: [figures]}[$part][] | @tsv
