#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test the output to pipes, files and terminals, and how text from other programs is printed.
# Usage: output.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# into_closed_pipe ARGUMENT...: Run vmtoll with its standard output connected to a pipe whose
# reader has exited. Set $pipe_status to the exit status of vmtoll. Its standard error is kept
# in $work/err.
into_closed_pipe()
{
	rm -f "$work/pipe" "$work/closed"
	mkfifo "$work/pipe"
	{
		until [ -e "$work/closed" ]; do sleep 0.01; done
		"$vmtoll" "$@" 2>"$work/err"
		echo $? >"$work/status"
	} >"$work/pipe" &
	: <"$work/pipe"
	: >"$work/closed"
	wait $!
	pipe_status=$(cat "$work/status")
}

# A reader such as head may close the pipe early. Like other programs, vmtoll must then be
# killed by SIGPIPE and print no message.
pipes()
{
	for verb in explain 'explain --help' 'leaf 0' --help; do
		# shellcheck disable=SC2086 # words
		into_closed_pipe $verb
		same "$verb-status" 141 "$pipe_status"
		same "$verb-message" '' "$(cat "$work/err")"
	done
	for verb in stat audit list; do
		into_closed_pipe $verb --source "$fixture"
		same "$verb-status" 141 "$pipe_status"
		same "$verb-message" '' "$(cat "$work/err")"
	done
	# If SIGPIPE is ignored, vmtoll must report the closed pipe as an error.
	trap '' PIPE
	into_closed_pipe explain
	trap - PIPE
	ended ignored-SIGPIPE 2 "$pipe_status" 'Broken pipe'
}

# In JSON, "vcpu" must be a number, as the manual states. Sums over several vCPUs must not have
# this key.
audit_in_json()
{
	check 0 '"vm": 1,' audit --json --source "$fixture"
	succeeds vcpu-is-a-number grep -q '"vcpu": 1,' "$work/out"
	succeeds departed-have-no-number grep -q '"vcpus": 2,' "$work/out"
	lacks '"gone"'
	lacks '"all 2"'
}

# Check that an old file is not replaced until the new result is complete.
files()
{
	echo old >"$work/file"
	chmod 640 "$work/file"
	ln -s file "$work/link"
	check 2 'no VM of process 77' stat -p 77 -o "$work/file" --source "$fixture"
	same old-file-after-an-error old "$(cat "$work/file")"
	check 2 'does not exist' stat -o "$work/file" --source "kmod:$work/none" -- true
	same old-file-without-a-source old "$(cat "$work/file")"
	(ulimit -f 1; exec "$vmtoll" stat --json -o "$work/file" --source "$fixture") >"$work/out" 2>"$work/err"
	ended size-limit 2 $? 'File too large'
	same old-file-after-a-size-limit old "$(cat "$work/file")"
	if unshare -rm true 2>"$work/err"; then
		mkdir "$work/disk"
		# shellcheck disable=SC2016 # expanded by the inner shell
		unshare -rm sh -c 'mount -t tmpfs -o size=8k none "$1/disk" && echo old >"$1/disk/file" &&
			! "$2" stat --json -o "$1/disk/file" --source "$3" 2>"$1/err" &&
			cat "$1/disk/file" && ls -A "$1/disk"' - "$work" "$vmtoll" "$fixture" >"$work/out"
		succeeds full-disk grep -q 'No space left' "$work/err"
		same old-file-on-a-full-disk 'old file' "$(paste -s -d ' ' "$work/out")"
	fi
	same no-temporary-file '' "$(find "$work" -name '*vmtoll-*')"
	# The command must be able to read the old file while it runs.
	check 0 '' stat --json -o "$work/link" --source "$fixture" -- grep -q old "$work/file"
	succeeds replaced grep -q vmtoll.stat/1 "$work/file"
	succeeds link-is-kept test -L "$work/link"
	same mode-is-kept 640 "$(stat -c %a "$work/file")"
	(umask 027; "$vmtoll" list -o "$work/new" --source "$fixture")
	same mode-of-a-new-file 640 "$(stat -c %a "$work/new")"
	# Overwrite a file that has two hard links. Both links must show the new contents. The
	# old contents are longer than the new contents, and no part of the old contents may
	# remain.
	ln "$work/file" "$work/second"
	check 0 '' stat --csv -o "$work/file" --source "$fixture"
	succeeds second-name cmp -s "$work/file" "$work/second"
	same old-contents 0 "$(grep -c vmtoll.stat/1 "$work/file")"
	ln -s "$work/not-there" "$work/dangling"
	check 0 '' list -o "$work/dangling" --source "$fixture"
	succeeds dangling-link test -s "$work/not-there"
	check 2 'Is a directory' list -o "$work" --source "$fixture"
}

# Check that a result can be written to a pipe and to standard output, even if vmtoll runs a
# command.
streams()
{
	for name in - /dev/stdout /dev/fd/1 /proc/self/fd/1; do
		check 0 "Toll of 'echo first'" stat -o "$name" --source "$fixture" -- echo first
		silent err
		same "$name-after-the-command" first "$(head -n 1 "$work/out")"
	done
	check 0 'vmtoll.list/1' list --json -o - --source "$fixture"
	check 0 "Toll of 'true'" stat -o /dev/stderr --source "$fixture" -- true
	silent out
	check 0 '' list -o /dev/null --source "$fixture"
	mkfifo "$work/fifo"
	cat "$work/fifo" >"$work/read" &
	check 0 '' stat --json -o "$work/fifo" --source "$fixture"
	wait $!
	succeeds fifo grep -q vmtoll.stat/1 "$work/read"
	# Before compare starts its work, it checks that it can write to its destination. If the
	# destination is a pipe, this check must not make the reader see an end of file.
	cat "$work/fifo" >"$work/read" &
	check 0 '' compare -o "$work/fifo" "$golden/compare.json"
	wait $!
	succeeds compare-fifo grep -q 'Valid runs' "$work/read"
}

# is_utf8 FILE: Return true if the file is valid UTF-8.
is_utf8()
{
	iconv -f UTF-8 -t UTF-8 "$1" >/dev/null 2>&1
}

# Other users can choose the names of VMs and commands. Check that such a name cannot break JSON
# or CSV, and that no control character in it reaches the terminal.
names()
{
	proc=$work/proc
	mkdir -p "$proc/812" "$proc/901"
	# Each of these characters has two bytes. The first name below begins with an additional
	# byte, so cutting both names at the same number of bytes would split a character of one
	# of them.
	umlauts=$(printf '\303\244%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 \
		21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40)
	printf 'qemu\0-name\0a%s\0' "$umlauts" >"$proc/812/cmdline"
	printf 'qemu\0-name\0%s\0' "$umlauts" >"$proc/901/cmdline"
	for format in --json --csv; do
		check 0 '' list $format --source "$fixture" --proc "$proc"
		succeeds "cut$format-is-UTF-8" is_utf8 "$work/out"
	done
	printf 'qemu\0-name\0a,,b\033[2J\377\0' >"$proc/901/cmdline"
	for format in --json --csv ''; do
		# shellcheck disable=SC2086 # no argument if it is empty
		check 0 '' list $format --source "$fixture" --proc "$proc"
		succeeds "list$format-is-UTF-8" is_utf8 "$work/out"
		cp "$work/out" "$work/list$format"
	done
	succeeds doubled-comma grep -qF 'a,b\x1b[2J' "$work/list"
	succeeds json-escapes grep -qF 'a,b\u001b[2J' "$work/list--json"
	succeeds no-control-character not grep -q '[[:cntrl:]]' "$work/list"
	succeeds csv-without-control-character not grep -q '[[:cntrl:]]' "$work/list--csv"
	# U+009B starts a control sequence, as ESC [ does. U+202E reverses the text that follows
	# it.
	printf 'qemu\0-name\0a\302\233b\177c\342\200\256d\0' >"$proc/901/cmdline"
	check 0 '"a\u009bb\u007fc\u202ed"' list --json --source "$fixture" --proc "$proc"
	check 0 '\x1b[2J' stat --source "$fixture" -- sh -c : "$(printf '\033[2J\377')"
	succeeds command-in-text not grep -q "$(printf '\033')" "$work/err"
	check 0 '' stat --json -o "$work/saved" --source "$fixture" -- sh -c : "$(printf '\377')"
	succeeds command-in-json is_utf8 "$work/saved"
	sed 's/"name": "nested"/"name": "a\\u001b[2J"/' "$golden/compare.json" >"$work/sides"
	check 0 'a\x1b[2J' compare "$work/sides"
	succeeds sides-in-text not grep -q "$(printf '\033')" "$work/out"
	printf '{"schema": "x\033y"}' >"$work/bad"
	check 2 'x\x1by' stat --source "file:$work/bad"
}

# narrow NAME FILE: Check that no line has more than 80 characters.
narrow()
{
	same "$1-lines-above-80-columns" '' "$(LC_ALL=C.UTF-8 grep -n '.\{81\}' "$2")"
}

# Check that lines fit into 80 columns, and that vmtoll uses longer lines on a wider terminal.
widths()
{
	check 0 '' explain
	narrow explain "$work/out"
	check 0 '' --help
	narrow help "$work/out"
	for verb in stat audit list; do
		check 0 '' $verb --source "$fixture"
		narrow "$verb" "$work/out"
	done
	check 0 '' stat --source "$fixture" -- "$make" run "$fixture_file"
	narrow interval "$work/err"
	for verb in stat list audit leaf leaves explain compare; do
		check 0 '' "$verb" --help
		narrow "$verb-help" "$work/out"
	done
	COLUMNS=50 "$vmtoll" explain >"$work/out"
	same narrower-terminal '' "$(grep -v '^ ' "$work/out" | grep '.\{51\}')"
	COLUMNS=200 "$vmtoll" explain >"$work/out"
	succeeds wider-terminal grep -q '.\{100\}' "$work/out"
	# Check that vmtoll uses the width of its terminal. vmtoll runs under script(1), which
	# gives it a terminal even if the test has none.
	script -qec "stty cols 200; $vmtoll explain" /dev/null </dev/null >"$work/out"
	succeeds size-of-the-terminal grep -q '.\{100\}' "$work/out"
}

# The following three functions print the rows of a table as lines of this form:
#	NAME EXITS PERCENT_OF_EXITS PERCENT_OF_TIME EXITS_PER_SECOND TIME_IN_KVM
# Missing figures are printed as "-", and blanks in names as "_". The row (observer) is omitted if
# it has no exits, because text output also omits it.

# text_rows FILE: Print the rows of a text table that has all columns.
text_rows()
{
	awk '
	function figure(title) { return title in column ? $(column[title] + NF - columns) : "-" }
	/^reason / { inside = 1; columns = NF; for (i = 1; i <= NF; i++) column[$i] = i; next }
	/^---/ || !NF { inside = 0 }
	inside || /^\(observer\)/ {
		gsub(/[%,]/, "")
		name = $1
		for (i = 2; i <= NF - columns + 1; i++)
			name = name "_" $i
		if (name == "(other_last_code)")
			name = "(other)"
		print name, figure("exits"), figure("share"), figure("time"), figure("exits/s"),
			figure("KVM"), figure("VMM"), figure("halted"), figure("mean"), figure("p50"),
			figure("p90"), figure("p99"), figure("p99.9"), figure("longest")
	}' "$1"
}

# These awk functions format times as text, and print the figures of a row.
format_time='
function format_time(ns,   unit, size, i) {
	split("s ms us", unit, " ")
	size = 1e9
	for (i = 1; i <= 3; i++) {
		if (ns >= size - size / 2000)
			return sprintf(ns / size < 9.995 ? "%.2f%s" : ns / size < 99.95 ? "%.1f%s" : "%.0f%s", ns / size, unit[i])
		size /= 1000
	}
	return ns ? ns "ns" : "0"
}
function time(name) { return figure(name) == "-" ? "-" : format_time(figure(name)) }
function bound(name) { return figure(name) == "-" ? "-" : "<" format_time(figure(name)) }
function put_figures(name, longest_is_bound) {
	print name, figure("exits"), figure("exits_percent"), figure("time_percent"), figure("exits_per_second"),
		time("kvm_ns"), time("vmm_ns"), time("halt_ns"), time("mean_ns"), bound("p50_ns"), bound("p90_ns"),
		bound("p99_ns"), bound("p999_ns"), longest_is_bound ? bound("longest_ns") : time("longest_ns")
}'

csv_rows()
{
	awk -F, "$format_time"'
	function figure(name) { return $column[name] == "" ? "-" : $column[name] }
	NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
	figure("name") == "(lost)" || (figure("name") == "(observer)" && !figure("exits")) { next }
	{
		name = (figure("nested") == 1 ? "L2_" : "") figure("name")
		put_figures(name, figure("longest_at_most") == 1)
	}' "$1"
}

json_rows()
{
	tr -d '",' <"$1" | awk "$format_time"'
	function figure(name) { return name in value ? value[name] : "-" }
	/^ *reasons: / { split("", value) }
	/^ *[a-z_0-9]+: / { key = $1; sub(/:$/, "", key); value[key] = $2 }
	/^ *[{]$/ || /^ *observer: [{]$/ { split("", value) }
	/^ *[}]$/ && ("name" in value) && (value["name"] != "(observer)" || value["exits"]) {
		name = (value["nested"] == "true" ? "L2_" : "") value["name"]
		put_figures(name, figure("longest_at_most") == "true")
		split("", value)
	}'
}

# Check that text, JSON and CSV of the same snapshot contain the same figures.
figures_agree()
{
	check 0 '' stat --json -o "$work/saved" --source "$fixture" -- "$make" run "$fixture_file"
	for recording in "$work/saved" "$golden"/command.out.json "$golden"/guest-amd-forks.json "$golden"/host-amd.json \
		"$golden"/fixture.out.json; do
		for format in json csv; do
			check 0 '' stat --$format --source "file:$recording"
			"${format}_rows" "$work/out" | sort >"$work/$format"
		done
		COLUMNS=200 "$vmtoll" stat --source "file:$recording" >"$work/out"
		text_rows "$work/out" | sort >"$work/text"
		at_least rows 1 "$(grep -cE '^[^ ]+ [0-9]+ [0-9]+\.[0-9] ' "$work/text")"
		at_least times 1 "$(grep -cE '^([^ ]+ ){5}[0-9.]+[mun]?s ' "$work/text")"
		succeeds csv-agrees-with-text diff "$work/text" "$work/csv"
		succeeds json-agrees-with-text diff "$work/text" "$work/json"
		# The rates of the total must agree as well.
		"$vmtoll" stat --json --source "file:$recording" >"$work/out"
		same total-of-json "$(COLUMNS=200 "$vmtoll" stat --source "file:$recording" | awk '
			/^reason / { columns = NF; for (i = 1; i <= NF; i++) column[$i] = i }
			$1 == "total" { gsub(",", ""); print $2, "exits/s" in column ? $(column["exits/s"] + NF - columns) : "" }')" \
			"$(json_number exits <"$work/out") $(json_number exits_per_second <"$work/out")"
		cat "$work/text" >>"$work/all"
	done
	at_least rates 1 "$(grep -cE '^([^ ]+ ){4}[0-9]+ ' "$work/all")"
	at_least percentiles 1 "$(grep -cE '^([^ ]+ ){9}(<[0-9.]+[mun]?s ){4}' "$work/all")"
	at_least bounds-of-the-longest 1 "$(grep -cE ' <[0-9.]+[mun]?s$' "$work/all")"
}

# Check that the table of stat shows each row's share of the time. For an interval, the table
# must also show the exits per second.
shares()
{
	check 0 '' stat --source "$fixture"
	succeeds shares-of-time grep -qE '^HLT +27,232 +3\.7% +88\.3% ' "$work/out"
	lacks exits/s
	COLUMNS=100 "$vmtoll" stat --source "$fixture" >"$work/out"
	succeeds code-in-a-wide-line grep -qE '^HLT +0x78 +27,232 ' "$work/out"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	check 0 '' stat --csv -o "$work/saved" --source "$fixture" -- sh -c 'sleep 0.1; "$0" run "$1"' "$make" "$fixture_file"
	rate=$(csv_rows "$work/saved" | awk '$1 == "CPUID" { print $5 }')
	[ "$rate" -gt 10 ] && [ "$rate" -le 1000 ]
	succeeds exits-per-second [ $? -eq 0 ]
	check 0 exits/s stat --source "$fixture" -- "$make" run "$fixture_file"
}

# same_in_formats NAME ARGUMENT...: Run `vmtoll stat` with these arguments in each format. Check
# that text, JSON and CSV contain the same reasons with the same numbers of exits.
same_in_formats()
{
	case_name=$1
	shift
	COLUMNS=120 "$vmtoll" stat -o "$work/text" "$@"
	"$vmtoll" stat --json -o "$work/json" "$@"
	"$vmtoll" stat --csv -o "$work/csv" "$@"
	# In text, a row of a nested guest is called "L2 NAME". The row for all exits whose code
	# has no row of its own is called "(other, last code)".
	sed -n 's/^L2 //; s/^(other, last code)/(other)/; s/ 0x[0-9a-f]* / /p' "$work/text" |
		awk '{ gsub(",", "", $2); print $1, $2 }' >"$work/expected"
	succeeds "$case_name-has-rows" test -s "$work/expected"
	awk -F , 'NR > 1 && $4 != "" { print $5, $7 }' "$work/csv" >"$work/rows"
	succeeds "$case_name-csv" diff "$work/expected" "$work/rows"
	sed -n '/"reasons"/,$p' "$work/json" | awk -F '[":, ]+' '
		$2 == "name" { name = $3 }
		$2 == "exits" { print name, $3 }' >"$work/rows"
	succeeds "$case_name-json" diff "$work/expected" "$work/rows"
}

# Check that the formats agree for totals, for a command, and for a recording of this command.
formats_agree()
{
	same_in_formats totals --source "$fixture"
	same_in_formats one-vcpu -p 812 --vcpu 1 --source "$fixture"
	same_in_formats sorted --sort time --source "$fixture"
	same_in_formats command --source "$fixture" -- "$make" run "$fixture_file"
	cp "$work/json" "$work/saved"
	same_in_formats recording --source "file:$work/saved"
}

# Print four shares of the wall-clock time in percent: the time in the guest, the time polling, the
# time waiting for a CPU, and the residual.
json_shares()
{
	sed -n '/"observer"/q; s/^  "\([a-z]*\)_tsc": \(-*[0-9]*\),*$/\1 \2/p' "$work/out" | awk '
	{ value[$1] = $2 }
	END { printf "%.1f %.1f %.1f %.1f\n", 100 * value["guest"] / value["vcpu"], 100 * value["polled"] / value["vcpu"],
		100 * value["ready"] / value["vcpu"], 100 * value["residual"] / value["vcpu"] }'
}

csv_shares()
{
	awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
	NR == 2 { whole = $column["vcpu_time_ns"]
		printf "%.1f %.1f %.1f %.1f\n", 100 * $column["guest_ns"] / whole, 100 * $column["polled_ns"] / whole,
			100 * $column["ready_ns"] / whole, 100 * $column["residual_ns"] / whole }' "$work/out"
}

# Check that all formats agree on where the time went, and that the times in JSON add up.
places_agree()
{
	for fault in none residual; do
		"$make" $fault "$fixture_file"
		COLUMNS=400 "$vmtoll" stat -p 901,812 --source "$fixture" | sed -n 's/^vCPU time: .* in the guest \([0-9.]*\)%.*(polled \([0-9.]*\)%.*), ready \([0-9.]*\)%, residual \([-0-9.]*\)%$/\1 \2 \3 \4/p' >"$work/text"
		same has-shares 1 "$(grep -c '^[1-9][0-9.]* [1-9][0-9.]* [1-9]' "$work/text")"
		check 0 '' stat --csv -p 901,812 --source "$fixture"
		same csv "$(cat "$work/text")" "$(csv_shares)"
		check 0 '' stat --json -p 901,812 --source "$fixture"
		same json "$(cat "$work/text")" "$(json_shares)"
		same sum-of-times 0 "$(sed -n '/"reasons"/q; s/^ *"\([a-z]*\)_tsc": \(-*[0-9]*\),*$/\1 \2/p' "$work/out" | awk '
			$1 == "vcpu" { sum += $2; next }
			$1 ~ /^(guest|kvm|vmm|halt|ready|residual)$/ { sum -= $2 }
			END { print sum }')"
		cp "$work/out" "$work/saved"
		check 0 '' stat --json --source "file:$work/saved"
		same read-back "$(grep -E '"(vcpu|guest|ready|polled|residual)_' "$work/saved")" \
			"$(grep -E '"(vcpu|guest|ready|polled|residual)_' "$work/out")"
	done
	"$make" none "$fixture_file"
}

# Check that `vmtoll explain` accepts the name of each row of stat, and that the shell completion
# suggests only names of exit reasons.
explanations()
{
	check 0 'SVM exit 0x400' explain 'L2 NPF'
	check 0 'nested guest' explain 'l2 npf'
	check 0 'all exits with a code for which' explain '(other)'
	check 0 'all exits with a code for which' explain '(other, last code)'
	check 0 'no other row' explain '(observer)'
	check 0 'could not be recorded' explain '(lost)'
	for name in observer other 'other, last code' lost Lost; do
		"$vmtoll" explain "($name)" >"$work/with"
		check 0 '' explain "$name"
		succeeds "$name-without-parentheses" cmp "$work/with" "$work/out"
	done
	check 2 'no exit reason' explain '(other'
	check 2 'no exit reason' explain 'L2 nothing'
	"$vmtoll" explain --isa svm | awk 'index($0, $1) <= 10 && NF > 1 { print $2 }' >"$work/names"
	succeeds names-of-the-completion not grep -qv '^[A-Z][A-Z0-9_]*$' "$work/names"
	succeeds completion-has-names [ "$(grep -c '' "$work/names")" -gt 100 ]
}

completion=$(cd "$(dirname "$0")/../../completion" && pwd)/vmtoll

# words FUNCTION [ARGUMENT]...: Print the words that a function of the shell completion suggests on
# a terminal with 40 columns.
words()
{
	# shellcheck disable=SC2016 # expanded by bash
	COLUMNS=40 bash -c 'vmtoll() { "$program" "$@"; }; program=$1; . "$2"; shift 2; "$@"' - \
		"$vmtoll" "$completion" "$@"
}

# Check that the shell completion completes each process id in a list. Even on a narrow terminal,
# it must suggest all valid words and no others.
completion()
{
	words _vmtoll_reasons >"$work/words"
	same reasons '' "$(grep -v '^[A-Z][A-Z0-9_]*$' "$work/words")"
	at_least number-of-reasons 200 "$(grep -c '' "$work/words")"
	words _vmtoll_verbs >"$work/words"
	succeeds verbs grep -qx explain "$work/words"
	same options '--sort' "$(words _vmtoll_options stat | grep -x -e --sort)"
	# shellcheck disable=SC2016 # expanded by bash
	same pids 'p,812,901 p,812,950' "$(bash -c 'vmtoll() { printf "time,id,pid\n1,1,812\n1,2,901\n1,3,950\n"; }
		. "$1"; _vmtoll_values -p p,812,9; echo "${COMPREPLY[*]}"' - "$completion")"
	# Users can choose the names of cgroups. The shell must not expand them.
	# shellcheck disable=SC2016 # expanded by bash
	same cgroups '/a\$\(touch\ x\) /m\\x2d1.scope' "$(cd "$work" && bash -c '
		find() { printf "%s\n" "/a\$(touch x)" "/m\x2d1.scope" /other; }
		. "$1"; _vmtoll_values --cgroup /a; _vmtoll_values --cgroup /m; echo "${COMPREPLY[*]}"' - "$completion")"
	succeeds no-command not test -e "$work/x"
}

run_groups completion pipes audit_in_json files streams names widths shares formats_agree places_agree figures_agree explanations
