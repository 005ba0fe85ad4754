# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=sh
# `lab splats` searches the kernel's log for faults and prints one line per fault. If it finds
# any faults, it also prints the log around them to standard error and exits with status 1. On
# kernels with debugging options (kernel/*.config), it searches the whole log. On other kernels,
# it ignores the first SKIP lines. It is also a fault if one of the kernel's checks has turned
# itself off.

# This pattern matches log lines that report a fault. splats_races() has already removed reports
# of data races in the kernel itself.
splats_pattern='BUG:|WARNING:|Oops|Kernel panic|general protection|unable to handle|Call Trace'
splats_pattern="$splats_pattern|KASAN|UBSAN|ODEBUG|DEBUG_LOCKS_WARN_ON|INFO: (possible|task|rcu|trying)|rcu: INFO"
splats_pattern="$splats_pattern|possible (recursive|circular|irq lock)|inconsistent lock state|bad unlock balance"
splats_pattern="$splats_pattern|Invalid wait context|lock held when returning|held lock freed|suspicious RCU usage"
splats_pattern="$splats_pattern|sleeping function|scheduling while atomic|while atomic|lockup|blocked for more than"
splats_pattern="$splats_pattern|list_(add|del) corruption|CFI failure|refcount_t|unreferenced object|memory leaks"
splats_pattern="$splats_pattern|usercopy|buffer overflow|[Bb]ad page|Bad rss-counter|Objects remaining|KCSAN"

# Scan for memory leaks twice with kmemleak, and print the leaks that the second scan has found.
# Wait before the scans, because kmemleak only reports objects that are at least five seconds old.
splats_leaks()
{
	[ -e /sys/kernel/debug/kmemleak ] || return 0
	sleep 6
	for _ in 1 2; do
		echo scan >/sys/kernel/debug/kmemleak || echo "kmemleak cannot scan: it has turned itself off"
	done
	cat /sys/kernel/debug/kmemleak
}

# Report a fault if lockdep is off. Lockdep turns itself off after its first report, and when its
# tables are full.
splats_lockdep()
{
	[ -e /proc/lockdep_stats ] || return 0
	grep -q 'debug_locks: *1' /proc/lockdep_stats || echo "BUG: lockdep has turned itself off"
}

# Filter KCSAN's reports of data races. A report counts as a fault if vmtoll appears in one of
# its two stack traces. If this stack trace contains an interrupt entry, vmtoll must be above the
# entry: functions below the entry were interrupted and are not involved in the race. All other
# reports concern races in the kernel itself, so only their number is printed.
splats_races()
{
	awk '
		/BUG: KCSAN/ { inside = 1; ours = 0; block = "" }
		!inside { print; next }
		{ block = block $0 "\n" }
		/ bytes by / { interrupted = 0 }
		/ asm_[a-z0-9_]*\+0x/ { interrupted = 1 }
		/\[vmtoll\]|\[fault\]/ && !interrupted { ours = 1 }
		/={20}/ { if (ours) printf "%s", block; else others++; inside = 0 }
		END {
			if (inside) printf "%s", block
			if (others) print "# " others " data races of the kernel itself" >"/dev/stderr"
		}'
}

# Remove the reports about injected failures, and the reports about allocations that failed
# because of an injected failure. Each report extends to the end of its stack trace.
splats_without_injected()
{
	awk '/FAULT_INJECTION: forcing a failure|page allocation failure|vmalloc error/ { skip = 60 }
		skip > 0 { skip = /<\/TASK>/ ? 0 : skip - 1; next }
		{ print }'
}

# Print the part of the log that must be searched for faults. If a kernel with debugging options
# has lost the beginning of its log, report a fault, because the lost part may have contained
# one.
splats_log()
{
	dmesg >/tmp/splats.log
	if [ -n "$config_flavour" ]; then
		grep -q 'Linux version' /tmp/splats.log || echo "BUG: the beginning of the log is lost"
		cat /tmp/splats.log
	else
		tail -n +$(($1 + 1)) /tmp/splats.log
	fi
}

verb_splats()
{
	[ $# -le 1 ] || die "usage: lab splats [SKIP]"
	splats_leaks >/tmp/splats.leaks
	{
		splats_log "${1:-0}"
		splats_lockdep
		cat /tmp/splats.leaks
	} | splats_without_injected | splats_races >/tmp/splats
	grep -E "$splats_pattern" /tmp/splats || return 0
	grep -E -A 60 -m 3 "$splats_pattern" /tmp/splats | sed 's/^/# /' >&2
	return 1
}
