# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# Functions shared by the stress tests. Each test runs as `sh NAME.sh [full]`. With `full`, its
# loops run the full number of iterations. If the environment variable `counter` is `bpf`, the BPF
# programs count instead of the module.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

full=${1-}

# amount FULL SHORT: Print FULL if the test runs with `full`, and SHORT otherwise.
amount()
{
	if [ "$full" = full ]; then echo "$1"; else echo "$2"; fi
}

# snooze MS: Sleep for a random time of at most MS milliseconds.
snooze()
{
	snooze_random=$(od -An -N 2 -t u2 /dev/urandom)
	usleep $((snooze_random * $1 * 1000 / 65536))
}

cpus()
{
	grep -c ^processor /proc/cpuinfo
}

# The pids of the VMs that busy_start() has started. Each VM has two vCPUs that cause exits
# continuously.
busy=''

# busy_start COUNT: Start that many VMs.
busy_start()
{
	busy_count=$1
	while [ "$busy_count" -gt 0 ]; do
		/truth/truth busy >"/tmp/busy.$busy_count" 2>&1 &
		busy="$busy $!"
		busy_count=$((busy_count - 1))
	done
}

# busy_end NAME: Stop the VMs in $busy. Each VM compares its ledgers with KVM's count before it
# exits.
busy_end()
{
	busy_wrong=0
	# shellcheck disable=SC2086  # pids
	kill -TERM $busy
	for busy_pid in $busy; do
		wait "$busy_pid" || busy_wrong=$((busy_wrong + 1))
	done
	busy=''
	if [ $busy_wrong -eq 0 ]; then ok "$1-books"; else not_ok "$1-books" "$(cat /tmp/busy.*)"; fi
	rm -f /tmp/busy.*
}

# Return true if vmtoll has counted exits of every VM in $busy.
all_seen()
{
	for seen_pid in $busy; do
		[ "$(vmtoll stat -p "$seen_pid" --json 2>/dev/null | json_number exits)" -gt 0 ] ||
			return 1
	done
}

# Start a process that maps and reads all ledgers until reader_end() stops it.
reader_start()
{
	/truth/truth read >/tmp/reader 2>&1 &
	reader=$!
}

# reader_end NAME: Stop the reader, and check that all data that it has read was consistent.
reader_end()
{
	kill -TERM "$reader"
	if wait "$reader"; then
		echo "# $1: $(cat /tmp/reader)"
		ok "$1-reader"
	else
		not_ok "$1-reader" "$(tail -n 5 /tmp/reader)"
	fi
}

# settled NAME: Check that no VM is left, that the audit balances and that no exit was lost.
settled()
{
	if wait_for 10 no_live_vm; then ok "$1-no-vm-left"; else not_ok "$1-no-vm-left" "$(vmtoll list)"; fi
	succeeds "$1-audit" vmtoll audit
	same "$1-lost" 0 "$(vmtoll stat --json | json_number lost)"
}

# memory_left NAME KIB BEFORE: Check that free memory has decreased from BEFORE by at most KIB +
# 1024 KiB. The additional 1024 KiB are for the ledgers of 64 departed vCPUs, which the module
# may keep.
memory_left()
{
	memory_gone=$(($3 - $(free_kb)))
	if grep -q ' kasan_quarantine_put$' /proc/kallsyms; then
		skip "$1" "KASAN keeps freed memory, so the loss of $memory_gone KiB proves nothing"
	else
		at_least "$1" 0 $(($2 + 1024 - memory_gone))
	fi
}
