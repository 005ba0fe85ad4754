# SPDX-License-Identifier: GPL-2.0
# Convert the measured lines to results with the schema vmtoll.bench/1. The first word of a line
# is its kind. The fields of each kind are named below.
#
# measurements: one loop under one tool. An iteration has `exits` VM exits. `least` and `all` are
#	TSC ticks per iteration (in the lab: instructions). `least` comes from undisturbed passes,
#	`all` from long passes that include all other activity on the CPU. `added` and `added_all`
#	are the ticks that the tool adds to an exit.
# crowds: vms * vcpus vCPUs that run simultaneously. `least` is the figure of the slowest vCPU,
#	from its shortest passes. `median` is the figure of the median vCPU, from its median
#	passes. Both are ticks per exit.
# memory: what vmtoll.ko allocated for a crowd, in pages and in smaller objects, and what it freed.
#	Objects are freed immediately, pages after the VMs have ended. object_bytes is the size
#	of all allocated objects.
# snapshots: the number of exits that a guest needs to read a whole snapshot.
# host_snapshots: reading all ledgers of a host. first_instructions and first_ms are the cost of
#	the first read, instructions and ms are the least cost of a later read.
# times: the seconds that script/demo took in all, and the seconds of each of its parts.
# skipped: the parts that could not be measured, with the reason.
def round2: . * 100 | round / 100;
# Select the lines of one kind.
def lines($word): .[] | select(.[0] == $word);
# Return an object with the given names and the values of a line. Values that look like numbers
# are converted to numbers.
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
     | $m + {added: (($m.least - $none.least) / $m.exits | round2),
             added_all: (if $m.all and $none.all then ($m.all - $none.all) / $m.exits | round2 else null end)}],
   crowds: [$lines | lines("crowd")
     | named(["machine", "tool", "cpus", "vms", "vcpus", "exits", "least", "median"])],
   memory: [$lines | lines("memory")
     | named(["machine", "vms", "vcpus", "page_bytes", "page_bytes_back", "objects", "object_bytes", "objects_back"])],
   snapshots: [$lines | lines("snapshot") | named(["machine", "exits", "rows"])],
   host_snapshots: [$lines | lines("host-snapshot")
     | named(["where", "vms", "vcpus", "rows", "first_instructions", "instructions", "first_ms", "ms"])],
   times: [$lines | lines("time") | named(["machine", "total", "host_boot", "guest_boots", "workloads", "rest"])],
   skipped: [$lines | lines("skipped") | named(["machine", "tool", "reason"])]}
