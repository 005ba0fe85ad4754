# SPDX-License-Identifier: GPL-2.0
# Results as tables, in added instructions an exit. --arg part tools: a line for each machine, paging mode
# and tool, a column for each loop; lines of `none` have what an exit takes without any tool.
# --arg part leaves: what answering a leaf adds to an exit for CPUID of an unknown leaf.
def cell($all; $key; $loop):
  ([$all[] | select([.machine, .paging, .tool] == $key and .loop == $loop)][0]) as $m
  | if $m == null then "-" elif $m.tool == "none" then ($m.least / $m.exits | round | tostring)
    else "+" + ($m.added | round | tostring) end;

def unique_in_order: reduce .[] as $x ([]; if any(.[]; . == $x) then . else . + [$x] end);

def tools:
  [.measurements[] | select(.loop | startswith("leaf-") | not)] as $all
  | ([$all[].loop] | unique_in_order) as $loops
  | (["machine", "paging", "tool"] + $loops),
    ([$all[] | [.machine, .paging, .tool]] | unique_in_order[] as $key
     | $key + [$loops[] as $loop | cell($all; $key; $loop)]);

def leaves:
  [.measurements[] | select((.loop | startswith("leaf-")) and .tool == "vmtoll")] as $all
  | $all[] | select(.loop != "leaf-unknown") | . as $m
  | ([$all[] | select(.loop == "leaf-unknown" and .machine == $m.machine)][0]) as $unknown
  | [$m.machine, $m.loop, "+" + ($m.least - $unknown.least | round | tostring)];

(if $part == "tools" then tools else leaves end) | @tsv
