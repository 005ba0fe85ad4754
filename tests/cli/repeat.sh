#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll stat -r`: failed runs, runs that Ctrl-C interrupts, and recordings that are
# printed again.
# Usage: repeat.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# Create the command $work/guest. It causes 100 VM exits per run. Argument N is the exit status
# of run N, or "int" if Ctrl-C interrupts this run.
make_guest()
{
	cat >"$work/guest" <<-SH
	#!/bin/sh
	"$make" run "$fixture_file"
	echo >>"$work/ran"
	shift \$((\$(grep -c '' "$work/ran") - 1))
	[ "\$1" = int ] && kill -INT \$\$
	exit "\$1"
	SH
	chmod +x "$work/guest"
	rm -f "$work/ran"
}

# json KEY: Print the values of a key in $work/saved.
json()
{
	grep -o "\"$1\": [^,]*" "$work/saved" | cut -d ' ' -f 2- | tr -d '"' | tr '\n' ' '
}

# Check that failed runs are reported, and that they are not included in sums and means.
failed_runs()
{
	check 1 '0 of 3 runs, 0 in all' stat -r 3 --source "$fixture" -- false
	check 1 'left out: run 1 (exit status 1), run 2 (exit status 1), run 3 (exit status 1)' \
		stat -r 3 --source "$fixture" -- false
	check 1 'no run is valid' stat -r 3 --source "$fixture" -- false
	check 1 'and 1 more' stat -r 4 --source "$fixture" -- false
	make_guest
	check 5 'left out: run 2 (exit status 5)' stat -r 3 --source "$fixture" "$work/guest" 0 5 0
	succeeds mean-of-two grep -qE '^CPUID +0x72 +100\.0 +\+-0\.0%' "$work/err"
	make_guest
	check 5 '' stat -r 3 --json -o "$work/saved" --source "$fixture" "$work/guest" 0 5 0
	same ends 'valid failed valid ' "$(json end)"
	same valid-runs '2 ' "$(json valid_runs)"
	same sum 200 "$(json exits | cut -d ' ' -f 1)"
	make_guest
	check 5 '' stat -r 3 --csv -o "$work/saved" --source "$fixture" "$work/guest" 0 5 0
	succeeds csv-counts-runs grep -qE ',CPUID,0,200,.*guest 0 5 0,5,[0-9]+,3,2,100\.000,0\.000,' "$work/saved"
}

# If a run is interrupted, vmtoll must not start another run, and the results must not include
# the incomplete run. If only one run is valid, vmtoll must not print a deviation.
cut_short()
{
	make_guest
	check 130 'left out: run 2 (cut short, exit status 130)' stat -r 5 --source "$fixture" "$work/guest" 0 int 0
	succeeds mean-of-one grep -qE '^CPUID +0x72 +100\.0 +- ' "$work/err"
	lacks '+-0.0%'
	succeeds no-deviation-of-wall-clock grep -q 'a single run has no deviation' "$work/err"
	make_guest
	check 130 '' stat -r 5 --json -o "$work/saved" --source "$fixture" "$work/guest" 0 int 0
	same end 'valid cut short ' "$(json end)"
	same no-deviation '' "$(json exits_deviation)"
}

# shown_again FORMAT: Print the recording $work/saved in this format. Check that the output
# equals $work/first.FORMAT.
shown_again()
{
	check 0 '' stat "--$1" --source "file:$work/saved"
	grep -v -e '"source":' -e '"longest_' "$work/first.$1" >"$work/expected"
	grep -v -e '"source":' -e '"longest_' "$work/out" >"$work/again"
	succeeds "$2-$1-again" diff "$work/expected" "$work/again"
}

# Check that the exits per second of each run are computed from the duration of this run.
rates_of_runs()
{
	check 0 '' stat -r 3 --json -o "$work/saved" --source "$fixture" -- "$make" run "$fixture_file"
	same rates 'right right right ' "$(awk '
		/^  "runs":/ { inside = 1 }
		inside && /^      "[a-z_]*": / { key = $1; gsub(/[":]/, "", key); value[key] = $2 + 0 }
		/^    }/ && inside {
			wanted = value["exits"] * 1e9 / value["wall_ns"]
			off = value["exits_per_second"] - wanted
			printf("%s ", (value["exits"] > 0 && off * off <= 0.25 ? "right" : "wrong: " off))
		}' "$work/saved")"
}

# Check that vmtoll prints a recording with its command, process, runs, means and deviations.
recordings()
{
	for case in '-r 3' '-p 812' '-p 812 --vcpu 1' '--vcpu 0 -r 2'; do
		# shellcheck disable=SC2086 # words
		check 0 '' stat $case --json -o "$work/saved" --source "$fixture" -- "$make" run "$fixture_file"
		cp "$work/saved" "$work/first.json"
		shown_again json "$case"
		check 0 "Toll of '$make run" stat --source "file:$work/saved"
		"$vmtoll" stat --csv --source "file:$work/saved" >"$work/first.csv"
		"$vmtoll" stat --json --source "file:$work/saved" >"$work/twice"
		mv "$work/twice" "$work/saved"
		shown_again csv "$case"
	done
	check 0 '' stat -p 812 --json -o "$work/saved" --source "$fixture"
	check 0 'scope: VM of process 812, 2 vCPUs' stat --source "file:$work/saved"
	check 0 ',812,all,' stat --csv --source "file:$work/saved"
	make_guest
	check 5 '' stat -r 3 --json -o "$work/saved" --source "$fixture" "$work/guest" 0 5 0
	check 0 '2 of 3 runs' stat --source "file:$work/saved"
	check 0 'left out: run 2 (exit status 5)' stat --source "file:$work/saved"
	check 0 'exits with' compare "$work/saved" "$work/saved"
	check 0 'Valid runs: 2 and 2' compare "$work/saved" "$work/saved"
}

# Create the command $work/guest. In its second run, this command terminates VM 812. Reset the
# fixture.
make_ending_guest()
{
	cat >"$work/guest" <<-SH
	#!/bin/sh
	echo >>"$work/ran"
	[ \$(grep -c '' "$work/ran") -lt 2 ] || "$make" ended "$fixture_file"
	SH
	chmod +x "$work/guest"
	rm -f "$work/ran"
	"$make" timed "$fixture_file"
}

# If the VM ends during a run, vmtoll must mark this run and exclude it from sums and means, even
# if the command succeeded. The same applies when vmtoll prints a recording of the runs.
ended_run()
{
	make_ending_guest
	check 0 'left out: run 2 (VM ended, exit status 0)' stat -r 3 -p 812 --source "$fixture" "$work/guest"
	succeeds one-valid-run grep -q '1 of 2 runs' "$work/err"
	succeeds time-of-the-end grep -q 'run 2: the VM ended after 3.00s' "$work/err"
	make_ending_guest
	check 0 '' stat -r 3 -p 812 --csv -o "$work/first.csv" --source "$fixture" "$work/guest"
	succeeds csv-marks-the-end grep -q ',1,[^,]*guest,0,[0-9]*,2,1,' "$work/first.csv"
	make_ending_guest
	check 0 '' stat -r 3 -p 812 --json -o "$work/saved" --source "$fixture" "$work/guest"
	same ends 'valid vm ended ' "$(json end)"
	same valid-runs '1 ' "$(json valid_runs)"
	cp "$work/saved" "$work/first.json"
	shown_again json ended-run
	check 0 'left out: run 2 (VM ended, exit status 0)' stat --source "file:$work/saved"
	check 0 'run 2: the VM ended after 3.00s' stat --source "file:$work/saved"
	"$vmtoll" stat --csv --source "file:$work/saved" >"$work/out"
	succeeds csv-again-marks-the-end grep -q ',1,[^,]*guest,0,[0-9]*,2,1,' "$work/out"
}

# A recording must state when the VM ended, whether or not vmtoll ran a command.
recorded_end()
{
	"$make" timed "$fixture_file"
	check 0 '' stat -p 812 --json -o "$work/saved" --source "$fixture" -- "$make" ended "$fixture_file"
	cp "$work/saved" "$work/first.json"
	shown_again json after
	check 0 'the VM ended after 3.00s' stat --source "file:$work/saved"
	check 0 '' stat -p 812 --json -o "$work/saved" --source "$fixture"
	cp "$work/saved" "$work/first.json"
	shown_again json ago
	check 0 'the VM has ended, 1.00s ago' stat --source "file:$work/saved"
}

# A recording must contain the number of exits whose duration is unknown.
recorded_untimed()
{
	check 0 'the time of 1 exit is not known, because its vCPU ended' stat --source "$fixture"
	check 0 '' stat --json -o "$work/saved" --source "$fixture"
	same untimed-exits 1 "$(json untimed_exits | tr -d ' ')"
	cp "$work/saved" "$work/first.json"
	shown_again json untimed
	check 0 'the time of 1 exit is not known, because its vCPU ended' stat --source "file:$work/saved"
	check 0 '' stat --json --source "$fixture" -- true
	lacks untimed
}

run_groups recorded_untimed rates_of_runs failed_runs cut_short recordings ended_run recorded_end
