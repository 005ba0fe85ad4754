# SPDX-License-Identifier: GPL-2.0
# Convert the output of vmtoll compare (schema vmtoll.compare/2) to the first schema of the demo's
# result, vmtoll.compare/1. It has the runs with their phases as seen by the guest; each row has
# its exits and the time spent at each place.
{
  schema: "vmtoll.compare/1",
  machine, kernel, isa, tsc_khz, emulated,
  runs: [.runs[] | {
    mode, verified, proof, parameter,
    phases: [.phases[] | select(.name != "run") | {
      name, exits,
      reasons: [.reasons[] | { code, name, exits, kvm_tsc, vmm_tsc, halt_tsc }]
    }],
    audit
  }]
}
