# SPDX-License-Identifier: GPL-2.0
# Results against older ones ($old[0]): vmtoll's added instructions in each loop that both have.
def key: [.machine, .paging, .tool, .loop];

[$old[0].measurements[] | select(.tool | startswith("vmtoll"))] as $before
| .measurements[] | select(.tool | startswith("vmtoll")) | . as $now
| ([$before[] | select(key == ($now | key))][0]) as $was
| (key | join("-")) as $name
| if $was == null then "not ok bench-\($name): the committed results do not have it"
  elif $now.added > $was.added + $allowed
  then "not ok bench-\($name): +\($now.added) instructions an exit, were +\($was.added): more than \($allowed) of growth"
  else "ok bench-\($name): +\($now.added) instructions an exit, were +\($was.added)" end
