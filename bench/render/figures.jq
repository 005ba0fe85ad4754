# SPDX-License-Identifier: GPL-2.0
# The figures in the sentences of docs/overhead.md, as rows [name, value]. A figure is left out if
# the results lack it.
include "bench";

def added($machine; $tool; $loop): measured($machine; $tool; $loop).added;

# For each loop, compute the difference between the number of instructions that vmtoll adds to an
# exit while a process reads the ledgers, and the number that it adds without such a process.
# Return the largest difference.
def reader_difference($machine):
  . as $results
  | [.measurements[] | select(.machine == $machine and .tool == "vmtoll-10hz")
     | .added - (.loop as $loop | $results | added($machine; "vmtoll"; $loop)) | fabs]
  | select(length > 0) | max | ceil;

# Return how many more instructions it takes to read an undefined CPUID leaf than to read leaf 0.
def leaf_search($machine):
  measured($machine; "none"; "leaf-unknown").least - measured($machine; "none"; "cpuid").least;

# Return the number of instructions that the tracepoints add. The tool `floor` adds these
# instructions and four more, because each of its two probes executes two instructions: a no-op
# and a return.
def tracepoints($machine): added($machine; "floor"; "touch") - 4;

# Return the number of instructions that the four tracepoints of an exit to user space add. The
# probes execute 107 instructions, according to the listing in docs/overhead.md.
def tracepoints_out($machine): added($machine; "vmtoll"; "out") - 107;

def figures:
  def figure($name; value): [value | round | tostring] | select(length > 0) | [$name, .[0]];
  ["date", .date], ["commit", .commit],
  figure("cpuid"; added("amd"; "vmtoll"; "cpuid")),
  figure("hypercall"; added("amd"; "vmtoll"; "hypercall")),
  figure("touch"; added("amd"; "vmtoll"; "touch")),
  figure("out"; added("amd"; "vmtoll"; "out")),
  figure("hlt-pending"; added("amd"; "vmtoll"; "hlt-pending")),
  figure("bpf"; added("amd"; "vmtoll-bpf"; "hypercall")),
  figure("bpf-out"; added("amd"; "vmtoll-bpf"; "out")),
  figure("bpf-untyped"; added("amd"; "vmtoll-bpf-untyped"; "hypercall")),
  figure("out-tracepoints"; tracepoints_out("amd")),
  figure("perf-record"; added("amd"; "perf-kvm-record"; "hypercall")),
  figure("unloaded"; added("amd"; "vmtoll-unloaded"; "hypercall")),
  figure("reader-intel"; reader_difference("intel")),
  figure("floor"; added("amd"; "floor"; "touch")),
  figure("floor-clock"; added("amd"; "floor-clock"; "touch")),
  figure("above-clock"; added("amd"; "vmtoll"; "touch") - added("amd"; "floor-clock"; "touch")),
  figure("tracepoints"; tracepoints("amd")),
  figure("leaf-search-amd"; leaf_search("amd")),
  figure("leaf-search-intel"; leaf_search("intel")),
  figure("crowd-path"; measured("amd"; "none"; "hypercall").least - ([.crowds[]? | select(.tool == "none").median] | max // empty));
