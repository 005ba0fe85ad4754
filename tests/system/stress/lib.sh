# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# What the stress tests share. Each is run as `sh NAME.sh [full]`: with `full` its loops have the full numbers.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

full=${1-}

# amount FULL SHORT: how often
amount()
{
	if [ "$full" = full ]; then echo "$1"; else echo "$2"; fi
}

# snooze MS: up to so many milliseconds, at random
snooze()
{
	snooze_random=$(od -An -N 2 -t u2 /dev/urandom)
	usleep $((snooze_random * $1 * 1000 / 65536))
}

cpus()
{
	grep -c ^processor /proc/cpuinfo
}

# VMs with two vCPUs each that exit all the time: their pids are in $busy.
busy=''

# busy_start COUNT
busy_start()
{
	busy_count=$1
	while [ "$busy_count" -gt 0 ]; do
		/truth/truth busy >"/tmp/busy.$busy_count" 2>&1 &
		busy="$busy $!"
		busy_count=$((busy_count - 1))
	done
}

# busy_end NAME: each of them compares its ledgers with KVM's own count as it ends
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

all_seen()
{
	for seen_pid in $busy; do
		[ "$(vmtoll stat -p "$seen_pid" --json 2>/dev/null | json exits)" -gt 0 ] || return 1
	done
}

# A reader that maps and reads all ledgers, until reader_end.
reader_start()
{
	/truth/truth read >/tmp/reader 2>&1 &
	reader=$!
}

# reader_end NAME: it has read, and nothing that did not fit together
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

# settled NAME: all VMs are gone, the books balance, nothing was lost
settled()
{
	if wait_for 10 no_live_vm; then ok "$1-no-vm-left"; else not_ok "$1-no-vm-left" "$(vmtoll list)"; fi
	try "$1-audit" vmtoll audit
	same "$1-lost" 0 "$(vmtoll stat --json | json lost)"
}

# memory_left NAME KIB BEFORE: no more free memory went than that, of what there was before
memory_left()
{
	memory_gone=$(($3 - $(free_kb)))
	if grep -q ' kasan_quarantine_put$' /proc/kallsyms; then
		echo "skip $machine-$1: KASAN keeps what is freed, so the $memory_gone KiB of free memory that went tell nothing"
	else
		more "$1" 0 $(($2 - memory_gone))
	fi
}
