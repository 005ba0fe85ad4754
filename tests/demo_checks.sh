# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Checks of the files that script/demo writes. The schema must be right, the paging modes must be
# verified, the audits must balance, and the number of CPUID exits must not depend on the paging
# mode. The results must be plausible, but no exact count is expected. This script is sourced
# after lib/check.sh.

# expect NAME FILE FILTER: check that the jq program FILTER returns true for FILE.
expect()
{
	got=$(jq -c "$3" "$2")
	if [ "$got" = true ]; then ok "$1"; else not_ok "$1" "$3 is $got"; fi
}

# expect_demo DIRECTORY MACHINE: check the results in DIRECTORY, which script/demo has written
# for MACHINE.
expect_demo()
{
	json=$1/compare.json
	expect schema "$json" '.schema == "vmtoll.compare/2" and .machine == "'"$2"'" and
		(.kernel | length > 0) and .warnings == []'
	expect modes "$json" '[.runs[].mode] == ["nested", "shadow"] and
		all(.runs[]; .verified and .end == "good")'
	expect audits "$json" 'all(.runs[]; .audit.balanced and .audit.lost == 0)'
	expect phases "$json" \
		'all(.runs[]; [.phases[].name] == ["run", "boot", "files", "forks", "idle"])'
	expect sums "$json" 'all(.runs[].phases[]; .exits > 0 and .exits == ([.reasons[].exits] | add))'
	expect fields "$json" 'all(.runs[].phases[].reasons[]; has("code") and has("name") and has("kvm_tsc")
		and has("vmm_tsc") and has("halt_tsc"))'

	# The first phase is the whole run, measured on the host. The guest measured the other
	# phases. Together, these phases cannot have more exits than the first phase.
	expect host-sees-all "$json" 'all(.runs[]; .phases[0].exits >= ([.phases[1:][].exits] | add))'
	expect shadow-costs-more "$json" \
		'([.runs[1].phases[1:][].exits] | add) > 2 * ([.runs[0].phases[1:][].exits] | add)'
	expect cpuid-is-flat "$json" \
		'[.runs[] | [.phases[1:][].reasons[] | select(.name == "CPUID") | .exits] | add]
		| (.[0] - .[1]) / .[0] | . < 0.02 and . > -0.02'
	expect halts-when-idle "$json" \
		'all(.runs[].phases[4].reasons[] | select(.name == "HLT"); .halt_tsc > .kvm_tsc)'
	expect modes-differ "$json" '.comparison.phases[0].total.exits.ratio > 2 and
		(.comparison.story | contains("WRITE_CR3") or contains("CR_ACCESS"))'
}
