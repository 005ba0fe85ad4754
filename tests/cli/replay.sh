#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Test `vmtoll top` with a recording: its figures must be those of `vmtoll report` and `vmtoll
# stat`, and the keys must move the cursor along the timeline. tmux runs the program on terminals
# of three sizes; see top.sh.
# Usage: replay.sh VMTOLL FIXTURE_MAKE

set -u

# shellcheck source=lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"
# shellcheck source=screen.sh disable=SC1091
. "$(dirname "$0")/screen.sh"

recording=$work/recording
source=record:$recording

# The number of intervals in the recording. Each interval lasts ten seconds, so interval N ends
# at START + 10 N.
intervals=400
start=1700000000

# Record three intervals with exits, and build the recording from copies of them. Interval N is a
# copy of the recorded interval 1 + N % 3, but VM 1 + N % 6 is removed from it. VM 2 starts in
# interval 100 and ends in interval 200.
make_recording()
{
	"$make" fleet "$fixture_file"
	# shellcheck disable=SC2016 # expanded by the command's own shell
	run='for _ in 1 2 3; do "$0" tick "$1"; sleep 0.25; done'
	"$vmtoll" record -o "$recording" -I 50 --vcpus --source "$fixture" -- sh -c "$run" "$make" "$fixture_file" 2>"$work/err"
	sqlite3 "$recording" "
		CREATE TEMP TABLE kept AS SELECT interval AS id, row_number() OVER (ORDER BY interval) AS n
			FROM books GROUP BY interval HAVING sum(exits);
		CREATE TEMP TABLE copy AS WITH RECURSIVE seq(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM seq WHERE n < $intervals)
			SELECT 100000 + n AS new, (SELECT id FROM kept WHERE kept.n = 1 + seq.n % 3) AS old, n FROM seq;
		INSERT INTO intervals SELECT new, host, ($start + 10 * n - 10) * 1000000000, ($start + 10 * n) * 1000000000,
			length_tsc, lost FROM copy JOIN intervals ON id = old;
		INSERT INTO books SELECT new, vm, vcpu, vcpus, wall_tsc, exits, kvm_tsc, vmm_tsc, halt_tsc, lost, ledger_exits,
			kvm_exits, emulated, recovered, unseen, guest_tsc, ready_tsc, polled_tsc FROM copy JOIN books ON interval = old WHERE vm <> 1 + n % 6;
		INSERT INTO ledger_rows SELECT new, vm, vcpu, reason, exits, kvm_tsc, vmm_tsc, halt_tsc, longest_tsc, at_most,
			histogram FROM copy JOIN ledger_rows ON interval = old WHERE vm <> 1 + n % 6;
		DELETE FROM intervals WHERE id < 100000;
		DELETE FROM books WHERE interval < 100000;
		DELETE FROM ledger_rows WHERE interval < 100000;
		UPDATE vms SET name = CASE pid WHEN 2000 THEN 'web' WHEN 2001 THEN 'database' WHEN 2005 THEN 'büro' ELSE '' END,
			started_ns = CASE pid WHEN 2001 THEN ($start + 1000) * 1000000000 - 5 END,
			ended_ns = CASE pid WHEN 2001 THEN ($start + 2000) * 1000000000 - 5 END"
}

options()
{
	check 2 'requires a live source or a recording' top -b --source "file:$golden/host-amd.json"
	check 2 'use -b' top --source "$source"
	check 2 'contains no interval in this range' top -b --source "$source" --from 2020-01-01 --to 2020-01-02
	check 2 'no VM in the recording has the name' top -b --vm none --source "$source"
	check 2 'require a recording' top -b --from -2h --source "$fixture"
	check 0 '' top -b --source "$source"
	same every-interval $intervals "$(grep -c '^at ' "$work/out")"
	same first 'at 2023-11-14 22:13:30 (1.000 s), in 1.00s: 5 VMs, 7 vCPUs' "$(grep -m 1 '^at ' "$work/out")"
	same one-header 1 "$(grep -c '^source:' "$work/out")"
	COLUMNS=200 check 0 'mean     p50     p90     p99   p99.9 longest' top -b -n 2 --source "$source"
	same one-note 1 "$(grep -c '^note: percentiles are upper bounds, at most twice the true value below 2.15s' "$work/out")"
	check 0 '' top -b -n 2 --source "$source"
	same no-note 0 "$(grep -c '^note: percentiles' "$work/out")"
	same count 2 "$(grep -c '^at ' "$work/out")"
	check 0 '' top --json --source "$source@@1700000100..@1700000130"
	same range 3 "$(grep -c '"schema": "vmtoll.top/1"' "$work/out")"
	check 0 '' top -b --source "$source" --from '2023-11-14 22:30' --to '2023-11-14 22:31'
	same range-of-options 6 "$(grep -c '^at ' "$work/out")"
	check 0 '' top --csv -p büro,2001 --source "$source" --to @1700000060
	same vms '2001 2005' "$(awk -F, 'NR > 1 { print $5 }' "$work/out" | sort -u | paste -s -d ' ' -)"
	sqlite3 "$recording" ".backup $work/sums" && sqlite3 "$work/sums" 'UPDATE books SET vcpu = -1, vcpus = 2 WHERE vcpu = 0;
		DELETE FROM books WHERE vcpu > 0; UPDATE ledger_rows SET vcpu = -1 WHERE vcpu = 0; DELETE FROM ledger_rows WHERE vcpu > 0'
	check 2 'vCPUs are not recorded separately' top -b --vcpus --source "record:$work/sums"
}

# columns NAME...: Print these columns of the CSV file on standard input.
columns()
{
	awk -F, -v names="$*" '
	NR == 1 { count = split(names, name, " "); for (i = 1; i <= NF; i++) column[$i] = i; next }
	{ for (i = 1; i <= count; i++) printf "%s%s", $column[name[i]], i < count ? " " : "\n" }'
}

# The figures of an interval must be the same in top, report and stat.
figures()
{
	for n in 1 2 3 57 400; do
		range="$source@@$((start + 10 * n - 10))..@$((start + 10 * n))"
		"$vmtoll" top --csv --source "$range" >"$work/top"
		"$vmtoll" report --csv --bins 1 "${range#record:}" >"$work/report"
		columns id pid exits toll_percent kvm_ns vmm_ns halt_ns wall_ns longest_ns lost guest_ns ready_ns polled_ns \
			residual_ns <"$work/top" | sort >"$work/top.figures"
		columns id pid exits toll_percent kvm_ns vmm_ns halt_ns vcpu_ns longest_ns lost guest_ns ready_ns polled_ns \
			residual_ns <"$work/report" | sort >"$work/report.figures"
		same "vms-of-$n" 5 "$(grep -c '' "$work/top.figures")"
		succeeds "report-of-$n" diff "$work/report.figures" "$work/top.figures"
		for pid in 2002 2005; do
			grep -q "^[^,]*,[^,]*,[^,]*,[^,]*,$pid," "$work/top" || continue
			"$vmtoll" stat --csv -p $pid --source "$range" | columns code exits kvm_ns vmm_ns halt_ns mean_ns p50_ns p90_ns p99_ns \
				p999_ns longest_ns longest_at_most | awk '$1 && $2' | sort >"$work/stat.figures"
			"$vmtoll" top --json -p $pid --source "$range" | sed 's/{ "code"/\n&/g' | tr -d '{}",' | awk '
			$1 == "code:" {
				for (i = 1; i < NF; i++) if ($i ~ /:$/) value[substr($i, 1, length($i) - 1)] = $(i + 1)
				print value["code"], value["exits"], value["kvm_ns"], value["vmm_ns"], value["halt_ns"], value["mean_ns"],
					value["p50_ns"], value["p90_ns"], value["p99_ns"], value["p999_ns"], value["longest_ns"],
					value["longest_at_most"] == "true"
			}' | sort >"$work/json.figures"
			same "reasons-of-$n-$pid" 4 "$(grep -c '^[0-9]* [1-9][0-9]* [1-9]' "$work/json.figures")"
			succeeds "stat-of-$n-$pid" diff "$work/stat.figures" "$work/json.figures"
		done
	done
	# Each of the two vCPUs of VM 6 has 8700 exits.
	same exits-of-vm-6 '6 17400' "$(columns id exits <"$work/top" | grep '^6')"
	"$vmtoll" top --csv --vcpus -n 1 --source "$source" | columns vcpu exits pid | grep '^[01] .* 2005$' >"$work/vcpus"
	same vcpus '0 8700 2005,1 8700 2005' "$(sort "$work/vcpus" | paste -s -d , -)"
	"$vmtoll" top --csv -p 2001 --source "$source" | columns time started ended >"$work/life"
	same started '1700001000.000 1' "$(awk '$2 { print $1, $2 }' "$work/life")"
	same ended '1700002000.000 1' "$(awk '$3 { print $1, $3 }' "$work/life")"
	"$vmtoll" top -b -n 57 --source "$source" | sed -n '/^at 2023-11-14 22:22:50/,$p' >"$work/text"
	"$vmtoll" top --csv -n 57 --source "$source" | grep '^1700000570' >"$work/csv"
	same toll-in-text "$(awk -F, '{ print $5, $11 }' "$work/csv" | sort)" \
		"$(awk '{ if (match($0, / 200[0-9] /)) { $0 = substr($0, RSTART); gsub(/[%,]/, ""); print $1, $2 } }' "$work/text" | sort)"
}

# open_replay COLUMNS LINES [ARGUMENT...]: Replay the recording in a terminal of this size.
open_replay()
{
	columns=$1 lines=$2
	shift 2
	new_session -x "$columns" -y "$lines" "\"$vmtoll\" top --source \"$source\" $*; echo status \$?; exec sleep 60"
	wait_for 'q quit'
}

sizes()
{
	open_replay 80 24
	wait_for '22:13:30 1/400'
	pane replay-80x24
	keys ' 2/400' .
	keys ' 3/400' .
	pane replay-step-80x24
	keys ' 400/400' '}'
	mux resize-window -x 132 -y 43
	wait_for longest
	pane replay-132x43
	mux resize-window -x 60 -y 20
	wait_for '? help'
	sleep 0.1
	pane replay-60x20
	keys 'press any key' '?'
	pane replay-help-60x20
	same help-fits '' "$(mux capture-pane -p | grep -E '^.{60}')"
	keys '400/400' x
	keys 'status 0' q
	mux kill-server
}

handle_keys()
{
	open_replay 80 24 -I 100
	keys '22:13:40 2/400' .
	keys '22:13:30 1/400' ,
	keys '22:14:30 7/400' '>'
	keys '22:13:30 1/400' '<'
	keys '23:13:30 361/400' ']'
	keys '23:20:00 400/400' ']'
	keys '22:20:00 40/400' '['
	keys '23:20:00 400/400' '}'
	keys '22:13:30 1/400' '{'
	keys 'go to: 22:30_' t 2 2 : 3 0
	keys '22:30:00 100/400' Enter
	matches started '^.[+]database ' "$(mux capture-pane -p | grep database)"
	keys '23:18:20 390/400' t - 1 0 0 s Enter
	keys "'25:61' is not a time" t 2 5 : 6 1 Enter
	keys '390/400' x
	keys 'since the first interval' c
	same exits-since-the-first-interval "$("$vmtoll" stat --json --source "$source" --to @1700003900 | sed -n 's/^  "exits": \([0-9]*\),$/\1/p')" \
		"$(mux capture-pane -p | sed -n '1s/.*vCPUs, \(.*\) exits since.*/\1/p' | tr -d ,)"
	keys '389/400' ,
	same exits-one-step-back "$("$vmtoll" stat --json --source "$source" --to @1700003890 | sed -n 's/^  "exits": \([0-9]*\),$/\1/p')" \
		"$(mux capture-pane -p | sed -n '1s/.*vCPUs, \(.*\) exits since.*/\1/p' | tr -d ,)"
	keys '390/400' c .
	keys 'filter: DATA' / D A T A Enter
	keys 'sorted by toll' Escape
	keys 'filter: vm 4' / v m Space 4 Enter
	matches filtered-by-number '^.[+]VM 4 +2003' "$(mux capture-pane -p | grep '^.[+]')"
	same one-vm 1 "$(mux capture-pane -p | grep -c '^.[+]')"
	keys 'sorted by toll' Escape
	keys PLAYING p
	wait_for '400/400 PAUSED'
	keys '394/400 PAUSED' '<'
	keys PLAYING Space
	wait_for '400/400 PAUSED'
	keys 'status 0' C-c
	mux kill-server
}

# A replay must not prevent SQLite from copying the log of the recording into the database file.
# Otherwise, the log would have to keep everything that was written since the replay began.
log_is_free()
{
	open_replay 80 24
	sqlite3 "$recording" 'PRAGMA journal_mode = WAL; UPDATE vms SET name = name' >"$work/out"
	sqlite3 "$recording" 'UPDATE vms SET name = name; PRAGMA wal_checkpoint(TRUNCATE)' >"$work/out"
	same checkpoint '0|0|0' "$(cat "$work/out")"
	keys ' 2/400' .
	keys 'status 0' q
	mux kill-server
}

# A click on the timeline of the whole recording must move the cursor to the time at that
# position.
mouse()
{
	open_replay 80 24
	column=$(line 4 | sed 's/\[.*//' | tr -d '\n' | wc -m)
	click 78 3
	wait_for '400/400'
	column=$(line 4 | sed 's/\[.*//' | tr -d '\n' | wc -m)
	click $((column + 1)) 3
	wait_for ' 1/400'
	column=$(line 4 | sed 's/\[.*//' | tr -d '\n' | wc -m)
	click $(((column + 80) / 2)) 3
	wait_for '22:4'
	matches middle '^2023-11-14 22:4[0-9]:[0-9]0 (19|20)[0-9]/400' "$(line 4)"
	click 0 5
	wait_for '>-'
	keys 'status 0' q
	mux kill-server
}

command -v sqlite3 >/dev/null || {
	echo "skip replay: sqlite3 is not installed"
	exit 77
}
"$vmtoll" record --help >"$work/help" 2>&1 || {
	echo "skip replay: vmtoll was built without SQLite"
	exit 77
}
export LC_ALL=C.UTF-8 TZ=UTC
make_recording
run_groups options figures
command -v tmux >/dev/null || {
	skip screen 'tmux is not installed'
	[ "$failures" -eq 0 ]
	exit
}
trap 'mux kill-server 2>/dev/null; rm -rf "$work"' EXIT
run_groups sizes handle_keys log_is_free mouse
