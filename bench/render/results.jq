# SPDX-License-Identifier: GPL-2.0
# The lines that were measured, as results: schema vmtoll.bench/1. Their first word says what they are; what it
# means is in the object that is made of it here.
#
# measurements: `least` and `all` are TSC ticks (in the lab: instructions) of an iteration with `exits` VM exits,
#	undisturbed and with all that went on beside it; `added` and `added_all` those of an exit beyond
#	what it takes without any tool.
# crowds: `least` and `median` pass of the worst of vms * vcpus vCPUs at once, in ticks of an exit.
# memory: what vmtoll.ko took for a crowd, in pages and in smaller objects, and what came back: objects at once, the pages when
#	the VMs had gone. object_bytes: of all objects that were taken.
# snapshots: how many exits reading a whole snapshot takes a guest.
# host_snapshots: reading all ledgers of a host. instructions, ms: of the first time, and of the least of later ones.
# times: seconds of script/demo, by what they were spent on.
def number2: . * 100 | round / 100;
def lines($word): .[] | select(.[0] == $word);
def named($names): .[1:] as $values | [$names, $values] | transpose
  | map({(.[0]): (.[1] as $text | $text | (tonumber? // $text))}) | add;

[split("\n")[] | select(length > 0) | split("\t")] as $lines
| [$lines | lines("measured") | named(["machine", "paging", "tool", "loop", "exits", "least", "all"])
   | .all |= if . == 0 then null else . end] as $all
| {schema: "vmtoll.bench/1", date: $date, commit: $commit,
   versions: {qemu: $qemu, bochs: $bochs, perf: $perf},
   measurements: [
     $all[] as $m
     | ([$all[] | select(.tool == "none" and .machine == $m.machine and .paging == $m.paging and .loop == $m.loop)][0]
        // error("no measurement without a tool for \($m)")) as $none
     | $m + {added: (($m.least - $none.least) / $m.exits | number2),
             added_all: (if $m.all and $none.all then ($m.all - $none.all) / $m.exits | number2 else null end)}],
   crowds: [$lines | lines("crowd")
     | named(["machine", "tool", "cpus", "vms", "vcpus", "exits", "least", "median"])],
   memory: [$lines | lines("memory")
     | named(["machine", "vms", "vcpus", "page_bytes", "page_bytes_back", "objects", "object_bytes", "objects_back"])],
   snapshots: [$lines | lines("snapshot") | named(["machine", "exits", "rows"])],
   host_snapshots: [$lines | lines("host-snapshot")
     | named(["where", "vms", "vcpus", "rows", "first_instructions", "instructions", "first_ms", "ms"])],
   times: [$lines | lines("time") | named(["machine", "total", "host_boot", "guest_boots", "workloads", "rest"])],
   skipped: [$lines | lines("skipped") | named(["machine", "tool", "reason"])]}
