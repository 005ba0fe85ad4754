#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the command-line interface of vmtoll: exit statuses, messages, standard streams and
# signals. vmtoll reads fixtures, so the test needs neither root nor the module.
# Usage: cli.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

usage()
{
	check 2 'Usage: vmtoll VERB'
	check 2 "no such verb: 'frobnicate'" frobnicate
	check 0 'Usage: vmtoll VERB' --help
	check 0 "vmtoll $(cat "$(dirname "$0")/../../VERSION")" --version
	for verb in stat top list audit leaf leaves explain compare check; do
		check 0 "Usage: vmtoll $verb" "$verb" --help
		silent err
		check 0 "Usage: vmtoll $verb" "$verb" -h
		check 2 "Usage: vmtoll $verb" "$verb" --no-such-option
		silent out
	done
	check 2 'no running VM' stat -p x --source "$fixture"
	check 2 'not within' stat -p 0 --source "$fixture"
	check 2 'not a number' stat --vcpu -1 --source "$fixture"
	check 2 'exits, time, kvm' stat --sort size --source "$fixture"
	check 2 'mutually exclusive' stat -r 3 --latency --source "$fixture" -- true
	check 2 'no command to repeat' stat -r 3 --source "$fixture"
	check 2 'not within' stat -r 0 --source "$fixture" -- true
	check 2 'mutually exclusive' stat --json --csv --source "$fixture"
	check 2 'combined, split' leaf 0 --dialect klingon
	check 2 'no such source' stat --source moon
	check 2 'Usage: vmtoll audit' audit surplus
	check 2 'Usage: vmtoll list' list surplus
	check 2 'nothing to compare' compare
}

sources()
{
	for verb in stat audit list; do
		check 2 'does not exist: load the vmtoll module' $verb --source "kmod:$work/none"
		check 2 'vmtoll check prints what is missing' $verb --source "kmod:$work/none"
		lacks 'modprobe vmtoll'
	done
	check 2 'No such file' stat --source "file:$work/none"
	check 2 'needs a path' stat --source file
	echo nonsense >"$work/nonsense"
	check 2 'not a JSON file' stat --source "file:$work/nonsense"
	check 2 'cut off' stat --source "kmod:$work/nonsense"
	for fault in idle:KVM mismatch:rebuild newer:"tool of the module's" older:'load the new module'; do
		"$make" "${fault%%:*}" "$work/fixture"
		for verb in stat audit list; do
			check 2 "${fault#*:}" $verb --source "$fixture"
			silent out
			same "$checks-lines" 1 "$(wc -l <"$work/err")"
		done
	done
	"$make" detached "$work/fixture"
	check 0 'not attached' stat --source "$fixture"
	"$make" busy "$work/fixture"
	check 2 'stayed busy' stat --source "$fixture"
	lacks dmesg # the module has logged nothing
	"$make" none "$work/fixture"
	if [ "$(id -u)" -ne 0 ]; then
		chmod 0 "$work/fixture"
		check 2 'run as root' stat --source "$fixture"
		lacks "member of the file's group"
		chmod 040 "$work/fixture" # for its owner, this is unreadable
		check 2 "member of the file's group" stat --source "$fixture"
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
	# On a narrow terminal, columns must be omitted, so that the word "balanced" never moves
	# to a line below its row.
	for columns in 68 78 87; do
		COLUMNS=$columns check 0 'audit: balanced' audit --source "$fixture"
		same "verdicts-in-rows-$columns" 0 "$(grep -c '^ *balanced$' "$work/out")"
	done
	check 0 '"balanced": true' audit --json -p 901 --source "$fixture"
	check 2 'no VM of process 77' audit -p 77 --source "$fixture"
	check 0 '727,136' list --source "$fixture" --proc "$work"
	check 0 '812,2,727136,0,0,on,(gone)' list --csv --source "$fixture" --proc "$work"
	check 0 '901,1,6751,0,0,off,(gone)' list --csv --source "$fixture" --proc "$work"
	"$make" unreliable "$work/fixture"
	check 0 'note: the TSC of the host is unreliable' list --source "$fixture" --proc "$work"
	check 0 'note: the TSC of the host is unreliable' audit --source "$fixture"
	check 0 'note: the TSC of the host is unreliable' stat --source "$fixture"
	check 0 '"tsc_unreliable": true' stat --json --source "$fixture"
	check 0 '"tsc_unreliable": true' list --json --source "$fixture" --proc "$work"
	check 0 '"tsc_unreliable": true' audit --json --source "$fixture"
	check 0 ',(gone),1,,,1' list --csv --source "$fixture" --proc "$work"
	check 0 'balanced,0,0.0,0,0,1' audit --csv --source "$fixture"
	"$vmtoll" stat --json --source "$fixture" >"$work/unreliable.json"
	check 0 'note: the TSC of the host is unreliable' stat --source "file:$work/unreliable.json"
	check 0 'NPF,0,435434,1313302000,0,0,3016,3100,0,0,1,0,' stat --csv --source "$fixture"
	"$make" fleet "$work/fixture"
	"$make" unstable "$work/fixture"
	check 0 'note: the TSC of the host is unreliable' top -b -n 1 -I 20 --source "$fixture"
	check 0 '"tsc_unreliable": true' top --json -n 1 -I 20 --source "$fixture"
	check 0 ',0,0,0,,1' top --csv -n 1 -I 20 --source "$fixture"
	# shellcheck disable=SC2016  # expanded by the shell of the command
	"$vmtoll" record -o "$work/unreliable.vmtoll" -I 50 --source "$fixture" -- \
		sh -c 'sleep 0.1; "$0" tick "$1"; sleep 0.1' "$make" "$work/fixture" 2>/dev/null
	check 0 'note: the TSC of the host is unreliable' report "$work/unreliable.vmtoll"
	check 0 '"tsc_unreliable": true' report --json "$work/unreliable.vmtoll"
	"$vmtoll" report --csv "$work/unreliable.vmtoll" >"$work/unreliable.csv"
	checks=$((checks + 1))
	if [ "$(grep -c ',1$' "$work/unreliable.csv")" -ge 6 ]; then ok "$checks"; else not_ok "$checks" "$(cat "$work/unreliable.csv")"; fi
	"$make" own-leaves "$work/fixture"
	check 0 '812,2,727136,0,0,vmm,(gone)' list --csv --source "$fixture" --proc "$work"
	check 0 '901,1,6751,0,0,off,(gone)' list --csv --source "$fixture" --proc "$work"
	"$make" unbalanced "$work/fixture"
	check 1 'does NOT balance' audit --source "$fixture"
	check 1 '"balanced": false' audit --json --source "$fixture"
}

# Test `vmtoll leaves` on a fake /sys, in which the module's parameters are plain files.
leaves()
{
	parameters=$work/sys/vmtoll/parameters
	mkdir -p "$parameters"
	check 2 'load the vmtoll module' leaves --sys "$work/sys"
	check 2 'vmtoll check prints what is missing' leaves --sys "$work/sys"
	check 2 'vmtoll check prints what is missing' compare --sys "$work/sys" --paging -- true
	check 2 'vmtoll check prints what is missing' compare --sys "$work/sys" --source "$fixture" \
		--set kvm.a=1 --vs kvm.a=2 -- true
	lacks 'modprobe vmtoll'
	# If this test runs in a guest, vmtoll must advise the user to run `vmtoll leaves` on the
	# host.
	if grep -qw hypervisor /proc/cpuinfo; then
		check 2 'run vmtoll leaves on its host' leaves --sys "$work/sys"
	else
		lacks 'its host'
	fi
	echo Y >"$parameters/leaves"
	printf 'pid:7\ncgroup:/a b\n' >"$parameters/leaves_off"
	check 0 'leaves: on' leaves --sys "$work/sys"
	check 0 'off for pid:7' leaves --sys "$work/sys"
	check 0 'off for cgroup:/a b' leaves --sys "$work/sys"
	check 0 'leaves: off' leaves --sys "$work/sys" off
	check 0 'off for -pid:12' leaves --sys "$work/sys" --pid 12 on
	# If the module's list is full, a write to the real parameter fails. A write to a plain
	# file does not fail, so use /dev/full as the parameter.
	mv "$parameters/leaves_off" "$work/list"
	ln -s /dev/full "$parameters/leaves_off"
	check 2 ': pid:99999: the list is full' leaves --sys "$work/sys" -p 99999 on
	mv "$work/list" "$parameters/leaves_off"
	check 2 'state on or off' leaves --sys "$work/sys" --pid 12
	check 2 'neither on nor off' leaves --sys "$work/sys" of
	check 2 'too many arguments' leaves --sys "$work/sys" on off
	check 2 'no running VM' leaves --sys "$work/sys" --pid x off
	check 2 'is not a path' leaves --sys "$work/sys" --cgroup machine.slice off
}

# A large residual is only a warning, because the residual is a time and the audit compares
# numbers of exits.
residuals()
{
	"$make" residual "$work/fixture"
	check 0 'warning: the times of vCPU 0 of process 901 do not add up' audit --source "$fixture"
	check 0 'residual is 5.0%' audit --source "$fixture"
	same one-warning 1 "$(grep -c '^warning:' "$work/out")"
	check 0 '"large_residual": true' audit --json -p 901 --source "$fixture"
	check 0 '"large_residual": false' audit --json -p 812 --source "$fixture"
	check 0 'residual 5.0%' stat -p 901 --source "$fixture"
	same warning 'warning: the times do not add up to the wall-clock time: the residual is larger than 1%' \
		"$(COLUMNS=200 "$vmtoll" stat -p 901 --source "$fixture" | grep warning)"
	check 0 'residual 0.0%' stat -p 812 --source "$fixture"
	lacks warning
	"$make" none "$work/fixture"
}

# Check that the audit of a VM balances even if the audit of another VM does not.
other_vm()
{
	"$make" unbalanced "$work/fixture"
	check 0 'audit: balanced' audit -p 901 --source "$fixture"
	check 1 'count' audit -p 812 --source "$fixture"
	"$make" lost "$work/fixture"
	check 1 'got no ledger' audit --source "$fixture"
	paste -s -d ' ' "$work/out" | tr -s ' ' >"$work/joined"
	for cause in 'no free slot (max_vcpus, max_vcpus_per_vmm)' 'no memory' 'TDX guest'; do
		succeeds "cause-$cause" grep -qF -e "$cause" "$work/joined"
	done
	check 0 'lost: 7 exits were NOT counted' stat --source "$fixture"
	"$make" empty "$work/fixture"
	check 0 'no VM has run' audit --source "$fixture"
	check 0 '"balanced": true' audit --json --source "$fixture"
	check 0 'no VM is running' list --source "$fixture"
	"$make" none "$work/fixture"
}

# Check that vmtoll reports the figures of a VM even if the VM terminates before or during the
# command.
ended_vm()
{
	"$make" timed "$work/fixture"
	check 0 'the VM ended after 3.00s' stat -p 812 --source "$fixture" -- "$make" ended "$work/fixture"
	"$make" timed "$work/fixture"
	check 0 '"ended_after_ns": 3000000000' stat -p 812 --json --source "$fixture" -- "$make" ended "$work/fixture"
	"$make" timed "$work/fixture"
	check 0 'run 1: the VM ended after 3.00s' stat -r 2 -p 812 --source "$fixture" -- "$make" ended "$work/fixture"
	check 0 'the VM has ended, 1.00s ago' stat -p 812 --source "$fixture"
	check 0 '"ended_ago_ns": 1000000000' stat -p 812 --json --source "$fixture"
	check 0 'the VM has ended, 1.00s ago' audit -p 812 --source "$fixture"
	check 0 'balanced,1' audit --csv -p 812 --source "$fixture"
	check 2 'it has no more exits' stat -p 812 --source "$fixture" -- true
	check 2 'no VM of process 77' stat -p 77 --source "$fixture"
	check 0 '901' list --source "$fixture" --proc "$work"
	"$make" none "$work/fixture"
}

# Check that `vmtoll list` also lists VMs without a ledger. It finds them in /proc and prints no
# figures for them.
uncounted_vm()
{
	for pid in 901 950; do
		mkdir -p "$work/proc/$pid/fd"
		ln -s anon_inode:kvm-vm "$work/proc/$pid/fd/9"
		echo "vmm-$pid" >"$work/proc/$pid/comm"
	done
	check 0 'not counted: 1 VM' list --source "$fixture" --proc "$work/proc"
	# vmtoll must not refer to dmesg for a VM that has not run yet, because the log has no
	# line about it.
	check 0 'if dmesg says that no ledger is left, load' list --source "$fixture" --proc "$work/proc"
	lacks '(see dmesg)'
	check 0 ',,950,,,,,,vmm-950,0' list --csv --source "$fixture" --proc "$work/proc"
	check 0 '"counted": false' list --json --source "$fixture" --proc "$work/proc"
	check 0 '901,1,6751,0,0,off,vmm-901,1' list --csv --source "$fixture" --proc "$work/proc"
}

commands()
{
	check 0 "Toll of 'true': exit status 0" stat --source "$fixture" -- true
	silent out
	# The fixture has no times for open exits. The text output must state this.
	check 0 'an exit counts with its whole time when it ends' stat --source "$fixture" -- true
	check 7 'exit status 7' stat --source "$fixture" sh -c 'exit 7'
	check 127 'nonesuch' stat --source "$fixture" -- nonesuch
	check 126 "/etc/passwd" stat --source "$fixture" -- /etc/passwd
	check 137 'exit status 137' stat --source "$fixture" -- sh -c 'kill -9 $$'
	check 0 '3 runs' stat -r 3 --source "$fixture" -- true
	check 5 '2 runs' stat -r 2 --source "$fixture" -- sh -c 'exit 5'
	check 0 'to standard output' stat --source "$fixture" -- echo 'to standard output'
	check 0 '' stat --json -o "$work/saved" --source "$fixture" -- sh -c 'exit 0'
	check 0 "Toll of 'sh -c exit 0': exit status 0" stat --source "file:$work/saved"
	check 2 'does not change' stat --source "file:$work/saved" -- true
	check 2 'No such file or directory' stat -o "$work/none/x" --source "$fixture" -- touch "$work/ran"
	succeeds command-did-not-run not test -e "$work/ran"
}

# Check that vmtoll reports 0 exits if the counters did not change.
nothing_happened()
{
	check 0 '"exits": 0' stat --json --source "$fixture" -- true
	check 0 'total      0' stat --source "$fixture" -- true
}

outputs()
{
	for verb in stat audit explain 'leaf 0' 'list'; do
		case $verb in stat | audit | list) source="--source $fixture" ;; *) source='' ;; esac
		# shellcheck disable=SC2086 # words
		"$vmtoll" $verb $source >/dev/full 2>"$work/err"
		ended "$verb-to-a-full-disk" 2 $? 'No space left'
		# shellcheck disable=SC2086
		"$vmtoll" $verb $source >&- 2>"$work/err"
		ended "$verb-stdout-closed" 2 $? 'Bad file'
	done
	check 2 'No space left' stat -o /dev/full --source "$fixture"
	check 2 'No space left' stat -o /dev/full --source "$fixture" -- true
	check 9 'No space left' stat -o /dev/full --source "$fixture" -- sh -c 'exit 9'
	mkfifo "$work/pipe"
	(: <"$work/pipe") &
	("$vmtoll" stat --source "$fixture" 2>"$work/err"; echo $? >"$work/out") >"$work/pipe"
	wait $!
	# The reader may have closed the pipe before vmtoll writes to it. In that case, SIGPIPE
	# must terminate vmtoll.
	case $(cat "$work/out") in
	0 | 141) ok closed-pipe ;;
	*) not_ok closed-pipe "status $(cat "$work/out"), '$(cat "$work/err")'" ;;
	esac
}

# Check Ctrl-C, which signals the whole process group. The signal must terminate the command,
# and vmtoll must still report the exits.
signals()
{
	# timeout(1) sends the signal to the whole process group, as a terminal does.
	timeout --preserve-status -s INT 0.5 "$vmtoll" stat --source "$fixture" -- sleep 100 >"$work/out" 2>"$work/err"
	ended Ctrl-C 130 $? "exit status 130"
	# With --foreground, timeout(1) signals only vmtoll, which must forward the signal to the
	# command.
	timeout --foreground --preserve-status 0.5 "$vmtoll" stat -r 5 --source "$fixture" -- sleep 100 >"$work/out" 2>"$work/err"
	ended SIGTERM 143 $? "left out: run 1 (cut short, exit status 143)"
	# Signals that are ignored when vmtoll starts, for example under nohup, must also be
	# ignored by the command.
	(trap '' HUP TERM; "$vmtoll" stat --source "$fixture" -- sh -c 'kill -HUP $$; kill -TERM $$') >"$work/out" 2>"$work/err"
	ended nohup 0 $? "exit status 0"
	# Check that vmtoll returns the exit status of the command even if SIGCHLD is ignored.
	(trap '' CHLD; "$vmtoll" stat --source "$fixture" -- sh -c 'exit 7') >"$work/out" 2>"$work/err"
	ended ignored-SIGCHLD 7 $? "exit status 7"
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

# recording EXITS EXITS: Print a recording of two repetitions.
recording()
{
	printf '{"schema": "vmtoll.stat/1", "clock_ns": 1, "isa": "vmx", "tsc_khz": 1000, "runs": ['
	printf '{"exits": %d, "kvm_tsc": 5, "reasons": [{"code": 28, "exits": %d}]},' "$1" "$1"
	printf '{"exits": %d, "kvm_tsc": 5, "reasons": [{"code": 28, "exits": %d}]}]}' "$2" "$2"
}

# Test `vmtoll compare` with recorded results: pairs of files written by `stat`, and files
# written by `compare`.
compares()
{
	check 0 'exits with host-amd.json, and' compare "$golden/guest-amd-forks.json" "$golden/host-amd.json"
	check 0 '"vmtoll.compare/2"' compare --json "$golden/guest-amd-forks.json" "$golden/host-amd.json"
	check 0 'took 17,022 exits with shadow paging' compare "$golden/compare.json"
	check 0 ',run,reason,EXCP_PF,78,memory,' compare --csv "$golden/compare.json"
	# A ratio and its interval must be printed with the same number of digits.
	check 0 ' 1.00x   1.00-1.00' compare "$golden/compare.json"
	lacks 0.999-0.999
	check 0 '' compare --json -o "$work/again.json" "$golden/compare.json"
	succeeds json-round-trip cmp -s "$work/again.json" "$golden/compare.json"
	# Save a comparison and read it again. Check that the percentiles and the longest exits
	# are the same.
	"$vmtoll" compare --json -o "$work/pair.json" "$golden/host-amd.json" "$golden/guest-amd-forks.json"
	"$vmtoll" compare --csv "$golden/host-amd.json" "$golden/guest-amd-forks.json" >"$work/pair.csv"
	check 0 "$(grep '^[^,]*,all,total' "$work/pair.csv")" compare --csv "$work/pair.json"
	succeeds longest-round-trip cmp -s "$work/pair.csv" "$work/out"
	check 0 'A          23.3us <28.5us <28.5us  <114us <1.82ms  8.38ms' compare "$work/pair.json"
	check 2 'No space left' compare -o /dev/full "$golden/compare.json"
	# Check that a machine name that contains `</script>` does not end the page's data
	# element.
	sed 's,"machine": "amd","machine": "</script><b>",' "$golden/compare.json" >"$work/mark.json"
	if "$vmtoll" compare --html "$work/page.html" "$work/mark.json" >"$work/out" 2>"$work/err"; then
		same page-script-end-tags 2 "$(grep -o '</script' "$work/page.html" | wc -l)"
		succeeds page-loads-nothing not grep -qE 'https?://[^w"]*\.(js|css)' "$work/page.html"
		check 2 'No space left' compare --html /dev/full "$golden/compare.json"
	else
		check 2 'built without its page' compare --html "$work/page.html" "$golden/compare.json"
	fi
	# Check that compare accepts files from `stat --json` regardless of their names.
	check 0 '' stat --json -o "$work/before.vmtoll" --source "$fixture"
	check 0 '' stat --json -o "$work/after.vmtoll" --source "$fixture" -- true
	check 0 'took 0 exits with after.vmtoll, and 734,890 with' compare "$work/before.vmtoll" "$work/after.vmtoll"
	sed 's/"lost": 0/"lost": 7/' "$work/before.vmtoll" >"$work/lost.vmtoll"
	check 0 'a recording; 7 exits were NOT counted (lost)' compare "$work/lost.vmtoll" "$work/after.vmtoll"
	check 2 'not a JSON file' compare "$work/before.vmtoll" "$work/nonsense"
	check 2 'No such file' compare "$work/before.vmtoll" "$work/none.vmtoll"
	check 2 'at most two files' compare "$work/before.vmtoll" "$work/after.vmtoll" "$work/saved"
	check 0 'time,phase,kind' compare "$work/before.vmtoll" "$work/after.vmtoll" --csv
	# The table must fit into 80 columns even if its figures differ by a large factor.
	recording 10 11 >"$work/few"
	recording 111000 112000 >"$work/many"
	check 0 '10.1k-11.2k' compare "$work/few" "$work/many"
	same lines-above-80-columns 0 "$(grep -c '.\{81\}' "$work/out")"
	check 2 'No such file' compare "$work/none.json"
	check 2 'a single recording; name a second one' compare "$golden/host-amd.json"
	check 2 'cannot be compared again; name only this file' compare "$golden/compare.json" "$golden/host-amd.json"
	check 2 'expected vmtoll.compare/2' compare "$golden/list.out.json"
	check 2 'expected vmtoll.stat/1' compare "$golden/host-amd.json" "$golden/list.out.json"
	check 2 'must follow all options' compare ./boot.sh --paging
	# vmtoll must reject a file if the value that was read back contradicts the paging mode, or
	# if an audit does not balance.
	sed 's/"readback": "N"/"readback": "Y"/' "$golden/compare.json" >"$work/lie.json"
	check 1 'not proven' compare "$work/lie.json"
	silent out
	sed 's/"balanced": true/"balanced": false/' "$golden/compare.json" >"$work/lie.json"
	check 1 'does not balance' compare "$work/lie.json"
}

run_groups usage sources figures residuals other_vm ended_vm uncounted_vm commands nothing_happened outputs signals explanations leaves compares
