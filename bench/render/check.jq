# SPDX-License-Identifier: GPL-2.0
# Results against older ones ($old[0]): vmtoll's added instructions in each loop, and crowds that must cost alike.
include "bench";
def key: [.machine, .paging, .tool, .loop];

def grown:
  [$old[0].measurements[] | select(.tool | startswith("vmtoll"))] as $before
  | .measurements[] | select(.tool | startswith("vmtoll")) | . as $now
  | ([$before[] | select(key == ($now | key))][0]) as $was
  | (key | join("-")) as $name
  | if $was == null then "not ok bench-\($name): the committed results do not have it"
    elif $now.added > $was.added + $allowed
    then "not ok bench-\($name): +\($now.added) instructions an exit, were +\($was.added): more than \($allowed) of growth"
    else "ok bench-\($name): +\($now.added) instructions an exit, were +\($was.added)" end;

def flat:
  . as $results | [.crowds[]?.machine] | unique[] as $machine
  | $results | [crowd_pairs[] | select(.machine == $machine).least] | select(length > 0)
  | if spread <= 2 then "ok bench-\($machine)-crowds: exits cost the same within \(spread * 10 | round / 10) %"
    else "not ok bench-\($machine)-crowds: an exit takes from \(min) to \(max) instructions: more than 2 % apart" end;

grown, flat
