# SPDX-License-Identifier: GPL-2.0
# The lines of in-machine.sh, as results: schema vmtoll.bench/1. `least` and `all` are TSC ticks (in the
# lab: instructions) of an iteration with `exits` VM exits, undisturbed and with all that went on beside it;
# `added` and `added_all` those of an exit beyond what it takes without any tool.
def number2: . * 100 | round / 100;

[split("\n")[] | select(length > 0) | split("\t")] as $lines
| [$lines[] | select(.[0] == "measured")
   | {machine: .[1], paging: .[2], tool: .[3], loop: .[4],
      exits: (.[5] | tonumber), least: (.[6] | tonumber), all: (.[7] | tonumber | if . == 0 then null else . end)}] as $all
| {schema: "vmtoll.bench/1", date: $date, commit: $commit,
   versions: {qemu: $qemu, bochs: $bochs, perf: $perf},
   measurements: [
     $all[] as $m
     | ([$all[] | select(.tool == "none" and .machine == $m.machine and .paging == $m.paging and .loop == $m.loop)][0]
        // error("no measurement without a tool for \($m)")) as $none
     | $m + {added: (($m.least - $none.least) / $m.exits | number2),
             added_all: (if $m.all then ($m.all - $none.all) / $m.exits | number2 else null end)}],
   snapshots: [$lines[] | select(.[0] == "snapshot") | {machine: .[1], exits: (.[2] | tonumber), rows: (.[3] | tonumber)}],
   skipped: [$lines[] | select(.[0] == "skipped") | {machine: .[1], tool: .[2], reason: .[3]}]}
