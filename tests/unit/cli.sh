#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The program as its users meet it: exit statuses, messages, standard streams, signals. It reads
# fixtures, so no root and no module is needed.
# usage: cli.sh VMTOLL FIXTURE_MAKE

set -u

vmtoll=$1
make=$2
failed=0
passed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fixture=kmod:$work/fixture

ok()
{
	passed=$((passed + 1))
}

not_ok()
{
	failed=$((failed + 1))
	echo "not ok: $1"
	sed 's/^/    /' "$work/out" "$work/err"
}

# check STATUS TEXT ARGUMENT...: runs vmtoll, and wants this status and text on either stream.
check()
{
	check_status=$1 check_text=$2
	shift 2
	"$vmtoll" "$@" >"$work/out" 2>"$work/err"
	check_got=$?
	if [ "$check_got" -ne "$check_status" ]; then
		not_ok "vmtoll $*: status $check_got, wanted $check_status"
	elif [ -n "$check_text" ] && ! cat "$work/out" "$work/err" | grep -qF -e "$check_text"; then
		not_ok "vmtoll $*: no '$check_text'"
	else
		ok
	fi
}

# The last check wrote nothing to this stream (out or err).
silent()
{
	if [ -s "$work/$1" ]; then not_ok "standard $1 is not empty"; else ok; fi
}

usage()
{
	check 2 'Usage: vmtoll VERB'
	check 2 "no verb 'frobnicate'" frobnicate
	check 0 'Usage: vmtoll VERB' --help
	check 0 'vmtoll 0.' --version
	for verb in stat list audit leaf explain compare; do
		check 0 "Usage: vmtoll $verb" "$verb" --help
		silent err
		check 2 "Usage: vmtoll $verb" "$verb" --no-such-option
		silent out
	done
	check 2 'not a number' stat -p x --source "$fixture"
	check 2 'not within' stat -p 0 --source "$fixture"
	check 2 'not a number' stat --vcpu -1 --source "$fixture"
	check 2 'exits, time, kvm' stat --sort size --source "$fixture"
	check 2 'no command to repeat' stat -r 3 --source "$fixture"
	check 2 'not within' stat -r 0 --source "$fixture" -- true
	check 2 'exclude each other' stat --json --csv --source "$fixture"
	check 2 'combined, split' leaf 0 --dialect klingon
	check 2 'no such source' stat --source moon
	check 2 'Usage: vmtoll audit' audit surplus
	check 2 'Usage: vmtoll list' list surplus
	check 2 '--machine' compare
}

sources()
{
	check 2 'is not there: load the module' stat --source "kmod:$work/none"
	check 2 'No such file' stat --source "file:$work/none"
	check 2 'needs a path' stat --source file
	echo nonsense >"$work/nonsense"
	check 2 'not JSON' stat --source "file:$work/nonsense"
	check 2 'cut off' stat --source "kmod:$work/nonsense"
	for fault in idle:KVM mismatch:rebuild version:'version 99'; do
		"$make" "${fault%%:*}" "$work/fixture"
		for verb in stat audit list; do
			check 2 "${fault#*:}" "$verb" --source "$fixture"
			silent out
		done
	done
	"$make" detached "$work/fixture"
	check 0 'not attached now' stat --source "$fixture"
	"$make" busy "$work/fixture"
	check 2 'did not come to rest' stat --source "$fixture"
	"$make" none "$work/fixture"
	if [ "$(id -u)" -ne 0 ]; then
		chmod 0 "$work/fixture"
		check 2 'run as root' stat --source "$fixture"
		chmod 600 "$work/fixture"
	fi
}

figures()
{
	check 0 '435,434' stat --source "$fixture"
	silent err
	check 0 'NPF,0,435434,' stat --csv --source "$fixture"
	check 0 '"exits": 734890' stat --json --source "$fixture"
	check 0 'NPF    0x400 70,000' stat -p 812 --vcpu 1 --source "$fixture"
	check 2 'no VM of process 77' stat -p 77 --source "$fixture"
	check 2 'vCPU 9' stat --vcpu 9 --source "$fixture"
	check 0 'audit: balanced' audit --source "$fixture"
	check 0 '"balanced": true' audit --json -p 901 --source "$fixture"
	check 2 'nothing to audit' audit -p 77 --source "$fixture"
	check 0 '727,136' list --source "$fixture" --proc "$work"
	check 0 '812,2,727136,0,0,(gone)' list --csv --source "$fixture" --proc "$work"
	"$make" unbalanced "$work/fixture"
	check 1 'does NOT balance' audit --source "$fixture"
	check 1 '"balanced": false' audit --json --source "$fixture"
}

# After a fault in one VM, another one's audit still balances.
other_vm()
{
	"$make" unbalanced "$work/fixture"
	check 0 'audit: balanced' audit -p 901 --source "$fixture"
	check 1 'count' audit -p 812 --source "$fixture"
	"$make" lost "$work/fixture"
	check 1 'got no ledger' audit --source "$fixture"
	check 0 'lost: 7 exits were NOT counted' stat --source "$fixture"
	"$make" empty "$work/fixture"
	check 2 'nothing to audit' audit --source "$fixture"
	check 0 'no VM is there now' list --source "$fixture"
	"$make" none "$work/fixture"
}

commands()
{
	check 0 "Toll of 'true': exit status 0" stat --source "$fixture" -- true
	silent out
	check 7 'exit status 7' stat --source "$fixture" sh -c 'exit 7'
	check 127 'nonesuch' stat --source "$fixture" -- nonesuch
	check 126 "/etc/passwd" stat --source "$fixture" -- /etc/passwd
	check 137 'exit status 137' stat --source "$fixture" -- sh -c 'kill -9 $$'
	check 0 '3 runs' stat -r 3 --source "$fixture" -- true
	check 5 '2 runs' stat -r 2 --source "$fixture" -- sh -c 'exit 5'
	check 0 'to standard output' stat --source "$fixture" -- echo 'to standard output'
	check 0 '' stat --json -o "$work/saved" --source "$fixture" -- sh -c 'exit 0'
	check 0 "this is the toll of 'sh -c exit 0'" stat --source "file:$work/saved"
	check 2 'stands still' stat --source "file:$work/saved" -- true
	check 2 'No such file or directory' stat -o "$work/none/x" --source "$fixture" -- touch "$work/ran"
	if [ -e "$work/ran" ]; then not_ok "the command ran though -o was impossible"; else ok; fi
}

# What the command did not do to the counters, vmtoll must not make up.
nothing_happened()
{
	check 0 '"exits": 0' stat --json --source "$fixture" -- true
	check 0 'total           0' stat --source "$fixture" -- true
}

outputs()
{
	for verb in stat audit explain 'leaf 0' 'list'; do
		case $verb in stat | audit | list) source="--source $fixture" ;; *) source='' ;; esac
		# shellcheck disable=SC2086 # words
		"$vmtoll" $verb $source >/dev/full 2>"$work/err"
		if [ $? -eq 2 ] && grep -q 'No space left' "$work/err"; then ok; else not_ok "$verb to a full disk"; fi
		# shellcheck disable=SC2086
		"$vmtoll" $verb $source >&- 2>"$work/err"
		if [ $? -eq 2 ] && grep -q 'Bad file' "$work/err"; then ok; else not_ok "$verb, stdout closed"; fi
	done
	check 2 'No space left' stat -o /dev/full --source "$fixture"
	check 2 'No space left' stat -o /dev/full --source "$fixture" -- true
	check 9 'No space left' stat -o /dev/full --source "$fixture" -- sh -c 'exit 9'
	mkfifo "$work/pipe"
	(: <"$work/pipe") &
	("$vmtoll" stat --source "$fixture" 2>"$work/err"; echo $? >"$work/out") >"$work/pipe"
	wait $!
	# Whether the reader was gone already is a matter of luck; if it was, it is said.
	if [ "$(cat "$work/out")" -eq 0 ] || grep -q 'Broken pipe' "$work/err"; then ok; else not_ok "closed pipe"; fi
}

# Ctrl-C goes to the whole group: the command dies of it, vmtoll tells what it cost.
signals()
{
	# timeout tells the whole group, as a terminal does
	timeout --preserve-status -s INT 0.5 "$vmtoll" stat --source "$fixture" -- sleep 100 >"$work/out" 2>"$work/err"
	if [ $? -eq 130 ] && grep -q "exit status 130" "$work/err"; then ok; else not_ok "Ctrl-C"; fi
	# and so vmtoll alone, which passes it on
	timeout --foreground --preserve-status 0.5 "$vmtoll" stat -r 5 --source "$fixture" -- sleep 100 >"$work/out" 2>"$work/err"
	if [ $? -eq 143 ] && grep -q "1 run," "$work/err"; then ok; else not_ok "SIGTERM"; fi
	check 141 '' stat --source "$fixture" -o "$work/saved" -- sh -c 'kill -PIPE $$'
}

explanations()
{
	check 0 'EPT_VIOLATION' explain
	check 0 'WRITE_CR3' explain --isa svm
	check 0 'VMX exit 48' explain EPT_VIOLATION
	check 0 'VMX exit 48' explain ept_violation
	check 0 'SVM exit 0x400' explain 0x400
	check 0 'VMX exit 0' explain 0 --isa vmx
	check 0 'SVM exit 0x0' explain 0
	check 2 'no exit reason' explain EPT_VIOLATION --isa svm
	check 2 'no exit reason' explain no_such_thing
	check 2 'no exit reason' explain 0xfffe
	check 2 'neither vmx nor svm' explain 0 --isa arm
	check 0 'leaf 0x00000000' leaf 0
	check 0 'subleaf 0x00000001' leaf 0xd 1
	check 2 'not a number' leaf 0x
	check 2 'not within' leaf 0x100000000
	check 2 'too many' leaf 1 2 3
}

compares()
{
	golden=$(dirname "$0")/../golden/compare
	nested=nested:kvm_amd.npt=Y:$golden/nested
	shadow=shadow:kvm_amd.npt=0:$golden/shadow
	set -- compare --machine amd --kernel 6.1
	check 0 'Over all phases' "$@" --run "$shadow" --run "$nested" -o "$work/compare.json"
	if grep -q '"vmtoll.compare/1"' "$work/compare.json"; then ok; else not_ok compare.json; fi
	rm "$work/compare.json"
	check 1 'not proven' "$@" --run "$nested" --run "shadow:kvm_amd.npt=1:$golden/shadow" -o "$work/compare.json"
	silent out
	check 1 'NPF exits, which shadow paging cannot have' "$@" --run "$nested" --run "shadow:kvm_amd.npt=0:$golden/nested" -o "$work/compare.json"
	if [ -e "$work/compare.json" ]; then not_ok "an unproven run was written"; else ok; fi
	check 2 'both runs are' "$@" --run "$nested" --run "$nested"
	check 2 'two times' "$@" --run "$nested"
	check 2 'two modes' "$@" --run "$nested" --run "$shadow" --run "$shadow"
	cp -r "$golden/shadow" "$work/shadow"
	sed -i 's/"balanced": true/"balanced": false/' "$work/shadow/audit.json"
	check 1 'does not balance' "$@" --run "$nested" --run "shadow:kvm_amd.npt=0:$work/shadow"
	rm "$work/shadow/audit.json"
	check 2 'audit.json' "$@" --run "$nested" --run "shadow:kvm_amd.npt=0:$work/shadow"
}

"$make" none "$work/fixture" || exit 1
for group in usage sources figures other_vm commands nothing_happened outputs signals explanations compares; do
	"$group"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
