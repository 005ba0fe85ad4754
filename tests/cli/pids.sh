#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the option -p with several processes. The fixture contains VM 812 with two vCPUs and VM 901
# with one vCPU.
# Usage: pids.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# json KEY FILE: Print the values of a key.
json()
{
	grep -o "\"$1\": [^,]*" "$2" | cut -d ' ' -f 2- | tr -d '"' | tr '\n' ' '
}

# Check that all ways of selecting both VMs give the same result, which must be the sum of the
# two VMs.
sums()
{
	check 0 '' stat --json -p 812 --source "$fixture"
	one=$(json exits "$work/out" | cut -d ' ' -f 1)
	check 0 '' stat --json -p 901 --source "$fixture"
	other=$(json exits "$work/out" | cut -d ' ' -f 1)
	for pids in '-p 812 -p 901' '-p 812,901' '-p 901,812,812 -p 901' '--pid=901 --pid 812'; do
		# shellcheck disable=SC2086 # words
		check 0 'scope: VMs of processes 812 and 901, 3 vCPUs' stat $pids --source "$fixture"
		# shellcheck disable=SC2086
		check 0 '"vms": 2,' stat --json $pids --source "$fixture"
		same "exits$pids" $((one + other)) "$(json exits "$work/out" | cut -d ' ' -f 1)"
		same "pids$pids" '812 901 ' "$(json pid "$work/out" | tr -d '}')"
		# shellcheck disable=SC2086
		check 0 ',812+901,all,' stat --csv $pids --source "$fixture"
		# shellcheck disable=SC2086
		check 0 'audit: balanced' audit $pids --source "$fixture"
		same "audited$pids" '812 812 901' "$("$vmtoll" audit --csv -p 812,901 --source "$fixture" |
			awk -F, 'NR > 1 { print $3 }' | paste -s -d ' ')"
	done
	# If one process is selected, the scope in the output must still contain the key "pid".
	check 0 '' stat --json -p 812 --source "$fixture"
	same pid-of-the-scope '812 812 ' "$(json pid "$work/out" | tr -d '}')"
	"$make" unbalanced "$fixture_file"
	check 1 'does NOT balance' audit -p 901,812 --source "$fixture"
}

# Check that vmtoll reports each process without a VM on a separate line of standard error,
# measures nothing, and exits with status 2.
missing_vms()
{
	for verb in stat 'stat --json' audit; do
		# shellcheck disable=SC2086 # words
		check 2 'no VM of process 77 has run' $verb -p 812,78,77 --source "$fixture"
		silent out
		same "$checks-lines" 2 "$(grep -c "^vmtoll ${verb%% *}: no VM of process 7[78] has run" "$work/err")"
		same "$checks-all-lines" 2 "$(wc -l <"$work/err")"
	done
	check 2 'no VM of process 77' stat -p 812,77 --source "$fixture" -- touch "$work/ran"
	succeeds command-did-not-run not test -e "$work/ran"
	"$make" ended "$fixture_file"
	check 2 'the VM of process 812 has ended' stat -p 812,77,901 --source "$fixture" -- touch "$work/ran"
	succeeds missing-line grep -q 'no VM of process 77' "$work/err"
	same lines 2 "$(wc -l <"$work/err")"
	succeeds command-did-not-run-2 not test -e "$work/ran"
}

usage()
{
	for list in '812,' ',812' '812,,901' ''; do
		check 2 'not a number' stat -p "$list" --source "$fixture"
	done
	check 2 'not within' stat -p 812,0 --source "$fixture"
	check 2 'more than 128 processes' stat -p "$(seq -s , 1 129)" --source "$fixture"
	check 2 '2 VMs are selected' stat -p 812,901 --vcpu 0 --source "$fixture"
	check 2 '2 VMs are selected' audit --vcpu 0 -p 812 -p 901 --source "$fixture"
	check 0 'scope: VM of process 812, vCPU 0' stat -p 812,812 --vcpu 0 --source "$fixture"
	check 0 '' stat --json -o "$work/saved" --source "$fixture"
	check 2 'cannot select' stat -p 812,901 --source "file:$work/saved"
	mkdir -p "$work/sys/vmtoll/parameters"
	echo Y >"$work/sys/vmtoll/parameters/leaves"
	: >"$work/sys/vmtoll/parameters/leaves_off"
	check 0 'off for -pid:13' leaves --sys "$work/sys" -p 12,13 on
	check 2 'not a number' leaves --sys "$work/sys" -p 12,,13 on
}

# shown_again NAME: Print the recording $work/saved as JSON, and check that the output equals the
# recording, except for the name of the source.
shown_again()
{
	check 0 '' stat --json --source "file:$work/saved"
	grep -v '"source":' "$work/saved" >"$work/expected"
	grep -v '"source":' "$work/out" >"$work/again"
	succeeds "$1-again" diff "$work/expected" "$work/again"
}

# If one of the VMs ends during the measurement, the output must name this VM. A recording of the
# measurement must also name it.
one_ends()
{
	"$make" timed "$fixture_file"
	check 0 'the VM of process 812 ended after 3.00s' \
		stat -p 812,901 --source "$fixture" -- "$make" ended "$fixture_file"
	"$make" timed "$fixture_file"
	check 0 '' stat -p 812,901 --json -o "$work/saved" --source "$fixture" -- "$make" ended "$fixture_file"
	same pids '812 901 812 ' "$(json pid "$work/saved" | tr -d '}')"
	same ends '3000000000 3000000000 ' "$(json ended_after_ns "$work/saved")"
	shown_again interval
	check 0 'scope: VMs of processes 812 and 901, 3 vCPUs' stat --source "file:$work/saved"
	check 0 'the VM of process 812 ended after 3.00s' stat --source "file:$work/saved"
	check 0 ',812+901,all,' stat --csv --source "file:$work/saved"
	sed 's/^\( *\)"pid": 901/&,\n\1"name": "db"/' "$work/saved" >"$work/named"
	check 0 'scope: VMs of processes 812 and 901 (db), 3 vCPUs' stat --source "file:$work/named"
	mv "$work/named" "$work/saved"
	shown_again names
	check 0 'the VM of process 812 has ended, 1.00s ago' stat -p 812,901 --source "$fixture"
	check 0 'the VM of process 812 has ended, 1.00s ago' audit -p 812,901 --source "$fixture"
	check 0 '' stat -p 812,901 --json -o "$work/saved" --source "$fixture"
	shown_again since-start
	sed '/"ended_vms"/,$s/"ended_ago_tsc"/"x"/' "$work/saved" >"$work/damaged"
	check 2 '"ended_vms"' stat --source "file:$work/damaged"
	pids=$(seq -f '{ "pid": %g },' 129 | paste -s -d ' ')
	sed "s/\"processes\": *\[/&${pids%,}], \"x\": [/" "$work/saved" >"$work/damaged"
	check 2 '"processes"' stat --source "file:$work/damaged"
	"$make" timed "$fixture_file"
	check 0 '' stat -r 2 -p 812,901 --json -o "$work/saved" --source "$fixture" -- "$make" ended "$fixture_file"
	same end 'vm ended ' "$(json end "$work/saved")"
	shown_again runs
	check 0 'run 1: the VM of process 812 ended after 3.00s' stat --source "file:$work/saved"
	sed 's/"pid": 901/"pid": 811/' "$work/saved" >"$work/damaged"
	check 2 '"processes"' stat --source "file:$work/damaged"
}

run_groups sums missing_vms usage one_ends
