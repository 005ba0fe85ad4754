# SPDX-License-Identifier: GPL-2.0
# Compare results with older ones ($old[0]). In each loop, the instructions that vmtoll adds may
# grow by at most $allowed. The BPF programs must also keep their limit. All crowds of a machine
# must have the same cost per exit, within 2 %.
# Prints one line per check, "ok NAME: ..." or "not ok NAME: ...".
include "bench";
def key: [.machine, .paging, .tool, .loop];

def grown:
  [$old[0].measurements[] | select(.tool | startswith("vmtoll"))] as $before
  | .measurements[] | select(.tool | startswith("vmtoll")) | . as $now
  | ([$before[] | select(key == ($now | key))][0]) as $was
  | (key | join("-")) as $name
  | if $was == null then "not ok bench-\($name): not in the committed results"
    elif $now.added > $was.added + $allowed
    then "not ok bench-\($name): \($now.added) instructions added per exit, \($was.added) before: grown by more than \($allowed)"
    else "ok bench-\($name): \($now.added) instructions added per exit, \($was.added) before" end;

def limited:
  .measurements[] | select(.tool == "vmtoll-bpf" and .loop == "hypercall")
  | (if .added <= bpf_limit then "ok" else "not ok" end)
    + " bench-\(.machine)-bpf-limit: \(.added) instructions added per exit, at most \(bpf_limit) allowed";

def flat:
  . as $results | [.crowds[]?.machine] | unique[] as $machine
  | $results | [crowd_pairs[] | select(.machine == $machine).least] | select(length > 0)
  | if spread <= 2 then "ok bench-\($machine)-crowds: all exits cost the same within \(spread * 10 | round / 10) %"
    else "not ok bench-\($machine)-crowds: an exit takes \(min) to \(max) instructions, which differ by more than 2 %" end;

grown, limited, flat
