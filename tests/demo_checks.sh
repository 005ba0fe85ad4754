# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Checks of what script/demo writes: the schema, that the paging modes are verified, that the
# audits balance, and that the number of CPUID exits does not depend on the paging mode. The
# results must be plausible, but no exact count is expected.

failures=0

# expect NAME FILE FILTER: print "ok" if the jq program returns true, and "not ok" otherwise.
expect()
{
	if got=$(jq -c "$3" "$2") && [ "$got" = true ]; then
		echo "ok $1"
	else
		echo "not ok $1: $3 is $got"
		failures=$((failures + 1))
	fi
}

# expect_demo NAME DIRECTORY MACHINE: check the results in @DIRECTORY, which the demo wrote for
# @MACHINE. The names of the checks begin with @NAME.
expect_demo()
{
	json=$2/compare.json
	expect "$1-schema" "$json" \
		'.schema == "vmtoll.compare/1" and .machine == "'"$3"'" and (.kernel | length > 0)'
	expect "$1-modes" "$json" '[.runs[].mode] == ["nested", "shadow"] and all(.runs[]; .verified)'
	expect "$1-audits" "$json" 'all(.runs[]; .audit.balanced and .audit.lost == 0)'
	expect "$1-phases" "$json" 'all(.runs[]; [.phases[].name] == ["boot", "files", "forks", "idle"])'
	expect "$1-sums" "$json" 'all(.runs[].phases[]; .exits > 0 and .exits == ([.reasons[].exits] | add))'
	expect "$1-fields" "$json" 'all(.runs[].phases[].reasons[]; has("code") and has("name") and has("kvm_tsc")
		and has("vmm_tsc") and has("halt_tsc"))'
	expect "$1-shadow-costs-more" "$json" \
		'([.runs[1].phases[].exits] | add) > 2 * ([.runs[0].phases[].exits] | add)'
	expect "$1-cpuid-is-flat" "$json" \
		'[.runs[] | [.phases[].reasons[] | select(.name == "CPUID") | .exits] | add]
		| (.[0] - .[1]) / .[0] | . < 0.02 and . > -0.02'
	expect "$1-halts-when-idle" "$json" \
		'all(.runs[].phases[3].reasons[] | select(.name == "HLT"); .halt_tsc > .kvm_tsc)'

	# What vmtoll compare wrote has the host's view of each whole run as well, and the
	# findings.
	json=$2/experiment.json
	expect "$1-experiment-schema" "$json" '.schema == "vmtoll.compare/2" and all(.runs[]; .end == "good")'
	expect "$1-host-sees-all" "$json" 'all(.runs[]; .phases[0].name == "run" and
		.phases[0].exits >= ([.phases[1:][].exits] | add))'
	expect "$1-told-apart" "$json" '.comparison.phases[0].total.exits.ratio > 2 and
		(.comparison.story | contains("WRITE_CR3") or contains("CR_ACCESS"))'
}
