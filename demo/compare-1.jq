# SPDX-License-Identifier: GPL-2.0
# The demo's result in its first schema, vmtoll.compare/1, out of what vmtoll compare writes
# (vmtoll.compare/2): the runs with their phases as the guest saw them, each row by its exits and its
# time by place.
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
